//! Sends and fetches files: two tasks, so that neither waits for the other.
//!
//! Invariants: where to go on is asked of the relay (sending) and of the disk (fetching), never remembered; after a kill the rows say what
//! is left to do; without a connection nothing is tried, and after a failure a while passes first.

use super::downloads::{self, Download};
use super::files::Files;
use super::uploads::{self, Upload};
use super::{KEPT_MAX_BYTES, blocking, number};
use crate::client::actor;
use crate::db::Db;
use crate::db::queries::blobs as queries;
use crate::http::{Address, Request};
use crate::profile::Profile;
use crate::sync::backoff;
use crate::sync::shell::Command;
use crate::{ClientError, clock, views};
use model::view::{Connection, RowEvent, Table};
use model::wire::{BlobRequest, BlobResponse, ErrorCode};
use model::{BlobHash, RoomId};
use rusqlite::params;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

/// Bytes of the first range; they become more while the line is quick and fewer when it breaks.
const RANGE_FIRST: u64 = 256 * 1024;
const RANGE_MIN: u64 = 16 * 1024;

/// A range is to take about so long, so that progress is seen and little is lost with the line.
const RANGE_TIME: Duration = Duration::from_secs(1);

/// How often a file is sent from its beginning when the relay says that it is not what its hash says.
const ANEW_MAX: u32 = 3;

/// What the tasks share.
#[derive(Clone)]
pub(crate) struct Engine {
    db: Db,
    profile: Arc<Profile>,
    files: Files,
    commands: mpsc::UnboundedSender<Command>,
}

/// What became of one try.
enum Done {
    /// One is finished, or will never be; there may be more.
    Next,
    /// There is nothing to do.
    Nothing,
    /// Not now.
    Later(Duration),
}

impl Engine {
    /// Starts the tasks.
    pub(crate) fn spawn(
        db: Db,
        profile: Arc<Profile>,
        commands: mpsc::UnboundedSender<Command>,
    ) -> Vec<JoinHandle<()>> {
        let files = Files::new(profile.blobs());
        let engine = Self {
            db,
            profile,
            files,
            commands,
        };
        vec![
            tokio::spawn(engine.clone().send_all()),
            tokio::spawn(engine.fetch_all()),
        ]
    }

    async fn send_all(self) {
        let (files, db) = (self.files.clone(), self.db.clone());
        let _ = blocking(move || {
            files.remove_leftovers();
            Ok(())
        })
        .await;
        if let Err(error) = clean(&db, &self.files, KEPT_MAX_BYTES).await {
            tracing::warn!(code = error.code(), "old files could not be removed");
        }
        let mut events = self.db.events();
        let mut rebuilt = self.db.rebuilt();
        let mut attempt = 0;
        // What the outbox holds from before, also of a database that was made anew.
        let mut queue = true;
        loop {
            if std::mem::take(&mut queue)
                && let Err(error) = self.db.write(|tx| uploads::queue(tx)).await
            {
                tracing::warn!(code = error.code(), "the files to be sent can't be read");
            }
            let done = self.send_one(attempt).await;
            let wait = match done {
                Done::Next => {
                    attempt = 0;
                    continue;
                }
                Done::Nothing => None,
                Done::Later(wait) => {
                    attempt = attempt.saturating_add(1);
                    Some(wait)
                }
            };
            let woken = wait_for(&mut events, wait, &[Table::Upload, Table::Outbox]);
            tokio::select! {
                () = woken => {}
                Ok(()) = rebuilt.changed() => queue = true,
            }
        }
    }

    async fn fetch_all(self) {
        let mut events = self.db.events();
        let mut attempt = 0;
        loop {
            let wait = match self.fetch_one(attempt).await {
                Done::Next => {
                    attempt = 0;
                    continue;
                }
                Done::Nothing => None,
                Done::Later(wait) => {
                    attempt = attempt.saturating_add(1);
                    Some(wait)
                }
            };
            wait_for(&mut events, wait, &[Table::Blob]).await;
        }
    }

    /// Whether there is a relay, and how to ask it; `None`: a row will tell when there is.
    async fn relay(&self, room: RoomId, hash: BlobHash) -> Result<Option<Request>, ClientError> {
        let (account, status) = self
            .db
            .read(|db| Ok((views::account(db)?, views::status(db)?)))
            .await?;
        let connected = matches!(
            status.connection,
            Connection::CatchingUp | Connection::Online
        );
        let (Some(account), true) = (account, connected) else {
            return Ok(None);
        };
        let profile = Arc::clone(&self.profile);
        let Some(token) = blocking(move || profile.token()).await? else {
            return Ok(None);
        };
        let address = Address::parse(&account.account.relay)?;
        let path = format!("/v1/rooms/{room}/blobs/{hash}");
        let mut request = Request::new(address, &path);
        request.token = Some(token);
        Ok(Some(request))
    }

