//! Full-text search over what is here, offline and as one types.
//!
//! - [`text`]: what the index holds of a message. Triggers (migration 0007) keep it in the transaction that writes the message.
//! - [`expression`]: a query as an expression of FTS5.
//! - [`names`]: the people and rooms that a query names.
//! - [`found`]: the hits of a page; [`small`]: an index of those alone, for marks and for the best order.
//! - [`snippet`]: the part of a message that is shown, with marks.
//! - [`latest`]: giving up what nobody waits for.
//! - [`index`]: making the index of an older database in the background, making it anew, and checking it.
//!
//! Invariants: nothing but triggers and [`index`] writes the index; a page of hits is read from one snapshot, and each of
//! its texts from the message's own, checked row. Work is bounded: the index is read newest first and no further than the page and
//! [`COUNT_MAX`] need.

mod expression;
mod found;
pub mod index;
mod latest;
mod names;
mod small;
mod snippet;
mod text;

use crate::db::queries;
use crate::db::rows::Blob;
use crate::{Client, ClientError, actor};
use expression::{Known, expression};
use model::search::{Filter, Query};
use model::view::{SearchOrder, SearchPage, SearchRequest, UnknownName};
use model::{Millis, RoomId, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use latest::Latest;
pub(crate) use text::install;

/// Hits are counted up to here.
pub const COUNT_MAX: u32 = 1000;

/// Hits on one page at most.
pub const PAGE_MAX: u32 = 200;

/// Of so many of the newest hits the best are found: no more than are counted.
const RANKED_MAX: usize = COUNT_MAX as usize;

/// A long beginning is spelled out if it stands for no more words than this.
const SPELLED_MAX: usize = 32;

/// How many bits of a key count within a millisecond.
const KEY_SHIFT: u32 = 20;

impl Client {
    /// A page of what is to be found in the messages that are here.
    ///
    /// # Errors
    /// Nobody signed in; SQLite's own.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchPage, ClientError> {
        self.search_as(u64::MAX, request).await
    }

    /// The same under a number, by which it can be given up: later searches have higher ones.
    ///
    /// # Errors
    /// As [`Client::search`]; [`ClientError::GivenUp`].
    pub async fn search_as(
        &self,
        number: u64,
        request: SearchRequest,
    ) -> Result<SearchPage, ClientError> {
        match self.search_once(number, request.clone()).await {
            Err(error) if error.is_of_the_index() => {
                // Only the index is damaged; it is made of what is here.
                self.0.db.write(|tx| index::restart(tx)).await?;
                self.search_once(number, request).await
            }
            other => other,
        }
    }

    async fn search_once(
        &self,
        number: u64,
        request: SearchRequest,
    ) -> Result<SearchPage, ClientError> {
        let searches = Arc::clone(&self.0.searches);
        let ask = move |db: &Connection| {
            searches.run(number, db, || search(db, &request, actor(db)?.user_id))
        };
        self.0.db.read(ask).await
    }

    /// Gives up the searches with this number or an earlier one that still run.
    pub fn give_up_searches(&self, up_to: u64) {
        self.0.searches.give_up(up_to);
    }
}

/// Names that are offered at once.
const NAMES_MAX: usize = 8;

impl Client {
    /// The names that `from:` or `in:` could be given, from what is typed of one.
    ///
    /// # Errors
    /// Nobody signed in; SQLite's own.
    pub async fn search_names(
        &self,
        filter: Filter,
        typed: &str,
    ) -> Result<Vec<String>, ClientError> {
        let typed = typed.to_owned();
        self.0
            .db
            .read(move |db| {
                Ok(match filter {
                    Filter::From => {
                        let people = names::people(db, actor(db)?.user_id)?;
                        names::offered(&typed, people, NAMES_MAX)
                    }
                    Filter::In => names::offered(&typed, names::rooms(db, None)?, NAMES_MAX),
                    _ => Vec::new(),
                })
            })
            .await
    }
}

/// A page of what is to be found.
///
/// # Errors
/// SQLite's own.
pub fn search(
    connection: &Connection,
    request: &SearchRequest,
    me: UserId,
) -> Result<SearchPage, ClientError> {
    let query = &request.query;
    let mut page = SearchPage {
        indexing: index::progress(connection)?,
        ..SearchPage::default()
    };
    let rooms = names::rooms(connection, None)?;
    let (known, asked) = resolve(connection, query, me, &rooms, &mut page.unknown)?;
    page.fetching = fetching(connection, &rooms, &asked)?;
    if query.is_empty() {
        return Ok(page);
    }
    let span = Span::of(query);
    let mut trouble = None;
    let expression = expression(&known, |start| {
        spelled(connection, start).unwrap_or_else(|error| {
            trouble = Some(error);
            None
        })
    });
    if let Some(error) = trouble {
        return Err(error);
    }
    let limit = request.limit.clamp(1, PAGE_MAX);
    let keys = found::keys(connection, &expression, span, COUNT_MAX + 1)?;
    let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    page.count = count.min(COUNT_MAX);
    page.more = count > COUNT_MAX;
    let after = request.after.as_deref();
    let found = match request.order {
        SearchOrder::Newest => {
            let all = !page.more;
            found::newest(connection, &expression, span, &keys, all, limit, after)?
        }
        SearchOrder::Best => found::best(connection, &expression, span, &keys, limit, after)?,
    };
    page.next = found.next;
    page.hits = found.hits;
    for hit in &mut page.hits {
        hit.room_name = rooms
            .iter()
            .find(|(id, _)| *id == hit.room_id)
            .map(|(_, name)| name.clone())
            .unwrap_or_default();
    }
    Ok(page)
}

