//! A relay's address, and requests about accounts to it.
//!
//! Invariant: a password leaves the machine encrypted, or not at all (loopback, where it does not leave it).

use crate::ClientError;
use model::wire::{SYNC_PATH, UPLOAD_OFFSET, WireError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// How long the relay may take to answer: checking a password is slow by design.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A relay's address, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    secure: bool,
    /// `host[:port]` and a path without its last slash, as after `//`.
    rest: String,
}

impl Address {
    /// Takes `https://host[:port]`, `http://loopback[:port]`, or either without its scheme.
    pub(crate) fn parse(typed: &str) -> Result<Self, ClientError> {
        let invalid = || ClientError::AddressInvalid {
            address: typed.to_owned(),
        };
        let text = typed.trim().trim_end_matches('/');
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            // "http://" has lost its slashes by now.
            None if typed.contains("//") => return Err(invalid()),
            None => (None, text),
        };
        let uri: ureq::http::Uri = format!("http://{rest}").parse().map_err(|_| invalid())?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(invalid)?;
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let good_port = authority == host || uri.port_u16().is_some_and(|port| port > 0);
        if uri.query().is_some() || rest.contains('@') || !good_port {
            return Err(invalid());
        }
        let local = is_loopback(host);
        let secure = match scheme.as_deref() {
            Some("https" | "wss") => true,
            Some("http" | "ws") if local => false,
            Some("http" | "ws") => {
                return Err(ClientError::AddressInsecure {
                    address: typed.to_owned(),
                });
            }
            Some(_) => return Err(invalid()),
            None => !local,
        };
        Ok(Self {
            secure,
            rest: rest.to_owned(),
        })
    }

    /// The address as it is kept and shown.
    pub(crate) fn canonical(&self) -> String {
        format!(
            "{}://{}",
            if self.secure { "https" } else { "http" },
            self.rest
        )
    }

    /// Where the WebSocket is.
    pub(crate) fn sync_url(&self) -> String {
        format!(
            "{}://{}{SYNC_PATH}",
            if self.secure { "wss" } else { "ws" },
            self.rest
        )
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A request about an account, to a relay's HTTP endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Which relay.
    pub(crate) address: Address,
    /// As in [`model::wire`].
    pub(crate) path: String,
    /// Of the session that asks; none for signing in and up.
    pub(crate) token: Option<String>,
    /// How long the relay may take.
    pub(crate) timeout: Duration,
}

impl Request {
    /// A request without a token.
    pub(crate) fn new(address: Address, path: &str) -> Self {
        Self {
            address,
            path: path.to_owned(),
            token: None,
            timeout: TIMEOUT,
        }
    }

