//! What travels between client and relay: one enum a direction, their codecs, and their versions.
//!
//! Invariants: unknown fields are ignored and an unknown frame is told from a malformed one, so that the two sides may
//! differ by one version; a frame never depends on the codec that carried it.

mod account;
mod blob;
mod channel;
pub mod codec;
mod frame;
mod history;
mod import;

pub use account::*;
pub use blob::*;
pub use channel::*;
pub use codec::{Codec, DecodeError};
pub use frame::{
    ClientFrame, DirectoryEntry, ErrorCode, OpOutcome, Outcome, RelayFrame, WireError,
};
pub use history::*;
pub use import::*;

/// The protocol's version, in `Hello` and in the subprotocol's name.
pub const PROTOCOL_VERSION: u16 = 1;

/// Where the WebSocket is served.
pub const SYNC_PATH: &str = "/v1/sync";
