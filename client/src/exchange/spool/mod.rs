//! An export that is being imported, in order: what the readers find, in a file of its own beside the profile's database.
//!
//! Exports come in any order (Mattermost's posts are in none at all), and a timeline's order is that in which its messages are applied.
//! So all is read once into this file, looked at before anything is sent, and sent room by room in the order of time; where it was
//! interrupted, it goes on.
//!
//! Invariants: a spool counts only when it is whole, else it is made anew; of two things with one id the first is kept and the second
//! counted; nothing of it is the truth of anything, so it may go at any time.

mod queries;

use super::read::{ReadError, Sink};
use super::record::{Header, Member, Message, Person, Reaction, Record, Room};
use crate::ClientError;
use queries::VERSION;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// Records of one transaction.
const RECORDS_AT_ONCE: u32 = 20_000;

/// A spool.
pub struct Spool {
    connection: Connection,
    path: PathBuf,
}

/// A room of a spool.
#[derive(Clone, Debug)]
pub struct SpooledRoom {
    /// Its place among the rooms.
    pub rank: i64,
    /// What it is.
    pub room: Room,
    /// How many messages it has.
    pub messages: u64,
    /// When the first of them was written.
    pub first_at: Option<i64>,
}

/// Where a room's messages go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Place {
    /// The last message's time.
    pub at: i64,
    /// Its number in the spool.
    pub ord: i64,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People.
    pub people: u64,
    /// Rooms.
    pub rooms: u64,
    /// Messages.
    pub messages: u64,
    /// Reactions.
    pub reactions: u64,
}

/// What was left out, why, how often, and one of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// Where one of them is.
    pub example: String,
}

impl Spool {
    /// Opens a spool that is whole; `None`: there is none.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn open(path: &Path) -> Result<Option<Self>, ClientError> {
        if !path.exists() {
            return Ok(None);
        }
        let spool = Self::at(path)?;
        let whole = spool
            .connection
            .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
        match whole {
            Ok(VERSION) => Ok(Some(spool)),
            // Half of one, or no database at all.
            _ => Ok(None),
        }
    }

    /// Makes one of what `read` finds; it counts when this has returned.
    ///
    /// # Errors
    /// The file's, or SQLite's.
    pub fn fill(
        path: &Path,
        on_progress: &mut dyn FnMut(u64) -> bool,
        read: impl FnOnce(&mut dyn Sink) -> Result<(), ReadError>,
    ) -> Result<Self, ClientError> {
        remove(path);
        let spool = Self::at(path)?;
        // What is lost with the power is read again.
        spool
            .connection
            .pragma_update(None, "journal_mode", "OFF")?;
        spool.connection.pragma_update(None, "synchronous", "OFF")?;
        spool.connection.execute_batch("BEGIN")?;
        spool.connection.execute_batch(queries::SCHEMA)?;
        let mut filling = Filling {
            connection: &spool.connection,
            on_progress,
            open: 0,
        };
        read(&mut filling)?;
        spool.connection.execute_batch(queries::FINISH)?;
        spool.connection.execute_batch("COMMIT")?;
        spool
            .connection
            .pragma_update(None, "user_version", VERSION)?;
        Ok(spool)
    }

    fn at(path: &Path) -> Result<Self, ClientError> {
        let connection = Connection::open(path)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// Removes it.
    pub fn remove(self) {
        let path = self.path.clone();
        drop(self);
        remove(&path);
    }

    /// Where the ids are from.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn source(&self) -> Result<String, ClientError> {
        let found = self
            .connection
            .query_row(queries::HEADER, [], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// All people with how many messages they wrote, most first.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn people(&self) -> Result<Vec<(Person, u64)>, ClientError> {
        let mut statement = self.connection.prepare(queries::PEOPLE)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?;
        let rows: Vec<(String, u64)> = rows.collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(data, count)| Ok((parse(&data)?, count)))
            .collect()
    }

    /// All rooms.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn rooms(&self) -> Result<Vec<SpooledRoom>, ClientError> {
        type Row = (i64, String, u64, Option<i64>);
        let mut statement = self.connection.prepare(queries::ROOMS)?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, count(row, 2)?, row.get(3)?))
        })?;
        let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(rank, data, messages, first_at)| {
                Ok(SpooledRoom {
                    rank,
                    room: parse(&data)?,
                    messages,
                    first_at,
                })
            })
            .collect()
    }

    /// Who is in a room.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn members(&self, room: &str) -> Result<Vec<Member>, ClientError> {
        let mut statement = self.connection.prepare_cached(queries::MEMBERS)?;
        let rows = statement.query_map([room], |row| row.get(0))?;
        let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
        rows.iter().map(|data| parse(data)).collect()
    }

    /// The next messages of a room, in the order of time.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn messages(
        &self,
        room: &str,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<(Place, Message)>, ClientError> {
        let after = after.unwrap_or(Place {
            at: i64::MIN,
            ord: 0,
        });
        let mut statement = self.connection.prepare_cached(queries::MESSAGES)?;
        let rows = statement.query_map(params![room, after.at, after.ord, limit], |row| {
            let place = Place {
                ord: row.get(0)?,
                at: row.get(1)?,
            };
            Ok((place, row.get(2)?))
        })?;
        let rows: Vec<(Place, String)> = rows.collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(place, data)| Ok((place, parse(&data)?)))
            .collect()
    }

    /// When a message was written; `None`: it is not in the export.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn time_of(&self, room: &str, message: &str) -> Result<Option<i64>, ClientError> {
        let mut statement = self.connection.prepare_cached(queries::TIME_OF)?;
        Ok(statement
            .query_row([room, message], |row| row.get(0))
            .optional()?)
    }

    /// A message's reactions.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn reactions(&self, room: &str, message: &str) -> Result<Vec<Reaction>, ClientError> {
        let mut statement = self.connection.prepare_cached(queries::REACTIONS)?;
        let rows = statement.query_map([room, message], |row| row.get(0))?;
        let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
        rows.iter().map(|data| parse(data)).collect()
    }

    /// What was left out so far.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn skipped(&self) -> Result<Vec<Skipped>, ClientError> {
        let mut statement = self.connection.prepare(queries::SKIPPED)?;
        let rows = statement.query_map([], |row| {
            Ok(Skipped {
                reason: row.get(0)?,
                count: count(row, 1)?,
                example: row.get(2)?,
            })
        })?;
        let mut skipped: Vec<Skipped> = rows.collect::<Result<_, _>>()?;
        for (query, reason) in [
            (
                queries::LOST_REACTIONS,
                "a reaction to a message that the export does not hold",
            ),
            (
                queries::LOST_MESSAGES,
                "a message in a room that the export does not name",
            ),
        ] {
            let (count, example): (u64, Option<String>) =
                self.connection
                    .query_row(query, [], |row| Ok((count(row, 0)?, row.get(1)?)))?;
            if count > 0 {
                skipped.push(Skipped {
                    reason: reason.to_owned(),
                    count,
                    example: example.unwrap_or_default(),
                });
            }
        }
        Ok(skipped)
    }

    /// How much there is.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn counts(&self) -> Result<Counts, ClientError> {
        Ok(self.connection.query_row(queries::COUNTS, [], |row| {
            Ok(Counts {
                people: count(row, 0)?,
                rooms: count(row, 1)?,
                messages: count(row, 2)?,
                reactions: count(row, 3)?,
            })
        })?)
    }
}

