//! The writer thread: takes jobs one by one, keeps the rolling backup and the log in shape, and puts a new database in the
//! place of a damaged one.
//!
//! Invariants: a job's answer is given after what follows from it has been done; while a database is replaced, nobody reads.

use super::cipher::{self, Steps};
use super::live::{LOG_MAX, Live};
use super::readers::Readers;
use super::rescue::{check, file, rebuild};
use crate::ClientError;
use crate::vault::Key;
use model::view::{RowEvent, Table};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot, watch};

/// At most one backup in this time while changes come one after the other.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// A log that long is written back even if readers have to wait for it.
const LOG_BURST: u64 = 4 * LOG_MAX;

/// After so many new databases in one run, something else is wrong, and the errors are shown as they are.
const REBUILDS_MAX: u64 = 3;

/// A transaction to run on the connection, or on nothing, if there is none to be had.
pub(super) type Transact = Box<dyn FnOnce(Result<&mut Live, ClientError>) -> Ending + Send>;

/// What the thread is asked for.
pub(super) enum Job {
    /// A transaction.
    Write(Transact),
    /// A reader found damage in this generation of the database.
    Damaged {
        generation: u64,
        why: String,
        reply: oneshot::Sender<Result<(), ClientError>>,
    },
    /// Leave nothing behind that is only in the log or only in memory.
    Settle(oneshot::Sender<Result<(), ClientError>>),
    /// Another key, or none; the steps are called as they are reached.
    Rekey {
        key: Option<Key>,
        steps: Steps,
        reply: oneshot::Sender<Result<(), ClientError>>,
    },
    /// Close the files for good and write nothing any more.
    Shut(oneshot::Sender<()>),
}

/// How a transaction ended.
pub(super) struct Ending {
    /// What it told the screens.
    pub(super) event: Option<RowEvent>,
    /// What it found wrong with the file.
    pub(super) damage: Option<String>,
    /// Answers the caller; an error takes the place of the result.
    pub(super) answer: Box<dyn FnOnce(Option<ClientError>) + Send>,
}

/// The thread's own.
pub(super) struct Writer {
    live: Option<Live>,
    readers: Arc<Readers>,
    events: broadcast::Sender<RowEvent>,
    rebuilt: watch::Sender<u64>,
    /// How often because of damage.
    rebuilds: u64,
    /// Shut for good.
    shut: bool,
    saved: Option<Instant>,
}

impl Writer {
    /// Opens the database, or what takes its place if it is damaged.
    ///
    /// # Errors
    /// A newer database, an unusable file or folder.
    pub(super) fn open(
        readers: Arc<Readers>,
        events: broadcast::Sender<RowEvent>,
        rebuilt: watch::Sender<u64>,
    ) -> Result<Self, ClientError> {
        let live = open_or_rebuild(readers.path(), readers.key().as_ref())?;
        Ok(Self {
            live: Some(live),
            readers,
            events,
            rebuilt,
            rebuilds: 0,
            shut: false,
            saved: None,
        })
    }

