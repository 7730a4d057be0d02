//! Text that is not written yet.

use super::ReplyView;
use crate::id::{MessageId, RoomId};
use serde::{Deserialize, Serialize};

/// Text that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// Where.
    pub room_id: RoomId,
    /// The message that is being edited; `None`: a new message.
    pub message_id: Option<MessageId>,
    /// The text that the edit began from.
    pub base: Option<String>,
    /// The text.
    pub text: String,
}

/// What the next message of a room answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftReplyView {
    /// Where.
    pub room_id: RoomId,
    /// The message.
    pub reply: ReplyView,
}
