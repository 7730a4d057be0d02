//! Links that open Amend: `amend://join?relay=…&code=…&room=…`, `amend://room?relay=…&room=…`, `amend://message?relay=…&room=…&message=…`.
//!
//! Invariants: what is written is read again as the same; what is no such link is none, whatever it is; unknown parameters are passed over,
//! so that links can grow. A link only names things: what it leads to is asked for with the person's own rights.

use crate::id::{MessageId, RoomId};
use std::fmt;

/// The longest link that is looked at.
const MAX_BYTES: usize = 4096;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A relay that one is invited to.
    Join {
        /// The relay's address.
        relay: String,
        /// The invite's code.
        code: String,
        /// The channel to join first.
        room: Option<RoomId>,
    },
    /// A room.
    Room {
        /// The relay that it is on, if the link says so.
        relay: Option<String>,
        /// Which.
        room: RoomId,
    },
    /// A message.
    Message {
        /// The relay that it is on, if the link says so.
        relay: Option<String>,
        /// Its room.
        room: RoomId,
        /// Which.
        message: MessageId,
    },
}

impl Link {
    /// Reads a link, pasted with space around it or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("amend") {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (what, query) = rest.split_once('?').unwrap_or((rest, ""));
        let value = |name: &str| {
            query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key == name).then(|| decode(value)).flatten()
            })
        };
        let relay = || value("relay").filter(|relay| !relay.is_empty());
        let room = || value("room").and_then(|id| id.parse::<RoomId>().ok());
        match what.trim_end_matches('/') {
            "join" => Some(Self::Join {
                relay: relay()?,
                code: value("code").filter(|code| !code.is_empty())?,
                room: room(),
            }),
            "room" => Some(Self::Room {
                relay: relay(),
                room: room()?,
            }),
            "message" => Some(Self::Message {
                relay: relay(),
                room: room()?,
                message: value("message")?.parse().ok()?,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, relay, room) = match self {
            Self::Join { relay, room, .. } => ("join", Some(relay), *room),
            Self::Room { relay, room } => ("room", relay.as_ref(), Some(*room)),
            Self::Message { relay, room, .. } => ("message", relay.as_ref(), Some(*room)),
        };
        let mut pairs = Vec::new();
        if let Some(relay) = relay {
            pairs.push(format!("relay={}", encode(relay)));
        }
        if let Self::Join { code, .. } = self {
            pairs.push(format!("code={}", encode(code)));
        }
        if let Some(room) = room {
            pairs.push(format!("room={room}"));
        }
        if let Self::Message { message, .. } = self {
            pairs.push(format!("message={message}"));
        }
        write!(f, "amend://{what}?{}", pairs.join("&"))
    }
}

/// What can stand in a query as it is; `:` and `/` for the reader's sake.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte)
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    let text = String::from_utf8(out).ok()?;
    // Nothing that a person is shown or a program is told holds these.
    (!text.chars().any(char::is_control)).then_some(text)
}
