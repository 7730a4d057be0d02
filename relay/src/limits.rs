//! What one peer may make the relay do and hold: `[limits]` of the configuration, each with the reason of its default.
//!
//! Invariant: what is over a limit gets a typed error where there is still somebody to read it, and is counted in
//! `amend_relay_refused_total` under the name of its [`Limit`].

use crate::RelayError;
use model::limits::{FRAME_MAX_BYTES, PUSH_MAX_OPS};
use serde::Deserialize;
use std::time::Duration;

/// `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once, of any kind. At some ten kilobytes each, 20,000 idle ones fit the smallest machines that are rented; the number of
    /// open files that the system allows bounds them too.
    pub connections: u32,
    /// Connections of one address: an office behind one. Proxies of `trusted_proxies` are not counted, those behind them are.
    pub connections_per_address: u32,
    /// Signed-in connections of one account on this relay, over all of its devices.
    pub connections_per_account: u32,
    /// Until a connection has sent a request's head (and before it, made its TLS handshake), or its next one: a phone on a bad line takes
    /// seconds.
    pub head_seconds: u32,
    /// Until a request's body is here.
    pub body_seconds: u32,
    /// Bytes of a request's body: a name and the longest password.
    pub body_bytes: u32,
    /// Until a WebSocket has said Hello.
    pub hello_seconds: u32,
    /// How often a silent WebSocket is asked whether it is there.
    pub ping_seconds: u32,
    /// After so long without a byte the peer is gone: two pings that were not answered.
    pub silence_seconds: u32,
    /// Until a peer has taken what is sent to it.
    pub send_seconds: u32,
    /// HTTP requests of one address a second.
    pub requests: u32,
    /// So many at once.
    pub requests_burst: u32,
    /// Attempts to sign in or up of one address a minute, as many at once: each costs a slow hash.
    pub logins: u32,
    /// Wrong passwords for one account from one address at once; then one a minute.
    pub tries_per_address: u32,
    /// Wrong passwords for one account from all addresses an hour, as many at once. An address that has not tried lately may try twice all the
    /// same, so that nobody is locked out by others.
    pub tries_per_account: u32,
    /// Frames of a session a second.
    pub frames: u32,
    /// So many at once: whoever connects subscribes to each of their rooms.
    pub frames_burst: u32,
    /// Operations of a session a second.
    pub ops: u32,
    /// So many at once: what was written offline. Ten thousand operations are through in twelve seconds.
    pub ops_burst: u32,
    /// Bytes of a session a second.
    pub bytes: u32,
    /// So many at once.
    pub bytes_burst: u32,
    /// Times a second that a session may say that somebody is typing.
    pub typing: u32,
    /// So many at once.
    pub typing_burst: u32,
    /// Rooms that a connection may be subscribed to.
    pub rooms_per_connection: u32,
    /// Channels that a connection may follow.
    pub channels_per_connection: u32,
    /// Rooms that an account may be in: all of them are subscribed to.
    pub rooms_per_account: u32,
    /// Rooms that an account may have made, whether or not it is in them.
    pub rooms_made_per_account: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 512,
            connections_per_account: 64,
            head_seconds: 15,
            body_seconds: 15,
            body_bytes: 8 * 1024,
            hello_seconds: 10,
            ping_seconds: 30,
            silence_seconds: 75,
            send_seconds: 30,
            requests: 50,
            requests_burst: 1000,
            logins: 60,
            tries_per_address: 10,
            tries_per_account: 100,
            frames: 200,
            frames_burst: 4000,
            ops: 500,
            ops_burst: 4000,
            bytes: 1024 * 1024,
            bytes_burst: 8 * 1024 * 1024,
            typing: 5,
            typing_burst: 20,
            rooms_per_connection: 2000,
            channels_per_connection: 100,
            rooms_per_account: 2000,
            rooms_made_per_account: 1000,
        }
    }
}

