//! What a person can ask for. An operation names its rows, carries everything needed to decide it, and
//! nothing about who asks: that is the session's to say.

use crate::attachment::Attachment;
use crate::id::{MessageId, Millis, OpId, Rev, RoomId, Seq, UserId};
use crate::row::{EditPolicy, Role};
use serde::{Deserialize, Serialize};

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Make a room; whoever asks becomes its owner.
    CreateRoom {
        /// Made by the client.
        room_id: RoomId,
        /// Shown in lists.
        name: String,
        /// One line, may be empty.
        #[serde(default)]
        topic: String,
    },
    /// Become a member of a channel, or come back to it.
    Join {
        /// The channel.
        room_id: RoomId,
    },
    /// Write a message.
    Post {
        /// Where.
        room_id: RoomId,
        /// Made by the client; the post's idempotency key.
        message_id: MessageId,
        /// The text.
        body: String,
        /// The message that this one answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        /// Its files; with one the text may be empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    /// Change a message's text.
    Edit {
        /// Where.
        room_id: RoomId,
        /// Which.
        message_id: MessageId,
        /// The revision that the author saw while editing.
        base_rev: Rev,
        /// The text that the author saw, for the merge if it is not the present one any more. Without it, an edit of an
        /// earlier revision is a conflict. It travels along because revisions are numbers that a restored store gives
        /// out again, while a text is what it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base: Option<String>,
        /// The whole new text.
        body: String,
    },
    /// Turn a message into a tombstone.
    Delete {
        /// Where.
        room_id: RoomId,
        /// Which.
        message_id: MessageId,
    },
    /// Put a reaction on a message, or take it back.
    React {
        /// Where.
        room_id: RoomId,
        /// Which.
        message_id: MessageId,
        /// What.
        emoji: String,
        /// On, or back off.
        on: bool,
    },
    /// Pin a message, or unpin it.
    Pin {
        /// Where.
        room_id: RoomId,
        /// Which.
        message_id: MessageId,
        /// On, or back off.
        on: bool,
    },
    /// Everything through here has been read.
    MarkRead {
        /// Where.
        room_id: RoomId,
        /// The position of the last message that was read.
        position: Seq,
    },
    /// Stop being a member.
    Leave {
        /// Which room.
        room_id: RoomId,
    },
    /// Change what a room is.
    SetRoom {
        /// Which.
        room_id: RoomId,
        /// What.
        change: RoomChange,
    },
    /// Change somebody's place in a room.
    SetMember {
        /// Which room.
        room_id: RoomId,
        /// Whose.
        user_id: UserId,
        /// Their name as the author knows it: shown until the relay tells.
        #[serde(default)]
        name: String,
        /// What.
        change: MemberChange,
    },
    /// Make the direct room of some people, or bring those back who have left it.
    OpenDirect {
        /// Made of the ids of all of them and whoever asks: [`crate::direct_room_id`].
        room_id: RoomId,
        /// The others.
        with: Vec<NamedUser>,
    },
}

/// Somebody, and their name as the author of an operation knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedUser {
    /// Who.
    pub user_id: UserId,
    /// Shown until the relay tells.
    #[serde(default)]
    pub name: String,
}

/// A change of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomChange {
    /// Another name.
    Name(String),
    /// Another topic.
    Topic(String),
    /// Who may change the text of whose message.
    EditPolicy(EditPolicy),
    /// Closed for writing, or opened again.
    Archived(bool),
}

/// A change of somebody's place in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberChange {
    /// Let them in.
    Invite,
    /// Put them out; they come back by invitation only.
    Remove,
    /// Give them a role.
    Role(Role),
}

/// The row that an operation is about; operations on the same target depend on each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The room itself, or the asking person's membership of it.
    Room(RoomId),
    /// Somebody else's membership of a room.
    Member(RoomId, UserId),
    /// One message of a room.
    Message(RoomId, MessageId),
    /// The asking person's reaction to a message.
    Reaction(RoomId, MessageId, String),
    /// The asking person's read marker.
    ReadMarker(RoomId),
}

