//! Forward-only migrations, by the table `schema_migration`.
//!
//! Invariants: a migration is never edited once it has landed; two relays that start at once migrate one after the other; a
//! database from a newer version is refused before anything is written; an older one is saved first, unless the host does not want that.

use super::{Store, queries};
use crate::RelayError;
use crate::backup::dump::{self, Target};
use std::path::PathBuf;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, Transaction};

const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_reactions.sql"),
    include_str!("../../migrations/0003_accounts.sql"),
    include_str!("../../migrations/0004_identity.sql"),
    include_str!("../../migrations/0005_rooms.sql"),
    include_str!("../../migrations/0006_history.sql"),
    include_str!("../../migrations/0007_watch.sql"),
    include_str!("../../migrations/0008_accounts.sql"),
    include_str!("../../migrations/0009_watch.sql"),
    include_str!("../../migrations/0010_room_makers.sql"),
    include_str!("../../migrations/0011_blobs.sql"),
    include_str!("../../migrations/0012_placeholders.sql"),
];

/// The version that this program brings a database to.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
pub const KNOWN: i32 = MIGRATIONS.len() as i32;

/// What is done before an older database is migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// A backup into this folder; without it nothing is migrated.
    Backup(PathBuf),
    /// Nothing.
    Nothing,
}

/// Brings the database up to this version.
///
/// # Errors
/// A newer database, a backup that could not be taken, or Postgres's own; a failed migration leaves nothing behind.
pub async fn run(store: &Store, before: &Before) -> Result<(), RelayError> {
    let mut connection = store.raw().await?;
    let client: &mut Client = &mut connection;
    let found = version(client).await?;
    if let Before::Backup(folder) = before
        && (1..KNOWN).contains(&found)
    {
        save(store, folder.clone(), found).await?;
    }
    let tx = client.transaction().await?;
    tx.batch_execute(queries::MIGRATION_LOCK).await?;
    let found = version(&tx).await?;
    apply(&tx, found, KNOWN).await?;
    tx.commit().await?;
    drop(connection);
    // The next connection says what the epoch is, now that there is one.
    store.drop_idle();
    store.ping().await
}

/// The version of the database; 0: there is no Amend in it.
///
/// # Errors
/// Postgres's own.
pub async fn version(client: &impl GenericClient) -> Result<i32, RelayError> {
    let exists = client.query_typed_one(queries::MIGRATION_TABLE_EXISTS, &[]);
    if !exists.await?.get::<_, bool>(0) {
        return Ok(0);
    }
    let version = client.query_typed_one(queries::MIGRATION_VERSION, &[]);
    Ok(version.await?.get(0))
}

/// Migrates from one version to another.
///
/// # Errors
/// [`RelayError::NewerDatabase`], or Postgres's own.
pub async fn apply(tx: &Transaction<'_>, from: i32, to: i32) -> Result<(), RelayError> {
    if from > KNOWN {
        let (found, known) = (from, KNOWN);
        return Err(RelayError::NewerDatabase { found, known });
    }
    if from < to {
        // A standby that is level is not written to.
        tx.batch_execute(queries::MIGRATION_TABLE).await?;
    }
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > from && version <= to {
            tx.batch_execute(migration).await?;
            tx.execute_typed(queries::MIGRATION_DONE, &[(&version, Type::INT4)])
                .await?;
            tracing::info!(version, "database migrated");
        }
    }
    Ok(())
}

async fn save(store: &Store, folder: PathBuf, version: i32) -> Result<(), RelayError> {
    let taken = dump::take(store, &Target::BeforeMigration(folder), |_, _| {}).await;
    let taken = taken.map_err(|error| RelayError::BackupBeforeMigration {
        version,
        known: KNOWN,
        reason: error.to_string(),
    })?;
    tracing::info!(path = %taken.path.display(), version, "backup taken before the database is migrated");
    Ok(())
}
