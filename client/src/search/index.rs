//! Making the index: of a database from before there was one, in the background and newest first; and making it anew.
//!
//! Invariant: a message is in the index exactly if it is not deleted and not still to be indexed; triggers keep it so, and
//! [`check`] says whether it is.

use super::text::VERSION;
use crate::db::{Db, queries};
use crate::{Client, ClientError};
use model::view::{Indexing, Table};
use rusqlite::{Connection, params};
use tokio::sync::broadcast::error::RecvError;

/// Messages that one transaction indexes: what a person writes meanwhile waits for no longer than that.
const BATCH: u32 = 250;

/// What [`check`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Messages that should be in the index and are not.
    pub missing: i64,
    /// Entries of messages that are gone.
    pub astray: i64,
    /// The index itself does not hold what it is made of.
    pub damaged: bool,
}

impl Checked {
    /// Index and rows say the same.
    #[must_use]
    pub fn is_right(self) -> bool {
        self == Self::default()
    }
}

struct State {
    version: i64,
    todo: Option<i64>,
    total: i64,
}

fn state(connection: &Connection) -> Result<State, ClientError> {
    let state = connection
        .prepare_cached(queries::INDEX_STATE)?
        .query_row([], |row| {
            Ok(State {
                version: row.get(0)?,
                todo: row.get(1)?,
                total: row.get(2)?,
            })
        })?;
    Ok(state)
}

/// How far the index is made; `None` when all is in it.
///
/// # Errors
/// SQLite's own.
pub fn progress(connection: &Connection) -> Result<Option<Indexing>, ClientError> {
    let state = state(connection)?;
    let total = u64::try_from(state.total).unwrap_or(0);
    Ok(state.todo.map(|todo| Indexing {
        done: total.saturating_sub(u64::try_from(todo).unwrap_or(0)),
        total,
    }))
}

/// Indexes some more messages; says whether there are others still.
///
/// # Errors
/// SQLite's own.
pub fn advance(connection: &Connection) -> Result<bool, ClientError> {
    if state(connection)?.version != VERSION {
        restart(connection)?;
    }
    let Some(todo) = state(connection)?.todo else {
        return Ok(false);
    };
    let messages: Vec<(i64, bool)> = connection
        .prepare_cached(queries::TO_INDEX)?
        .query_map(params![todo, BATCH], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (message, _) in messages.iter().filter(|(_, wanted)| *wanted) {
        connection
            .prepare_cached(queries::ADD_DOC)?
            .execute([message])?;
        connection
            .prepare_cached(queries::INDEX_DOC)?
            .execute([message])?;
    }
    let last = messages.last().map(|(message, _)| message - 1);
    let more = last.filter(|_| messages.len() == usize::try_from(BATCH).unwrap_or(usize::MAX));
    connection
        .prepare_cached(queries::SET_INDEX_TODO)?
        .execute([more])?;
    Ok(more.is_some())
}

/// Forgets the index, so that it is made anew.
///
/// # Errors
/// SQLite's own.
pub fn restart(connection: &Connection) -> Result<(), ClientError> {
    connection.execute(queries::FORGET_INDEX, [])?;
    connection.execute(queries::FORGET_DOCS, [])?;
    connection.execute(queries::RESTART_INDEX, [VERSION])?;
    Ok(())
}

/// Whether the index says what the rows say; on a connection that may write, though nothing is written.
///
/// # Errors
/// SQLite's own, but for what is found.
pub fn check(connection: &Connection) -> Result<Checked, ClientError> {
    let (missing, astray) = connection.query_row(queries::COUNT_ASTRAY, [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let said = connection.execute(queries::CHECK_INDEX, []);
    let damaged = match said.map_err(ClientError::from) {
        Ok(_) => false,
        Err(error) if error.is_of_the_index() => true,
        Err(error) => return Err(error),
    };
    Ok(Checked {
        missing,
        astray,
        damaged,
    })
}

impl Client {
    /// How far the index of the search is made; `None` when all is in it.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn indexing(&self) -> Result<Option<Indexing>, ClientError> {
        self.0.db.read(progress).await
    }

    /// Whether the index of the search says what the messages say.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn check_index(&self) -> Result<Checked, ClientError> {
        self.0.db.write(|tx| check(tx)).await
    }

    /// Makes the index of the search anew, in the background.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn rebuild_index(&self) -> Result<(), ClientError> {
        self.0.db.write(|tx| restart(tx)).await
    }
}

/// Makes what is missing of the index, each time that something is, until the database is closed.
pub(crate) async fn keep(db: Db) {
    let mut events = db.events();
    loop {
        loop {
            match step(&db).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(code = error.code(), "the search index stays incomplete");
                    break;
                }
            }
        }
        loop {
            match events.recv().await {
                Ok(event) if !event.tables.contains(&Table::Index) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            }
        }
    }
}

async fn step(db: &Db) -> Result<bool, ClientError> {
    let open = db
        .read(|db| Ok((state(db)?.todo, state(db)?.version)))
        .await?;
    match open {
        (None, VERSION) => Ok(false),
        _ => db.write(|tx| advance(tx)).await,
    }
}
