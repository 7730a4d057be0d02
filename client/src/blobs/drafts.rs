//! Files attached to a message that is not written yet: they stay with the room, across restarts, as its text does.

use crate::ClientError;
use crate::db::queries::blobs as queries;
use crate::db::rows::Blob;
use model::view::DraftFileView;
use model::{Attachment, BlobHash, RoomId, limits};
use rusqlite::{Connection, params};

/// Of one room, or of all.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn list(
    connection: &Connection,
    room: Option<RoomId>,
) -> Result<Vec<DraftFileView>, ClientError> {
    let query = match room {
        Some(_) => queries::DRAFT_FILES_OF,
        None => queries::DRAFT_FILES,
    };
    let mut statement = connection.prepare_cached(query)?;
    let params: Vec<Blob> = room.iter().map(|room| Blob(room.0)).collect();
    let found = statement.query_map(rusqlite::params_from_iter(params), |row| {
        Ok((row.get::<_, Blob>(0)?, row.get::<_, String>(1)?))
    })?;
    found
        .map(|one| {
            let (room, json) = one?;
            let file = serde_json::from_str(&json)
                .map_err(|error| ClientError::Stored(error.to_string()))?;
            Ok(DraftFileView {
                room_id: RoomId(room.0),
                file,
            })
        })
        .collect()
}

/// One more; the same content once.
///
/// # Errors
/// Too many; SQLite's own.
pub(crate) fn add(
    connection: &Connection,
    room: RoomId,
    file: &Attachment,
) -> Result<(), ClientError> {
    let before = list(connection, Some(room))?;
    let is_new = before.iter().all(|one| one.file.hash != file.hash);
    if is_new && before.len() >= limits::ATTACHMENTS_MAX {
        let count = before.len() + 1;
        return Err(model::Rejection::TooManyAttachments { count }.into());
    }
    let json =
        serde_json::to_string(file).map_err(|error| ClientError::Stored(error.to_string()))?;
    connection.execute(
        queries::PUT_DRAFT_FILE,
        params![Blob(room.0), file.hash.0, json],
    )?;
    Ok(())
}

/// One less.
///
/// # Errors
/// SQLite's own.
pub(crate) fn remove(
    connection: &Connection,
    room: RoomId,
    hash: BlobHash,
) -> Result<(), ClientError> {
    connection.execute(queries::REMOVE_DRAFT_FILE, params![Blob(room.0), hash.0])?;
    Ok(())
}

/// Takes them along with a message that is written now.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn take(connection: &Connection, room: RoomId) -> Result<Vec<Attachment>, ClientError> {
    let files = list(connection, Some(room))?;
    connection.execute(queries::CLEAR_DRAFT_FILES, [Blob(room.0)])?;
    Ok(files.into_iter().map(|one| one.file).collect())
}
