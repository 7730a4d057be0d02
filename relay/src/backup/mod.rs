//! Backups of the store: one file that can be checked, and restored on any Postgres.
//!
//! - [`tables`]: what is the store's, and in which order it is loaded.
//! - [`format`]: the file: blocks with checksums; no database.
//! - [`dump`]: the store into a file, from one snapshot, while relays serve.
//! - [`verify`]: reads a whole file and says what is in it.
//! - [`restore`]: a file into a database, in one transaction.
//! - [`folder`]: where backups are, their names, and which are old.
//!
//! Invariants: a file has its name only once it is whole, on the disk and read back; memory does not grow with the store; what is
//! not Amend's in a shared database is neither read nor touched.

pub mod dump;
mod error;
pub mod folder;
pub mod format;
pub mod restore;
pub mod tables;
pub mod verify;

pub use error::BackupError;

use serde::Deserialize;
use std::path::PathBuf;

/// `[backup]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// Whether a backup is taken before an older database is migrated.
    pub before_migrations: bool,
    /// Where backups go; without it `backups` in the data folder.
    pub folder: Option<PathBuf>,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            before_migrations: true,
            folder: None,
        }
    }
}
