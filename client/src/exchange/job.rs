//! The rows of imports and exports in the local database: what is to be done, how far it is, what came of it.
//!
//! Invariant: a row is written after what it tells of has happened, so that what goes on from it repeats a little and leaves out nothing.

use super::spool::{Place, Skipped};
use crate::ClientError;
use crate::db::queries;
use model::view::{
    ExchangeCounts, ExchangeFormat, ExchangeKind, ExchangeState, ExchangeView, ExportRequest,
    ImportChoices, SkippedView,
};
use model::{Millis, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An import or an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its row.
    pub id: i64,
    /// Which way.
    pub kind: ExchangeKind,
    /// How far it is.
    pub state: ExchangeState,
    /// Everything else.
    pub data: Data,
}

/// What a job's row holds beside its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// What is read or written.
    pub format: ExchangeFormat,
    /// The file or folder.
    pub path: String,
    /// See [`ExchangeView::reason`].
    #[serde(default)]
    pub reason: String,
    /// See [`ExchangeView::done`].
    #[serde(default)]
    pub done: u64,
    /// See [`ExchangeView::total`].
    #[serde(default)]
    pub total: u64,
    /// What came of it so far.
    #[serde(default)]
    pub counts: ExchangeCounts,
    /// Why something was left out while it was sent: how often, and one of it.
    #[serde(default)]
    pub refused: BTreeMap<String, (u64, String)>,
    /// What was left out while it was read.
    #[serde(default)]
    pub unread: Vec<SkippedView>,
    /// Where the report is.
    #[serde(default)]
    pub report: Option<String>,
    /// When it was begun.
    #[serde(default)]
    pub started_at: Millis,
    /// Of an import.
    #[serde(default)]
    pub import: Option<Import>,
    /// Of an export.
    #[serde(default)]
    pub export: Option<ExportRequest>,
}

/// What only an import has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Import {
    /// What the person has chosen.
    pub choices: ImportChoices,
    /// Who has the words of whom; empty until it begins.
    pub people: BTreeMap<String, UserId>,
    /// Where the ids are from.
    pub source: String,
    /// Size and time of the file when it was read: another file begins anew.
    pub file: (u64, i64),
    /// The next: people (`None`), or a room's rank.
    pub room: Option<i64>,
    /// Where in the room.
    pub place: Option<Place>,
}

impl Job {
    /// A new one's data.
    #[must_use]
    pub fn begin(format: ExchangeFormat, path: String, now: Millis) -> Data {
        Data {
            format,
            path,
            reason: String::new(),
            done: 0,
            total: 0,
            counts: ExchangeCounts::default(),
            refused: BTreeMap::new(),
            unread: Vec::new(),
            report: None,
            started_at: now,
            import: None,
            export: None,
        }
    }

    /// Counts something that was left out.
    pub fn skip(&mut self, reason: &str, example: &str) {
        self.skip_many(reason, example, 1);
    }

    /// Counts several.
    pub fn skip_many(&mut self, reason: &str, example: &str, count: u64) {
        let entry = self.data.refused.entry(reason.to_owned());
        entry.or_insert_with(|| (0, example.to_owned())).0 += count;
    }

    /// All that was left out, most first.
    #[must_use]
    pub fn skipped(&self) -> Vec<SkippedView> {
        let refused = self.data.refused.iter();
        let mut all: Vec<SkippedView> = refused
            .map(|(reason, (count, example))| SkippedView {
                reason: reason.clone(),
                count: *count,
                example: example.clone(),
            })
            .chain(self.data.unread.iter().cloned())
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
        all
    }

    /// As a screen shows it.
    #[must_use]
    pub fn view(&self) -> ExchangeView {
        ExchangeView {
            id: self.id,
            kind: self.kind,
            format: self.data.format,
            path: self.data.path.clone(),
            state: self.state,
            reason: self.data.reason.clone(),
            done: self.data.done,
            total: self.data.total,
            counts: self.data.counts,
            skipped: self.skipped(),
            report: self.data.report.clone(),
            started_at: self.data.started_at,
        }
    }
}

impl From<Skipped> for SkippedView {
    fn from(skipped: Skipped) -> Self {
        Self {
            reason: skipped.reason,
            count: skipped.count,
            example: skipped.example,
        }
    }
}

/// Adds a row; returns its id.
///
/// # Errors
/// SQLite's own.
pub fn add(
    db: &Connection,
    kind: ExchangeKind,
    state: ExchangeState,
    data: &Data,
) -> Result<i64, ClientError> {
    let values = params![word(&kind)?, word(&state)?, json(data)?];
    db.prepare_cached(queries::ADD_EXCHANGE)?.execute(values)?;
    Ok(db.last_insert_rowid())
}

/// Writes how far it is.
///
/// # Errors
/// SQLite's own; one that is no more.
pub fn put(db: &Connection, job: &Job) -> Result<(), ClientError> {
    let values = params![job.id, word(&job.state)?, json(&job.data)?];
    match db.prepare_cached(queries::PUT_EXCHANGE)?.execute(values)? {
        0 => Err(ClientError::NoExchange(job.id)),
        _ => Ok(()),
    }
}

/// One of them.
///
/// # Errors
/// SQLite's own; one that there is not.
pub fn get(db: &Connection, id: i64) -> Result<Job, ClientError> {
    let mut statement = db.prepare_cached(queries::EXCHANGE)?;
    let found = statement.query_row([id], columns).optional()?;
    job(found.ok_or(ClientError::NoExchange(id))?)
}

/// All of them, newest first.
///
/// # Errors
/// SQLite's own.
pub fn list(db: &Connection) -> Result<Vec<Job>, ClientError> {
    let mut statement = db.prepare_cached(queries::EXCHANGES)?;
    let found: Vec<Columns> = statement
        .query_map([], columns)?
        .collect::<Result<_, _>>()?;
    found.into_iter().map(job).collect()
}

/// Forgets one.
///
/// # Errors
/// SQLite's own.
pub fn remove(db: &Connection, id: i64) -> Result<(), ClientError> {
    db.prepare_cached(queries::REMOVE_EXCHANGE)?.execute([id])?;
    Ok(())
}

type Columns = (i64, String, String, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn job((id, kind, state, data): Columns) -> Result<Job, ClientError> {
    Ok(Job {
        id,
        kind: of_word(&kind)?,
        state: of_word(&state)?,
        data: serde_json::from_str(&data).map_err(stored)?,
    })
}

fn json(data: &Data) -> Result<String, ClientError> {
    serde_json::to_string(data).map_err(stored)
}

fn word(value: &impl Serialize) -> Result<String, ClientError> {
    match serde_json::to_value(value).map_err(stored)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(ClientError::Stored(other.to_string())),
    }
}

fn of_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, ClientError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(stored)
}

fn stored(error: serde_json::Error) -> ClientError {
    ClientError::Stored(error.to_string())
}
