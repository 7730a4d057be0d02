//! Imports and exports: from and to the formats of other chats and of nobody in particular. `docs/import-export.md` is the page for people.
//!
//! - [`record`]: what any export holds; also the lines of our own format. [`ids`]: ids of ours from those of others.
//! - [`read`]: readers of Slack's, Mattermost's and our own files. [`spool`]: what they find, in order.
//! - [`plan`]: who is who, and what is sent. [`import`]: sending it.
//! - [`write`]: what is here as JSON Lines, Markdown or SQLite. [`report`]: what came of it.
//! - [`job`]: the rows of the local database that say how far each is; a screen shows nothing else.
//!
//! Invariants: an import is an admin's, as it writes in other people's names, and the relay sees to that; each of both goes on after
//! whatever ended the process; none comes twice.

pub mod ids;
mod import;
pub mod job;
pub mod plan;
pub mod read;
pub mod record;
pub mod report;
pub mod spool;
pub mod write;

use crate::http::Request;
use crate::{Client, ClientError, actor, clock};
use job::Job;
use model::UserId;
use model::view::{
    ExchangeKind, ExchangeState, ExchangeView, ExportRequest, ImportChoices, ImportPerson,
    ImportPreview, ImportRoom,
};
use model::wire::{ACCOUNT_PATH, AccountResponse, ErrorCode};
use spool::Spool;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the relay may take for one batch.
const BATCH_TIMEOUT: Duration = Duration::from_secs(60);

/// The jobs that this process works on, and how each is told to stop.
#[derive(Default)]
pub(crate) struct Running {
    jobs: Mutex<HashMap<i64, Arc<AtomicBool>>>,
    closing: AtomicBool,
}

impl Running {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<i64, Arc<AtomicBool>>) -> T) -> T {
        act(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells all of them to stop, as the profile is closed: their rows stay as they are, so that they go on when it is opened again.
    pub(crate) fn stop_all(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.with(|running| {
            for stop in running.values() {
                stop.store(true, Ordering::Relaxed);
            }
        });
    }
}

/// What a job's own thread has of the client.
pub(crate) struct Working {
    client: Client,
    runtime: tokio::runtime::Handle,
    stop: Arc<AtomicBool>,
}

impl Working {
    fn spool(&self, job: i64) -> PathBuf {
        self.client
            .exchange_folder()
            .join(format!("import-{job}.spool"))
    }

