//! SQLCipher: opening a connection with a key, and putting a database under another one.
//!
//! Invariants: the key is the first thing that a connection is told; the database in its place is always a whole one, under the
//! old key or under the new one, and the log beside it is empty while it is replaced.

use super::rescue::check;
use super::{migrate, queries};
use crate::ClientError;
use crate::profile::sync_folder;
use crate::vault::Key;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Called with the name of each step of a change that must survive a crash.
pub type Steps = Arc<dyn Fn(&'static str) + Send + Sync>;

/// What a database that is not encrypted begins with.
const PLAIN: &[u8] = b"SQLite format 3\0";

/// Tells the connection its key. Without one it opens a plain database.
///
/// # Errors
/// SQLite's own.
pub(crate) fn unlock(connection: &Connection, key: Option<&Key>) -> Result<(), ClientError> {
    if let Some(key) = key {
        connection.pragma_update(None, "key", key.pragma().as_str())?;
    }
    Ok(())
}

/// Whether what is there is a plain database; `None` if there is nothing.
///
/// # Errors
/// An unreadable file.
pub(crate) fn is_plain(path: &Path) -> Result<Option<bool>, ClientError> {
    use std::io::Read;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ClientError::file(path, error)),
    };
    let mut head = Vec::new();
    file.take(PLAIN.len() as u64)
        .read_to_end(&mut head)
        .map_err(|error| ClientError::file(path, error))?;
    Ok(Some(head == PLAIN).filter(|_| !head.is_empty()))
}

/// Where the new database is made.
pub(crate) fn fresh(path: &Path) -> PathBuf {
    check::beside(path, ".new")
}

/// Removes what a crash left of a new database that never took its place.
///
/// # Errors
/// An unwritable folder.
pub(crate) fn remove_fresh(path: &Path) -> Result<(), ClientError> {
    let fresh = fresh(path);
    for file in ["", "-journal", "-wal", "-shm"].map(|suffix| check::beside(&fresh, suffix)) {
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(ClientError::file(&file, error)),
        }
    }
    Ok(())
}

/// Copies a closed database into one under another key, looks at the copy, and puts it in the old one's place.
///
/// # Errors
/// A full disk, a damaged database, an unusable folder: then the old one is still in its place, untouched.
pub(crate) fn export(
    path: &Path,
    from: Option<&Key>,
    to: Option<&Key>,
    steps: &Steps,
) -> Result<(), ClientError> {
    remove_fresh(path)?;
    let fresh = fresh(path);
    copy(path, &fresh, from, to)?;
    steps("exported");
    let replace = || -> std::io::Result<()> {
        std::fs::File::open(&fresh)?.sync_all()?;
        std::fs::rename(&fresh, path)?;
        // An empty log and its index, if there are any: of the database that is gone.
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(check::beside(path, suffix));
        }
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    };
    replace().map_err(|error| ClientError::file(path, error))?;
    steps("renamed");
    Ok(())
}

fn copy(
    path: &Path,
    fresh: &Path,
    from: Option<&Key>,
    to: Option<&Key>,
) -> Result<(), ClientError> {
    let connection = Connection::open(path)?;
    unlock(&connection, from)?;
    super::checksum::install(&connection)?;
    let version = migrate::version(&connection)?;
    let key = to.map(Key::pragma);
    let key = key.as_ref().map_or("", |key| key.as_str());
    connection.execute(queries::ATTACH_FRESH, [&fresh.to_string_lossy(), key])?;
    connection.query_row(queries::EXPORT_FRESH, [], |_| Ok(()))?;
    connection.pragma_update(Some("fresh"), "user_version", version)?;
    let said: String = connection.query_row(queries::CHECK_FRESH, [], |row| row.get(0))?;
    if said != "ok" || !is_complete(&connection)? {
        return Err(ClientError::Damaged(format!(
            "its copy is not like it: {said}"
        )));
    }
    connection.execute(queries::DETACH_FRESH, [])?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// The copy has everything that the schema names.
fn is_complete(connection: &Connection) -> Result<bool, ClientError> {
    Ok(connection.query_row(queries::FRESH_IS_COMPLETE, [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_told_from_what_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        assert_eq!(is_plain(&path).unwrap(), None);
        let make = |key: Option<&Key>| {
            let _ = std::fs::remove_file(&path);
            let connection = Connection::open(&path).unwrap();
            unlock(&connection, key).unwrap();
            connection
                .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES ('secret words')")
                .unwrap();
        };
        make(None);
        assert_eq!(is_plain(&path).unwrap(), Some(true));
        make(Some(&Key::random().unwrap()));
        assert_eq!(is_plain(&path).unwrap(), Some(false));
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|six| six == b"secret"));
    }

    #[test]
    fn a_copy_under_another_key_has_every_row_the_index_and_the_hooks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA user_version = 7;
                CREATE TABLE t (rowid INTEGER PRIMARY KEY, a TEXT);
                CREATE INDEX t_a ON t (a);
                CREATE VIEW v AS SELECT a FROM t;
                CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO f (rowid, a) VALUES (new.rowid, new.a); END;
                CREATE VIRTUAL TABLE f USING fts5 (a);
                CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT);
                INSERT INTO s (id) VALUES (40); DELETE FROM s WHERE id = 40;
                INSERT INTO t (rowid, a) VALUES (3, 'three words here'), (900, 'nine hundred');
                DELETE FROM t WHERE rowid = 3;",
            )
            .unwrap();
        drop(connection);
        let (one, two) = (Key::random().unwrap(), Key::random().unwrap());
        let steps: Steps = Arc::new(|_| ());
        for (from, to) in [
            (None, Some(&one)),
            (Some(&one), Some(&two)),
            (Some(&two), None),
        ] {
            export(&path, from, to, &steps).unwrap();
            let mut connection = Connection::open(&path).unwrap();
            unlock(&connection, to).unwrap();
            let ask = |query: &str| {
                connection
                    .query_row(query, [], |row| row.get::<_, i64>(0))
                    .unwrap()
            };
            assert_eq!(ask("PRAGMA user_version"), 7);
            assert_eq!(ask("SELECT rowid FROM t WHERE a = 'nine hundred'"), 900);
            assert_eq!(ask("SELECT rowid FROM f WHERE f MATCH 'three'"), 3);
            assert_eq!(ask("SELECT seq FROM sqlite_sequence WHERE name = 's'"), 40);
            assert_eq!(ask("SELECT count(*) FROM v"), 1);
            let hooks = super::super::hooks::Hooks::install(&mut connection).unwrap();
            connection
                .execute("INSERT INTO t (rowid, a) VALUES (901, 'more')", [])
                .unwrap();
            assert!(hooks.take_committed().iter().any(|row| row.rowid == 901));
            connection
                .execute_batch("DELETE FROM t WHERE rowid = 901; DELETE FROM f WHERE rowid = 901")
                .unwrap();
            assert!(!fresh(&path).exists());
        }
    }
}
