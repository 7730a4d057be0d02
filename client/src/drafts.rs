//! Text that is not written yet, kept a room (a new message) or a message (an edit), and what the person should read once.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::view::{DraftView, NoticeView};
use model::{MessageId, Millis, RoomId};
use rusqlite::{Connection, params};

/// Keeps a draft; an empty text is none.
///
/// # Errors
/// SQLite's own.
pub fn put(connection: &Connection, draft: &DraftView, now: Millis) -> Result<(), ClientError> {
    let room = Blob(draft.room_id.0);
    let message = draft.message_id.map(|id| Blob(id.0));
    if draft.text.is_empty() {
        connection
            .prepare_cached(queries::REMOVE_DRAFT)?
            .execute(params![room, message])?;
    } else {
        connection
            .prepare_cached(queries::PUT_DRAFT)?
            .execute(params![room, message, draft.base, draft.text, now.0])?;
    }
    Ok(())
}

/// All drafts, the oldest first.
///
/// # Errors
/// SQLite's own.
pub fn list(connection: &Connection) -> Result<Vec<DraftView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::DRAFTS)?;
    let found = statement.query_map([], |row| {
        Ok(DraftView {
            room_id: RoomId(row.get::<_, Blob>(0)?.0),
            message_id: row.get::<_, Option<Blob>>(1)?.map(|id| MessageId(id.0)),
            base: row.get(2)?,
            text: row.get(3)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Tells the person something once.
///
/// # Errors
/// SQLite's own.
pub fn notify(connection: &Connection, text: &str, now: Millis) -> Result<(), ClientError> {
    connection.execute(queries::ADD_NOTICE, params![text, now.0])?;
    Ok(())
}

/// What the person has not read yet.
///
/// # Errors
/// SQLite's own.
pub fn notices(connection: &Connection) -> Result<Vec<NoticeView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::NOTICES)?;
    let found = statement.query_map([], |row| {
        Ok(NoticeView {
            id: row.get(0)?,
            text: row.get(1)?,
            at: Millis(row.get(2)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The person has read it.
///
/// # Errors
/// SQLite's own.
pub fn dismiss(connection: &Connection, notice: i64) -> Result<(), ClientError> {
    connection.execute(queries::REMOVE_NOTICE, [notice])?;
    Ok(())
}