    fn report(&self, job: i64) -> PathBuf {
        self.client
            .exchange_folder()
            .join(format!("report-{job}.txt"))
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn save(&self, job: &Job) -> Result<(), ClientError> {
        let job = job.clone();
        let write = self.client.0.db.write(move |tx| job::put(tx, &job));
        self.runtime.block_on(write)
    }

    /// Writes the state and the reason of a job alone.
    fn save_state(&self, job: &Job) -> Result<(), ClientError> {
        let (id, state, reason) = (job.id, job.state, job.data.reason.clone());
        let write = self.client.0.db.write(move |tx| {
            let mut kept = job::get(tx, id)?;
            kept.state = state;
            kept.data.reason = reason;
            job::put(tx, &kept)
        });
        self.runtime.block_on(write)
    }

    fn me(&self) -> Result<UserId, ClientError> {
        let read = self.client.0.db.read(|db| Ok(actor(db)?.user_id));
        self.runtime.block_on(read)
    }

    fn request(&self, path: &str) -> Result<Request, ClientError> {
        self.runtime.block_on(self.client.exchange_request(path))
    }

    /// Who was who in the last import of the same source.
    fn known_people(&self, source: &str) -> Result<BTreeMap<String, UserId>, ClientError> {
        let source = source.to_owned();
        let read = self.client.0.db.read(move |db| known_people(db, &source));
        self.runtime.block_on(read)
    }

    /// Waits, or is told to stop.
    fn rest(&self, pause: Duration, look: Duration) -> Result<(), ClientError> {
        let mut left = pause;
        while !left.is_zero() {
            if self.is_stopped() {
                return Err(read::ReadError::Stopped.into());
            }
            let step = left.min(look);
            std::thread::sleep(step);
            left -= step;
        }
        Ok(())
    }

    fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        self.runtime.block_on(self.client.0.db.read(act))
    }
}

fn known_people(
    db: &rusqlite::Connection,
    source: &str,
) -> Result<BTreeMap<String, UserId>, ClientError> {
    let jobs = job::list(db)?.into_iter();
    let mut imports = jobs.filter_map(|job| job.data.import);
    let last = imports.find(|import| import.source == source && !import.people.is_empty());
    Ok(last.map(|import| import.people).unwrap_or_default())
}

impl Client {
    /// Imports and exports, newest first.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn exchanges(&self) -> Result<Vec<ExchangeView>, ClientError> {
        let jobs = self.0.db.read(job::list).await?;
        Ok(jobs.iter().map(Job::view).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// [`ClientError::NoExchange`].
    pub async fn exchange(&self, id: i64) -> Result<ExchangeView, ClientError> {
        let job = self.0.db.read(move |db| job::get(db, id)).await?;
        Ok(job.view())
    }

    /// Begins to read a file for an import; when it is [`ExchangeState::Ready`], [`Client::import_preview`] says what is in it. The same file
    /// again goes on where it was.
    ///
    /// # Errors
    /// A file that can't be read or is no export that we know.
    pub async fn import_open(&self, path: &Path) -> Result<i64, ClientError> {
        let path = std::path::absolute(path).map_err(|error| ClientError::file(path, error))?;
        let text = path.to_string_lossy().into_owned();
        let known = self.0.db.read(job::list).await?.into_iter().find(|job| {
            job.kind == ExchangeKind::Import
                && job.data.path == text
                && job.state != ExchangeState::Done
        });
        if let Some(known) = known {
            let has_begun = known.data.import.as_ref();
            if has_begun.is_some_and(|import| !import.people.is_empty()) {
                self.exchange_resume(known.id).await?;
            } else {
                self.set_exchange(known.id, ExchangeState::Reading).await?;
                self.work_on(known.id);
            }
            return Ok(known.id);
        }
        let format = tokio::task::spawn_blocking(move || read::detect(&path))
            .await
            .map_err(|_| ClientError::Closed)??;
        let data = Job::begin(format, text, clock::now());
        let add = move |tx: &rusqlite::Transaction<'_>| {
            job::add(tx, ExchangeKind::Import, ExchangeState::Reading, &data)
        };
        let id = self.0.db.write(add).await?;
        self.work_on(id);
        Ok(id)
    }

    /// What an import would do, with what is suggested; the relay is asked for its accounts.
    ///
    /// # Errors
    /// A file that is not read yet, the network, somebody who is no admin.
    pub async fn import_preview(&self, id: i64) -> Result<ImportPreview, ClientError> {
        self.may_import().await?;
        let job = self.0.db.read(move |db| job::get(db, id)).await?;
        let import = job.data.import.clone().unwrap_or_default();
        let source = import.source.clone();
        let before = self.0.db.read(move |db| known_people(db, &source)).await?;
        let request = self.exchange_request(ACCOUNT_PATH).await?;
        let path = self.exchange_folder().join(format!("import-{id}.spool"));
        crate::account::blocking(move || {
            let accounts = import::accounts(&request)?;
            let spool = Spool::open(&path)?.ok_or(ClientError::NoExchange(id))?;
            preview(&job, &spool, accounts, &before)
        })
        .await
    }

    /// Begins to import what is chosen.
    ///
    /// # Errors
    /// The network, somebody who is no admin, an import that is not ready.
    pub async fn import_start(&self, id: i64, choices: ImportChoices) -> Result<(), ClientError> {
        self.may_import().await?;
        let start = move |tx: &rusqlite::Transaction<'_>| {
            let mut job = job::get(tx, id)?;
            if job.state != ExchangeState::Ready {
                return Err(ClientError::NoExchange(id));
            }
            job.data.import.get_or_insert_default().choices = choices;
            job.state = ExchangeState::Running;
            job.data.done = 0;
            job::put(tx, &job)
        };
        self.0.db.write(start).await?;
        self.work_on(id);
        Ok(())
    }

