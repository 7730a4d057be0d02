//! The relay's answers.

use super::{Entry, EntryState};
use crate::db::queries;
use crate::db::rows::Blob;
use crate::{ClientError, blobs, journal, rebase, recovered};
use model::wire::{OpOutcome, Outcome};
use model::{Actor, Millis, Op, RejectionCode, RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, params};

/// Takes the relay's answers.
///
/// # Errors
/// SQLite's own.
pub fn take(
    connection: &Connection,
    outcomes: &[OpOutcome],
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    for OpOutcome { op_id, outcome } in outcomes {
        let Some(entry) = Entry::find(connection, *op_id)? else {
            continue;
        };
        if matches!(entry.state, EntryState::Failed { .. }) {
            continue;
        }
        match outcome {
            Outcome::Applied { seq } => applied(connection, &entry, *seq, now)?,
            Outcome::Rejected { code, text } => {
                rejected(connection, &entry, *code, text, now)?;
            }
        }
        rebase::rebase(connection, &entry.op.target(), actor)?;
    }
    Ok(())
}

fn applied(
    connection: &Connection,
    entry: &Entry,
    seq: Seq,
    now: Millis,
) -> Result<(), ClientError> {
    let found: Option<(Option<i64>, bool)> = connection
        .prepare_cached(queries::CURSOR_AND_JOINED)?
        .query_row([Blob(entry.op.room_id().0)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (cursor, joined) = found.unwrap_or_default();
    // The rows of a room that we are not in never come. Of one that we have entered we are told before the outcome.
    if !joined || cursor.is_some_and(|cursor| cursor >= seq.0) {
        journal::settle(connection, entry, now)
    } else {
        connection
            .prepare_cached(queries::SET_OP_ACKED)?
            .execute(params![entry.id, seq.0])?;
        Ok(())
    }
}

fn rejected(
    connection: &Connection,
    entry: &Entry,
    code: RejectionCode,
    reason: &str,
    now: Millis,
) -> Result<(), ClientError> {
    if code == RejectionCode::BlobMissing
        && blobs::uploads::again(connection, entry.op.room_id(), entry.op.attachments())?
    {
        // Its files are sent once more; it stays in the queue meanwhile.
        return Ok(());
    }
    if matches!(entry.op, Op::React { .. } | Op::MarkRead { .. }) {
        // No words in it, and the row says at once that it is not so.
        return entry.remove(connection);
    }
    recovered::keep(connection, entry, code, reason, now)?;
    // Later edits of the same message were written on top of the refused one: they wait for the person as well.
    for later in Entry::of_target(connection, &entry.op.target())? {
        let builds_on = later.id > entry.id
            && later.state == EntryState::Queued
            && matches!(later.op, Op::Edit { .. });
        if builds_on {
            let reason =
                "It builds on a change that was not accepted. Settle that one first, or try again.";
            let code = RejectionCode::DependsOnRefused;
            recovered::keep(connection, &later, code, reason, now)?;
        }
    }
    Ok(())
}

/// Drops the applied operations on rooms that we are not in any more: their rows will not come.
///
/// # Errors
/// SQLite's own.
pub fn drop_elsewhere(
    connection: &Connection,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    for entry in Entry::query(connection, queries::ACKED_ELSEWHERE, [])? {
        journal::settle(connection, &entry, now)?;
        rebase::rebase(connection, &entry.op.target(), actor)?;
    }
    Ok(())
}

/// Drops the operations whose rows are here now that the room's cursor stands at `cursor`.
///
/// # Errors
/// SQLite's own.
pub fn drop_settled(
    connection: &Connection,
    room: RoomId,
    cursor: Seq,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    for entry in Entry::query(
        connection,
        queries::SETTLED_OPS,
        params![Blob(room.0), cursor.0],
    )? {
        journal::settle(connection, &entry, now)?;
        rebase::rebase(connection, &entry.op.target(), actor)?;
    }
    Ok(())
}
