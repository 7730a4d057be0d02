//! The local database: one thread owns the writing connection, readers are read-only connections (WAL), and every committed
//! transaction is published as one [`RowEvent`].
//!
//! Invariants: a write is one transaction, begun IMMEDIATE, and its event is published only after COMMIT has returned; a reader that is
//! told of an event sees at least that commit.

pub mod hooks;
pub mod migrate;
pub mod queries;
pub mod rows;

use crate::ClientError;
use hooks::{Hooks, Touched};
use model::RoomId;
use model::view::{RowEvent, Table};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use tokio::sync::{broadcast, oneshot};

/// Events that a slow listener may leave unread before it is told that it missed some.
const EVENTS_MAX_UNREAD: usize = 1024;

/// How long one connection waits for another's lock: only a checkpoint ever holds one.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The local database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    jobs: mpsc::Sender<Job>,
    readers: Arc<Readers>,
    events: broadcast::Sender<RowEvent>,
    hooks: Hooks,
}

impl Db {
    /// Opens or creates the database and brings it up to this version.
    ///
    /// # Errors
    /// A newer database, an unusable file.
    pub fn open(path: &Path) -> Result<Self, ClientError> {
        migrate::check(path)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: what was acknowledged to the person survives a power cut, not only a crash.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        migrate::run(&mut connection, path)?;
        let hooks = Hooks::install(&mut connection)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let (events, _) = broadcast::channel(EVENTS_MAX_UNREAD);
        std::thread::Builder::new()
            .name("amend-db-writer".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    job(&mut connection);
                }
            })
            .map_err(|error| ClientError::file(path, error))?;
        let readers = Arc::new(Readers {
            path: path.to_owned(),
            idle: Mutex::default(),
        });
        Ok(Self {
            jobs,
            readers,
            events,
            hooks,
        })
    }

    /// Every committed change, from the update hooks.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<RowEvent> {
        self.events.subscribe()
    }

    /// Runs one transaction on the writer thread; an error rolls all of it back.
    ///
    /// # Errors
    /// The transaction's own, or SQLite's.
    pub async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        let hooks = self.hooks.clone();
        let events = self.events.clone();
        let job: Job = Box::new(move |connection| {
            let result = transact(connection, act);
            if result.is_ok() {
                let event = describe(connection, hooks.take_committed());
                if !event.tables.is_empty() {
                    // Nobody listening is not an error.
                    let _ = events.send(event);
                }
            }
            let _ = reply.send(result);
        });
        self.jobs.send(job).map_err(|_| ClientError::Closed)?;
        answer.await.map_err(|_| ClientError::Closed)?
    }

    /// Runs queries on a read-only connection, in one snapshot.
    ///
    /// # Errors
    /// The queries' own, or SQLite's.
    pub async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.with(act))
            .await
            .map_err(|_| ClientError::Closed)?
    }
}

fn transact<T>(
    connection: &mut Connection,
    act: impl FnOnce(&Transaction<'_>) -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = act(&tx)?;
    tx.commit()?;
    Ok(value)
}

/// Idle read-only connections, opened as they are needed.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn with<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = (|| {
            let tx = connection.unchecked_transaction()?;
            let value = act(&tx)?;
            tx.commit()?;
            Ok(value)
        })();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        result
    }

    fn open(&self) -> Result<Connection, ClientError> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }
}

/// What a batch of touched rows means to a screen.
fn describe(connection: &Connection, touched: BTreeSet<Touched>) -> RowEvent {
    let mut event = RowEvent::default();
    let mut rooms = BTreeSet::new();
    for row in touched {
        let Some(table) = table_of(&row.table) else {
            continue;
        };
        if !event.tables.contains(&table) {
            event.tables.push(table);
        }
        if let Some(query) = queries::room_of(table) {
            let room = connection
                .prepare_cached(query)
                .and_then(|mut statement| {
                    statement
                        .query_row([row.rowid], |found| found.get(0))
                        .optional()
                })
                .ok()
                .flatten();
            if let Some(rows::Blob(id)) = room {
                rooms.insert(RoomId(id));
            } else {
                // The row is gone, and with it the knowledge of its room: look everywhere.
                event.rooms_unknown = true;
            }
        }
    }
    event.rooms = rooms.into_iter().collect();
    event
}

fn table_of(name: &str) -> Option<Table> {
    match name {
        "account" => Some(Table::Account),
        "room" => Some(Table::Room),
        "member" => Some(Table::Member),
        "message" => Some(Table::Message),
        "outbox" => Some(Table::Outbox),
        "presence" => Some(Table::Presence),
        "directory" => Some(Table::Directory),
        "connection" => Some(Table::Connection),
        "cursor" => Some(Table::Cursor),
        "reaction" => Some(Table::Reaction),
        "read_marker" => Some(Table::ReadMarker),
        "recovered" => Some(Table::Recovered),
        "draft" => Some(Table::Draft),
        "notice" => Some(Table::Notice),
        _ => None,
    }
}
