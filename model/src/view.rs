//! What a screen shows. The client builds these from rows of the local database; the desktop shell passes them through;
//! the page renders them. Nothing here is stored or sent to a relay.

use crate::attachment::{Attachment, BlobHash};
use crate::id::{MessageId, Millis, OpId, Rev, RoomId, Seq, UserId};
use crate::rejection::RejectionCode;
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

/// A file attached to a message that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFileView {
    /// Where.
    pub room_id: RoomId,
    /// The file.
    pub file: Attachment,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// Which.
    pub hash: BlobHash,
    /// What is here of it.
    pub here: FileHere,
    /// How it is on its way to the relay, if it is: for the room that was asked about.
    pub sending: Option<FileSending>,
}

/// What is here of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileHere {
    /// All of it.
    Whole,
    /// It is not here, and nobody has asked for it.
    Absent,
    /// It comes, or waits for the relay.
    Coming {
        /// So many bytes of it are here.
        received: u64,
    },
    /// It can't be had.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

/// How a file is on its way to the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSending {
    /// It is sent, or waits for the relay.
    Going {
        /// So many bytes of it are there.
        sent: u64,
    },
    /// The relay does not take it.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
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

/// The account that a profile is signed in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The relay's address, as typed.
    pub relay: String,
    /// Who we are there.
    pub user_id: UserId,
    /// Our name there.
    pub name: String,
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
    /// Operations that the relay refused.
    pub failed: u32,
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
    /// Files attached to a message that is not written yet.
    DraftFile,
    /// Which files are here, and how much of them.
    Blob,
    /// Which files are on their way to the relay, and how much of them.
    Upload,
    /// What the person should read once.
    Notice,
}

/// An error as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub code: String,
    /// For people: what happened and what to do.
    pub text: String,
}
