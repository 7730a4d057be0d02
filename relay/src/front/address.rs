//! Whose connection it is: the TCP peer, or whom a trusted proxy names.
//!
//! Invariant: a header is believed only as far as trusted proxies wrote it. Each proxy appends whom it saw, so the list is read from its
//! end, and the first that is none of ours is the client; what stands before it, the client may have written themselves.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// An address, or a net in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Net(IpNet);

impl TryFrom<String> for Net {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let net = text.parse::<IpNet>().ok();
        let net = net.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let net = net.ok_or_else(|| {
            format!("\"{text}\" is neither an address nor a net such as 10.0.0.0/8")
        });
        net.map(Self)
    }
}

/// Which header trusted proxies write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: Caddy, nginx, Traefik, HAProxy.
    #[default]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    Forwarded,
}

/// What limits are counted by: an IPv4 address, or the /64 that one customer of an IPv6 provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(IpAddr);

impl Prefix {
    /// Of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

/// Who may tell us for whom they ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    pub(crate) trusted: Vec<Net>,
    pub(crate) header: ForwardedHeader,
}

impl Proxies {
    /// Whether this is one of them.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|net| net.0.contains(&address))
    }

    /// Whose request it is.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut last = peer.to_canonical();
        if !self.has(last) {
            return last;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let lines: Vec<_> = headers.get_all(name).iter().collect();
        for line in lines.into_iter().rev() {
            // A line that is no text was written by none of ours: what is left of it is not to be believed.
            let Ok(line) = line.to_str() else { return last };
            for item in line.rsplit(',') {
                let address = match self.header {
                    ForwardedHeader::XForwardedFor => address(item),
                    ForwardedHeader::Forwarded => forwarded_for(item).and_then(address),
                };
                let Some(address) = address else { return last };
                last = address;
                if !self.has(last) {
                    return last;
                }
            }
        }
        last
    }
}

/// `for=…` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then_some(value.trim().trim_matches('"'))
    })
}

/// An address with or without brackets and a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn proxies(header: ForwardedHeader) -> Proxies {
        let nets = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"];
        let trusted = nets
            .map(|net| Net::try_from(net.to_owned()).unwrap())
            .to_vec();
        Proxies { trusted, header }
    }

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(*name, value);
        }
        let peer = peer.parse().unwrap();
        proxies(header).client(peer, &headers).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_says_who_asks() {
        let x = "x-forwarded-for";
        for (peer, lines, is) in [
            // Not from a proxy: whatever it says.
            ("203.0.113.9", vec![(x, "1.1.1.1")], "203.0.113.9"),
            ("203.0.113.9", vec![(x, "10.0.0.1")], "203.0.113.9"),
            ("::ffff:203.0.113.9", vec![(x, "1.1.1.1")], "203.0.113.9"),
            // From a proxy: what it saw.
            ("127.0.0.1", vec![(x, "203.0.113.9")], "203.0.113.9"),
            ("::ffff:127.0.0.1", vec![(x, "203.0.113.9")], "203.0.113.9"),
            ("10.1.2.3", vec![(x, "203.0.113.9:4711")], "203.0.113.9"),
            ("fd00::1", vec![(x, "[2001:db8::7]:443")], "2001:db8::7"),
            ("fd00::1", vec![(x, "[2001:db8::7]")], "2001:db8::7"),
            // What the client wrote before it is not believed.
            (
                "127.0.0.1",
                vec![(x, "1.1.1.1, 203.0.113.9")],
                "203.0.113.9",
            ),
            (
                "127.0.0.1",
                vec![(x, "1.1.1.1"), (x, "203.0.113.9")],
                "203.0.113.9",
            ),
            (
                "127.0.0.1",
                vec![(x, "10.0.0.9, 203.0.113.9")],
                "203.0.113.9",
            ),
            // Two proxies of ours in a row.
            (
                "127.0.0.1",
                vec![(x, "1.1.1.1, 203.0.113.9, 10.0.0.2")],
                "203.0.113.9",
            ),
            (
                "127.0.0.1",
                vec![(x, "203.0.113.9"), (x, "10.0.0.2")],
                "203.0.113.9",
            ),
            // Nonsense ends the list at the last that is known.
            ("127.0.0.1", vec![(x, "1.1.1.1, unknown")], "127.0.0.1"),
            ("127.0.0.1", vec![(x, "1.1.1.1, , 10.0.0.2")], "10.0.0.2"),
            (
                "127.0.0.1",
                vec![(x, "1.1.1.1, \u{e9}, 10.0.0.2")],
                "127.0.0.1",
            ),
            ("127.0.0.1", vec![(x, "")], "127.0.0.1"),
            ("127.0.0.1", vec![], "127.0.0.1"),
            // All of them are ours.
            ("127.0.0.1", vec![(x, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            // The other header is not looked at.
            ("127.0.0.1", vec![("forwarded", "for=1.1.1.1")], "127.0.0.1"),
            ("127.0.0.1", vec![("x-real-ip", "1.1.1.1")], "127.0.0.1"),
        ] {
            let found = client(ForwardedHeader::XForwardedFor, peer, &lines);
            assert_eq!(found, is, "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_configured() {
        let f = "forwarded";
        for (lines, is) in [
            (vec![(f, "for=203.0.113.9;proto=https")], "203.0.113.9"),
            (
                vec![(f, "proto=https;For=\"[2001:db8::7]:4711\"")],
                "2001:db8::7",
            ),
            (
                vec![(f, "for=1.1.1.1, for=203.0.113.9, for=10.0.0.2")],
                "203.0.113.9",
            ),
            (vec![(f, "for=1.1.1.1, for=_hidden")], "127.0.0.1"),
            (vec![(f, "for=1.1.1.1, proto=http")], "127.0.0.1"),
            (vec![("x-forwarded-for", "1.1.1.1")], "127.0.0.1"),
        ] {
            let found = client(ForwardedHeader::Forwarded, "127.0.0.1", &lines);
            assert_eq!(found, is, "{lines:?}");
        }
    }

    #[test]
    fn a_customer_s_net_counts_as_one() {
        let prefix = |text: &str| Prefix::of(text.parse().unwrap());
        assert_eq!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:2:ffff::9"));
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.2.2"));
        assert_eq!(prefix("::ffff:192.0.2.1"), prefix("192.0.2.1"));
        assert!(Net::try_from("10.0.0.0/33".to_owned()).is_err());
    }
}
