//! How much goes into one frame, and what a page of a room is.
//!
//! Invariants: pure; a frame never exceeds [`limits::FRAME_MAX_BYTES`] in either encoding; a page holds at least one row, or one message,
//! and whatever it leaves out is told by `more` or `before`. What belongs to a page and does not fit its frame (members of a large room,
//! reactions of a much liked message) goes ahead of it.

use model::row::in_json;
use model::wire::DirectoryEntry;
use model::{Message, MessageId, Reaction, Row, Seq, limits};
use std::collections::HashMap;

/// What a row without its text takes in a frame, at most.
const ROW_BYTES: usize = 512;

/// What an entry of the directory takes without its texts, at most.
const ENTRY_BYTES: usize = 128;

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

/// Takes out what goes ahead of a page, frame by frame, so that the rest fits one frame: only messages and the room have to be in it.
pub fn ahead(page: &mut HistoryPage) -> Vec<Vec<Row>> {
    if fitting(&page.rows) == page.rows.len() {
        return Vec::new();
    }
    let stays = |row: &Row| matches!(row, Row::Room(_) | Row::Message(_));
    let (rest, mut others): (Vec<Row>, Vec<Row>) =
        std::mem::take(&mut page.rows).into_iter().partition(stays);
    page.rows = rest;
    let mut frames = Vec::new();
    while !others.is_empty() {
        let rest = others.split_off(fitting(&others));
        frames.push(std::mem::replace(&mut others, rest));
    }
    frames
}

/// As many entries of the directory as fit one frame.
#[must_use]
pub fn directory(mut entries: Vec<DirectoryEntry>) -> Vec<DirectoryEntry> {
    let mut bytes = 0;
    let fits = entries.iter().take_while(|entry| {
        bytes += in_json(&entry.name) + in_json(&entry.topic) + ENTRY_BYTES;
        bytes <= limits::CHANGES_MAX_BYTES
    });
    entries.truncate(fits.count());
    entries
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
        bytes += in_json(&message.body) + ROW_BYTES * (1 + reactions.len());
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::wire::{Codec, RelayFrame};
    use model::{Millis, Rev, RoomId, UserId};
    use uuid::Uuid;

    fn message(body: &str) -> Message {
        let id = Uuid::from_u128(u128::MAX);
        Message {
            room_id: RoomId(id),
            id: MessageId(id),
            seq: Seq(i64::MAX),
            position: Some(Seq(i64::MAX)),
            author_id: UserId(id),
            body: body.to_owned(),
            reply_to: Some(MessageId(id)),
            rev: Rev(i32::MAX),
            created_at: Millis(i64::MAX),
            edited_at: Some(Millis(i64::MAX)),
            edited_by: Some(UserId(id)),
            deleted_at: Some(Millis(i64::MAX)),
            pinned_at: Some(Millis(i64::MAX)),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn no_frame_is_too_large_whatever_the_texts_are() {
        let long = limits::BODY_MAX_BYTES;
        for body in [
            "\u{1}".repeat(long),
            "\"".repeat(long),
            "é".repeat(long / 2),
            "x".into(),
        ] {
            let rows = vec![Row::Message(message(&body)); 600];
            let page = changes(rows, Seq(i64::MAX));
            let frame = RelayFrame::Changes {
                room: RoomId(Uuid::from_u128(1)),
                from: Seq(i64::MAX),
                through: page.through,
                rows: page.rows.clone(),
                more: page.more,
            };
            for codec in [Codec::Json, Codec::MessagePack] {
                let bytes = codec.encode(&frame).unwrap().len();
                let said: usize = page
                    .rows
                    .iter()
                    .map(|row| row.text_bytes() + ROW_BYTES)
                    .sum();
                assert!(bytes <= said + 256, "{bytes} {said}");
                assert!(bytes <= limits::FRAME_MAX_BYTES, "{bytes}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_goes_ahead() {
        let reaction = |number: u128| Reaction {
            room_id: RoomId(Uuid::from_u128(1)),
            message_id: MessageId(Uuid::from_u128(u128::MAX)),
            user_id: UserId(Uuid::from_u128(number)),
            emoji: "+1".into(),
            seq: Seq(1),
            removed_at: None,
        };
        let mut page = history(
            vec![message("liked")],
            (0..3000).map(reaction).collect(),
            60,
        );
        assert_eq!((page.rows.len(), page.before), (3001, None));
        let frames = ahead(&mut page);
        assert_eq!(page.rows.len(), 1);
        assert_eq!(frames.iter().map(Vec::len).sum::<usize>(), 3000);
        assert!(frames.iter().all(|rows| rows.len() == fitting(rows)));
        assert!(ahead(&mut page).is_empty());
    }
}
