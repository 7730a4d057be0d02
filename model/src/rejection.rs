//! Why an operation was refused, in a sentence that says what to do.
//!
//! On the wire a rejection is a code for programs and a text for people, so that an older client shows a newer
//! relay's reason. A room that the person can't see and one that doesn't exist get the same answer.

use crate::id::Rev;
use crate::limits;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// No such room, or none that this person may see.
    #[error(
        "There is no such room, or you are not in it. Check the name, or ask someone in the room to invite you."
    )]
    RoomNotFound,
    /// The room is closed for writing.
    #[error("This room is archived. Ask one of its owners to open it again.")]
    RoomArchived,
    /// The role does not allow it.
    #[error("Your role in this room does not allow that. Ask one of its owners or moderators.")]
    Forbidden,
    /// Not the author, and the room's edit policy does not allow it.
    #[error("Only its author can change this message. Write a reply instead.")]
    NotAuthor,
    /// No such message in this room.
    #[error("This message does not exist in this room. It may have been written to another relay.")]
    MessageNotFound,
    /// The message is a tombstone.
    #[error(
        "This message was deleted in the meantime. Post your text as a new message if it is still needed."
    )]
    MessageDeleted,
    /// Someone else changed the text first.
    #[error(
        "Someone changed this message while you were editing it. Compare the two texts and edit it again."
    )]
    Conflict {
        /// The revision that the relay has.
        current: Rev,
    },
    /// Another row has this id.
    #[error("The id of this new item is already taken. Copy the text and post it again.")]
    IdTaken,
    /// Nothing but white space.
    #[error("The message is empty. Write something, or delete the message instead.")]
    BodyEmpty,
    /// Too long.
    #[error("The message is {bytes} bytes long; at most {max} fit. Shorten it or split it in two.", max = limits::BODY_MAX_BYTES)]
    BodyTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// Holds a NUL character.
    #[error("The message holds a NUL character, which is not text. Remove it and send again.")]
    BodyNotText,
    /// A room's name is empty, too long or holds control characters.
    #[error("A room needs a name of 1 to {max} characters on one line. Choose another.", max = limits::ROOM_NAME_MAX_CHARS)]
    RoomNameInvalid,
    /// Not an emoji.
    #[error("A reaction is one emoji. Choose it from the list.")]
    EmojiInvalid,
    /// No such account.
    #[error(
        "There is no such person on this relay, or not in this room. Look at the list of people again."
    )]
    PersonNotFound,
    /// Was put out of the room.
    #[error("You were removed from this room. Ask someone who looks after it to invite you.")]
    Removed,
    /// Not the id of these people's room, or too many of them.
    #[error("A direct room is between 2 and {max} people. Choose them again.", max = limits::DIRECT_MAX_PEOPLE)]
    DirectInvalid,
    /// The account, or a person who is asked in, is in, or has made, as many rooms as it may.
    #[error(
        "You, or someone whom you invite, are in as many rooms as this relay allows, or have made as many. Leave some first."
    )]
    TooManyRooms,
    /// The room would have no owner any more.
    #[error(
        "You are the only owner of this room, and others are still in it. Make one of them an owner first, or archive the room."
    )]
    LastOwner,
    /// A topic is too long.
    #[error("A topic is one line of at most {max} characters. Shorten it.", max = limits::TOPIC_MAX_CHARS)]
    TopicInvalid,
    /// A file is not there for the room.
    #[error("A file of this message is not on the relay yet. It is sent first; try again.")]
    BlobMissing,
    /// Too many files.
    #[error("The message has {count} files; at most {max} fit. Send the others in another message.", max = limits::ATTACHMENTS_MAX)]
    TooManyAttachments {
        /// How many it has.
        count: usize,
    },
    /// What is said of a file makes no sense.
    #[error(
        "A file of this message can't be sent as it is. Give it a plain name, and attach each file once."
    )]
    AttachmentInvalid,
}

