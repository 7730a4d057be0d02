//! Read-only connections, opened as they are needed.
//!
//! Invariant: none is in use while the database is replaced, and none of an earlier database is used again.

use super::{BUSY_TIMEOUT, checksum, cipher, plan_once};
use crate::ClientError;
use crate::vault::Key;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard, TryLockError};

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    /// Of the database that is there now; changed only while nobody reads.
    key: Mutex<Option<Key>>,
    /// Held for reading by those who read.
    gate: RwLock<()>,
    idle: Mutex<Vec<Connection>>,
    /// How often the database was replaced.
    generation: AtomicU64,
    shut: AtomicBool,
}

/// Nobody reads while this is held.
pub(super) type KeptOut<'a> = RwLockWriteGuard<'a, ()>;

impl Readers {
    pub(super) fn new(path: &Path, key: Option<Key>) -> Self {
        Self {
            path: path.to_owned(),
            key: Mutex::new(key),
            gate: RwLock::default(),
            idle: Mutex::default(),
            generation: AtomicU64::default(),
            shut: AtomicBool::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn key(&self) -> Option<Key> {
        self.key
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The database is another file now; call it while nobody reads.
    pub(super) fn set_key(&self, key: Option<Key>) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = key;
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

    /// Nobody reads any more.
    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
        self.with_idle(Vec::clear);
    }

    /// Runs queries in one snapshot; says also of which database it was.
    pub(super) fn with<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, ClientError>,
    ) -> (Result<T, ClientError>, u64) {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation.load(Ordering::SeqCst);
        if self.shut.load(Ordering::SeqCst) {
            return (Err(ClientError::Closed), generation);
        }
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
        cipher::unlock(&connection, self.key().as_ref())?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(64);
        plan_once(&connection)?;
        connection.pragma_update(None, "cell_size_check", "ON")?;
        checksum::install(&connection)?;
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Db, queries};
    use crate::ClientError;
    use rusqlite::{Connection, StatementStatus};

    /// How often SQLite planned kept statements again while other values were bound to them.
    fn planned_again(connection: &Connection) -> Result<i32, ClientError> {
        let mut count = 0;
        for query in [queries::HIT, queries::MESSAGE_SORT, queries::TIMELINE_FROM] {
            let mut statement = connection.prepare(query)?;
            for value in 0..5 {
                for at in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(at, value)?;
                }
                statement.raw_query().next()?;
            }
            count += statement.get_status(StatementStatus::RePrepare);
        }
        Ok(count)
    }

    #[tokio::test]
    async fn a_statement_is_planned_once_whatever_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("amend.db")).unwrap();
        assert_eq!(db.read(planned_again).await.unwrap(), 0);
        assert_eq!(db.write(|tx| planned_again(tx)).await.unwrap(), 0);
    }
}