impl Op {
    /// The room that the operation is about.
    #[must_use]
    pub fn room_id(&self) -> RoomId {
        match self {
            Self::CreateRoom { room_id, .. }
            | Self::Join { room_id }
            | Self::Post { room_id, .. }
            | Self::Edit { room_id, .. }
            | Self::Delete { room_id, .. }
            | Self::React { room_id, .. }
            | Self::Pin { room_id, .. }
            | Self::MarkRead { room_id, .. }
            | Self::Leave { room_id }
            | Self::SetRoom { room_id, .. }
            | Self::SetMember { room_id, .. }
            | Self::OpenDirect { room_id, .. } => *room_id,
        }
    }

    /// The message that the operation is about, if it is about one.
    #[must_use]
    pub fn message_id(&self) -> Option<MessageId> {
        match self {
            Self::CreateRoom { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::SetRoom { .. }
            | Self::SetMember { .. }
            | Self::OpenDirect { .. }
            | Self::MarkRead { .. } => None,
            Self::Post { message_id, .. }
            | Self::Edit { message_id, .. }
            | Self::Delete { message_id, .. }
            | Self::React { message_id, .. }
            | Self::Pin { message_id, .. } => Some(*message_id),
        }
    }

    /// The other people whom the operation names.
    #[must_use]
    pub fn people(&self) -> Vec<NamedUser> {
        match self {
            Self::SetMember { user_id, name, .. } => vec![NamedUser {
                user_id: *user_id,
                name: name.clone(),
            }],
            Self::OpenDirect { with, .. } => with.clone(),
            _ => Vec::new(),
        }
    }

    /// The files that it names.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Self::Post { attachments, .. } => attachments,
            _ => &[],
        }
    }

    /// The row that the operation is about.
    #[must_use]
    pub fn target(&self) -> Target {
        let room = self.room_id();
        match self {
            Self::React {
                message_id, emoji, ..
            } => Target::Reaction(room, *message_id, emoji.clone()),
            Self::MarkRead { .. } => Target::ReadMarker(room),
            Self::SetMember { user_id, .. } => Target::Member(room, *user_id),
            _ => match self.message_id() {
                Some(message_id) => Target::Message(room, message_id),
                None => Target::Room(room),
            },
        }
    }

    /// The words in it that a person would miss.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::CreateRoom { name, .. } => Some(name),
            Self::Post { body, .. } | Self::Edit { body, .. } => Some(body),
            Self::SetRoom {
                change: RoomChange::Name(text) | RoomChange::Topic(text),
                ..
            } => Some(text),
            Self::Join { .. }
            | Self::Leave { .. }
            | Self::SetRoom { .. }
            | Self::SetMember { .. }
            | Self::OpenDirect { .. }
            | Self::Delete { .. }
            | Self::React { .. }
            | Self::Pin { .. }
            | Self::MarkRead { .. } => None,
        }
    }

    /// Bytes of text in it: what makes one operation bigger than another.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::CreateRoom { name, topic, .. } => name.len() + topic.len(),
            Self::Post {
                body, attachments, ..
            } => body.len() + crate::row::attachments_bytes(attachments),
            Self::Edit { body, base, .. } => body.len() + base.as_ref().map_or(0, String::len),
            Self::React { emoji, .. } => emoji.len(),
            Self::SetRoom { .. } => self.text().map_or(0, str::len),
            Self::SetMember { name, .. } => name.len(),
            Self::OpenDirect { with, .. } => with.iter().map(|one| one.name.len() + 16).sum(),
            Self::Join { .. }
            | Self::Leave { .. }
            | Self::Delete { .. }
            | Self::Pin { .. }
            | Self::MarkRead { .. } => 0,
        }
    }
}

/// An operation on its way, with its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The same through every resend.
    pub op_id: OpId,
    /// The author's own clock when it was written: shown while pending, never trusted.
    pub at: Millis,
    /// What is asked for.
    pub op: Op,
}

impl Target {
    /// The room.
    #[must_use]
    pub fn room_id(&self) -> RoomId {
        match self {
            Self::Room(room)
            | Self::Member(room, _)
            | Self::Message(room, _)
            | Self::Reaction(room, ..)
            | Self::ReadMarker(room) => *room,
        }
    }
}
