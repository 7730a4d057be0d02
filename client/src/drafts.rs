//! Text that is not written yet, kept a room (a new message) or a message (an edit), what a new message answers, and what the person
//! should read once.

use crate::db::queries;
use crate::db::rows::Blob;
use crate::{ClientError, views};
use model::view::{DraftReplyView, DraftView, NoticeView};
use model::{MessageId, Millis, RoomId};
use rusqlite::{Connection, OptionalExtension, params};

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

/// What was typed in a room is a message now, which answered `reply_to`; what was typed after it stays. Belongs into the transaction that
/// writes the message: a crash leaves one of both, never none and never two.
///
/// # Errors
/// SQLite's own.
pub fn sent(
    connection: &Connection,
    room_id: RoomId,
    typed: &str,
    reply_to: Option<MessageId>,
    now: Millis,
) -> Result<(), ClientError> {
    let kept: Option<String> = connection
        .prepare_cached(queries::DRAFT_OF_ROOM)?
        .query_row([Blob(room_id.0)], |row| row.get(0))
        .optional()?;
    let after = kept.as_deref().and_then(|kept| kept.strip_prefix(typed));
    let rest = DraftView {
        room_id,
        message_id: None,
        base: None,
        text: after.unwrap_or_default().to_owned(),
    };
    put(connection, &rest, now)?;
    if let Some(answered) = reply_to {
        connection
            .prepare_cached(queries::REMOVE_DRAFT_REPLY)?
            .execute(params![Blob(room_id.0), Blob(answered.0)])?;
    }
    Ok(())
}

/// Keeps what the next message of a room answers; none: nothing.
///
/// # Errors
/// SQLite's own.
pub fn put_reply(
    connection: &Connection,
    room: RoomId,
    message: Option<MessageId>,
) -> Result<(), ClientError> {
    let query = match message {
        Some(_) => queries::PUT_DRAFT_REPLY,
        None => queries::REMOVE_DRAFT_REPLY,
    };
    connection
        .prepare_cached(query)?
        .execute(params![Blob(room.0), message.map(|id| Blob(id.0))])?;
    Ok(())
}

/// What the next messages answer.
///
/// # Errors
/// SQLite's own.
pub fn replies(connection: &Connection) -> Result<Vec<DraftReplyView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::DRAFT_REPLIES)?;
    let found = statement.query_map([], |row| {
        let (room, message) = (row.get::<_, Blob>(0)?, row.get::<_, Blob>(1)?);
        Ok((RoomId(room.0), MessageId(message.0)))
    })?;
    found
        .map(|one| {
            let (room_id, message) = one?;
            let reply = views::reply(connection, room_id, message)?;
            Ok(DraftReplyView { room_id, reply })
        })
        .collect()
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