    async fn send_one(&self, attempt: u32) -> Done {
        let next = match self.db.read(uploads::next).await {
            Ok(Some(next)) => next,
            Ok(None) => return Done::Nothing,
            Err(error) => return later(&error, attempt),
        };
        let request = match self.relay(next.room, next.hash).await {
            Ok(Some(request)) => request,
            Ok(None) => return Done::Nothing,
            Err(error) => return later(&error, attempt),
        };
        let sent = if self.files.length(next.hash) == Some(next.bytes) {
            self.send(&next, request).await
        } else {
            let name = "A file of this message".to_owned();
            Err(ClientError::FileAbsent { name })
        };
        let (upload, now) = (next.clone(), clock::now());
        let written = match sent {
            Ok(()) => self.db.write(move |tx| uploads::done(tx, &upload)).await,
            Err(error) if is_final(&error) => {
                tracing::warn!(code = error.code(), "a file is not taken");
                let reason = error.to_string();
                self.db
                    .write(move |tx| uploads::failed(tx, &upload, &reason, &actor(tx)?, now))
                    .await
            }
            Err(error) => return later(&error, attempt),
        };
        if let Err(error) = written {
            return later(&error, attempt);
        }
        let _ = self.commands.send(Command::OutboxChanged);
        Done::Next
    }

    /// Sends a file to its end.
    async fn send(&self, upload: &Upload, request: Request) -> Result<(), ClientError> {
        let body = BlobRequest {
            bytes: upload.bytes,
            media_type: upload.media_type.clone(),
        };
        let limits = self.db.read(super::limits::get).await?.flatten();
        let range_max = limits.map_or(RANGE_FIRST, |limits| limits.range_max_bytes);
        let mut range = RANGE_FIRST.min(range_max);
        let mut anew = 0;
        loop {
            let (ask, body) = (request.clone(), body.clone());
            let begun = blocking(move || ask.post::<BlobResponse>(&body)).await;
            let at = match begun {
                Ok(at) => at,
                Err(error) if is_mismatch(&error) && anew < ANEW_MAX => {
                    anew += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if at.complete {
                return Ok(());
            }
            match self
                .send_from(upload, &request, at.offset, &mut range, range_max)
                .await
            {
                Ok(()) => return Ok(()),
                // Another device of ours sends the same, or a range was taken whose answer was lost: ask where it stands.
                Err(error) if code(&error) == Some(ErrorCode::BlobOffset) && anew < ANEW_MAX => {}
                Err(error) if is_mismatch(&error) && anew < ANEW_MAX => {}
                Err(error) => return Err(error),
            }
            anew += 1;
        }
    }

    async fn send_from(
        &self,
        upload: &Upload,
        request: &Request,
        mut offset: u64,
        range: &mut u64,
        range_max: u64,
    ) -> Result<(), ClientError> {
        loop {
            let shown = upload.clone();
            self.db
                .write(move |tx| uploads::sent(tx, &shown, offset))
                .await?;
            let (ask, files) = (request.clone(), self.files.clone());
            let (hash, length) = (upload.hash, *range);
            let began = Instant::now();
            let answer: Result<BlobResponse, ClientError> = blocking(move || {
                let part = files.read(hash, offset, length)?;
                ask.patch(offset, &part)
            })
            .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    *range = (*range / 2).max(RANGE_MIN.min(range_max));
                    return Err(error);
                }
            };
            if answer.complete {
                return Ok(());
            }
            offset = answer.offset;
            let took = began.elapsed();
            if took < RANGE_TIME {
                *range = (*range * 2).min(range_max);
            } else if took > RANGE_TIME * 4 {
                *range = (*range / 2).max(RANGE_MIN.min(range_max));
            }
        }
    }

