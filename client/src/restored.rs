//! Another store than the one that the cursors belong to: the relay was restored from an older backup.
//!
//! First everything is marked as unconfirmed (seq 0), so that the store's rows are taken whatever their seqs, and own
//! operations are offered again. When a room is whole again, what the store has not confirmed is swept out of it.
//!
//! Invariant: no words go with a swept message: they are kept in `recovered`.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob};
use crate::{journal, rebase, recovered};
use model::{Actor, MessageId, Millis, RoomId, Row, Seq};
use rusqlite::{Connection, OptionalExtension, params};

/// Marks a room (or all rooms) as unconfirmed and offers own operations again.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn forget(
    connection: &Connection,
    room: Option<RoomId>,
    actor: &Actor,
) -> Result<(), ClientError> {
    let of = room.map(|room| Blob(room.0));
    for query in [
        queries::MARK_FOR_SWEEP,
        queries::FORGET_CURSORS,
        queries::FORGET_ROOM_SEQS,
        queries::FORGET_MEMBER_SEQS,
        queries::FORGET_MESSAGE_SEQS,
        queries::FORGET_REACTION_SEQS,
        queries::FORGET_READ_MARKER_SEQS,
        queries::REQUEUE_ACKED,
        // Nor may it have the files.
        queries::blobs::FORGET_UPLOADS,
    ] {
        connection.execute(query, [of])?;
    }
    let mut statement = connection.prepare(queries::ALL_CONFIRMED)?;
    let entries: Vec<(i64, String)> = statement
        .query_map([of], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (rowid, json) in entries {
        let mut row = rows::parse(&json)?;
        match &mut row {
            Row::Room(row) => row.seq = Seq::ZERO,
            Row::Member(row) => row.seq = Seq::ZERO,
            Row::Message(row) => row.seq = Seq::ZERO,
            Row::Reaction(row) => row.seq = Seq::ZERO,
            Row::ReadMarker(row) => row.seq = Seq::ZERO,
            Row::MessageVersion(row) => row.seq = Seq::ZERO,
        }
        connection.execute(
            queries::SET_CONFIRMED_DATA,
            params![rowid, rows::to_json(&row)?],
        )?;
    }
    journal::reoffer(connection, room, actor)
}

/// Takes out what the store has not confirmed, once the room is whole.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn sweep(
    connection: &Connection,
    room: RoomId,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    let of = Blob(room.0);
    let marked: Option<i64> = connection
        .prepare_cached(queries::TO_SWEEP)?
        .query_row([of], |row| row.get(0))
        .optional()?;
    if marked.is_none() {
        return Ok(());
    }
    // Rows with own operations on them: what is confirmed of them is that the store has none.
    let mut statement = connection.prepare(queries::ALL_CONFIRMED)?;
    let entries: Vec<String> = statement
        .query_map([Some(of)], |row| row.get(1))?
        .collect::<Result<_, _>>()?;
    for json in entries {
        let row = rows::parse(&json)?;
        if row.seq() == Seq::ZERO
            && let Some(key) = rows::Key::of(&row)
        {
            key.set_confirmed(connection, None)?;
            rebase::rebase(connection, &key.target(actor.user_id), actor)?;
        }
    }
    let mut statement = connection.prepare_cached(queries::UNCONFIRMED_MESSAGES)?;
    let messages: Vec<Blob> = statement
        .query_map([of], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for Blob(id) in messages {
        let id = MessageId(id);
        if let Some(message) = rows::message(connection, room, id)? {
            if message.deleted_at.is_none() {
                recovered::keep_message(connection, &message, actor, now)?;
            }
            rows::Key::Message(room, id).remove(connection)?;
            let target = model::Target::Message(room, id);
            rebase::rebase(connection, &target, actor)?;
        }
    }
    for query in [
        queries::SWEEP_MEMBERS,
        queries::SWEEP_REACTIONS,
        queries::SWEEP_READ_MARKERS,
        queries::SWEPT,
    ] {
        connection.execute(query, [of])?;
    }
    Ok(())
}
