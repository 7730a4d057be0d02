//! Files of messages: kept on this device first, sent when there is a relay, fetched when somebody wants to see them.
//!
//! - [`files`]: the bytes on the disk; [`kinds`]: what they are; [`thumbs`]: small images of them.
//! - [`limits`]: what the relay takes, as it last said.
//! - [`drafts`]: files of a message that is not written yet.
//! - [`uploads`], [`downloads`]: what is on its way, as rows; [`engine`]: the tasks that send and fetch.
//!
//! Invariants: what a screen shows of a file is in rows, and changes with them; a file is kept once however often it is attached or
//! received; text never waits for a file: a message with files takes its place when they are on the relay, others go ahead of it.

pub(crate) mod downloads;
pub(crate) mod drafts;
pub(crate) mod engine;
pub mod files;
mod kinds;
pub(crate) mod limits;
mod thumbs;
pub(crate) mod uploads;

use crate::db::queries::blobs as queries;
use crate::{Client, ClientError, clock};
use downloads::Download;
use files::Files;
use model::view::{DraftFileView, FileHere, FileView};
use model::{Attachment, BlobHash, RoomId};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Bytes of files from which on those that were used longest ago go: they can be fetched again.
pub const KEPT_MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of a file's beginning that say what it is.
const BEGINNING: u64 = 64;