/// A rejection's name on the wire and in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RejectionCode {
    RoomNotFound,
    RoomArchived,
    Forbidden,
    NotAuthor,
    MessageNotFound,
    MessageDeleted,
    Conflict,
    IdTaken,
    BodyEmpty,
    BodyTooLong,
    BodyNotText,
    RoomNameInvalid,
    TopicInvalid,
    EmojiInvalid,
    PersonNotFound,
    Removed,
    DirectInvalid,
    TooManyRooms,
    BlobMissing,
    TooManyAttachments,
    AttachmentInvalid,
    LastOwner,
    /// The relay's store was restored from a backup that does not hold this any more; made by the client only.
    StoreRestored,
    /// The text was saved from a damaged local database; made by the client only.
    DatabaseDamaged,
    /// An operation that this one was built on was refused; made by the client only.
    DependsOnRefused,
    /// A reason that this version does not know; its text says it.
    #[serde(other)]
    Unknown,
}

impl Rejection {
    /// The rejection's name.
    #[must_use]
    pub fn code(&self) -> RejectionCode {
        match self {
            Self::RoomNotFound => RejectionCode::RoomNotFound,
            Self::RoomArchived => RejectionCode::RoomArchived,
            Self::Forbidden => RejectionCode::Forbidden,
            Self::NotAuthor => RejectionCode::NotAuthor,
            Self::MessageNotFound => RejectionCode::MessageNotFound,
            Self::MessageDeleted => RejectionCode::MessageDeleted,
            Self::Conflict { .. } => RejectionCode::Conflict,
            Self::IdTaken => RejectionCode::IdTaken,
            Self::BodyEmpty => RejectionCode::BodyEmpty,
            Self::BodyTooLong { .. } => RejectionCode::BodyTooLong,
            Self::BodyNotText => RejectionCode::BodyNotText,
            Self::RoomNameInvalid => RejectionCode::RoomNameInvalid,
            Self::TopicInvalid => RejectionCode::TopicInvalid,
            Self::BlobMissing => RejectionCode::BlobMissing,
            Self::TooManyAttachments { .. } => RejectionCode::TooManyAttachments,
            Self::AttachmentInvalid => RejectionCode::AttachmentInvalid,
            Self::EmojiInvalid => RejectionCode::EmojiInvalid,
            Self::PersonNotFound => RejectionCode::PersonNotFound,
            Self::Removed => RejectionCode::Removed,
            Self::DirectInvalid => RejectionCode::DirectInvalid,
            Self::TooManyRooms => RejectionCode::TooManyRooms,
            Self::LastOwner => RejectionCode::LastOwner,
        }
    }
}

impl RejectionCode {
    /// The word that both databases store: the same as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RoomNotFound => "room_not_found",
            Self::RoomArchived => "room_archived",
            Self::Forbidden => "forbidden",
            Self::NotAuthor => "not_author",
            Self::MessageNotFound => "message_not_found",
            Self::MessageDeleted => "message_deleted",
            Self::Conflict => "conflict",
            Self::IdTaken => "id_taken",
            Self::BodyEmpty => "body_empty",
            Self::BodyTooLong => "body_too_long",
            Self::BodyNotText => "body_not_text",
            Self::RoomNameInvalid => "room_name_invalid",
            Self::TopicInvalid => "topic_invalid",
            Self::EmojiInvalid => "emoji_invalid",
            Self::PersonNotFound => "person_not_found",
            Self::Removed => "removed",
            Self::DirectInvalid => "direct_invalid",
            Self::TooManyRooms => "too_many_rooms",
            Self::BlobMissing => "blob_missing",
            Self::TooManyAttachments => "too_many_attachments",
            Self::AttachmentInvalid => "attachment_invalid",
            Self::LastOwner => "last_owner",
            Self::StoreRestored => "store_restored",
            Self::DatabaseDamaged => "database_damaged",
            Self::DependsOnRefused => "depends_on_refused",
            Self::Unknown => "unknown",
        }
    }

    /// The code for a stored word; an unknown word is [`RejectionCode::Unknown`].
    #[must_use]
    pub fn parse(word: &str) -> Self {
        serde_json::from_value(serde_json::Value::String(word.to_owned())).unwrap_or(Self::Unknown)
    }
}
