//! The local database: one thread owns the writing connection, readers are read-only connections (WAL), and every committed
//! transaction is published as one [`RowEvent`].
//!
//! Invariants: a write is one transaction, begun IMMEDIATE, and its event is published only after COMMIT has returned; a reader that is
//! told of an event sees at least that commit. A damaged database is never shown and never written to: see [`rescue`].

pub mod checksum;
pub(crate) mod cipher;
pub mod hooks;
mod live;
pub mod migrate;
pub mod queries;
mod readers;
pub(crate) mod rescue;
pub mod rows;
mod seal;
mod writer;

use crate::ClientError;
use crate::vault::Key;
use cipher::Steps;
use hooks::Touched;
use live::Live;
use model::RoomId;
use model::view::{RowEvent, Table};
use readers::Readers;
use rescue::check;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use tokio::sync::{broadcast, oneshot, watch};
use writer::{Ending, Job, Writer};

/// Events that a slow listener may leave unread before it is told that it missed some.
const EVENTS_MAX_UNREAD: usize = 1024;

/// How long one connection waits for another's lock: only a checkpoint ever holds one.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The local database. Cheap to clone; the files are left when the last clone has been dropped.
#[derive(Clone)]
pub struct Db {
    thread: Arc<Thread>,
    readers: Arc<Readers>,
    events: broadcast::Sender<RowEvent>,
    rebuilt: watch::Receiver<u64>,
}

/// The writer thread, waited for when nobody needs it any more: whoever opens the files next finds them closed.
struct Thread {
    jobs: Option<mpsc::Sender<Job>>,
    handle: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.jobs = None;
        let handle = self
            .handle
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = handle.take()
            && handle.thread().id() != std::thread::current().id()
        {
            let _ = handle.join();
        }
    }
}

/// Makes a connection one that the rest of this crate can work on, whatever it is a database in: migrated, and with the
/// functions that the statements use. [`Db`] does the same and more.
///
/// # Errors
/// SQLite's own.
pub fn prepare(connection: &mut Connection) -> Result<(), ClientError> {
    plan_once(connection)?;
    checksum::install(connection)?;
    migrate::apply(connection)
}

/// Has each statement planned once. Otherwise SQLite looks at the values that are bound, to see whether one of the partial indexes of
/// `message` could serve, and plans a kept statement again each time they change: which takes longer than running it.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Db {
    /// Opens or creates the database and brings it up to this version. A damaged one is set aside, and a new one begins with
    /// what was written here and is nowhere else; a notice tells the person.
    ///
    /// # Errors
    /// A newer database, an unusable file.
    pub fn open(path: &Path) -> Result<Self, ClientError> {
        Self::open_with(path, None)
    }

    /// The same of an encrypted database.
    ///
    /// # Errors
    /// As [`Db::open`]. With another key than the database's own, it looks damaged: know the key first.
    pub fn open_with(path: &Path, key: Option<Key>) -> Result<Self, ClientError> {
        let readers = Arc::new(Readers::new(path, key));
        let (jobs, queue) = mpsc::channel::<Job>();
        let (events, _) = broadcast::channel(EVENTS_MAX_UNREAD);
        let (rebuilds, rebuilt) = watch::channel(0);
        let writer = Writer::open(Arc::clone(&readers), events.clone(), rebuilds)?;
        let handle = std::thread::Builder::new()
            .name("amend-db-writer".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(|error| ClientError::file(path, error))?;
        let thread = Thread {
            jobs: Some(jobs),
            handle: Mutex::new(Some(handle)),
        };
        Ok(Self {
            thread: Arc::new(thread),
            readers,
            events,
            rebuilt,
        })
    }

    /// Every committed change, from the update hooks.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<RowEvent> {
        self.events.subscribe()
    }

    /// How often the database was found damaged in use and replaced: whoever holds what it said must ask again.
    #[must_use]
    pub fn rebuilt(&self) -> watch::Receiver<u64> {
        self.rebuilt.clone()
    }

    /// Runs one transaction on the writer thread; an error rolls all of it back.
    ///
    /// # Errors
    /// The transaction's own, or SQLite's; [`ClientError::Damaged`] when the database was found damaged and replaced.
    pub async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        let job = move |live: Result<&mut Live, ClientError>| {
            let (result, event) = match live.and_then(|live| live.transact(act)) {
                Ok((value, event)) => (Ok(value), Some(event)),
                Err(error) => (Err(error), None),
            };
            Ending {
                event,
                damage: result.as_ref().err().and_then(check::in_use),
                answer: Box::new(move |instead| {
                    let _ = reply.send(instead.map_or(result, Err));
                }),
            }
        };
        self.send(Job::Write(Box::new(job)))?;
        answer.await.map_err(|_| ClientError::Closed)?
    }

    /// Runs queries on a read-only connection, in one snapshot.
    ///
    /// # Errors
    /// The queries' own, or SQLite's; [`ClientError::Damaged`] when the database was found damaged and replaced.
    pub async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let readers = Arc::clone(&self.readers);
        let (result, generation) = tokio::task::spawn_blocking(move || readers.with(act))
            .await
            .map_err(|_| ClientError::Closed)?;
        let Some(why) = result.as_ref().err().and_then(check::in_use) else {
            return result;
        };
        let (reply, answer) = oneshot::channel();
        self.send(Job::Damaged {
            generation,
            why: why.clone(),
            reply,
        })?;
        answer.await.map_err(|_| ClientError::Closed)??;
        Err(ClientError::Damaged(why))
    }

    /// Leaves nothing that is only in the log or only in memory: before the process ends. Writing goes on being possible.
    ///
    /// # Errors
    /// SQLite's own, an unusable folder.
    pub async fn settle(&self) -> Result<(), ClientError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Settle(reply))?;
        answer.await.map_err(|_| ClientError::Closed)?
    }

    /// Puts the database under another key, or under none: in a new file that takes the old one's place. Everybody waits for
    /// it; what is written before is in it, and what is written after goes on.
    ///
    /// # Errors
    /// A full disk, an unusable folder: then all is as it was.
    pub(crate) async fn rekey(&self, key: Option<Key>, steps: Steps) -> Result<(), ClientError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Rekey { key, steps, reply })?;
        answer.await.map_err(|_| ClientError::Closed)?
    }

    /// The key that the database is under.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        self.readers.key()
    }

    /// Closes the files for good: nothing is read or written any more.
    ///
    /// # Errors
    /// None that matters: it is closed then.
    pub(crate) async fn shut(&self) -> Result<(), ClientError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Shut(reply))?;
        answer.await.map_err(|_| ClientError::Closed)
    }

    fn send(&self, job: Job) -> Result<(), ClientError> {
        let jobs = self.thread.jobs.as_ref().ok_or(ClientError::Closed)?;
        jobs.send(job).map_err(|_| ClientError::Closed)
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
        "typing" => Some(Table::Typing),
        "person" => Some(Table::Person),
        "room_pref" | "folded" => Some(Table::RoomPref),
        "directory" => Some(Table::Directory),
        "connection" => Some(Table::Connection),
        "cursor" => Some(Table::Cursor),
        "reaction" => Some(Table::Reaction),
        "read_marker" => Some(Table::ReadMarker),
        "recovered" => Some(Table::Recovered),
        "draft" => Some(Table::Draft),
        "message_version" => Some(Table::MessageVersion),
        "draft_file" => Some(Table::DraftFile),
        "blob" => Some(Table::Blob),
        "upload" => Some(Table::Upload),
        "notice" => Some(Table::Notice),
        "search_state" => Some(Table::Index),
        "exchange" => Some(Table::Exchange),
        _ => None,
    }
}
