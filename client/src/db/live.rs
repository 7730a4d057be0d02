//! The one writing connection, with its hooks.
//!
//! Invariants: a checkpoint empties the log, so that what is in the log is never in the main file as well: if a part of the
//! log is lost, what is left is an earlier state of the whole database, and its cursors fetch the rest. A transaction that
//! touched what the rescue files keep raises the generation.

use super::hooks::Hooks;
use super::rescue::{self, check, file};
use super::{BUSY_TIMEOUT, checksum, cipher, describe, migrate, plan_once, queries, seal};
use crate::vault::Key;
use crate::{ClientError, search};
use model::view::RowEvent;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Beyond this the log is written back into the main file.
pub(crate) const LOG_MAX: u64 = 4 << 20;

/// How long a checkpoint waits for another process: the next one tries again.
const CHECKPOINT_PATIENCE: std::time::Duration = std::time::Duration::from_millis(100);

/// The writing connection.
pub(crate) struct Live {
    connection: Connection,
    hooks: Hooks,
    path: PathBuf,
    key: Option<Key>,
    /// The mark is there: see [`file::open_mark`].
    marked: bool,
    /// Something that the rescue files keep has changed.
    pub(crate) unsaved: bool,
}

impl Live {
    /// Opens or creates the database and brings it up to this version.
    ///
    /// # Errors
    /// SQLite's own, an unusable folder.
    pub(crate) fn open(path: &Path, key: Option<&Key>) -> Result<Self, ClientError> {
        let mut connection = Connection::open(path)?;
        cipher::unlock(&connection, key)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: what was acknowledged to the person survives a power cut, not only a crash.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "cell_size_check", "ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        plan_once(&connection)?;
        let hooks = Hooks::install(&mut connection)?;
        let mut live = Self {
            connection,
            hooks,
            path: path.to_owned(),
            key: key.cloned(),
            marked: false,
            unsaved: false,
        };
        live.mark()?;
        checksum::install(&live.connection)?;
        migrate::run(&mut live.connection, path)?;
        let _ = live.hooks.take_committed();
        Ok(live)
    }

    /// Runs one transaction; an error rolls all of it back.
    ///
    /// # Errors
    /// The transaction's own, or SQLite's.
    pub(crate) fn transact<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ClientError>,
    ) -> Result<(T, RowEvent), ClientError> {
        let done = self.perform(act);
        if done.as_ref().is_err_and(ClientError::is_of_the_index) {
            // Nothing can be written past it; it is made of what is here.
            tracing::error!("the search index is damaged and is made anew");
            self.restart_index()?;
            return Err(ClientError::IndexDamaged);
        }
        done
    }

    /// Forgets the full-text index, so that it is made anew.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn restart_index(&mut self) -> Result<(), ClientError> {
        self.mark()?;
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        search::index::restart(&tx)?;
        // The next event tells of it.
        Ok(tx.commit()?)
    }

    fn perform<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, ClientError>,
    ) -> Result<(T, RowEvent), ClientError> {
        self.mark()?;
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&tx)?;
        let touched = self.hooks.touches(&rescue::TABLES);
        if touched {
            seal::advance(&tx)?;
        }
        tx.commit()?;
        self.unsaved |= touched;
        let event = describe(&self.connection, self.hooks.take_committed());
        Ok((value, event))
    }

    /// Writes the backup of what nobody else has.
    ///
    /// # Errors
    /// [`ClientError::Damaged`], an unusable folder.
    pub(crate) fn save(&mut self) -> Result<(), ClientError> {
        let kept = rescue::salvage::keep(&self.connection)?;
        file::write(
            self.path.parent().unwrap_or(Path::new(".")),
            kept,
            self.key.as_ref(),
        )?;
        self.unsaved = false;
        Ok(())
    }

    /// How long the log is.
    pub(crate) fn log_len(&self) -> u64 {
        std::fs::metadata(check::beside(&self.path, "-wal")).map_or(0, |data| data.len())
    }

    /// Writes the log back and empties it; `false` if another process is reading. The caller keeps our own readers out.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn checkpoint(&self) -> Result<bool, ClientError> {
        self.connection.busy_timeout(CHECKPOINT_PATIENCE)?;
        let busy = self
            .connection
            .query_row(queries::CHECKPOINT, [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(!busy?)
    }

    /// All is in the main file: the next opening need not ask what became of the log.
    ///
    /// # Errors
    /// An unusable folder.
    pub(crate) fn unmark(&mut self) -> Result<(), ClientError> {
        let mark = file::open_mark(&self.path);
        if self.marked {
            std::fs::remove_file(&mark).map_err(|error| ClientError::file(&mark, error))?;
            self.marked = false;
        }
        Ok(())
    }

    fn mark(&mut self) -> Result<(), ClientError> {
        if !self.marked {
            let mark = file::open_mark(&self.path);
            let make = || -> std::io::Result<()> {
                std::fs::File::create(&mark)?;
                file::sync_folder(self.path.parent().unwrap_or(Path::new(".")))
            };
            make().map_err(|error| ClientError::file(&mark, error))?;
            self.marked = true;
        }
        Ok(())
    }

    /// Closes, with everything in the main file and nothing beside it.
    ///
    /// # Errors
    /// SQLite's own: then something is still in the log.
    pub(crate) fn close(self) -> Result<(), ClientError> {
        let path = self.path;
        self.connection.close().map_err(|(_, error)| error)?;
        let log = check::beside(&path, "-wal");
        match std::fs::metadata(&log) {
            Ok(data) if data.len() > 0 => {
                Err(ClientError::Database(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                    Some("another process has the database open".to_owned()),
                )))
            }
            _ => Ok(()),
        }
    }

    /// Closes without writing anything any more.
    pub(crate) fn abandon(self) {
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
}
