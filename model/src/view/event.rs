//! Which rows changed: the one thing that makes a screen look again.

use crate::id::RoomId;
use serde::{Deserialize, Serialize};

/// What changed in the local database: the one thing that makes a screen look again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowEvent {
    /// The tables in which rows changed.
    pub tables: Vec<Table>,
    /// The rooms whose messages, members or presence changed.
    pub rooms: Vec<RoomId>,
    /// Rows are gone, and with them the knowledge of their rooms: any room may have changed.
    pub rooms_unknown: bool,
}

/// The tables of the local database that a screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Table {
    Account,
    Room,
    Member,
    Message,
    Outbox,
    Presence,
    /// Who is typing.
    Typing,
    /// Everybody who has an account at the relay.
    Person,
    /// Muted, favourite and last opened rooms, and folded sections of their list.
    RoomPref,
    Directory,
    Connection,
    /// Which rooms we are in, and how far each has been fetched.
    Cursor,
    Reaction,
    ReadMarker,
    /// What was refused, or saved, with its text.
    Recovered,
    Draft,
    /// Earlier texts of messages, once they were asked for.
    MessageVersion,
    /// Files attached to a message that is not written yet.
    DraftFile,
    /// Which files are here, and how much of them.
    Blob,
    /// Which files are on their way to the relay, and how much of them.
    Upload,
    /// What the person should read once.
    Notice,
    /// How far the index of the search is made.
    Index,
    /// The app's settings and what it knows of newer versions: files beside the profiles, not rows in one, but as good a
    /// reason to look again.
    Setting,
    /// Imports and exports, and how far they are.
    Exchange,
}
