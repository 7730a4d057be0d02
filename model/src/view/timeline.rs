//! Messages.

use super::FailedOp;
use crate::attachment::Attachment;
use crate::id::{MessageId, Millis, Rev, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};

/// Where a message stands, for asking for what is beside it. The position serves where the message itself is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The message.
    pub id: MessageId,
    /// Its position, if the relay has given it one.
    pub position: Option<Seq>,
}

/// Which part of a timeline is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The newest messages.
    Newest,
    /// Those right before one.
    Before(Mark),
    /// Those right after one.
    After(Mark),
    /// One, and those right after it.
    From(Mark),
    /// One in the middle.
    Around(MessageId),
    /// The first at this position or later in the middle; the last if there is none.
    At(Seq),
    /// The first that was written at this time or later in the middle; the newest if there is none.
    Since(Millis),
    /// The first that is not read in the middle; the newest if all are.
    Unread,
}

/// A window of a room's timeline, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The room.
    pub room_id: RoomId,
    /// The messages.
    pub items: Vec<TimelineItem>,
    /// The local database holds older messages than these.
    pub has_older: bool,
    /// The local database holds newer messages than these.
    pub has_newer: bool,
    /// The relay holds older messages that are still to be fetched.
    pub backfilling: bool,
    /// The message that was asked for, where one was looked for.
    pub target: Option<MessageId>,
    /// The first and the last position that the local database holds.
    pub span: Option<(Seq, Seq)>,
    /// Through which position we have read; none before we ever did.
    pub read_to: Option<Seq>,
    /// How many messages of others are behind `read_to`, at most [`super::UNREAD_MAX`].
    pub unread: u32,
    /// What we may do here.
    pub may: Abilities,
}

/// What we may do in a room, as far as its rows say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Write, and react.
    pub write: bool,
    /// Pin messages.
    pub pin: bool,
    /// Change other people's messages.
    pub edit_others: bool,
    /// Delete other people's messages.
    pub delete_others: bool,
}

/// One message as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineItem {
    /// The message.
    pub id: MessageId,
    /// Its position, if the relay has given it one.
    pub position: Option<Seq>,
    /// Its author's id.
    pub author_id: UserId,
    /// Its author's name.
    pub author_name: String,
    /// We wrote it.
    pub mine: bool,
    /// The text; empty when deleted.
    pub body: String,
    /// The revision shown.
    pub rev: Rev,
    /// When it was written.
    pub created_at: Millis,
    /// When its text last changed.
    pub edited_at: Option<Millis>,
    /// Who last changed its text, if that was not its author.
    pub edited_by: Option<String>,
    /// It is a tombstone.
    pub deleted: bool,
    /// It is pinned.
    pub pinned: bool,
    /// The message that it answers.
    pub reply: Option<ReplyView>,
    /// What people have put on it, in the order in which each was first used.
    pub reactions: Vec<ReactionView>,
    /// How far our own changes of it have got.
    pub delivery: Delivery,
    /// Its files.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

impl TimelineItem {
    /// Where it stands.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            id: self.id,
            position: self.position,
        }
    }
}

/// The message that another one answers, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyView {
    /// The message.
    pub id: MessageId,
    /// What is known of it; none if it is not on this device.
    pub found: Option<Excerpt>,
}

/// A message in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Its author's name.
    pub author_name: String,
    /// The beginning of its text.
    pub text: String,
    /// It is a tombstone.
    pub deleted: bool,
}

/// How many people of a reaction are named.
pub const REACTION_NAMES_MAX: usize = 20;

/// One emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// How many people have put it.
    pub count: u32,
    /// We are one of them.
    pub mine: bool,
    /// The first of them, at most [`REACTION_NAMES_MAX`].
    pub names: Vec<String>,
}

/// A pinned message in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinView {
    /// The message.
    pub id: MessageId,
    /// In short.
    pub excerpt: Excerpt,
    /// When it was written.
    pub created_at: Millis,
    /// When it was pinned.
    pub pinned_at: Millis,
}

/// All texts of a message that are known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsView {
    /// The message.
    pub message_id: MessageId,
    /// It is a tombstone.
    pub deleted: bool,
    /// The texts, oldest first; the last one is what the message says now.
    pub versions: Vec<VersionView>,
    /// How many earlier texts are not on this device.
    pub missing: u32,
}

/// One text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// Which revision.
    pub rev: Rev,
    /// The text.
    pub body: String,
    /// Who wrote it.
    pub editor_name: String,
    /// When.
    pub edited_at: Millis,
}

/// Where a person was in a room when they left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    /// The room.
    pub room_id: RoomId,
    /// The first message in sight; none: the person was at the end.
    pub message_id: Option<MessageId>,
    /// How far its top was below the timeline's, in pixels.
    pub offset: i32,
}

/// How far our own changes of a row have got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The relay has everything.
    Sent,
    /// Something is still in the outbox.
    Pending,
    /// The relay refused something.
    Failed(FailedOp),
}
