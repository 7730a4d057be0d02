//! Messages.

use super::FailedOp;
use crate::attachment::Attachment;
use crate::id::{MessageId, Millis, Rev, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};

/// A window of a room's timeline, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The room.
    pub room_id: RoomId,
    /// The messages.
    pub items: Vec<TimelineItem>,
    /// The local database holds older messages than these.
    pub has_older: bool,
    /// The relay holds older messages that are still to be fetched.
    pub backfilling: bool,
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
    /// It is a tombstone.
    pub deleted: bool,
    /// How far our own changes of it have got.
    pub delivery: Delivery,
    /// Its files.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
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
