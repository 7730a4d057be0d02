//! Files that are here, or are to be fetched, as rows.

use super::uploads::hash_column;
use crate::ClientError;
use crate::db::queries::blobs as queries;
use crate::db::rows::Blob;
use model::view::FileHere;
use model::{BlobHash, Millis, Op, RoomId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// A file to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Download {
    /// From which room.
    pub(crate) room: RoomId,
    /// Which.
    pub(crate) hash: BlobHash,
    /// Its length.
    pub(crate) bytes: u64,
}

/// What is here of a file.
///
/// # Errors
/// SQLite's own.
pub(crate) fn state(connection: &Connection, hash: BlobHash) -> Result<FileHere, ClientError> {
    let found: Option<(String, i64, Option<String>)> = connection
        .prepare_cached(queries::BLOB)?
        .query_row([hash.0], |row| Ok((row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((state, received, reason)) = found else {
        return Ok(FileHere::Absent);
    };
    Ok(match state.as_str() {
        "here" => FileHere::Whole,
        "wanted" => FileHere::Coming {
            received: super::bytes(received),
        },
        "failed" => FileHere::Failed {
            reason: reason.unwrap_or_default(),
        },
        _ => FileHere::Absent,
    })
}

/// It is here.
///
/// # Errors
/// SQLite's own.
pub(crate) fn here(
    connection: &Connection,
    hash: BlobHash,
    bytes: u64,
    now: Millis,
) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::PUT_HERE)?
        .execute(params![hash.0, super::number(bytes), now.0])?;
    Ok(())
}

/// Somebody wants it.
///
/// # Errors
/// SQLite's own.
pub(crate) fn want(
    connection: &Connection,
    download: Download,
    now: Millis,
) -> Result<(), ClientError> {
    connection.execute(
        queries::WANT,
        params![
            download.hash.0,
            super::number(download.bytes),
            Blob(download.room.0),
            now.0
        ],
    )?;
    Ok(())
}

/// What is to be fetched next: what was asked for last.
///
/// # Errors
/// SQLite's own.
pub(crate) fn next(connection: &Connection) -> Result<Option<Download>, ClientError> {
    let found = connection
        .prepare_cached(queries::NEXT_WANTED)?
        .query_row([], |row| {
            Ok(Download {
                hash: hash_column(&row.get::<_, Vec<u8>>(0)?)?,
                bytes: super::bytes(row.get(1)?),
                room: RoomId(row.get::<_, Blob>(2)?.0),
            })
        });
    Ok(found.optional()?)
}

/// The files that are not here in vain: of messages that are not at the relay yet, and of those that are not written yet.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn needed(connection: &Connection) -> Result<BTreeSet<BlobHash>, ClientError> {
    let mut needed = BTreeSet::new();
    let mut statement = connection.prepare_cached(queries::KEPT_POSTS)?;
    let posts = statement.query_map([], |row| row.get::<_, String>(0))?;
    for json in posts {
        let op: Op =
            serde_json::from_str(&json?).map_err(|error| ClientError::Stored(error.to_string()))?;
        needed.extend(op.attachments().iter().map(|file| file.hash));
    }
    let drafts = super::drafts::list(connection, None)?;
    needed.extend(drafts.into_iter().map(|draft| draft.file.hash));
    Ok(needed)
}

/// What may go so that no more than `max` bytes stay: what was used longest ago, and is on the relay.
///
/// # Errors
/// SQLite's own.
pub(crate) fn beyond(connection: &Connection, max: u64) -> Result<Vec<BlobHash>, ClientError> {
    let needed = needed(connection)?;
    let mut statement = connection.prepare_cached(queries::ALL_HERE)?;
    let all = statement.query_map([], |row| {
        Ok((
            hash_column(&row.get::<_, Vec<u8>>(0)?)?,
            super::bytes(row.get(1)?),
        ))
    })?;
    let (mut kept, mut gone) = (0_u64, Vec::new());
    for one in all {
        let (hash, bytes) = one?;
        kept = kept.saturating_add(bytes);
        if kept > max && !needed.contains(&hash) {
            gone.push(hash);
        }
    }
    Ok(gone)
}
