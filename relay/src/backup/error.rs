//! Why a backup could not be taken, read or restored, each with what to do.

use crate::RelayError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why something failed.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The store's own.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// A file could not be written or read.
    #[error("{path} could not be used ({source}). Check the folder, who may use it, and that the disk has room.", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not one of ours.
    #[error(
        "This is no backup of amend-relay, or its first bytes are damaged. Take another backup."
    )]
    NotABackup,
    /// Made by a later version.
    #[error(
        "This backup has format {found}, this program reads format {known}. Update amend-relay."
    )]
    NewerFormat {
        /// Its format.
        found: u8,
        /// Ours.
        known: u8,
    },
    /// A checksum does not fit.
    #[error(
        "The backup is damaged at byte {at} ({what}). Do not rely on it: take another backup, or use an older one."
    )]
    Damaged {
        /// Where the block begins that is wrong.
        at: u64,
        /// What is wrong with it.
        what: String,
    },
    /// It ends too early.
    #[error(
        "The backup is cut off: it ends at byte {at}, before its end mark. Copy it again, or use an older one."
    )]
    CutOff {
        /// Its length.
        at: u64,
    },
    /// The store has no version: there is nothing to save.
    #[error(
        "There is no Amend in this database yet: nothing to save. Check the database URL or the data folder."
    )]
    NothingThere,
    /// A migration came in between.
    #[error("The database was migrated while the backup began. Try again.")]
    Migrated,
    /// A backup from a later version of the schema.
    #[error(
        "The backup is of schema version {found}, this program knows up to {known}. Nothing was changed. Update amend-relay."
    )]
    NewerSchema {
        /// The backup's.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// The file names a table that its version of the schema does not have.
    #[error(
        "The backup holds a table that version {version} does not have: {name}. It was not made by amend-relay; nothing was changed."
    )]
    ForeignTable {
        /// Which.
        name: String,
        /// The backup's schema version.
        version: i32,
    },
    /// The database is not empty.
    #[error(
        "This database holds an Amend already ({accounts} accounts, {rooms} rooms, {messages} messages). Nothing was changed. Restore into an empty database, or add --replace to put the backup in its place (take a backup of it first)."
    )]
    NotEmpty {
        /// How many.
        accounts: i64,
        /// How many.
        rooms: i64,
        /// How many.
        messages: i64,
    },
    /// Relays are connected.
    #[error(
        "{0} connections of a running amend-relay are open to this database. Nothing was changed. Stop every relay of it and try again; connections that a PgBouncer keeps open count too until it lets go of them (RECONNECT)."
    )]
    Served(i64),
    /// What was loaded is not what the file says.
    #[error(
        "{table} has {found} rows after loading, the backup says {wanted}. Nothing was changed. Report this."
    )]
    Rows {
        /// Which.
        table: String,
        /// In the database.
        found: u64,
        /// In the file.
        wanted: u64,
    },
    /// The deep check found something.
    #[error("The backup is readable, but its contents are not right: {0}")]
    Contents(String),
}

impl BackupError {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<tokio_postgres::Error> for BackupError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Relay(RelayError::Postgres(error))
    }
}
