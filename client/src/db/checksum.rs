//! Checksums of rows: two SQL functions, so that writing, reading and salvaging name the covered columns in SQL only.
//!
//! `crc(value, ...)` is the crc32 of the values with their types. `fits(checksum, value, ...)` is true where the checksum is
//! NULL (written by an older version) or right, and otherwise fails the whole statement as SQLite's own finds of damage do
//! (`SQLITE_CORRUPT`): a row that was changed behind our back reaches nobody. The functions that the triggers of the
//! full-text index call are installed with them.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ffi};

/// Makes `crc`, `fits` and those of the index known to a connection; every connection that runs a statement of `queries` needs them.
///
/// # Errors
/// SQLite's own.
pub fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("crc", -1, flags, |context| Ok(of(context, 0)))?;
    connection.create_scalar_function("fits", -1, flags, |context| {
        match context.get_raw(0) {
            ValueRef::Null => Ok(true),
            ValueRef::Integer(kept) if kept == of(context, 1) => Ok(true),
            // Without a text: SQLite would take the text as the error of a function, not as damage.
            _ => Err(Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_CORRUPT),
                None,
            )),
        }
    })?;
    crate::search::install(connection)
}

fn of(context: &Context<'_>, first: usize) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for index in first..context.len() {
        add(&mut hasher, context.get_raw(index));
    }
    i64::from(hasher.finalize())
}

/// Each value with its type, and where it has one its length, so that no two rows look the same.
fn add(hasher: &mut crc32fast::Hasher, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => hasher.update(&[0]),
        ValueRef::Integer(value) => {
            hasher.update(&[1]);
            hasher.update(&value.to_le_bytes());
        }
        ValueRef::Real(value) => {
            hasher.update(&[2]);
            hasher.update(&value.to_le_bytes());
        }
        ValueRef::Text(bytes) => add_bytes(hasher, 3, bytes),
        ValueRef::Blob(bytes) => add_bytes(hasher, 4, bytes),
    }
}

fn add_bytes(hasher: &mut crc32fast::Hasher, kind: u8, bytes: &[u8]) {
    hasher.update(&[kind]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_true_and_what_does_not_is_damage() {
        let connection = Connection::open_in_memory().unwrap();
        install(&connection).unwrap();
        let ask = |query: &str| connection.query_row(query, [], |row| row.get::<_, bool>(0));
        assert!(ask("SELECT fits(crc(1, 'a', NULL), 1, 'a', NULL)").unwrap());
        assert!(ask("SELECT fits(NULL, 1, 'a')").unwrap());
        for other in [
            "SELECT fits(crc(1, 'a'), 1, 'b')",
            "SELECT fits(crc(1, 'a'), '1', 'a')",
            "SELECT fits(crc('ab', ''), 'a', 'b')",
            "SELECT fits(crc('a'), x'61')",
            "SELECT fits('a', 'a')",
        ] {
            let error = ask(other).unwrap_err();
            assert_eq!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt),
                "{other}: {error}"
            );
        }
    }
}
