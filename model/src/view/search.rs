//! What a search found, and how much of what is here could be searched.

use crate::id::{MessageId, Millis, RoomId, UserId};
use crate::search::{Filter, Query};
use serde::{Deserialize, Serialize};

/// A page of what is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// What is asked.
    pub query: Query,
    /// What comes first.
    pub order: SearchOrder,
    /// How many at most.
    pub limit: u32,
    /// Where the page before said that this one begins.
    pub after: Option<String>,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchOrder {
    /// The newest.
    #[default]
    Newest,
    /// What fits best, among the newest.
    Best,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// In order.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How many there are, counted up to a limit.
    pub count: u32,
    /// There are more than `count`.
    pub more: bool,
    /// Names in the filters that nobody and no room here has.
    pub unknown: Vec<UnknownName>,
    /// How far the index is made, while it is.
    pub indexing: Option<Indexing>,
    /// The rooms among those asked for whose older messages are still being fetched.
    pub fetching: Vec<String>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// Where.
    pub room_id: RoomId,
    /// The room's name as it is shown.
    pub room_name: String,
    /// Which.
    pub message_id: MessageId,
    /// Whose.
    pub author_id: UserId,
    /// The author's name.
    pub author_name: String,
    /// When it was written.
    pub at: Millis,
    /// Its text has been changed.
    pub edited: bool,
    /// The relay does not have all of it yet.
    pub pending: bool,
    /// The part of the text that was found.
    pub snippet: Vec<Segment>,
}

/// A piece of text, marked or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The words.
    pub text: String,
    /// It is what was asked for.
    pub marked: bool,
}

/// A name in a filter that fits nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownName {
    /// `from` or `in`.
    pub filter: Filter,
    /// As typed.
    pub name: String,
}

/// How far the index is made: of an older database it is made in the background, the newest messages first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indexing {
    /// So many messages have been looked at.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}
