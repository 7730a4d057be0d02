//! Read-only connections, opened as they are needed.
//!
//! Invariant: none is in use while the database is replaced, and none of an earlier database is used again.

use super::{BUSY_TIMEOUT, checksum};
use crate::ClientError;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard, TryLockError};

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    /// Held for reading by those who read.
    gate: RwLock<()>,
    idle: Mutex<Vec<Connection>>,
    /// How often the database was replaced.
    generation: AtomicU64,
}

/// Nobody reads while this is held.
pub(super) type KeptOut<'a> = RwLockWriteGuard<'a, ()>;

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            gate: RwLock::default(),
            idle: Mutex::default(),
            generation: AtomicU64::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for those who read now, and lets nobody in.
    pub(super) fn keep_out(&self) -> KeptOut<'_> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same if nobody reads now.
    pub(super) fn try_keep_out(&self) -> Option<KeptOut<'_>> {
        match self.gate.try_write() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Another database is at the path, or about to be; call it while nobody reads.
    pub(super) fn begin_anew(&self, generation: u64) {
        self.generation.store(generation, Ordering::SeqCst);
        self.with_idle(Vec::clear);
    }

    /// Runs queries in one snapshot; says also of which database it was.
    pub(super) fn with<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, ClientError>,
    ) -> (Result<T, ClientError>, u64) {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation.load(Ordering::SeqCst);
        let connection = match self.with_idle(Vec::pop).map_or_else(|| self.open(), Ok) {
            Ok(connection) => connection,
            Err(error) => return (Err(error), generation),
        };
        let result = (|| {
            let tx = connection.unchecked_transaction()?;
            let value = act(&tx)?;
            tx.commit()?;
            Ok(value)
        })();
        self.with_idle(|idle| idle.push(connection));
        (result, generation)
    }

    fn with_idle<T>(&self, act: impl FnOnce(&mut Vec<Connection>) -> T) -> T {
        act(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn open(&self) -> Result<Connection, ClientError> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "cell_size_check", "ON")?;
        checksum::install(&connection)?;
        Ok(connection)
    }
}
