//! Reading exports: each format becomes [`Record`]s in a stream, whatever the size of the file.
//!
//! Invariants: nothing of a file is believed: a line that is too long, is no text or no JSON is passed over and counted with its reason,
//! and so is everything that has no place here; no name in an archive is ever a path on this machine; what an archive says of its sizes
//! is a limit, and one that unpacks out of all proportion is refused before any of it is read. A reader holds one line, or one message of
//! a Slack file, at a time.

pub mod jsonl;
pub mod lines;
pub mod mattermost;
pub mod mrkdwn;
pub mod slack;
mod text;
pub mod tree;

use super::record::{Header, Record};
use model::view::ExchangeFormat;
use std::io::Read;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tree::Tree;

pub(crate) use text::{mentions, with_files};

/// Where records go.
pub trait Sink {
    /// The file is of this source; comes before all records.
    ///
    /// # Errors
    /// When it can't be kept.
    fn begin(&mut self, header: Header) -> Result<(), ReadError>;

    /// One more record. What it refers to may come later.
    ///
    /// # Errors
    /// When it can't be kept.
    fn record(&mut self, record: Record) -> Result<(), ReadError>;

    /// Something was left out.
    ///
    /// # Errors
    /// When it can't be kept.
    fn skip(&mut self, reason: &str, example: &str) -> Result<(), ReadError>;

    /// So many bytes of the file are read; `false`: stop.
    fn progress(&mut self, bytes: u64) -> bool;
}

/// Why a file can't be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system's.
    #[error("{path} can't be read ({source}). Check that it exists and that you may read it.", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not an export that we know.
    #[error(
        "{path} is no export that Amend can read. It takes a Slack export (the .zip, or its folder), a Mattermost bulk export (.jsonl or .zip), and Amend's own JSON Lines (.jsonl).", path = .path.display()
    )]
    Unknown {
        /// Which.
        path: PathBuf,
    },
    /// A text file that is not UTF-8.
    #[error("The file is not UTF-8 but looks like UTF-16. Save it as UTF-8 and try again.")]
    Utf16,
    /// A later version of our own format.
    #[error(
        "The file was written by a newer Amend (its format is {found}, this program reads up to {known}). Update Amend."
    )]
    Newer {
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A later version of Mattermost's.
    #[error(
        "The file says that it is version {0} of Mattermost's bulk format; this program reads version 1."
    )]
    MattermostVersion(i64),
    /// An archive that can't be opened.
    #[error(
        "The archive can't be opened ({0}). Get the export once more: it may not have been downloaded whole."
    )]
    Archive(String),
    /// An archive that unpacks out of all proportion.
    #[error(
        "The archive claims to unpack to {unpacked} bytes from {packed}, which no export does. It was not opened."
    )]
    Bomb {
        /// Bytes after.
        unpacked: u64,
        /// Bytes before.
        packed: u64,
    },
    /// The person stopped it.
    #[error("It was stopped.")]
    Stopped,
    /// What was read could not be kept.
    #[error("What was read could not be kept: {0}")]
    Keep(String),
}

/// What kind of export this is, by what is in it.
///
/// # Errors
/// A file that can't be read, or is none that we know.
pub fn detect(path: &Path) -> Result<ExchangeFormat, ReadError> {
    let unknown = || ReadError::Unknown {
        path: path.to_owned(),
    };
    if path.is_dir() || tree::is_zip(path)? {
        let tree = Tree::open(path)?;
        if slack::is_one(&tree) {
            return Ok(ExchangeFormat::Slack);
        }
        if mattermost::inside(&tree).is_some() {
            return Ok(ExchangeFormat::Mattermost);
        }
        return Err(unknown());
    }
    let mut start = Vec::new();
    let file = tree::open_file(path)?;
    file.take(64 * 1024)
        .read_to_end(&mut start)
        .map_err(|source| ReadError::File {
            path: path.to_owned(),
            source,
        })?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(ReadError::Utf16);
    }
    let start = String::from_utf8_lossy(&start);
    for line in start.trim_start_matches('\u{feff}').lines() {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        if value.get("kind").is_some_and(serde_json::Value::is_string) {
            return Ok(ExchangeFormat::JsonLines);
        }
        if value.get("type").is_some_and(serde_json::Value::is_string) {
            return Ok(ExchangeFormat::Mattermost);
        }
    }
    Err(unknown())
}

/// Reads an export to its end.
///
/// # Errors
/// A file that can't be read, or a sink that takes no more.
pub fn read(path: &Path, format: ExchangeFormat, to: &mut dyn Sink) -> Result<(), ReadError> {
    match format {
        ExchangeFormat::Slack => slack::read(&mut Tree::open(path)?, to),
        ExchangeFormat::Mattermost => mattermost::read(path, to),
        ExchangeFormat::JsonLines | ExchangeFormat::Markdown | ExchangeFormat::Sqlite => {
            jsonl::read(tree::open_file(path)?, to)
        }
    }
}

/// Bytes of what a path names: of a folder, of all that is in it.
#[must_use]
pub fn size(path: &Path) -> u64 {
    match std::fs::metadata(path) {
        Ok(data) if data.is_dir() => Tree::open(path).map_or(0, |tree| tree.bytes()),
        Ok(data) => data.len(),
        Err(_) => 0,
    }
}
