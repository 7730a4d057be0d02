//! The query and the answers of the HTTP endpoints for a room's history.

use crate::id::{MessageId, Millis, Seq, UserId};
use crate::row::{MessageVersion, Row};
use serde::{Deserialize, Serialize};

/// The query of `GET /v1/rooms/ROOM/messages`: at most one of the first four; none asks for the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryQuery {
    /// The newest before this position.
    pub before: Option<Seq>,
    /// The oldest after this position.
    pub after: Option<Seq>,
    /// This message in the middle.
    pub around: Option<MessageId>,
    /// The oldest of this time or later.
    pub since: Option<Millis>,
    /// At most so many, and at most [`crate::limits::PAGE_MAX_ROWS`].
    pub limit: Option<u32>,
}

/// The answer to [`HistoryQuery`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryResponse {
    /// Messages in the order of their positions, then their reactions.
    pub rows: Vec<Row>,
    /// Where to go on towards the beginning; `None`: there is nothing older.
    pub before: Option<Seq>,
    /// Where to go on towards the end; `None`: there is nothing newer.
    pub after: Option<Seq>,
}

/// The query of `GET /v1/rooms/ROOM/messages/MESSAGE/versions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VersionsQuery {
    /// As the answer before says.
    pub after: Option<Seq>,
}

/// The answer to `GET /v1/rooms/ROOM/presence`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceResponse {
    /// Who is online; of a crowd the first [`crate::limits::PRESENCE_MAX_LIST`].
    pub online: Vec<UserId>,
    /// Who is typing.
    pub typing: Vec<UserId>,
    /// How many are online.
    pub count: u32,
}

/// The answer to `GET /v1/rooms/ROOM/messages/MESSAGE/versions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsResponse {
    /// The earlier texts, oldest first. Of a deleted message only its author is told any.
    pub versions: Vec<MessageVersion>,
    /// Where to go on; `None`: that is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
}
