//! A file into a database, in one transaction: all of it or nothing.
//!
//! Invariants: a database that holds an Amend, or that a relay serves, is refused; a backup of an older schema is loaded into that schema
//! and then migrated, a newer one is refused; no trigger fires while rows are loaded, so they keep their seqs; the store has an
//! epoch afterwards that it never had, so that every client offers again what it has.

use super::format::{Block, Header, Reader, TableStart};
use super::{BackupError, tables, verify};
use crate::RelayError;
use crate::doctor::invariants;
use crate::store::queries::backup as queries;
use crate::store::{Store, migrate, queries as store_queries};
use bytes::Bytes;
use futures_util::SinkExt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, GenericClient, Transaction};
use uuid::Uuid;

/// What to do with an Amend that is in the database already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    /// Refuse.
    Keep,
    /// Put the backup in its place.
    Replace,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What it is of.
    pub header: Header,
    /// Rows that were loaded.
    pub rows: u64,
    /// The store's new epoch.
    pub epoch: Uuid,
}

/// Restores a file; `progress` hears how far it is in the file.
///
/// # Errors
/// [`BackupError`]; then nothing was changed.
pub async fn restore(
    store: &Store,
    path: &Path,
    present: Present,
    mut progress: impl FnMut(u64),
) -> Result<Restored, BackupError> {
    // All of it is read before anything is locked.
    check_version(&verify::verify(path, |_| {})?.header)?;
    let mut connection = store.raw().await.map_err(BackupError::Relay)?;
    let client: &mut Client = &mut connection;
    let tx = client.transaction().await?;
    tx.batch_execute(queries::SETTINGS).await?;
    tx.batch_execute(store_queries::MIGRATION_LOCK).await?;
    refuse_served(&tx).await?;
    let found = migrate::version(&tx).await?;
    if found > migrate::KNOWN {
        let known = migrate::KNOWN;
        return Err(RelayError::NewerDatabase { found, known }.into());
    }
    if found > 0 && present == Present::Keep {
        let holds = tx.query_typed_one(queries::HOLDS, &[]).await?;
        return Err(BackupError::NotEmpty {
            accounts: holds.try_get(0)?,
            rooms: holds.try_get(1)?,
            messages: holds.try_get(2)?,
        });
    }
    let (header, rows) = load(&tx, path, found, &mut progress).await?;
    tx.batch_execute(queries::NEW_EPOCH).await?;
    let epoch = tx.query_typed_one(store_queries::EPOCH, &[]).await?;
    let epoch = epoch.try_get(0)?;
    tx.commit().await?;
    // So that the first queries after it are planned well.
    let names: Vec<&str> = tables::of(migrate::KNOWN).collect();
    let analyze = made(client, queries::ANALYZE, &names).await?;
    client.batch_execute(&analyze).await?;
    Ok(Restored {
        header,
        rows,
        epoch,
    })
}

/// Refuses a database that a relay serves.
///
/// # Errors
/// [`BackupError::Served`], or Postgres's own.
pub async fn check_not_served(store: &Store) -> Result<(), BackupError> {
    let mut connection = store.raw().await.map_err(BackupError::Relay)?;
    let client: &mut Client = &mut connection;
    refuse_served(client).await
}

async fn refuse_served(client: &impl GenericClient) -> Result<(), BackupError> {
    let served = client.query_typed_one(queries::SERVED, &[]).await?;
    match served.try_get(0)? {
        0 => Ok(()),
        served => Err(BackupError::Served(served)),
    }
}

/// Restores a file into a schema of its own, checks what must be true of every store, and rolls all of it back.
///
/// # Errors
/// [`BackupError`], [`BackupError::Contents`] with what is not true.
pub async fn rehearse(
    store: &Store,
    path: &Path,
    mut progress: impl FnMut(u64),
) -> Result<(), BackupError> {
    check_version(&verify::verify(path, |_| {})?.header)?;
    let mut connection = store.raw().await.map_err(BackupError::Relay)?;
    let client: &mut Client = &mut connection;
    let tx = client.transaction().await?;
    tx.batch_execute(queries::SETTINGS).await?;
    let schema = format!("amend_verify_{}", Uuid::now_v7().simple());
    let scratch = tx
        .query_typed_one(queries::SCRATCH, &[(&schema, Type::TEXT)])
        .await?;
    tx.batch_execute(scratch.try_get(0)?).await?;
    load(&tx, path, 0, &mut progress).await?;
    let wrong = invariants::all(&tx).await?;
    tx.rollback().await?;
    if wrong.is_empty() {
        return Ok(());
    }
    Err(BackupError::Contents(wrong.join("; ")))
}