/// Keys from one on, and below another.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    below: i64,
}

impl Span {
    fn of(query: &Query) -> Self {
        Self {
            from: query.since.map_or(0, first_key),
            below: query.until.map_or(i64::MAX, first_key),
        }
    }
}

/// The first key of a millisecond.
fn first_key(at: Millis) -> i64 {
    at.0.clamp(0, (1 << 42) - 1) << KEY_SHIFT
}

/// The words of the index that begin so; `None` if there are many.
fn spelled(connection: &Connection, start: &str) -> Result<Option<Vec<String>>, ClientError> {
    let mut statement = connection.prepare_cached(queries::NEXT_WORD)?;
    let behind = format!("{start}\u{10ffff}");
    let mut words: Vec<String> = Vec::new();
    let mut from = start.to_owned();
    while words.len() <= SPELLED_MAX {
        let next: Option<String> = statement
            .query_row([&from, &behind], |row| row.get(0))
            .optional()?;
        let Some(word) = next else {
            return Ok(Some(words));
        };
        // No word has such a sign in it, so the next one is behind this.
        from = format!("{word}\u{1}");
        words.push(word);
    }
    Ok(None)
}

/// The query with its names looked up, and the rooms that it asks for.
fn resolve(
    connection: &Connection,
    query: &Query,
    me: UserId,
    rooms: &[(RoomId, String)],
    unknown: &mut Vec<UnknownName>,
) -> Result<(Known, Vec<RoomId>), ClientError> {
    let mut known = Known {
        words: query.words.clone(),
        without: query.without.clone(),
        has: query.has.clone(),
        ..Known::default()
    };
    known.none_of = query
        .has_not
        .iter()
        .map(|has| expression::has_word(*has).to_owned())
        .collect();
    let mut asked = Vec::new();
    if !query.rooms.is_empty() {
        for name in &query.rooms {
            asked.extend(look_up(name, Filter::In, rooms, unknown));
        }
        let words = asked.iter().map(|room| text::room_word(room.0.as_bytes()));
        known.one_of.push(words.collect());
    }
    for name in &query.not_rooms {
        let found = look_up(name, Filter::In, rooms, unknown);
        let words = found.iter().map(|room| text::room_word(room.0.as_bytes()));
        known.none_of.extend(words);
    }
    if query.from.is_empty() && query.not_from.is_empty() {
        return Ok((known, asked));
    }
    let people = names::people(connection, me)?;
    let mut authors = Vec::new();
    for name in &query.from {
        authors.extend(look_up(name, Filter::From, &people, unknown));
    }
    let word = |user: &UserId| text::author_word(user.0.as_bytes());
    if !query.from.is_empty() {
        known.one_of.push(authors.iter().map(word).collect());
    }
    for name in &query.not_from {
        let found = look_up(name, Filter::From, &people, unknown);
        known.none_of.extend(found.iter().map(word));
    }
    Ok((known, asked))
}

fn look_up<T: Copy + Ord>(
    name: &str,
    filter: Filter,
    among: &[(T, String)],
    unknown: &mut Vec<UnknownName>,
) -> Vec<T> {
    let found = names::named(name, among);
    if found.is_empty() {
        unknown.push(UnknownName {
            filter,
            name: name.to_owned(),
        });
    }
    found
}

fn fetching(
    connection: &Connection,
    rooms: &[(RoomId, String)],
    asked: &[RoomId],
) -> Result<Vec<String>, ClientError> {
    let names: BTreeMap<RoomId, &String> = rooms.iter().map(|(id, name)| (*id, name)).collect();
    let mut statement = connection.prepare_cached(queries::FETCHING)?;
    let found = statement.query_map([], |row| Ok(RoomId(row.get::<_, Blob>(0)?.0)))?;
    let mut fetching = Vec::new();
    for room in found {
        let room = room?;
        if asked.is_empty() || asked.contains(&room) {
            fetching.extend(names.get(&room).map(|name| (*name).clone()));
        }
    }
    Ok(fetching)
}

/// All rooms that are here, with the names under which they are shown.
///
/// # Errors
/// SQLite's own.
pub(crate) fn room_names(connection: &Connection) -> Result<Vec<(RoomId, String)>, ClientError> {
    names::rooms(connection, None)
}

/// How SQLite finds the keys of a page and reads a row by its key, a line a table: for tests and tools.
///
/// # Errors
/// SQLite's own.
pub fn plan(connection: &Connection) -> Result<Vec<String>, ClientError> {
    let mut plan = Vec::new();
    let mut explain = |query: &str, asked: &[&dyn rusqlite::ToSql]| -> Result<(), ClientError> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
        let lines = statement.query_map(asked, |row| row.get(3))?;
        plan.extend(lines.collect::<Result<Vec<String>, _>>()?);
        Ok(())
    };
    explain(queries::FOUND_KEYS, params!["word", i64::MAX, 0, 1])?;
    explain(queries::HIT, params![0])?;
    Ok(plan)
}
