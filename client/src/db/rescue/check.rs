//! Is the database damaged? Asked before it is opened for writing, on a connection that can't change a byte of it.

use super::{Kept, file, wal};
use crate::ClientError;
use crate::db::{checksum, cipher, migrate, queries, seal::Seal};
use crate::vault::Key;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::path::Path;

/// Up to this size everything is checked at each opening: it takes some tens of milliseconds.
const ALL_CHECKED_MAX: u64 = 16 << 20;

/// Up to this size the pages are checked at each opening; beyond, only when the last closing was not a clean one.
const PAGES_CHECKED_MAX: u64 = 64 << 20;

/// Versions further ahead than this are a damaged header, not the future.
const PLAUSIBLE_VERSIONS: i64 = 1000;

/// What is where the database should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A database without a visible fault.
    Sound,
    /// Only its full-text index is damaged.
    IndexDamaged,
    /// What is wrong with it, for the log.
    Damaged(String),
}

/// Looks at the database, without changing it.
///
/// # Errors
/// [`ClientError::NewerDatabase`]; a file that can't be read at all.
pub(crate) fn inspect(path: &Path, backup: &Kept, key: Option<&Key>) -> Result<Found, ClientError> {
    let log = beside(path, "-wal");
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    if size(path) == 0 {
        let lost = size(&log) > 0 || !backup.is_empty();
        return Ok(if lost {
            Found::Damaged("the database file is gone".to_owned())
        } else {
            Found::Nothing
        });
    }
    refuse_future_header(path)?;
    match examine(path, &log, size(path) + size(&log), backup, key) {
        Ok(found) => Ok(found),
        Err(error) => at_opening(&error).map(Found::Damaged).ok_or(error),
    }
}

fn examine(
    path: &Path,
    log: &Path,
    size: u64,
    backup: &Kept,
    key: Option<&Key>,
) -> Result<Found, ClientError> {
    let connection = open_untouched(path, key)?;
    let version = migrate::version(&connection)?;
    if version > migrate::KNOWN && version < migrate::KNOWN + PLAUSIBLE_VERSIONS {
        return Err(newer(path, version));
    }
    if !(1..=migrate::KNOWN).contains(&version) {
        return Ok(Found::Damaged(format!("its version is {version}")));
    }
    if wal::is_damaged(log).map_err(|error| ClientError::file(log, error))? {
        return Ok(Found::Damaged("the write-ahead log is damaged".to_owned()));
    }
    let unclean = file::open_mark(path).exists();
    let pragma = if size <= ALL_CHECKED_MAX {
        Some(queries::CHECK_ALL)
    } else if unclean || size <= PAGES_CHECKED_MAX {
        Some(queries::CHECK_PAGES)
    } else {
        None
    };
    let said = pragma.map_or(Ok(Said::default()), |pragma| ask(&connection, pragma))?;
    if let Some(what) = said.of_pages {
        return Ok(Found::Damaged(what));
    }
    let sound = || {
        if said.of_the_index {
            Found::IndexDamaged
        } else {
            Found::Sound
        }
    };
    if version < migrate::KNOWN {
        // From before there were checksums.
        return Ok(sound());
    }
    let seal = Seal::read(&connection)?;
    if seal.generation < backup.header.generation {
        return Ok(Found::Damaged(format!(
            "it is older (generation {}) than its backup (generation {})",
            seal.generation, backup.header.generation
        )));
    }
    if !seal.holds(&connection)? {
        return Ok(Found::Damaged(
            "its schema or its account was changed".to_owned(),
        ));
    }
    let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    for query in queries::CHECK_ROWS {
        count(query)?;
    }
    if size <= ALL_CHECKED_MAX {
        count(queries::CHECK_MESSAGES)?;
    }
    Ok(sound())
}

/// What SQLite's own check finds.
#[derive(Default)]
struct Said {
    /// The full-text index does not fit together.
    of_the_index: bool,
    /// Something else does not.
    of_pages: Option<String>,
}

fn ask(connection: &Connection, pragma: &str) -> Result<Said, ClientError> {
    let mut said = Said::default();
    let mut statement = connection.prepare(pragma)?;
    let mut lines = statement.query([])?;
    while let Some(line) = lines.next()? {
        let line: String = line.get(0)?;
        if line.contains("inverted index for FTS5 table") {
            said.of_the_index = true;
        } else if line != "ok" && said.of_pages.is_none() {
            said.of_pages = Some(line);
        }
    }
    Ok(said)
}

/// Opens a database so that nothing is written to its file or its log, not even at closing.
pub(crate) fn open_untouched(path: &Path, key: Option<&Key>) -> Result<Connection, ClientError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    cipher::unlock(&connection, key)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    checksum::install(&connection)?;
    Ok(connection)
}

/// A newer database is not ours to judge, even where this version can't make sense of the rest of it.
fn refuse_future_header(path: &Path) -> Result<(), ClientError> {
    use std::io::Read;
    let mut header = [0; 64];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => {}
        // Too short to be one.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(ClientError::file(path, error)),
    }
    let version = i64::from(u32::from_be_bytes([
        header[60], header[61], header[62], header[63],
    ]));
    let plausible = migrate::KNOWN + 1..migrate::KNOWN + PLAUSIBLE_VERSIONS;
    if header.starts_with(b"SQLite format 3\0") && plausible.contains(&version) {
        return Err(newer(path, version));
    }
    Ok(())
}

fn newer(path: &Path, found: i64) -> ClientError {
    ClientError::NewerDatabase {
        path: path.to_owned(),
        found,
        known: migrate::KNOWN,
    }
}

/// `amend.db-wal` for `amend.db` and `-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What is wrong with the file, if that is what the error of a query or a transaction says.
pub(crate) fn in_use(error: &ClientError) -> Option<String> {
    match error {
        ClientError::Damaged(why) => Some(why.clone()),
        // Made anew of what is here.
        error if error.is_of_the_index() => None,
        ClientError::Database(said @ rusqlite::Error::SqliteFailure(error, _)) => {
            let damage = matches!(
                error.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ) || matches!(
                error.extended_code,
                ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS
            );
            damage.then(|| said.to_string())
        }
        _ => None,
    }
}

/// The same while opening, when a table or a column that is missing, or a value of the wrong type, is no mistake of ours.
pub(crate) fn at_opening(error: &ClientError) -> Option<String> {
    let ClientError::Database(said) = error else {
        return in_use(error);
    };
    let damage = match said {
        rusqlite::Error::SqliteFailure(error, _) => matches!(
            error.code,
            ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
        ),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::SqlInputError { .. } => true,
        _ => false,
    };
    in_use(error).or_else(|| damage.then(|| said.to_string()))
}
