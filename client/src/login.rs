//! Signing in: the relay's address, and a name and password against a token.
//!
//! Invariant: a password leaves the machine encrypted, or not at all (loopback, where it does not leave it).

use crate::ClientError;
use model::wire::{ErrorCode, LOGIN_PATH, LoginRequest, LoginResponse, SYNC_PATH, WireError};
use std::net::IpAddr;
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

/// Exchanges a name and a password for a token. Blocks.
pub(crate) fn login(
    address: &Address,
    name: &str,
    password: &str,
) -> Result<LoginResponse, ClientError> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .into();
    let unreachable = |error: ureq::Error| ClientError::Unreachable {
        address: address.canonical(),
        reason: error.to_string(),
    };
    let request = LoginRequest {
        name: name.to_owned(),
        password: password.to_owned(),
    };
    let mut response = agent
        .post(format!("{}{LOGIN_PATH}", address.canonical()))
        .send_json(&request)
        .map_err(unreachable)?;
    if response.status().is_success() {
        return response.body_mut().read_json().map_err(unreachable);
    }
    let status = response.status();
    let error = response
        .body_mut()
        .read_json::<WireError>()
        .unwrap_or_else(|_| WireError {
            code: ErrorCode::Unknown,
            text: format!(
                "{} answered with HTTP status {status}. Is this a relay's address?",
                address.canonical()
            ),
            retry_after_ms: None,
            room: None,
        });
    Err(ClientError::Relay(error))
}

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
