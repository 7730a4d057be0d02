//! The rows that both databases hold. A row is the whole current state of a thing; a newer version of it
//! (a higher `seq`) replaces an older one, whatever order they arrive in.
//!
//! Invariant: rows are never removed; a deleted message is a tombstone (`deleted_at`, empty body).

use crate::attachment::Attachment;
use crate::id::{MessageId, Millis, Rev, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};

/// Any synchronised row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A room.
    Room(Room),
    /// A person's membership of a room.
    Member(Member),
    /// A message.
    Message(Message),
    /// A person's reaction to a message.
    Reaction(Reaction),
    /// How far a person has read.
    ReadMarker(ReadMarker),
    /// An earlier text of a message. Kept by the relay, fetched on demand, never part of catch-up.
    MessageVersion(MessageVersion),
}

/// What kind of room it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Open to everyone with an account on the relay.
    Channel,
    /// Between named people only.
    Direct,
}

/// Who may change the text of whose message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditPolicy {
    /// Only its author.
    Author,
    /// Its author, and the room's owners and moderators.
    Moderators,
    /// Every member who may write.
    Everyone,
}

/// What a member may do, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Write, and delete other people's messages.
    Moderator,
    /// Write.
    Member,
    /// Read only.
    Reader,
    /// Was put out: not there, and may not come back by themselves.
    Removed,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// The room's change counter when this row last changed.
    pub seq: Seq,
    /// Shown in lists.
    pub name: String,
    /// One line, may be empty.
    pub topic: String,
    /// Channel or direct.
    pub kind: RoomKind,
    /// Who may edit.
    pub edit_policy: EditPolicy,
    /// When it was closed for writing.
    pub archived_at: Option<Millis>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Millis,
}

/// A person's membership of a room. It stays when they leave, so that their name stays known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The room.
    pub room_id: RoomId,
    /// The person.
    pub user_id: UserId,
    /// The room's change counter when this row last changed.
    pub seq: Seq,
    /// The person's name as this room knows it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Millis,
    /// When they left, if they did.
    pub left_at: Option<Millis>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The room.
    pub room_id: RoomId,
    /// Its id.
    pub id: MessageId,
    /// The room's change counter when this row last changed; [`Seq::ZERO`] while only its author has it.
    pub seq: Seq,
    /// The seq at which it was first applied: the timeline's order. `None` while only its author has it.
    pub position: Option<Seq>,
    /// Who wrote it.
    pub author_id: UserId,
    /// The text; empty in a tombstone.
    pub body: String,
    /// The message that this one answers.
    pub reply_to: Option<MessageId>,
    /// How often the text was written.
    pub rev: Rev,
    /// When it was applied (the relay's clock), or written (the author's clock) while pending.
    pub created_at: Millis,
    /// When the text last changed.
    pub edited_at: Option<Millis>,
    /// Who last changed the text, if it changed.
    pub edited_by: Option<UserId>,
    /// When it was deleted.
    pub deleted_at: Option<Millis>,
    /// When it was pinned, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Millis>,
    /// Its files; a tombstone has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A person's reaction to a message. It stays when it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// The person.
    pub user_id: UserId,
    /// What.
    pub emoji: String,
    /// The room's change counter when this row last changed.
    pub seq: Seq,
    /// When it was taken back, if it was.
    pub removed_at: Option<Millis>,
}

/// How far a person has read in a room; it only moves forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarker {
    /// The room.
    pub room_id: RoomId,
    /// The person.
    pub user_id: UserId,
    /// The room's change counter when this row last changed.
    pub seq: Seq,
    /// The position of the last message that was read.
    pub position: Seq,
}

/// An earlier text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageVersion {
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// The seq of the change that replaced this text.
    pub seq: Seq,
    /// Which revision this was.
    pub rev: Rev,
    /// The text.
    pub body: String,
    /// Who wrote this revision.
    pub editor_id: UserId,
    /// When it was written.
    pub edited_at: Millis,
}

impl Row {
    /// The room that the row belongs to.
    #[must_use]
    pub fn room_id(&self) -> RoomId {
        match self {
            Self::Room(row) => row.id,
            Self::Member(row) => row.room_id,
            Self::Message(row) => row.room_id,
            Self::Reaction(row) => row.room_id,
            Self::ReadMarker(row) => row.room_id,
            Self::MessageVersion(row) => row.room_id,
        }
    }

    /// The seq of the row's last change.
    #[must_use]
    pub fn seq(&self) -> Seq {
        match self {
            Self::Room(row) => row.seq,
            Self::Member(row) => row.seq,
            Self::Message(row) => row.seq,
            Self::Reaction(row) => row.seq,
            Self::ReadMarker(row) => row.seq,
            Self::MessageVersion(row) => row.seq,
        }
    }

    /// Gives the row the seq of its change. A message seen for the first time takes it as its position too.
    pub fn stamp(&mut self, seq: Seq) {
        match self {
            Self::Room(row) => row.seq = seq,
            Self::Member(row) => row.seq = seq,
            Self::Message(row) => {
                row.seq = seq;
                row.position.get_or_insert(seq);
            }
            Self::Reaction(row) => row.seq = seq,
            Self::ReadMarker(row) => row.seq = seq,
            Self::MessageVersion(row) => row.seq = seq,
        }
    }

    /// Bytes that its text takes in a frame, in the encoding that makes most of it: what makes one row bigger than another.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Room(row) => in_json(&row.name) + in_json(&row.topic),
            Self::Member(row) => in_json(&row.name),
            Self::Message(row) => in_json(&row.body) + attachments_bytes(&row.attachments),
            Self::Reaction(row) => in_json(&row.emoji),
            Self::ReadMarker(_) => 0,
            Self::MessageVersion(row) => in_json(&row.body),
        }
    }
}

/// Bytes that files take in a frame, but for what every one takes.
#[must_use]
pub(crate) fn attachments_bytes(attachments: &[Attachment]) -> usize {
    let of = |one: &Attachment| in_json(&one.name) + one.media_type.len() + ATTACHMENT_BYTES;
    attachments.iter().map(of).sum()
}

/// A file's hash, its numbers and the names of all its fields.
const ATTACHMENT_BYTES: usize = 224;

/// Bytes of a text in JSON, which writes a control character in six and a quotation mark in two; MessagePack never needs more.
#[must_use]
pub fn in_json(text: &str) -> usize {
    let of = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(of).sum()
}

/// Gives the changes of one operation their seqs, one each, after `last`, and says which was the last.
///
/// A [`MessageVersion`] is not part of catch-up, so it uses up no number: it carries that of the message change
/// that follows it, and `decide` always puts it before that.
pub fn stamp(rows: &mut [Row], last: Seq) -> Seq {
    let mut seq = last;
    for row in rows {
        if matches!(row, Row::MessageVersion(_)) {
            row.stamp(seq.next());
        } else {
            seq = seq.next();
            row.stamp(seq);
        }
    }
    seq
}

/// Conversions between an enum and the word that both databases store for it.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word that both databases store.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value for a stored word, if there is one.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(RoomKind { Channel = "channel", Direct = "direct" });
words!(EditPolicy { Author = "author", Moderators = "moderators", Everyone = "everyone" });
words!(Role { Owner = "owner", Moderator = "moderator", Member = "member", Reader = "reader", Removed = "removed" });