    /// GET. Blocks.
    pub(crate) fn get<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let mut request = self.agent().get(self.url());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.body(request.call())
    }

    /// POST of a JSON body. Blocks.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.body(self.send(body))
    }

    /// POST of a JSON body that is answered without one. Blocks.
    pub(crate) fn post_only(&self, body: &impl Serialize) -> Result<(), ClientError> {
        self.good(self.send(body)).map(|_| ())
    }

    /// DELETE. Blocks.
    pub(crate) fn delete(&self) -> Result<(), ClientError> {
        let mut request = self.agent().delete(self.url());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.good(request.call()).map(|_| ())
    }

    /// PATCH of a file's range that begins at `offset`. Blocks.
    pub(crate) fn patch<T: DeserializeOwned>(
        &self,
        offset: u64,
        range: &[u8],
    ) -> Result<T, ClientError> {
        let mut request = files_agent().patch(self.url());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let request = request.header(UPLOAD_OFFSET, offset.to_string());
        self.body(request.send(range))
    }

    /// GET of a range of a file; of a line that breaks, what has come and why it broke. Blocks.
    pub(crate) fn get_range(
        &self,
        from: u64,
        last: u64,
    ) -> Result<(Vec<u8>, Option<ClientError>), ClientError> {
        let mut request = files_agent().get(self.url());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let range = format!("bytes={from}-{last}");
        let mut answer = self.good(request.header("Range", range).call())?;
        let length = last - from + 1;
        if answer.status().as_u16() != 206 {
            return Err(ClientError::FileDamaged);
        }
        let mut came = Vec::new();
        let mut body = answer.body_mut().as_reader().take(length);
        let read = body.read_to_end(&mut came);
        let whole = came.len() as u64 == length;
        let broken = match read {
            Ok(_) if whole => None,
            Ok(_) => Some(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)),
            Err(error) => Some(error),
        };
        let broken = broken.map(|error| ClientError::Unreachable {
            address: self.address.canonical(),
            reason: error.to_string(),
        });
        Ok((came, broken))
    }

    fn send(&self, body: &impl Serialize) -> Result<Answer, ureq::Error> {
        let mut request = self.agent().post(self.url());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.send_json(body)
    }

    fn agent(&self) -> ureq::Agent {
        ureq::Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .http_status_as_error(false)
            .build()
            .into()
    }

    fn url(&self) -> String {
        format!("{}{}", self.address.canonical(), self.path)
    }

    fn body<T: DeserializeOwned>(
        &self,
        answer: Result<Answer, ureq::Error>,
    ) -> Result<T, ClientError> {
        let mut answer = self.good(answer)?;
        let read = answer.body_mut().read_json();
        read.map_err(|error| match error {
            ureq::Error::Json(_) => self.not_a_relay(),
            error => self.unreachable(&error),
        })
    }

    /// The answer, unless it is an error.
    fn good(&self, answer: Result<Answer, ureq::Error>) -> Result<Answer, ClientError> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        match answer.body_mut().read_json::<WireError>() {
            Ok(error) => Err(ClientError::Relay(error)),
            // A proxy whose relay is away, and not somebody else's site.
            Err(_) if status.is_server_error() => Err(ClientError::Unreachable {
                address: self.address.canonical(),
                reason: format!("what stands in front of it answers with {status}"),
            }),
            Err(_) => Err(self.not_a_relay()),
        }
    }

    fn not_a_relay(&self) -> ClientError {
        ClientError::NotARelay {
            address: self.address.canonical(),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> ClientError {
        let address = self.address.canonical();
        let reason = match error {
            // What TLS has to say comes as data that is none.
            ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
                return ClientError::Untrusted {
                    address,
                    reason: io.to_string(),
                };
            }
            ureq::Error::Rustls(tls) => {
                return ClientError::Untrusted {
                    address,
                    reason: tls.to_string(),
                };
            }
            ureq::Error::Protocol(_) => return self.not_a_relay(),
            ureq::Error::HostNotFound => "there is no machine of that name".to_owned(),
            ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
            error => error.to_string(),
        };
        ClientError::Unreachable { address, reason }
    }
}

/// One for all ranges, so that they share connections.
fn files_agent() -> &'static ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        ureq::Agent::config_builder()
            .timeout_global(Some(RANGE_TIMEOUT))
            .http_status_as_error(false)
            .build()
            .into()
    })
}

/// How long one range may take: on a bad line half of a small one is kept as well.
const RANGE_TIMEOUT: Duration = Duration::from_secs(30);

type Answer = ureq::http::Response<ureq::Body>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_type_them() {
        let sync = |typed: &str| Address::parse(typed).map(|address| address.sync_url()).ok();
        assert_eq!(
            sync("http://127.0.0.1:7420/").as_deref(),
            Some("ws://127.0.0.1:7420/v1/sync")
        );
        assert_eq!(
            sync("localhost:7420").as_deref(),
            Some("ws://localhost:7420/v1/sync")
        );
        assert_eq!(
            sync(" chat.example.org ").as_deref(),
            Some("wss://chat.example.org/v1/sync")
        );
        assert_eq!(
            sync("https://example.org/chat").as_deref(),
            Some("wss://example.org/chat/v1/sync")
        );
        assert_eq!(
            sync("http://[::1]:7420").as_deref(),
            Some("ws://[::1]:7420/v1/sync")
        );
    }

    #[test]
    fn nonsense_and_clear_text_are_refused() {
        for typed in [
            "",
            "  ",
            "http://",
            "ftp://example.org",
            "a b",
            "https://user:pass@example.org",
            "localhost:0",
            "x:99999",
        ] {
            assert!(
                matches!(
                    Address::parse(typed),
                    Err(ClientError::AddressInvalid { .. })
                ),
                "{typed:?}"
            );
        }
        for typed in ["http://example.org", "ws://10.0.0.1:7420"] {
            assert!(
                matches!(
                    Address::parse(typed),
                    Err(ClientError::AddressInsecure { .. })
                ),
                "{typed:?}"
            );
        }
    }
}
