//! Newtypes for every identifier and counter, so that a room is never passed where a message is meant.
//!
//! Invariant: ids are UUIDs made by whoever creates the row (UUIDv7 in the client), so that a row written
//! offline has its id for life. This crate never makes one: it has no randomness and no clock.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A room: a channel or a direct conversation.
    RoomId
);
uuid_id!(
    /// A person's account on one relay.
    UserId
);
uuid_id!(
    /// A message, the same on every device from the moment it is written.
    MessageId
);
uuid_id!(
    /// One operation of one person: its idempotency key.
    OpId
);

/// A room's change counter. Commit order is seq order, without gaps; 0 means "nothing yet".
///
/// A message's *position* is the `Seq` at which it was first applied.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl Seq {
    /// Before the first change of a room; also what an optimistic row carries until the relay has answered.
    pub const ZERO: Self = Self(0);

    /// The counter's next value.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message's revision: 1 when posted, one more with each change of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rev(pub i32);

impl Rev {
    /// The revision of a message as it was posted.
    pub const FIRST: Self = Self(1);

    /// The revision after one more change of the text.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A wall-clock time in milliseconds since 1970 (UTC). Shown to people, never used for order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);
