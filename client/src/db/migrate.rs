//! Forward-only migrations of the local database, by `PRAGMA user_version`.
//!
//! Invariants: a migration is never edited once it has landed; a database from a newer version is refused before anything is
//! written to it; before an existing database is migrated, a copy is put beside it.

use super::{checksum, seal};
use crate::{ClientError, mentions};
use rusqlite::Connection;
use std::path::Path;

const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_recovered.sql"),
    include_str!("../../migrations/0003_checksums.sql"),
    include_str!("../../migrations/0004_blobs.sql"),
    include_str!("../../migrations/0005_choice.sql"),
    include_str!("../../migrations/0006_rooms.sql"),
    include_str!("../../migrations/0007_search.sql"),
    include_str!("../../migrations/0008_sync_status.sql"),
    include_str!("../../migrations/0009_exchange.sql"),
    include_str!("../../migrations/0010_timeline.sql"),
    include_str!("../../migrations/0011_draft_reply.sql"),
];

/// The version that this program writes.
pub const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Brings the database up to [`KNOWN`].
///
/// # Errors
/// SQLite's own; a failed migration leaves the former version in place.
pub fn run(connection: &mut Connection, path: &Path) -> Result<(), ClientError> {
    let found = version(connection)?;
    if found > 0 && found < KNOWN {
        let copy = path.with_extension(format!("v{found}.backup"));
        if !copy.exists() {
            connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        }
    }
    apply(connection)
}

/// Brings a database up to [`KNOWN`] without a backup copy: for one that has no file.
///
/// # Errors
/// SQLite's own; a failed migration leaves the former version in place.
pub fn apply(connection: &mut Connection) -> Result<(), ClientError> {
    checksum::install(connection)?;
    mentions::install(connection)?;
    let found = version(connection)?;
    let mut version = found;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        version += 1;
        let tx = connection.transaction()?;
        tx.execute_batch(migration)?;
        if version == KNOWN {
            seal::set_schema(&tx)?;
        }
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
