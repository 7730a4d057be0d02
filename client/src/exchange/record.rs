//! What an export holds, whatever chat it is of: the lines of our own format, and what the readers of other formats make of theirs.
//! `docs/import-export.md` is the specification.
//!
//! Invariant: an id is text and means something only beside the name of its source; [`super::ids`] makes ids of ours of it.

use model::{EditPolicy, Role, RoomKind};
use serde::{Deserialize, Serialize};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Amend(Header),
    /// Somebody.
    Person(Person),
    /// A room.
    Room(Room),
    /// Somebody's place in a room.
    Member(Member),
    /// A message.
    Message(Message),
    /// Somebody's reaction to a message.
    Reaction(Reaction),
}

/// What the file is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Of the format; a newer one is not read.
    pub version: u32,
    /// Where the ids are from: ids of two sources are never the same.
    #[serde(default)]
    pub source: String,
    /// When it was written, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_at: Option<i64>,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What the other lines know them by.
    pub id: String,
    /// Shown.
    pub name: String,
    /// Another name by which an account may be known here: what they signed in with there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Shown where people are matched to accounts, and sent nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// It is a program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bot: bool,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What the other lines know it by.
    pub id: String,
    /// Shown in lists.
    pub name: String,
    /// One line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// `channel` or `direct`.
    #[serde(rename = "type")]
    pub room_kind: RoomKind,
    /// Only its members could read it, though it is no direct room. There is no such room here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub private: bool,
    /// Who may edit; `author`, if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit_policy: Option<EditPolicy>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub created_at: i64,
    /// When it was closed for writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<i64>,
    /// Of a direct room: all who are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
}

/// Somebody's place in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The room.
    pub room: String,
    /// The person.
    pub person: String,
    /// What they may do.
    pub role: Role,
    /// Since when, in milliseconds since 1970.
    #[serde(default)]
    pub joined_at: i64,
    /// When they left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<i64>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The room.
    pub room: String,
    /// What replies and reactions know it by; alone in its room.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// The text, in Markdown (CommonMark).
    #[serde(default)]
    pub body: String,
    /// When, in milliseconds since 1970.
    pub created_at: i64,
    /// The message that it answers, of the same room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// When the text last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<i64>,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<String>,
    /// When it was deleted; then it has no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<i64>,
    /// Files that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileLink>,
}

/// A file that belongs to a message: where it is, not what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Its name.
    pub name: String,
    /// Where it could be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where it is beside the export's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Somebody's reaction to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The room.
    pub room: String,
    /// The message.
    pub message: String,
    /// The person.
    pub person: String,
    /// What, or `:its-name:` if it is none of Unicode's.
    pub emoji: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}
