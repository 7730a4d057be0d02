//! Rooms and their people.

use super::FailedOp;
use crate::id::{RoomId, UserId};
use serde::{Deserialize, Serialize};

/// A row of the room list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomView {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its topic, may be empty.
    pub topic: String,
    /// It, or our place in it, is not yet known to the relay.
    pub pending: bool,
    /// Why the relay refused the room or our place in it, if it did.
    pub failed: Option<FailedOp>,
}

/// A channel that could be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryView {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its topic, may be empty.
    pub topic: String,
    /// How many people are in it.
    pub members: u32,
    /// We are one of them.
    pub joined: bool,
}

/// A person in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The person.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// They have the room open on some device, connected to the relay.
    pub online: bool,
    /// It is us.
    pub me: bool,
}