    /// Begins to write what is here to a file or folder.
    ///
    /// # Errors
    /// A format that is not written, a place that is taken by something else.
    pub async fn export_start(&self, request: ExportRequest) -> Result<i64, ClientError> {
        let path = Path::new(&request.path);
        let path = std::path::absolute(path).map_err(|error| ClientError::file(path, error))?;
        write::check(request.format, &path)?;
        let mut data = Job::begin(
            request.format,
            path.to_string_lossy().into_owned(),
            clock::now(),
        );
        data.export = Some(request);
        let add = move |tx: &rusqlite::Transaction<'_>| {
            job::add(tx, ExchangeKind::Export, ExchangeState::Running, &data)
        };
        let id = self.0.db.write(add).await?;
        self.work_on(id);
        Ok(id)
    }

    /// Stops one; it can go on.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn exchange_pause(&self, id: i64) -> Result<(), ClientError> {
        let was_running = self.0.exchange.with(|running| {
            running.get(&id).is_some_and(|stop| {
                stop.store(true, Ordering::Relaxed);
                true
            })
        });
        if was_running {
            return Ok(());
        }
        let pause = move |tx: &rusqlite::Transaction<'_>| {
            let mut job = job::get(tx, id)?;
            if job.state.is_active() {
                job.state = ExchangeState::Paused;
                job::put(tx, &job)?;
            }
            Ok(())
        };
        self.0.db.write(pause).await
    }

    /// Goes on with one that was stopped, has failed or was cut short.
    ///
    /// # Errors
    /// One that there is not.
    pub async fn exchange_resume(&self, id: i64) -> Result<(), ClientError> {
        self.set_exchange(id, ExchangeState::Running).await?;
        self.work_on(id);
        Ok(())
    }

    async fn set_exchange(&self, id: i64, state: ExchangeState) -> Result<(), ClientError> {
        let set = move |tx: &rusqlite::Transaction<'_>| {
            let mut job = job::get(tx, id)?;
            let has_begun = match &job.data.import {
                Some(import) => !import.people.is_empty(),
                None => job.data.export.is_some(),
            };
            job.state = match has_begun {
                true => state,
                // Nothing is sent before the person has chosen.
                false => ExchangeState::Reading,
            };
            job.data.reason.clear();
            job::put(tx, &job)
        };
        self.0.db.write(set).await
    }

    /// Forgets one, with what was read for it; what was imported stays, and so does a file that is written.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn exchange_remove(&self, id: i64) -> Result<(), ClientError> {
        self.exchange_pause(id).await?;
        let job = self.0.db.read(move |db| job::get(db, id)).await?;
        self.0.db.write(move |tx| job::remove(tx, id)).await?;
        spool::remove(&self.exchange_folder().join(format!("import-{id}.spool")));
        if job.kind == ExchangeKind::Export && job.state != ExchangeState::Done {
            write::remove_unfinished(Path::new(&job.data.path));
        }
        Ok(())
    }

    /// Goes on with all that the last process left under way.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn exchange_go_on(&self) -> Result<(), ClientError> {
        for job in self.0.db.read(job::list).await? {
            if job.state.is_active() {
                self.work_on(job.id);
            }
        }
        Ok(())
    }

    /// Whether one may import at all; if not, the error says who can.
    async fn may_import(&self) -> Result<(), ClientError> {
        let request = self.exchange_request(ACCOUNT_PATH).await?;
        let name_and_right: AccountResponse =
            crate::account::blocking(move || request.get()).await?;
        match name_and_right.is_admin {
            true => Ok(()),
            false => Err(ClientError::NotAdmin {
                name: name_and_right.name,
            }),
        }
    }

    async fn exchange_request(&self, path: &str) -> Result<Request, ClientError> {
        let mut request = self.request(path).await?;
        request.timeout = BATCH_TIMEOUT;
        Ok(request)
    }

    /// Where spools and reports are: beside the database.
    fn exchange_folder(&self) -> PathBuf {
        self.0.profile.folder().join("exchange")
    }

    fn work_on(&self, id: i64) {
        let stop = Arc::new(AtomicBool::new(false));
        let is_new = self.0.exchange.with(|running| {
            if running.contains_key(&id) {
                return false;
            }
            running.insert(id, Arc::clone(&stop));
            true
        });
        if !is_new {
            return;
        }
        let work = Working {
            client: self.clone(),
            runtime: tokio::runtime::Handle::current(),
            stop,
        };
        tokio::task::spawn_blocking(move || {
            let ended = perform(&work, id);
            work.client.0.exchange.with(|running| running.remove(&id));
            if let Err(error) = ended {
                tracing::warn!(
                    code = error.code(),
                    "an import or export could not be noted"
                );
            }
        });
    }
}