/// As SQLite has it.
pub(crate) fn number(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

pub(crate) fn bytes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Client {
    /// Attaches a file of this machine to the message that is being written in a room.
    ///
    /// # Errors
    /// A file that can't be read, or that the relay would not take; then nothing is kept.
    pub async fn attach(&self, room: RoomId, path: &Path) -> Result<Attachment, ClientError> {
        let path = path.to_owned();
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let opened = blocking(move || {
            let failed = |error| ClientError::file(&path, error);
            let file = std::fs::File::open(&path).map_err(failed)?;
            let found = file.metadata().map_err(failed)?;
            if !found.is_file() {
                let what = std::io::Error::other("it is no file");
                return Err(ClientError::file(&path, what));
            }
            Ok((file, found.len()))
        });
        let (file, length) = opened.await?;
        self.attach_from(room, &name, length, file).await
    }

    /// Attaches bytes: pasted, or dropped by another program.
    ///
    /// # Errors
    /// What the relay would not take; then nothing is kept.
    pub async fn attach_bytes(
        &self,
        room: RoomId,
        name: &str,
        content: Vec<u8>,
    ) -> Result<Attachment, ClientError> {
        let length = content.len() as u64;
        self.attach_from(room, name, length, Cursor::new(content))
            .await
    }

    async fn attach_from(
        &self,
        room: RoomId,
        name: &str,
        length: u64,
        mut source: impl Read + Send + 'static,
    ) -> Result<Attachment, ClientError> {
        let name = kinds::file_name(name);
        let taken = self.0.db.read(limits::get).await?;
        let files = self.files();
        let file = blocking(move || {
            let mut begins = Vec::new();
            let failed = |error| ClientError::file(Path::new(&name), error);
            let beginning = source.by_ref().take(BEGINNING);
            { beginning }.read_to_end(&mut begins).map_err(failed)?;
            let media_type = kinds::media_type(&name, &begins);
            let max = limits::check(taken, &name, &media_type)?;
            if length > max {
                return Err(ClientError::FileTooLarge {
                    name,
                    bytes: length,
                    max,
                });
            }
            let whole = Cursor::new(begins).chain(source);
            let (hash, bytes) = files.import(whole, &name, max)?;
            let size = if media_type.starts_with("image/") {
                thumbs::size(files.open(hash)?)
            } else {
                None
            };
            Ok(Attachment {
                hash,
                name,
                media_type,
                bytes,
                width: size.map(|(width, _)| width),
                height: size.map(|(_, height)| height),
            })
        });
        let file = file.await?;
        let (kept, now) = (file.clone(), clock::now());
        self.0
            .db
            .write(move |tx| {
                downloads::here(tx, kept.hash, kept.bytes, now)?;
                drafts::add(tx, room, &kept)
            })
            .await?;
        Ok(file)
    }

    /// Takes a file back from the message that is being written.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn detach(&self, room: RoomId, hash: BlobHash) -> Result<(), ClientError> {
        self.0
            .db
            .write(move |tx| drafts::remove(tx, room, hash))
            .await
    }

    /// The files of messages that are not written yet.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn draft_files(&self) -> Result<Vec<DraftFileView>, ClientError> {
        self.0.db.read(|db| drafts::list(db, None)).await
    }

    /// What is here of some files of a room, and how they are on their way.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn file_states(
        &self,
        room: RoomId,
        hashes: Vec<BlobHash>,
    ) -> Result<Vec<FileView>, ClientError> {
        self.0
            .db
            .read(move |db| {
                let view = |hash| {
                    Ok(FileView {
                        hash,
                        here: downloads::state(db, hash)?,
                        sending: uploads::state(db, room, hash)?,
                    })
                };
                hashes.into_iter().map(view).collect()
            })
            .await
    }

    /// Fetches a file: at once if there is a relay, else as soon as there is.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn fetch_file(
        &self,
        room: RoomId,
        hash: BlobHash,
        bytes: u64,
    ) -> Result<(), ClientError> {
        let now = clock::now();
        self.0
            .db
            .write(move |tx| downloads::want(tx, Download { room, hash, bytes }, now))
            .await
    }

    /// Fetches it no more.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn stop_fetching(&self, hash: BlobHash) -> Result<(), ClientError> {
        let unwant = move |tx: &rusqlite::Transaction<'_>| {
            tx.execute(queries::UNWANT, [hash.0])?;
            Ok(())
        };
        self.0.db.write(unwant).await
    }

    /// The small image of a file that is here.
    ///
    /// # Errors
    /// It is not here, or none can be made of it.
    pub async fn thumbnail(&self, hash: BlobHash) -> Result<Vec<u8>, ClientError> {
        let files = self.files();
        // One after the other: each may take much memory.
        let _one = self.0.thumbnails.lock().await;
        blocking(move || thumbs::thumbnail(&files, hash)).await
    }

    /// A part of a file that is here.
    ///
    /// # Errors
    /// It is not here, or can't be read.
    pub async fn file_part(
        &self,
        hash: BlobHash,
        from: u64,
        length: u64,
    ) -> Result<Vec<u8>, ClientError> {
        let files = self.files();
        blocking(move || files.read(hash, from, length)).await
    }

    /// The length of a file, if all of it is here.
    #[must_use]
    pub fn file_length(&self, hash: BlobHash) -> Option<u64> {
        self.files().length(hash)
    }

    /// Copies a file that is here to a place of the person's choice. If there is a folder, it gets the file's own name there, or one beside it.
    ///
    /// # Errors
    /// It is not here, or can't be written there.
    pub async fn save_file(&self, file: &Attachment, place: &Path) -> Result<PathBuf, ClientError> {
        let (files, file, place) = (self.files(), file.clone(), place.to_owned());
        if self.file_length(file.hash).is_none() {
            return Err(ClientError::FileAbsent { name: file.name });
        }
        let (hash, now) = (file.hash, clock::now());
        let saved = blocking(move || save(&files, &file, place)).await?;
        let touch = move |tx: &rusqlite::Transaction<'_>| {
            tx.execute(queries::TOUCH, rusqlite::params![hash.0, now.0])?;
            Ok(())
        };
        self.0.db.write(touch).await?;
        Ok(saved)
    }

    /// Removes files that can be fetched again, so that no more than `max` bytes stay.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn clean_files(&self, max: u64) -> Result<usize, ClientError> {
        engine::clean(&self.0.db, &self.files(), max).await
    }

    pub(crate) fn files(&self) -> Files {
        Files::new(self.0.profile.blobs())
    }

    /// Whether a file is whole, and why it can't be had if it can't.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn file_here(&self, hash: BlobHash) -> Result<FileHere, ClientError> {
        self.0.db.read(move |db| downloads::state(db, hash)).await
    }
}

fn save(files: &Files, file: &Attachment, place: PathBuf) -> Result<PathBuf, ClientError> {
    let mut source = files.open(file.hash)?;
    let path = if place.is_dir() {
        free_name(&place, &file.name)
    } else {
        place
    };
    let mut target =
        std::fs::File::create(&path).map_err(|error| ClientError::file(&path, error))?;
    std::io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(|error| ClientError::file(&path, error))?;
    Ok(path)
}

/// `a.png`, or else `a (2).png`.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name, String::new()),
    };
    let names = (2..1000).map(|nr| format!("{stem} ({nr}){end}"));
    let mut paths = std::iter::once(name.to_owned()).chain(names);
    let free = paths.find(|name| !folder.join(name).exists());
    folder.join(free.unwrap_or_else(|| name.to_owned()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ClientError::Closed)?
}
