//! Which web pages may use the relay: browsers say where a page is from, other programs do not.
//!
//! Invariant: a page of an origin that is neither configured nor the relay's own host gets nothing, not even an answer to read.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;

/// An origin as browsers write it: `https://chat.example.org`, with a port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let plain =
            rest.chars().all(|c| c.is_ascii_graphic()) && !rest.contains(['/', '?', '#', '*', '@']);
        if rest.is_empty() || !plain {
            return Err(format!(
                "\"{text}\" is no origin such as https://chat.example.org"
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// What the request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// No page: a program.
    None,
    /// A page that may, from here.
    Taken(HeaderValue),
    /// A page that may not.
    Refused,
}

/// Where a request comes from.
pub(crate) fn page(parts: &Parts, configured: &[Origin]) -> Page {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Page::None;
    };
    let text = origin
        .to_str()
        .map(str::to_ascii_lowercase)
        .unwrap_or_default();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = text.split_once("://").map(|(_, authority)| authority);
    let own = authority
        .is_some_and(|authority| host.is_some_and(|host| host.eq_ignore_ascii_case(authority)));
    if origins.next().is_none() && (own || configured.iter().any(|one| one.0 == text)) {
        Page::Taken(origin.clone())
    } else {
        Page::Refused
    }
}

/// Whether a browser only asks whether it may.
pub(crate) fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Lets the page read the answer.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let readable = HeaderValue::from_static("Retry-After");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
}

/// Lets the page ask.
pub(crate) fn allow_request(headers: &mut HeaderMap) {
    let methods = HeaderValue::from_static("GET, POST, DELETE");
    let named = HeaderValue::from_static("Authorization, Content-Type");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, named);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("600"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn only_configured_pages_and_the_relay_s_own_are_taken() {
        let configured = [Origin::try_from("https://Chat.example.org".to_owned()).unwrap()];
        let taken = |origins: &[&str], host: &str| {
            let mut request = Request::builder().header("host", host);
            for origin in origins {
                request = request.header("origin", *origin);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            page(&parts, &configured) != Page::Refused
        };
        let host = "relay.example.org:7420";
        assert!(taken(&[], host) && taken(&["https://chat.example.org"], host));
        assert!(taken(&["http://relay.example.org:7420"], host));
        for origin in [
            "null",
            "",
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.example",
            "https://evil.example/chat.example.org",
            "https://relay.example.org",
            "file://",
        ] {
            assert!(!taken(&[origin], host), "{origin}");
        }
        let both = ["https://chat.example.org", "https://evil.example"];
        assert!(!taken(&both, host), "two origins");
        for bad in [
            "*",
            "chat.example.org",
            "https://",
            "https://a/b",
            "https://*.example.org",
        ] {
            assert!(Origin::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