    pub(super) fn run(mut self, queue: &mpsc::Receiver<Job>) {
        loop {
            let job = if self.unsaved() {
                let due = self.saved.map_or(Duration::ZERO, |saved| {
                    SAVE_EVERY.saturating_sub(saved.elapsed())
                });
                if due.is_zero() {
                    self.save();
                    continue;
                }
                match queue.recv_timeout(due) {
                    Ok(job) => job,
                    Err(mpsc::RecvTimeoutError::Timeout) => continue,
                    Err(mpsc::RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match queue.recv() {
                    Ok(job) => job,
                    Err(mpsc::RecvError) => break,
                }
            };
            self.perform(job);
        }
        if let Err(error) = self.settle() {
            tracing::error!(
                code = error.code(),
                "the local database was not closed cleanly"
            );
        }
    }

    fn perform(&mut self, job: Job) {
        match job {
            Job::Write(job) => {
                let ending = job(self.live());
                if let Some(event) = ending.event {
                    self.publish(event);
                }
                let answer = ending.damage.map(|why| {
                    self.rebuild(&why)
                        .map_or_else(|error| error, |()| ClientError::Damaged(why))
                });
                (ending.answer)(answer);
                self.keep_log_short();
            }
            Job::Damaged {
                generation,
                why,
                reply,
            } => {
                let done = if generation == *self.rebuilt.borrow() {
                    self.rebuild(&why)
                } else {
                    Ok(())
                };
                let _ = reply.send(done);
            }
            Job::Settle(reply) => {
                let _ = reply.send(self.settle());
            }
            Job::Rekey { key, steps, reply } => {
                let _ = reply.send(self.rekey(key, &steps));
            }
            Job::Shut(reply) => {
                self.shut = true;
                let guard = self.readers.keep_out();
                self.readers.shut();
                drop(self.live.take());
                drop(guard);
                let _ = reply.send(());
            }
        }
    }

    /// The connection; after a failed rescue, what can be opened now.
    fn live(&mut self) -> Result<&mut Live, ClientError> {
        if self.shut {
            return Err(ClientError::Closed);
        }
        if self.live.is_none() {
            let guard = self.readers.keep_out();
            self.live = Some(open_or_rebuild(
                self.readers.path(),
                self.readers.key().as_ref(),
            )?);
            self.announce();
            drop(guard);
        }
        self.live.as_mut().ok_or(ClientError::Closed)
    }

    /// Puts an encrypted database in the place of a plain one, or the other way round, or under another key.
    fn rekey(&mut self, key: Option<Key>, steps: &Steps) -> Result<(), ClientError> {
        self.live()?;
        self.settle()?;
        let guard = self.readers.keep_out();
        self.readers.begin_anew(*self.rebuilt.borrow());
        if let Some(live) = self.live.take() {
            live.close()?;
        }
        steps("settled");
        let path = self.readers.path();
        let before = self.readers.key();
        let exported = cipher::export(path, before.as_ref(), key.as_ref(), steps);
        // Whichever of the two is there now: an error can come after the rename as well.
        if exported.is_ok() || (cipher::is_plain(path)? == Some(true)) == key.is_none() {
            self.readers.set_key(key.clone());
            // Here, as nobody else writes these files than this thread.
            let folder = path.parent().unwrap_or(Path::new("."));
            file::reseal(folder, before.as_ref(), key.as_ref())?;
        }
        let mut live = Live::open(path, self.readers.key().as_ref())?;
        live.unsaved = true;
        self.live = Some(live);
        steps("opened");
        self.announce();
        drop(guard);
        exported
    }

    fn rebuild(&mut self, why: &str) -> Result<(), ClientError> {
        if self.rebuilds >= REBUILDS_MAX {
            return Err(ClientError::Damaged(why.to_owned()));
        }
        let guard = self.readers.keep_out();
        self.readers.begin_anew(*self.rebuilt.borrow());
        if let Some(live) = self.live.take() {
            live.abandon();
        }
        let path = self.readers.path();
        let key = self.readers.key();
        let backup = file::read(path.parent().unwrap_or(Path::new(".")), key.as_ref());
        self.live = Some(rebuild::rebuild(path, why, backup, key.as_ref())?);
        self.rebuilds += 1;
        self.announce();
        drop(guard);
        Ok(())
    }

    /// Everything may be different now.
    fn announce(&self) {
        self.rebuilt.send_modify(|count| *count += 1);
        self.readers.begin_anew(*self.rebuilt.borrow());
        self.publish(RowEvent {
            tables: ALL_TABLES.to_vec(),
            rooms: Vec::new(),
            rooms_unknown: true,
        });
    }

    fn publish(&self, event: RowEvent) {
        if !event.tables.is_empty() {
            // Nobody listening is not an error.
            let _ = self.events.send(event);
        }
    }

    fn unsaved(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.unsaved)
    }

    fn save(&mut self) {
        self.saved = Some(Instant::now());
        if let Err(error) = self.try_save() {
            tracing::error!(
                code = error.code(),
                "the backup of unsent changes was not written"
            );
        }
    }

    fn try_save(&mut self) -> Result<(), ClientError> {
        let Some(live) = self.live.as_mut() else {
            return Ok(());
        };
        let Err(error) = live.save() else {
            return Ok(());
        };
        match check::in_use(&error) {
            Some(why) => self.rebuild(&why),
            None => Err(error),
        }
    }

    fn settle(&mut self) -> Result<(), ClientError> {
        if self.unsaved() {
            self.try_save()?;
        }
        let Some(live) = self.live.as_mut() else {
            return Ok(());
        };
        let guard = self.readers.keep_out();
        if live.log_len() == 0 || live.checkpoint()? {
            live.unmark()?;
        }
        drop(guard);
        Ok(())
    }

    fn keep_log_short(&mut self) {
        let Some(live) = self.live.as_ref() else {
            return;
        };
        let len = live.log_len();
        if len < LOG_MAX {
            return;
        }
        let guard = if len < LOG_BURST {
            self.readers.try_keep_out()
        } else {
            Some(self.readers.keep_out())
        };
        if guard.is_some()
            && let Err(error) = live.checkpoint()
        {
            tracing::warn!(
                code = error.code(),
                "the write-ahead log could not be written back"
            );
        }
    }
}

fn open_or_rebuild(path: &Path, key: Option<&Key>) -> Result<Live, ClientError> {
    let backup = file::read(path.parent().unwrap_or(Path::new(".")), key);
    let found = check::inspect(path, &backup, key)?;
    let mut live = match &found {
        check::Found::Damaged(why) => rebuild::rebuild(path, why, backup, key)?,
        check::Found::Nothing => Live::open(path, key)?,
        check::Found::Sound | check::Found::IndexDamaged => match Live::open(path, key) {
            Ok(live) => live,
            Err(error) => match check::at_opening(&error) {
                Some(why) => rebuild::rebuild(path, &why, backup, key)?,
                None => return Err(error),
            },
        },
    };
    if found == check::Found::IndexDamaged {
        live.restart_index()?;
    }
    // A crash may have come between a commit and its backup.
    live.unsaved = true;
    Ok(live)
}

const ALL_TABLES: [Table; 15] = [
    Table::Account,
    Table::Room,
    Table::Member,
    Table::Message,
    Table::Outbox,
    Table::Presence,
    Table::Directory,
    Table::Connection,
    Table::Cursor,
    Table::Reaction,
    Table::ReadMarker,
    Table::Recovered,
    Table::Draft,
    Table::Notice,
    Table::Index,
];
