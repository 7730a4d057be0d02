//! Forward-only migrations, by the table `schema_migration`.
//!
//! Invariants: a migration is never edited once it has landed; two relays that start at once migrate one after the other; a
//! database from a newer version is refused before anything is written.

use super::{Store, queries};
use crate::RelayError;
use uuid::Uuid;

const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_reactions.sql"),
    include_str!("../../migrations/0003_accounts.sql"),
    include_str!("../../migrations/0004_identity.sql"),
    include_str!("../../migrations/0005_rooms.sql"),
    include_str!("../../migrations/0006_history.sql"),
    include_str!("../../migrations/0007_watch.sql"),
    include_str!("../../migrations/0010_accounts.sql"),
    include_str!("../../migrations/0011_watch.sql"),
];

/// Brings the database up to this version and returns the store's epoch.
///
/// # Errors
/// A newer database, or Postgres's own; a failed migration leaves nothing behind.
pub async fn run(store: &Store) -> Result<Uuid, RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    tx.batch_execute(queries::MIGRATION_LOCK).await?;
    let exists: bool = tx
        .query_one(queries::MIGRATION_TABLE_EXISTS, &[])
        .await?
        .get(0);
    let found: i32 = if exists {
        tx.query_one(queries::MIGRATION_VERSION, &[]).await?.get(0)
    } else {
        0
    };
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if found > known {
        return Err(RelayError::NewerDatabase { found, known });
    }
    if !exists {
        tx.batch_execute(queries::MIGRATION_TABLE).await?;
    }
    let mut version = found;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        version += 1;
        tx.batch_execute(migration).await?;
        tx.execute(queries::MIGRATION_DONE, &[&version]).await?;
        tracing::info!(version, "database migrated");
    }
    let epoch = tx.query_one(queries::EPOCH, &[]).await?.get(0);
    tx.commit().await?;
    Ok(epoch)
}