impl Limits {
    /// Whether a relay can be run with them.
    ///
    /// # Errors
    /// [`RelayError::Setting`] with the key and the least that makes sense.
    pub fn check(&self) -> Result<(), RelayError> {
        let frame = u32::try_from(FRAME_MAX_BYTES).unwrap_or(u32::MAX);
        let push = u32::try_from(PUSH_MAX_OPS).unwrap_or(u32::MAX);
        let least = [
            ("connections", self.connections, 1),
            ("connections_per_address", self.connections_per_address, 1),
            ("connections_per_account", self.connections_per_account, 1),
            ("head_seconds", self.head_seconds, 1),
            ("body_seconds", self.body_seconds, 1),
            ("body_bytes", self.body_bytes, 2048),
            ("hello_seconds", self.hello_seconds, 1),
            ("ping_seconds", self.ping_seconds, 1),
            (
                "silence_seconds",
                self.silence_seconds,
                self.ping_seconds.saturating_add(1),
            ),
            ("send_seconds", self.send_seconds, 1),
            ("requests", self.requests, 1),
            ("requests_burst", self.requests_burst, 1),
            ("logins", self.logins, 1),
            ("tries_per_address", self.tries_per_address, 1),
            ("tries_per_account", self.tries_per_account, 1),
            ("frames", self.frames, 1),
            ("frames_burst", self.frames_burst, 1),
            ("ops", self.ops, 1),
            // A whole push and a whole frame must get through some time.
            ("ops_burst", self.ops_burst, push),
            ("bytes", self.bytes, 1024),
            ("bytes_burst", self.bytes_burst, frame),
            ("typing", self.typing, 1),
            ("typing_burst", self.typing_burst, 1),
            ("rooms_per_connection", self.rooms_per_connection, 1),
            ("channels_per_connection", self.channels_per_connection, 1),
            ("rooms_per_account", self.rooms_per_account, 1),
            ("rooms_made_per_account", self.rooms_made_per_account, 1),
        ];
        for (key, value, least) in least {
            if value < least {
                return Err(RelayError::Setting(format!(
                    "limits.{key} is {value}, and must be at least {least}"
                )));
            }
        }
        Ok(())
    }
}

/// A number of seconds of the configuration.
pub(crate) fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

/// Which limit something was over: the metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Limit {
    Connections,
    AddressConnections,
    AccountConnections,
    /// The system would not give another connection: open files.
    Accept,
    TlsHandshake,
    Head,
    Body,
    BodyBytes,
    Hello,
    HelloBytes,
    Silence,
    Send,
    Origin,
    Requests,
    Logins,
    Tries,
    Frames,
    FrameBytes,
    Ops,
    PushOps,
    Bytes,
    Typing,
    Rooms,
    Channels,
    AccountRooms,
}

impl Limit {
    /// The metric's label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::AddressConnections => "address_connections",
            Self::AccountConnections => "account_connections",
            Self::Accept => "accept",
            Self::TlsHandshake => "tls_handshake",
            Self::Head => "head",
            Self::Body => "body",
            Self::BodyBytes => "body_bytes",
            Self::Hello => "hello",
            Self::HelloBytes => "hello_bytes",
            Self::Silence => "silence",
            Self::Send => "send",
            Self::Origin => "origin",
            Self::Requests => "requests",
            Self::Logins => "logins",
            Self::Tries => "tries",
            Self::Frames => "frames",
            Self::FrameBytes => "frame_bytes",
            Self::Ops => "ops",
            Self::PushOps => "push_ops",
            Self::Bytes => "bytes",
            Self::Typing => "typing",
            Self::Rooms => "rooms",
            Self::Channels => "channels",
            Self::AccountRooms => "account_rooms",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_used_and_what_makes_no_sense_is_named() {
        Limits::default().check().unwrap();
        type Change = fn(&mut Limits);
        let bad: [(&str, Change); 5] = [
            ("connections is 0", |limits| limits.connections = 0),
            ("silence_seconds", |limits| {
                limits.silence_seconds = limits.ping_seconds
            }),
            ("at least 256", |limits| limits.ops_burst = 255),
            ("at least 1048576", |limits| limits.bytes_burst = 1),
            ("rooms_made_per_account", |limits| {
                limits.rooms_made_per_account = 0
            }),
        ];
        for (says, change) in bad {
            let mut limits = Limits::default();
            change(&mut limits);
            let error = limits.check().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
