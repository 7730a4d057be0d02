//! The two codecs: MessagePack for programs, JSON (the same frames) for people and curl-like tools.
//!
//! Invariant: bytes from a peer never panic and never allocate more than a small multiple of their own length.

use crate::wire::PROTOCOL_VERSION;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// How frames are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// MessagePack with named fields, in binary WebSocket messages. The default.
    MessagePack,
    /// JSON, in text WebSocket messages.
    Json,
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A well-formed frame of a kind that this version does not know.
    #[error(
        "The frame \"{kind}\" is not known to protocol version {PROTOCOL_VERSION}. Update the older side."
    )]
    UnknownFrame {
        /// Its name.
        kind: String,
    },
    /// Not a frame at all.
    #[error("This is not a frame of the protocol: {reason}. See docs/protocol.md for its shape.")]
    Malformed {
        /// Where it went wrong; never holds the text of a message.
        reason: String,
    },
}

/// Why a frame could not be written: a bug, as every frame can be.
#[derive(Debug, Error)]
#[error("The frame could not be encoded: {0}. Report this as a bug.")]
pub struct EncodeError(String);

impl Codec {
    /// Both, the preferred one first.
    pub const ALL: [Self; 2] = [Self::MessagePack, Self::Json];

    /// The WebSocket subprotocol that stands for it.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::MessagePack => "amend.v1.msgpack",
            Self::Json => "amend.v1.json",
        }
    }

    /// The best codec of those that a client offers in `Sec-WebSocket-Protocol`.
    #[must_use]
    pub fn negotiate(offered: &str) -> Option<Self> {
        let offers: Vec<&str> = offered.split(',').map(str::trim).collect();
        Self::ALL
            .into_iter()
            .find(|codec| offers.contains(&codec.subprotocol()))
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// [`EncodeError`], which no frame of this crate causes.
    pub fn encode<F: Serialize>(self, frame: &F) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::MessagePack => {
                rmp_serde::to_vec_named(frame).map_err(|error| EncodeError(error.to_string()))
            }
            Self::Json => serde_json::to_vec(frame).map_err(|error| EncodeError(error.to_string())),
        }
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`DecodeError`], which tells an unknown frame from nonsense.
    pub fn decode<F: DeserializeOwned>(self, bytes: &[u8]) -> Result<F, DecodeError> {
        let failure = match self {
            Self::MessagePack => match from_messagepack(bytes) {
                Ok(frame) => return Ok(frame),
                Err(error) => error.to_string(),
            },
            Self::Json => match serde_json::from_slice(bytes) {
                Ok(frame) => return Ok(frame),
                Err(error) => error.to_string(),
            },
        };
        // serde names the variant that it met; a peer's frame of a later version is told apart by that.
        match unknown_kind(&failure) {
            Some(kind) => Err(DecodeError::UnknownFrame { kind }),
            None => Err(DecodeError::Malformed {
                reason: self.position_only(bytes, &failure),
            }),
        }
    }

    /// The reason without the offending value, which may be a piece of somebody's message.
    fn position_only(self, bytes: &[u8], failure: &str) -> String {
        match self {
            Self::MessagePack => format!("{} bytes of MessagePack do not fit", bytes.len()),
            Self::Json => match failure.rfind(" at line ") {
                Some(at) => format!("the JSON does not fit{}", &failure[at..]),
                None => "the JSON does not fit".to_owned(),
            },
        }
    }
}

/// Things within things; frames are about ten deep. What is nested is read by recursion, and the stack is smaller than a frame can be deep;
/// the JSON library has a limit of its own.
const DEPTH_MAX: usize = 64;

fn from_messagepack<F: DeserializeOwned>(bytes: &[u8]) -> Result<F, rmp_serde::decode::Error> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    deserializer.set_max_depth(DEPTH_MAX);
    F::deserialize(&mut deserializer)
}

/// The name in serde's "unknown variant `x`, expected one of `hello`, …", if the message is about a frame.
fn unknown_kind(failure: &str) -> Option<String> {
    let rest = failure.split_once("unknown variant `")?.1;
    let (kind, expected) = rest.split_once('`')?;
    let is_frame = expected.contains("`hello`") || expected.contains("`welcome`");
    let is_word = (1..=40).contains(&kind.len())
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_frame && is_word).then(|| kind.to_owned())
}
