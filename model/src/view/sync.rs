//! How far changes have got, what was refused, and what the person should know.

use crate::id::{MessageId, Millis, OpId, RoomId};
use crate::rejection::RejectionCode;
use serde::{Deserialize, Serialize};

/// An operation that the relay refused. It is kept in `recovered`, with its text, until the person retries or discards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedOp {
    /// For retry and discard.
    pub op_id: OpId,
    /// What it was.
    pub kind: OpKind,
    /// For programs.
    pub code: RejectionCode,
    /// For people: why, and what to do.
    pub reason: String,
    /// The text that was not accepted, if it had one.
    pub text: Option<String>,
    /// The text that an edit began from, if it was one.
    pub base: Option<String>,
}

/// The kinds of operations, for words on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OpKind {
    CreateRoom,
    Join,
    Post,
    Edit,
    Delete,
    React,
    Pin,
    MarkRead,
    Leave,
    SetRoom,
    SetMember,
    OpenDirect,
}

/// Words that did not get through, kept until the person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveredView {
    /// For retry and discard.
    pub op_id: OpId,
    /// What it was.
    pub kind: OpKind,
    /// Where.
    pub room_id: RoomId,
    /// The room's name, as far as it is known here.
    pub room_name: String,
    /// The message that it is about, if it is about one.
    pub message_id: Option<MessageId>,
    /// The words, if it had any.
    pub text: Option<String>,
    /// Whose words, if they are somebody else's: then there is nothing to retry.
    pub author: Option<String>,
    /// When they were written.
    pub at: Millis,
    /// When they were kept from being lost.
    pub recovered_at: Millis,
    /// For programs.
    pub code: RejectionCode,
    /// For people: why, and what to do.
    pub reason: String,
}

/// What the person should read once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// For dismissing it.
    pub id: i64,
    /// What happened, in a sentence.
    pub text: String,
    /// When.
    pub at: Millis,
}

/// The state of synchronisation, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The connection.
    pub connection: Connection,
    /// Since when it is so.
    pub since: Millis,
    /// Operations that the relay has not answered yet.
    pub waiting: u32,
    /// So many of those only say how far somebody has read: no change that a person has made.
    pub reading: u32,
    /// Operations that the relay refused.
    pub failed: u32,
    /// When the oldest change of those that wait was written.
    pub waiting_since: Option<Millis>,
    /// When we were last known to be level with the relay, before now; `None` if that is not known.
    pub in_step_at: Option<Millis>,
    /// How far catching up has got, while it goes on and as far as that is known.
    pub catching_up: Option<CatchingUp>,
    /// How far the older messages have been fetched, while some are missing.
    pub fetching: Option<Fetching>,
}

impl Status {
    /// What waits of what a person has done. Reading is not among it: nobody calls ten rooms that they read ten changes.
    #[must_use]
    pub fn changes(&self) -> u32 {
        self.waiting.saturating_sub(self.reading)
    }
}

/// How far catching up has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatchingUp {
    /// So many rooms are level.
    pub level: u32,
    /// Of so many.
    pub rooms: u32,
}

/// How far the older messages have been fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetching {
    /// So many rooms are not whole yet.
    pub rooms: u32,
    /// About so much of their history is here, by its changes, not by its messages.
    pub percent: u32,
}

/// A change that waits for the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxView {
    /// For taking it back.
    pub op_id: OpId,
    /// What it is.
    pub kind: OpKind,
    /// Where.
    pub room_id: RoomId,
    /// The room's name, as far as it is known here.
    pub room_name: String,
    /// The message that it is about, if it is about one.
    pub message_id: Option<MessageId>,
    /// The words, if it has any.
    pub text: Option<String>,
    /// When it was written.
    pub at: Millis,
    /// How far it has got.
    pub state: OutboxState,
    /// What taking it back would do.
    pub take_back: TakeBack,
}

/// How far a change has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// It has not left this device.
    Waiting,
    /// It may have reached the relay, which has not answered.
    Sent,
    /// The relay has it; its rows are still to come.
    Accepted,
}

/// What taking a change back does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeBack {
    /// It never leaves this device.
    Forget,
    /// It may be with the relay already: the message is deleted there.
    Delete,
    /// A later change builds on it; that one first.
    LaterFirst,
    /// It is too late.
    TooLate,
}

/// The connection's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// No relay, or one that can't be reached: we will try again.
    Offline {
        /// Why, and what to do.
        reason: String,
    },
    /// Trying.
    Connecting,
    /// Connected, and behind.
    CatchingUp,
    /// Connected, and level.
    Online,
    /// The relay does not want us: trying again by ourselves would not help.
    SignedOut {
        /// Why, and what to do.
        reason: String,
    },
}