/// A number that is never below zero.
pub(super) fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let count: i64 = row.get(column)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Removes a spool's files, if there are any.
pub fn remove(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        // Nothing is lost by one that stays.
        let _ = std::fs::remove_file(file);
    }
}

struct Filling<'a> {
    connection: &'a Connection,
    on_progress: &'a mut dyn FnMut(u64) -> bool,
    open: u32,
}

impl Filling<'_> {
    fn put(&mut self, query: &str, values: &[&dyn rusqlite::ToSql]) -> Result<bool, ReadError> {
        let kept = |error: rusqlite::Error| ReadError::Keep(error.to_string());
        self.open += 1;
        if self.open.is_multiple_of(RECORDS_AT_ONCE) {
            self.connection
                .execute_batch("COMMIT; BEGIN")
                .map_err(kept)?;
        }
        let mut statement = self.connection.prepare_cached(query).map_err(kept)?;
        Ok(statement.execute(values).map_err(kept)? > 0)
    }
}

impl Sink for Filling<'_> {
    fn begin(&mut self, header: Header) -> Result<(), ReadError> {
        self.put(queries::PUT_HEADER, &[&header.source]).map(|_| ())
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        let (new, what) = match &record {
            Record::Amend(_) => (true, String::new()),
            Record::Person(row) => (
                self.put(queries::PUT_PERSON, &[&row.id, &json(row)?])?,
                format!("person {}", row.id),
            ),
            Record::Room(row) => (
                self.put(queries::PUT_ROOM, &[&row.id, &json(row)?])?,
                format!("room {}", row.id),
            ),
            Record::Member(row) => {
                let values: [&dyn rusqlite::ToSql; 3] = [&row.room, &row.person, &json(row)?];
                (
                    self.put(queries::PUT_MEMBER, &values)?,
                    format!("{} in {}", row.person, row.room),
                )
            }
            Record::Message(row) => {
                let data = json(row)?;
                let values: [&dyn rusqlite::ToSql; 5] =
                    [&row.room, &row.id, &row.created_at, &row.author, &data];
                (
                    self.put(queries::PUT_MESSAGE, &values)?,
                    format!("{} {}", row.room, row.id),
                )
            }
            Record::Reaction(row) => {
                let values: [&dyn rusqlite::ToSql; 3] = [&row.room, &row.message, &json(row)?];
                (
                    self.put(queries::PUT_REACTION, &values)?,
                    format!("{} {}", row.room, row.message),
                )
            }
        };
        if new {
            return Ok(());
        }
        self.skip("something that the file holds twice", &what)
    }

    fn skip(&mut self, reason: &str, example: &str) -> Result<(), ReadError> {
        self.put(queries::SKIP, &[&reason, &example]).map(|_| ())
    }

    fn progress(&mut self, bytes: u64) -> bool {
        (self.on_progress)(bytes)
    }
}

fn json(value: &impl Serialize) -> Result<String, ReadError> {
    serde_json::to_string(value).map_err(|error| ReadError::Keep(error.to_string()))
}

fn parse<T: DeserializeOwned>(data: &str) -> Result<T, ClientError> {
    serde_json::from_str(data).map_err(|error| ClientError::Stored(error.to_string()))
}
