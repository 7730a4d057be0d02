//! The store into a file, from one snapshot, while relays serve.
//!
//! Invariants: everything is read in one REPEATABLE READ transaction, whose locks keep migrations away and nobody else; a file that could
//! not be read back has no name.

use super::format::{Counter, Header, TableStart, Writer};
use super::{BackupError, folder, tables, verify};
use crate::RelayError;
use crate::store::queries::backup as queries;
use crate::store::{Store, migrate, queries as store_queries};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, Transaction};

/// Where a backup goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This file; an older one of that name is replaced by the whole new one.
    File(PathBuf),
    /// A file in this folder, named after its time.
    Folder(PathBuf),
    /// As `Folder`, named after what it was taken before.
    BeforeMigration(PathBuf),
}

impl Target {
    fn folder(&self) -> &Path {
        match self {
            Self::File(path) => match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            },
            Self::Folder(folder) | Self::BeforeMigration(folder) => folder,
        }
    }

    fn path(&self, header: &Header) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(folder::name(&header.made)),
            Self::BeforeMigration(folder) => {
                folder.join(folder::name_before(header.schema_version, &header.made))
            }
        }
    }
}

/// A backup that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Where.
    pub path: PathBuf,
    /// What it is of.
    pub header: Header,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Its length.
    pub bytes: u64,
}

/// A table, as the database has it.
struct Source {
    start: TableStart,
    copy: String,
}

/// Takes a backup; `progress` hears the table and how many bytes of it were read.
///
/// # Errors
/// [`BackupError::NothingThere`], a newer database, a folder or disk that does not take it, Postgres's own; then there is no file.
pub async fn take(
    store: &Store,
    target: &Target,
    mut progress: impl FnMut(&str, u64),
) -> Result<Taken, BackupError> {
    let mut connection = store.raw().await.map_err(BackupError::Relay)?;
    let client: &mut Client = &mut connection;
    let expected = migrate::version(client).await?;
    if expected == 0 {
        return Err(BackupError::NothingThere);
    }
    if expected > migrate::KNOWN {
        let (found, known) = (expected, migrate::KNOWN);
        return Err(RelayError::NewerDatabase { found, known }.into());
    }
    let names: Vec<&str> = tables::of(expected).collect();
    let lock = client
        .query_typed(queries::LOCK_TABLES, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    let lock: String = lock[0].try_get(0)?;
    let tx = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    // Neither takes the snapshot: it is of a time when no migration is under way.
    tx.batch_execute(queries::SETTINGS).await?;
    tx.batch_execute(&lock).await?;
    let header = header(&tx, &names).await?;
    if header.schema_version != expected {
        return Err(BackupError::Migrated);
    }
    let (unfinished, file) = folder::Unfinished::create(target.folder())?;
    let wrong = |error| BackupError::file(unfinished.path(), error);
    let mut writer = Writer::new(file, &header).map_err(wrong)?;
    for source in sources(&tx, &names).await? {
        writer.table(&source.start).map_err(wrong)?;
        let rows = tx.copy_out(&source.copy).await?;
        let mut rows = std::pin::pin!(rows);
        let mut bytes = 0;
        while let Some(row) = rows.next().await {
            let row = row?;
            writer.rows(&row).map_err(wrong)?;
            bytes += row.len() as u64;
            progress(&source.start.name, bytes);
        }
    }
    tx.commit().await?;
    let (file, rows) = writer.finish().map_err(wrong)?;
    synced(file).map_err(wrong)?;
    let found = verify::verify(unfinished.path(), |_| {})?;
    if found.rows != rows || found.header != header {
        let what = "it does not hold what was written".to_owned();
        return Err(BackupError::Damaged { at: 0, what });
    }
    let path = target.path(&header);
    unfinished.name(&path)?;
    Ok(Taken {
        path,
        header,
        rows,
        bytes: found.bytes,
    })
}

fn synced(file: BufWriter<File>) -> std::io::Result<()> {
    let file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()
}

async fn header(tx: &Transaction<'_>, names: &[&str]) -> Result<Header, BackupError> {
    let row = tx.query_typed_one(queries::HEADER, &[]).await?;
    let epoch = tx.query_typed_one(store_queries::EPOCH, &[]).await?;
    let counters = tx
        .query_typed(queries::COUNTERS, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    Ok(Header {
        schema_version: row.try_get(0)?,
        epoch: epoch.try_get::<_, uuid::Uuid>(0)?.to_string(),
        made_at: row.try_get(1)?,
        made: row.try_get(2)?,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        postgres: row.try_get(3)?,
        counters: counters
            .iter()
            .map(|row| {
                let last: Option<i64> = row.try_get(2)?;
                Ok(Counter {
                    table: row.try_get(0)?,
                    column: row.try_get(1)?,
                    last: last.unwrap_or(1),
                    called: last.is_some(),
                })
            })
            .collect::<Result<_, BackupError>>()?,
    })
}

async fn sources(tx: &Transaction<'_>, names: &[&str]) -> Result<Vec<Source>, BackupError> {
    let rows = tx
        .query_typed(queries::TABLES, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Source {
                start: TableStart {
                    name: row.try_get(0)?,
                    columns: row.try_get(2)?,
                },
                copy: row.try_get(1)?,
            })
        })
        .collect()
}
