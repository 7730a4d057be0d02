//! How much goes into one frame, and what a page of a room is.
//!
//! Invariants: pure; a page holds at least one row, or one message with its reactions, and whatever it leaves out is told by
//! `more` or `before`.

use model::{Message, MessageId, Reaction, Row, Seq, limits};
use std::collections::HashMap;

/// What a row without its text takes in a frame, roughly.
const ROW_BYTES: usize = 256;

/// Changes of a room in `(after, through]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesPage {
    /// In seq order.
    pub rows: Vec<Row>,
    /// How far they go.
    pub through: Seq,
    /// There are more.
    pub more: bool,
}

/// A page of a room's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// Messages, each followed by its reactions (and for a first page the room, its members and read markers before them).
    pub rows: Vec<Row>,
    /// The lowest position; `None` when there is nothing older.
    pub before: Option<Seq>,
}

/// How many of these rows fit one frame; at least one.
#[must_use]
pub fn fitting(rows: &[Row]) -> usize {
    let most = usize::try_from(limits::PAGE_MAX_ROWS).unwrap_or(usize::MAX);
    let mut bytes = 0;
    for (at, row) in rows.iter().enumerate() {
        bytes += row.text_bytes() + ROW_BYTES;
        if at == most || (at > 0 && bytes > limits::CHANGES_MAX_BYTES) {
            return at;
        }
    }
    rows.len()
}

/// Changes that fit one frame: `rows` in seq order are all that there are, or the first [`limits::PAGE_MAX_ROWS`]` + 1` or
/// more of them; `last` is the room's counter.
#[must_use]
pub fn changes(mut rows: Vec<Row>, last: Seq) -> ChangesPage {
    let fits = fitting(&rows);
    if fits == rows.len() {
        return ChangesPage {
            rows,
            through: last,
            more: false,
        };
    }
    rows.truncate(fits);
    let through = rows.last().map_or(last, Row::seq);
    ChangesPage {
        rows,
        through,
        more: through < last,
    }
}

/// Messages from newest to oldest with their reactions, as many as fit a frame; `limit` is how many messages were asked for.
#[must_use]
pub fn history(messages: Vec<Message>, reactions: Vec<Reaction>, limit: usize) -> HistoryPage {
    let full = messages.len() >= limit;
    let mut of_message: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    for reaction in reactions {
        of_message
            .entry(reaction.message_id)
            .or_default()
            .push(reaction);
    }
    let (mut rows, mut lowest, mut cut, mut bytes) = (Vec::new(), None, false, 0);
    for message in messages {
        let reactions = of_message.remove(&message.id).unwrap_or_default();
        bytes += message.body.len() + ROW_BYTES * (1 + reactions.len());
        if lowest.is_some() && bytes > limits::CHANGES_MAX_BYTES {
            cut = true;
            break;
        }
        lowest = message.position;
        rows.push(Row::Message(message));
        rows.extend(reactions.into_iter().map(Row::Reaction));
    }
    HistoryPage {
        rows,
        before: lowest.filter(|_| full || cut),
    }
}