    async fn fetch_one(&self, attempt: u32) -> Done {
        let next = match self.db.read(downloads::next).await {
            Ok(Some(next)) => next,
            Ok(None) => return Done::Nothing,
            Err(error) => return later(&error, attempt),
        };
        let fetched = if self.files.length(next.hash).is_some() {
            Ok(())
        } else {
            match self.relay(next.room, next.hash).await {
                Ok(Some(request)) => self.fetch(next, request).await,
                Ok(None) => return Done::Nothing,
                Err(error) => Err(error),
            }
        };
        let now = clock::now();
        let written = match fetched {
            Ok(()) => {
                self.db
                    .write(move |tx| downloads::here(tx, next.hash, next.bytes, now))
                    .await
            }
            // Asked for no more, or for another one first.
            Err(ClientError::FileAbsent { .. }) => Ok(()),
            Err(error) if is_final(&error) => {
                let reason = error.to_string();
                self.db
                    .write(move |tx| {
                        tx.execute(queries::SET_FAILED, params![next.hash.0, reason])?;
                        Ok(())
                    })
                    .await
            }
            Err(error) => return later(&error, attempt),
        };
        match written {
            Ok(()) => Done::Next,
            Err(error) => later(&error, attempt),
        }
    }

    /// Fetches a file to its end, from where it stands.
    async fn fetch(&self, download: Download, request: Request) -> Result<(), ClientError> {
        let hash = download.hash;
        loop {
            let received = self.files.received(hash);
            if received >= download.bytes {
                break;
            }
            let (ask, files) = (request.clone(), self.files.clone());
            let came: Result<u64, ClientError> = blocking(move || {
                let last = (received + RANGE_FIRST).min(download.bytes) - 1;
                let (part, broken) = ask.get_range(received, last)?;
                files.append(hash, &part)?;
                broken.map_or(Ok(files.received(hash)), Err)
            })
            .await;
            let received = came?;
            let still = self
                .db
                .write(move |tx| {
                    Ok(tx.execute(queries::SET_RECEIVED, params![hash.0, number(received)])?)
                })
                .await?;
            if still == 0 {
                let name = String::new();
                return Err(ClientError::FileAbsent { name });
            }
        }
        let files = self.files.clone();
        blocking(move || files.finish(hash)).await
    }
}

/// Removes files that can be fetched again, so that no more than `max` bytes stay.
pub(crate) async fn clean(db: &Db, files: &Files, max: u64) -> Result<usize, ClientError> {
    let gone = db.read(move |db| downloads::beyond(db, max)).await?;
    let count = gone.len();
    for hash in gone {
        // First the row: a file that nobody knows of is only in the way, a row without its file would lie.
        let was_here = db
            .write(move |tx| Ok(tx.execute(queries::GONE, [hash.0])?))
            .await?;
        if was_here > 0 {
            let files = files.clone();
            blocking(move || {
                files.remove(hash);
                Ok(())
            })
            .await?;
        }
    }
    Ok(count)
}

/// Waits for a row of one of these tables, or of the connection; with `wait` for the connection alone, and no longer than that.
async fn wait_for(
    events: &mut broadcast::Receiver<RowEvent>,
    wait: Option<Duration>,
    tables: &[Table],
) {
    let awaited = |event: &RowEvent| {
        let one = |table: &Table| {
            *table == Table::Connection
                || *table == Table::Account
                || (wait.is_none() && tables.contains(table))
        };
        event.tables.iter().any(one)
    };
    let heard = async {
        loop {
            match events.recv().await {
                Ok(event) if awaited(&event) => return,
                Ok(_) => {}
                // Too many to be told one by one.
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    match wait {
        Some(wait) => drop(tokio::time::timeout(wait, heard).await),
        None => heard.await,
    }
}

fn code(error: &ClientError) -> Option<ErrorCode> {
    match error {
        ClientError::Relay(error) => Some(error.code),
        _ => None,
    }
}

fn is_mismatch(error: &ClientError) -> bool {
    code(error) == Some(ErrorCode::BlobMismatch)
}

/// Trying again would not help.
fn is_final(error: &ClientError) -> bool {
    match error {
        ClientError::Relay(error) => matches!(
            error.code,
            ErrorCode::BlobRefused
                | ErrorCode::BlobMismatch
                | ErrorCode::Forbidden
                | ErrorCode::RoomNotFound
                | ErrorCode::NotFound
                | ErrorCode::TooLarge
                | ErrorCode::Malformed
        ),
        ClientError::FileAbsent { .. } | ClientError::FileDamaged => true,
        ClientError::File { .. } => false,
        _ => false,
    }
}

fn later(error: &ClientError, attempt: u32) -> Done {
    tracing::debug!(code = error.code(), "files wait");
    let told = match error {
        ClientError::Relay(error) => error.retry_after_ms.unwrap_or(0),
        _ => 0,
    };
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    let wait = backoff::delay(attempt, random);
    Done::Later(wait.max(Duration::from_millis(told.into())))
}
