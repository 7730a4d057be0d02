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
    /// What the person should read once.
    Notice,
}
