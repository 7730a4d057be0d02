//! The bodies of `POST /v1/import`: rows of another chat, or of another relay, with their authors and their times, in small batches.
//!
//! Invariant: every item carries the id that it has for ever, so that a batch that is sent again changes nothing.

use crate::id::{MessageId, Millis, RoomId, UserId};
use crate::row::{EditPolicy, Role, RoomKind};
use serde::{Deserialize, Serialize};

/// `POST` [`ImportRequest`]: for admins; answers [`ImportResponse`].
pub const IMPORT_PATH: &str = "/v1/import";

/// Bytes of the body of an [`ImportRequest`]: as much as a frame.
pub const IMPORT_MAX_BYTES: usize = crate::limits::FRAME_MAX_BYTES;

/// Items of an [`ImportRequest`]: its rooms are locked while they are written.
pub const IMPORT_MAX_ITEMS: usize = 500;

/// The body of `POST /v1/import`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRequest {
    /// At most [`IMPORT_MAX_ITEMS`], each after those that it refers to.
    pub items: Vec<ImportItem>,
}

/// One thing to be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportItem {
    /// Somebody who has no account yet: gets one that nobody can sign in to until it is claimed.
    Person {
        /// Made by whoever imports.
        id: UserId,
        /// Made visible and, if somebody else has it, numbered.
        name: String,
    },
    /// A room.
    Room {
        /// Made by whoever imports; of a direct room the one that its people give.
        id: RoomId,
        /// Shown in lists.
        name: String,
        /// One line, may be empty.
        #[serde(default)]
        topic: String,
        /// Channel or direct.
        kind: RoomKind,
        /// Who may edit.
        edit_policy: EditPolicy,
        /// Who made it.
        created_by: UserId,
        /// When.
        created_at: Millis,
        /// When it was closed for writing, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archived_at: Option<Millis>,
        /// Of a direct room: all who are in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<UserId>,
    },
    /// Somebody's place in a room; one that is there already stays as it is.
    Member {
        /// The room.
        room: RoomId,
        /// The person.
        user: UserId,
        /// What they may do.
        role: Role,
        /// Since when.
        joined_at: Millis,
        /// When they left, if they did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_at: Option<Millis>,
    },
    /// A message. One that is there already takes on a text that was written later than its own, and a deletion.
    Message {
        /// The room.
        room: RoomId,
        /// Made by whoever imports.
        id: MessageId,
        /// Who wrote it.
        author: UserId,
        /// The text; empty if it was deleted.
        body: String,
        /// The message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        /// When it was written.
        created_at: Millis,
        /// When the text last changed, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_at: Option<Millis>,
        /// Who changed it last; the author, if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_by: Option<UserId>,
        /// When it was deleted, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deleted_at: Option<Millis>,
        /// When it was pinned, if it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pinned_at: Option<Millis>,
    },
    /// Somebody's reaction to a message; one that is there already stays as it is.
    Reaction {
        /// The room.
        room: RoomId,
        /// The message.
        message: MessageId,
        /// The person.
        user: UserId,
        /// What.
        emoji: String,
    },
    /// Those of the room who have no read marker have read through this message.
    Read {
        /// The room.
        room: RoomId,
        /// The message.
        message: MessageId,
    },
}

/// The answer to [`ImportRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportResponse {
    /// One for each item, in order.
    pub outcomes: Vec<ImportOutcome>,
}

/// What became of one [`ImportItem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It is new here.
    Added,
    /// It was here, and has changed.
    Changed,
    /// It was here already.
    Same,
    /// It can't be imported.
    Refused {
        /// For people: why.
        text: String,
    },
}

impl ImportItem {
    /// The room that it is about, if it is about one.
    #[must_use]
    pub fn room(&self) -> Option<RoomId> {
        match self {
            Self::Person { .. } => None,
            Self::Room { id, .. } => Some(*id),
            Self::Member { room, .. }
            | Self::Message { room, .. }
            | Self::Reaction { room, .. }
            | Self::Read { room, .. } => Some(*room),
        }
    }

    /// The people whom it names, but for one who is to get an account by it.
    #[must_use]
    pub fn people(&self) -> Vec<UserId> {
        match self {
            Self::Person { .. } | Self::Read { .. } => Vec::new(),
            Self::Room {
                created_by, people, ..
            } => people.iter().chain([created_by]).copied().collect(),
            Self::Member { user, .. } | Self::Reaction { user, .. } => vec![*user],
            Self::Message {
                author, edited_by, ..
            } => [Some(*author), *edited_by].into_iter().flatten().collect(),
        }
    }
}
