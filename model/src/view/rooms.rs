//! Rooms and their people.

use super::FailedOp;
use crate::id::{Millis, RoomId, UserId};
use crate::row::{EditPolicy, Role, RoomKind};
use serde::{Deserialize, Serialize};

/// Counts of what is unread end here: this many means "more than 999".
pub const UNREAD_MAX: u32 = 1000;

/// A row of the room list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomView {
    /// The room.
    pub id: RoomId,
    /// Its name; that of a direct room is its other people's.
    pub name: String,
    /// Its topic, may be empty.
    pub topic: String,
    /// Channel or direct.
    pub kind: RoomKind,
    /// Who may edit whose messages.
    pub edit_policy: EditPolicy,
    /// It is closed for writing.
    pub archived: bool,
    /// What we may do there; a plain member until it is known.
    pub role: Role,
    /// Messages of others after the last one that was read, up to [`UNREAD_MAX`].
    pub unread: u32,
    /// Those of them that name us, up to [`UNREAD_MAX`].
    pub mentions: u32,
    /// The person does not want to hear of it.
    pub muted: bool,
    /// It stands at the top.
    pub favourite: bool,
    /// There is text that is not sent yet.
    pub draft: bool,
    /// When the newest message was written.
    pub last_at: Option<Millis>,
    /// When the person was there last, on this device; zero: never.
    pub opened_at: Millis,
    /// The others of a direct room; of a channel nobody.
    pub with: Vec<PersonView>,
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
    /// What they may do there.
    pub role: Role,
    /// They are connected to the relay. While we are not, nobody's presence is known and this is false.
    pub online: bool,
    /// They are writing something there at this moment.
    pub typing: bool,
    /// It is us.
    pub me: bool,
}

/// Somebody who has an account at the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPerson {
    /// The person.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// They are connected to the relay, as far as we know.
    pub online: bool,
    /// It is us.
    pub me: bool,
}
