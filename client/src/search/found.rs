//! The hits of a page: which keys, in which order, and their rows.
//!
//! Invariant: the large index is walked once for a page; a key without a message is passed over, and the page goes on behind it.

use super::small::{Entry, Small};
use super::{COUNT_MAX, RANKED_MAX, Span, snippet, text};
use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::view::SearchHit;
use model::{MessageId, Millis, RoomId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

/// Some hits, and where it goes on.
pub(super) struct Found {
    pub(super) hits: Vec<SearchHit>,
    pub(super) next: Option<String>,
}

/// A row that is found, still without its snippet.
struct Hit {
    entry: Entry,
    attachments: String,
    body: String,
    hit: SearchHit,
}

/// The keys of what is found in a span, newest first: at most `limit`.
///
/// # Errors
/// SQLite's own.
pub(super) fn keys(
    connection: &Connection,
    expression: &str,
    span: Span,
    limit: u32,
) -> Result<Vec<i64>, ClientError> {
    let mut statement = connection.prepare_cached(queries::FOUND_KEYS)?;
    let asked = params![expression, span.below, span.from, limit];
    let found = statement.query_map(asked, |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The newest behind `after`. `first` are the first keys, `all` says that there are no others.
///
/// # Errors
/// SQLite's own.
pub(super) fn newest(
    connection: &Connection,
    expression: &str,
    span: Span,
    first: &[i64],
    all: bool,
    limit: u32,
    after: Option<&str>,
) -> Result<Found, ClientError> {
    let from_before = after.and_then(|after| after.parse::<i64>().ok());
    let mut below = from_before.map_or(span.below, |key| span.below.min(key));
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut batch: Vec<i64> = first.iter().copied().filter(|key| *key < below).collect();
    let mut is_last = all;
    let mut found = Vec::new();
    loop {
        for key in batch {
            below = key;
            if let Some(hit) = hit(connection, key)? {
                found.push(hit);
                if found.len() > wanted {
                    break;
                }
            }
        }
        if is_last || found.len() > wanted {
            break;
        }
        batch = keys(connection, expression, Span { below, ..span }, limit + 1)?;
        is_last = batch.is_empty();
    }
    let more = found.len() > wanted;
    found.truncate(wanted);
    let last = found.last().map(|hit| hit.entry.key.to_string());
    let small = Small::of(found.iter().map(|hit| &hit.entry))?;
    Ok(Found {
        hits: shown(found, &small, expression)?,
        next: last.filter(|_| more),
    })
}

/// The best of the newest [`RANKED_MAX`]; `after` says how many of them were shown, `first` are the first keys.
///
/// # Errors
/// SQLite's own.
pub(super) fn best(
    connection: &Connection,
    expression: &str,
    span: Span,
    first: &[i64],
    limit: u32,
    after: Option<&str>,
) -> Result<Found, ClientError> {
    let from_before = after
        .and_then(|after| after.split_once(':'))
        .and_then(|(key, shown)| Some((key.parse::<i64>().ok()?, shown.parse::<usize>().ok()?)));
    let (keys, shown_before) = match from_before {
        None => (first[..first.len().min(RANKED_MAX)].to_vec(), 0),
        Some((newest_key, shown)) => {
            // What came since the first page must not move the others.
            let below = span.below.min(newest_key.saturating_add(1));
            let mut keys = keys(connection, expression, Span { below, ..span }, COUNT_MAX)?;
            keys.truncate(RANKED_MAX);
            (keys, shown)
        }
    };
    let newest_key = keys.first().copied().unwrap_or(0);
    let mut entries = Vec::with_capacity(keys.len());
    for key in keys {
        entries.extend(entry(connection, key)?);
    }
    let order = Small::of(entries.iter())?.best(expression)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let behind = shown_before.saturating_add(limit).min(order.len());
    let mut hits = Vec::with_capacity(limit);
    for key in order.get(shown_before..behind).unwrap_or_default() {
        hits.extend(hit(connection, *key)?);
    }
    // Marks are for the page alone.
    let small = Small::of(hits.iter().map(|hit| &hit.entry))?;
    Ok(Found {
        hits: shown(hits, &small, expression)?,
        next: (behind < order.len()).then(|| format!("{newest_key}:{behind}")),
    })
}

fn shown(found: Vec<Hit>, small: &Small, expression: &str) -> Result<Vec<SearchHit>, ClientError> {
    let mut marked = small.marked(expression)?;
    let with_snippet = |found: Hit| {
        let whole = text::whole(&found.body, &found.attachments);
        let marked = marked.remove(&found.entry.key);
        let marked = marked.as_deref().unwrap_or(&whole);
        SearchHit {
            snippet: snippet::snippet(&whole, marked),
            ..found.hit
        }
    };
    Ok(found.into_iter().map(with_snippet).collect())
}

fn entry(connection: &Connection, key: i64) -> Result<Option<Entry>, ClientError> {
    let mut statement = connection.prepare_cached(queries::ENTRY)?;
    let found = statement.query_row([key], |row| {
        Ok(Entry {
            key,
            body: row.get(0)?,
            scope: row.get(1)?,
        })
    });
    Ok(found.optional()?)
}

fn hit(connection: &Connection, key: i64) -> Result<Option<Hit>, ClientError> {
    let mut statement = connection.prepare_cached(queries::HIT)?;
    let found = statement.query_row([key], |row| {
        Ok(Hit {
            entry: Entry {
                key: row.get(0)?,
                body: row.get(10)?,
                scope: row.get(11)?,
            },
            attachments: row.get(9)?,
            body: row.get(5)?,
            hit: SearchHit {
                room_id: RoomId(row.get::<_, Blob>(1)?.0),
                room_name: String::new(),
                message_id: MessageId(row.get::<_, Blob>(2)?.0),
                author_id: UserId(row.get::<_, Blob>(3)?.0),
                author_name: row.get(4)?,
                at: Millis(row.get(6)?),
                edited: row.get(7)?,
                pending: row.get(8)?,
                snippet: Vec::new(),
            },
        })
    });
    Ok(found.optional()?)
}