/// Works on a job until it is done, is stopped, or can't go on; its row says which.
fn perform(work: &Working, id: i64) -> Result<(), ClientError> {
    let folder = work.client.exchange_folder();
    std::fs::create_dir_all(&folder).map_err(|error| ClientError::file(&folder, error))?;
    let mut job = work.read(move |db| job::get(db, id))?;
    let done = match (job.kind, job.state) {
        (ExchangeKind::Import, ExchangeState::Reading) => {
            import::fill(work, &mut job).and_then(|_| {
                job.state = ExchangeState::Ready;
                job.data.done = job.data.total;
                work.save(&job)
            })
        }
        (ExchangeKind::Import, _) => import::run(work, &mut job),
        (ExchangeKind::Export, _) => write::run(work, &mut job),
    };
    let Err(error) = done else { return Ok(()) };
    let is_closing = work.client.0.exchange.closing.load(Ordering::Relaxed);
    if is_closing && matches!(error, ClientError::Read(read::ReadError::Stopped)) {
        return Ok(());
    }
    // How far it is stays as it was last noted.
    job.state = match &error {
        ClientError::Read(read::ReadError::Stopped) => ExchangeState::Paused,
        _ => ExchangeState::Failed,
    };
    job.data.reason = match (&error, job.state) {
        (_, ExchangeState::Paused) => String::new(),
        (ClientError::Relay(wire), _) if wire.code == ErrorCode::Forbidden => {
            let name = work.read(|db| Ok(actor(db)?.name))?;
            ClientError::NotAdmin { name }.to_string()
        }
        _ => error.to_string(),
    };
    match work.save_state(&job) {
        // It was forgotten meanwhile.
        Err(ClientError::NoExchange(_)) => Ok(()),
        saved => saved,
    }
}

fn preview(
    job: &Job,
    spool: &Spool,
    accounts: Vec<model::NamedUser>,
    before: &BTreeMap<String, UserId>,
) -> Result<ImportPreview, ClientError> {
    let import = job.data.import.clone().unwrap_or_default();
    let counts = spool.counts()?;
    let rooms = spool.rooms()?.into_iter().map(|room| ImportRoom {
        chosen: import.choices.takes(&room.room.id, room.room.private),
        id: room.room.id,
        name: room.room.name,
        direct: room.room.room_kind == model::RoomKind::Direct,
        private: room.room.private,
        messages: room.messages,
    });
    let people = spool.people()?.into_iter().map(|(person, messages)| {
        let chosen = import.choices.people.get(&person.id).copied();
        let suggested = || plan::suggest(&person, &import.source, &accounts, before);
        ImportPerson {
            becomes: chosen.unwrap_or_else(suggested),
            id: person.id,
            name: person.name,
            email: person.email,
            bot: person.bot,
            messages,
        }
    });
    Ok(ImportPreview {
        rooms: rooms.collect(),
        people: people.collect(),
        accounts,
        messages: counts.messages,
        reactions: counts.reactions,
        skipped: job.skipped(),
    })
}
