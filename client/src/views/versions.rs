//! Earlier texts of messages. The relay has them all; those that were asked for stay here, so that what was seen once can be
//! seen offline.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob};
use model::view::{VersionView, VersionsView};
use model::{MessageId, MessageVersion, Millis, Rev, RoomId};
use rusqlite::{Connection, params};

/// All texts of a message that are known here, the present one last.
///
/// # Errors
/// [`ClientError::NoMessage`]; SQLite's own.
pub fn versions(
    connection: &Connection,
    room: RoomId,
    message: MessageId,
) -> Result<VersionsView, ClientError> {
    let row = rows::message(connection, room, message)?.ok_or(ClientError::NoMessage(message))?;
    let deleted = row.deleted_at.is_some();
    // The last words of a deleted message are an earlier text too.
    let end = if deleted { row.rev.next() } else { row.rev };
    let mut statement = connection.prepare_cached(queries::VERSIONS)?;
    let found = statement.query_map(params![Blob(room.0), Blob(message.0), end.0], |row| {
        Ok(VersionView {
            rev: Rev(row.get(0)?),
            body: row.get(1)?,
            editor_name: row.get(2)?,
            edited_at: Millis(row.get(3)?),
        })
    })?;
    let mut versions: Vec<VersionView> = found.collect::<Result<_, _>>()?;
    let known = u32::try_from(versions.len()).unwrap_or(u32::MAX);
    let earlier = u32::try_from(end.0 - Rev::FIRST.0).unwrap_or(0);
    let editor = row.edited_by.unwrap_or(row.author_id);
    let editor_name = rows::member(connection, room, editor)?.map_or_else(String::new, |m| m.name);
    if !deleted {
        versions.push(VersionView {
            rev: row.rev,
            body: row.body,
            editor_name,
            edited_at: row.edited_at.unwrap_or(row.created_at),
        });
    }
    Ok(VersionsView {
        message_id: message,
        deleted,
        versions,
        missing: earlier.saturating_sub(known),
    })
}

/// Keeps earlier texts that the relay has told.
///
/// # Errors
/// SQLite's own.
pub fn keep_versions(
    connection: &Connection,
    versions: &[MessageVersion],
) -> Result<(), ClientError> {
    let mut statement = connection.prepare_cached(queries::PUT_VERSION)?;
    for version in versions {
        statement.execute(params![
            Blob(version.room_id.0),
            Blob(version.message_id.0),
            version.rev.0,
            version.seq.0,
            version.body,
            Blob(version.editor_id.0),
            version.edited_at.0,
        ])?;
    }
    Ok(())
}
