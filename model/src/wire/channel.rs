//! Events of watched tables, and their HTTP endpoint.

use crate::id::Millis;
use serde::{Deserialize, Serialize};

/// A change of a watched table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelEvent {
    /// Its place in the channel; the cursor to resume from.
    pub position: i64,
    /// `insert`, `update`, `delete` or `truncate`; `watched`: the table is watched again, and what happened before is not told.
    pub operation: String,
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// Which row, as the text of a JSON object: text, so that no number loses a digit on the way.
    pub key: Option<String>,
    /// Which row it was before, if an update has changed its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_key: Option<String>,
    /// The row after the change, or before it was deleted, as the text of a JSON object; `None`: see `large`.
    pub row: Option<String>,
    /// `row` does not fit a frame: fetch it over HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub large: bool,
    /// When.
    pub at: Millis,
}

/// The query of `GET /v1/channels/CHANNEL/events`; without `after` it answers where the channel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventsQuery {
    /// The cursor.
    pub after: Option<i64>,
}

/// Events in the order of their positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsResponse {
    /// The events.
    pub events: Vec<ChannelEvent>,
    /// The cursor to go on from.
    pub through: i64,
    /// There are more.
    pub more: bool,
}
