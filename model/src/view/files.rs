//! Files of messages: attached, here, and on their way.

use crate::attachment::{Attachment, BlobHash};
use crate::id::RoomId;
use serde::{Deserialize, Serialize};

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