fn check_version(header: &Header) -> Result<(), BackupError> {
    let (found, known) = (header.schema_version, migrate::KNOWN);
    if found > known {
        return Err(BackupError::NewerSchema { found, known });
    }
    Ok(())
}

/// Makes the place and loads the file; `found`: the version of what is there now.
async fn load(
    tx: &Transaction<'_>,
    path: &Path,
    found: i32,
    progress: &mut impl FnMut(u64),
) -> Result<(Header, u64), BackupError> {
    let file = File::open(path).map_err(|error| BackupError::file(path, error))?;
    let (mut reader, header) = Reader::new(BufReader::new(file))?;
    check_version(&header)?;
    let version = header.schema_version;
    let names: Vec<&str> = tables::of(version).collect();
    // In tables of the same version what the host has put beside them stays: rights, indexes, views.
    let watching = if found == version || found == 0 {
        Vec::new()
    } else {
        clear(tx).await?
    };
    if found != version {
        migrate::apply(tx, 0, version).await?;
    }
    tx.batch_execute(&made(tx, queries::TRIGGERS_OFF, &names).await?)
        .await?;
    tx.batch_execute(&made(tx, queries::EMPTY, &names).await?)
        .await?;
    let mut rows = 0;
    while let Some(block) = reader.read_block()? {
        if let Block::Table(table) = block {
            rows += load_table(tx, &mut reader, &table, version, progress).await?;
        }
    }
    for counter in &header.counters {
        let params: [(&(dyn ToSql + Sync), Type); 4] = [
            (&counter.table, Type::TEXT),
            (&counter.column, Type::TEXT),
            (&counter.last, Type::INT8),
            (&counter.called, Type::BOOL),
        ];
        tx.query_typed(queries::SET_COUNTER, &params).await?;
    }
    tx.batch_execute(&made(tx, queries::TRIGGERS_ON, &names).await?)
        .await?;
    migrate::apply(tx, version, migrate::KNOWN).await?;
    // Events that no relay had numbered yet: their transactions' ids mean nothing here.
    tx.batch_execute(store_queries::WATCH_NUMBER).await?;
    for make in watching {
        tx.batch_execute(&make).await?;
    }
    Ok((header, rows))
}

/// Takes away what migrations made; returns the triggers of watched tables, to be made again: nobody's change goes unseen.
async fn clear(tx: &Transaction<'_>) -> Result<Vec<String>, BackupError> {
    let mut watching = Vec::new();
    for row in tx.query_typed(queries::WATCH_TRIGGERS, &[]).await? {
        tx.batch_execute(row.try_get(0)?).await?;
        watching.push(row.try_get(1)?);
    }
    let names: Vec<&str> = tables::of(migrate::KNOWN)
        .chain(["schema_migration"])
        .collect();
    tx.batch_execute(&made(tx, queries::DROP_TABLES, &names).await?)
        .await?;
    let functions = tx.query_typed_one(queries::DROP_FUNCTIONS, &[]).await?;
    tx.batch_execute(functions.try_get(0)?).await?;
    Ok(watching)
}

async fn load_table<R: std::io::Read>(
    tx: &Transaction<'_>,
    reader: &mut Reader<R>,
    table: &TableStart,
    version: i32,
    progress: &mut impl FnMut(u64),
) -> Result<u64, BackupError> {
    if !tables::of(version).any(|known| known == table.name) {
        return Err(BackupError::ForeignTable {
            name: table.name.clone(),
            version,
        });
    }
    let copy = tx
        .query_typed_one(
            queries::COPY_IN,
            &[
                (&table.name, Type::TEXT),
                (&table.columns, Type::TEXT_ARRAY),
            ],
        )
        .await?;
    let copy: &str = copy.try_get(0)?;
    let sink = tx.copy_in::<_, Bytes>(copy).await?;
    let mut sink = std::pin::pin!(sink);
    loop {
        match reader.read_block()? {
            Some(Block::Rows(rows)) => {
                sink.send(Bytes::from(rows)).await?;
                progress(reader.position());
            }
            Some(Block::Counted(wanted)) => {
                let found = sink.finish().await?;
                if found != wanted {
                    let table = table.name.clone();
                    return Err(BackupError::Rows {
                        table,
                        found,
                        wanted,
                    });
                }
                return Ok(found);
            }
            _ => {
                let what = "a table does not end".to_owned();
                let at = reader.position();
                return Err(BackupError::Damaged { at, what });
            }
        }
    }
}

/// A statement about these tables, put together by Postgres.
async fn made(
    client: &impl GenericClient,
    query: &str,
    names: &[&str],
) -> Result<String, BackupError> {
    let row = client
        .query_typed_one(query, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    Ok(row.try_get(0)?)
}
