//! Files on their way to the relay, as rows.
//!
//! Invariants: a post is pushed only when all of its files are there (`done`), so nobody sees a message whose file can't be had; which
//! files are to be sent follows from the outbox alone, so that it is the same after a kill, and in a database that was made again.

use crate::ClientError;
use crate::db::queries::blobs as queries;
use crate::db::rows::Blob;
use crate::outbox::Entry;
use crate::rebase;
use crate::recovered;
use model::view::FileSending;
use model::{Actor, Attachment, BlobHash, Millis, Op, RejectionCode, RoomId};
use rusqlite::{Connection, OptionalExtension, params};

/// How often a file is sent anew after the relay said that it lacks one that it had: then something else is wrong.
const TRIES_MAX: i64 = 3;

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// For which room.
    pub(crate) room: RoomId,
    /// Which.
    pub(crate) hash: BlobHash,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its media type.
    pub(crate) media_type: String,
}

pub(crate) fn hash_column(bytes: &[u8]) -> rusqlite::Result<BlobHash> {
    let hash = bytes.try_into().map_err(|_| {
        rusqlite::Error::FromSqlConversionFailure(
            0,
            rusqlite::types::Type::Blob,
            "not a hash".into(),
        )
    });
    hash.map(BlobHash)
}

/// Whether all of these are on the relay, for the room.
///
/// # Errors
/// SQLite's own.
pub(crate) fn are_done(
    connection: &Connection,
    room: RoomId,
    files: &[Attachment],
) -> Result<bool, ClientError> {
    for file in files {
        let done: Option<i64> = connection
            .prepare_cached(queries::IS_DONE)?
            .query_row(params![Blob(room.0), file.hash.0], |row| row.get(0))
            .optional()?;
        if done.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The relay lacks a file that it had: they are sent once more. `false`: that was tried often enough.
///
/// # Errors
/// SQLite's own.
pub(crate) fn again(
    connection: &Connection,
    room: RoomId,
    files: &[Attachment],
) -> Result<bool, ClientError> {
    let mut all = !files.is_empty();
    for file in files {
        let changed = connection.execute(
            queries::UPLOAD_AGAIN,
            params![Blob(room.0), file.hash.0, TRIES_MAX],
        )?;
        all &= changed > 0;
    }
    Ok(all)
}

/// The files of all queued posts that are neither there nor on their way are to be sent.
///
/// # Errors
/// SQLite's own.
pub(crate) fn queue(connection: &Connection) -> Result<(), ClientError> {
    for entry in Entry::query(connection, queries::QUEUED_POSTS, [])? {
        queue_of(connection, &entry.op)?;
    }
    Ok(())
}

/// The files of a post that is queued are to be sent; a post that was refused for its file and is tried again tries that again as well.
///
/// # Errors
/// SQLite's own.
pub(crate) fn queue_of(connection: &Connection, op: &Op) -> Result<(), ClientError> {
    {
        let room = Blob(op.room_id().0);
        for file in op.attachments() {
            connection
                .prepare_cached(queries::QUEUE_UPLOAD)?
                .execute(params![
                    room,
                    file.hash.0,
                    super::number(file.bytes),
                    file.media_type
                ])?;
            connection
                .prepare_cached(queries::RETRY_UPLOAD)?
                .execute(params![room, file.hash.0])?;
        }
    }
    Ok(())
}

/// What is to be sent next.
///
/// # Errors
/// SQLite's own.
pub(crate) fn next(connection: &Connection) -> Result<Option<Upload>, ClientError> {
    let found = connection
        .prepare_cached(queries::NEXT_UPLOAD)?
        .query_row([], |row| {
            Ok(Upload {
                room: RoomId(row.get::<_, Blob>(0)?.0),
                hash: hash_column(&row.get::<_, Vec<u8>>(1)?)?,
                bytes: super::bytes(row.get(2)?),
                media_type: row.get(3)?,
            })
        });
    Ok(found.optional()?)
}

/// So much of it is there.
///
/// # Errors
/// SQLite's own.
pub(crate) fn sent(connection: &Connection, upload: &Upload, sent: u64) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::SET_SENT)?
        .execute(params![
            Blob(upload.room.0),
            upload.hash.0,
            super::number(sent)
        ])?;
    Ok(())
}

/// All of it is there.
///
/// # Errors
/// SQLite's own.
pub(crate) fn done(connection: &Connection, upload: &Upload) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::UPLOAD_DONE)?
        .execute(params![Blob(upload.room.0), upload.hash.0])?;
    Ok(())
}

/// The relay does not take it, or it is not here any more: the posts with it wait for the person, with the reason.
///
/// # Errors
/// SQLite's own.
pub(crate) fn failed(
    connection: &Connection,
    upload: &Upload,
    reason: &str,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    connection.execute(
        queries::UPLOAD_FAILED,
        params![Blob(upload.room.0), upload.hash.0, reason],
    )?;
    for entry in Entry::query(connection, queries::QUEUED_POSTS, [])? {
        let with_it = entry
            .op
            .attachments()
            .iter()
            .any(|one| one.hash == upload.hash);
        if entry.op.room_id() != upload.room || !with_it {
            continue;
        }
        let target = entry.op.target();
        for waiting in Entry::of_target(connection, &target)? {
            let is_post = matches!(waiting.op, Op::Post { .. });
            let code = if is_post {
                RejectionCode::BlobMissing
            } else {
                RejectionCode::DependsOnRefused
            };
            if waiting.state == crate::outbox::EntryState::Queued {
                recovered::keep(connection, &waiting, code, reason, now)?;
            }
        }
        rebase::rebase(connection, &target, actor)?;
    }
    Ok(())
}

/// How a file is on its way to a room.
///
/// # Errors
/// SQLite's own.
pub(crate) fn state(
    connection: &Connection,
    room: RoomId,
    hash: BlobHash,
) -> Result<Option<FileSending>, ClientError> {
    let found: Option<(String, i64, Option<String>)> = connection
        .prepare_cached(queries::UPLOAD)?
        .query_row(params![Blob(room.0), hash.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(
        found.and_then(|(state, sent, reason)| match state.as_str() {
            "queued" => Some(FileSending::Going {
                sent: super::bytes(sent),
            }),
            "failed" => Some(FileSending::Failed {
                reason: reason.unwrap_or_default(),
            }),
            _ => None,
        }),
    )
}
