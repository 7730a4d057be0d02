//! Own operations that the relay accepted, kept for a while: a store that was restored from an older backup is offered them
//! again. Their idempotency keys make that harmless for those that it still has.
//!
//! Invariant: an operation that leaves the outbox as applied is in the journal for [`KEPT`]; read markers alone are not, as
//! positions mean nothing in another store.

use crate::db::queries;
use crate::db::rows::Blob;
use crate::outbox::Entry;
use crate::rebase;
use crate::{ClientError, blobs};
use model::{Actor, Millis, Op, RoomId};
use rusqlite::{Connection, params};
use std::time::Duration;

/// How long an operation is kept: longer than anybody should keep only an old backup.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Moves an applied operation from the outbox into the journal.
///
/// # Errors
/// SQLite's own.
pub(crate) fn settle(
    connection: &Connection,
    entry: &Entry,
    now: Millis,
) -> Result<(), ClientError> {
    if !matches!(entry.op, Op::MarkRead { .. }) {
        connection
            .prepare_cached(queries::KEEP_IN_JOURNAL)?
            .execute(params![entry.id, now.0])?;
    }
    entry.remove(connection)
}

/// Forgets what is older than [`KEPT`].
///
/// # Errors
/// SQLite's own.
pub fn prune(connection: &Connection, now: Millis) -> Result<(), ClientError> {
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    connection.execute(queries::PRUNE_JOURNAL, [now.0.saturating_sub(kept)])?;
    Ok(())
}

/// Puts everything back into the outbox, in its old order and before what is there: of one room, or of all.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn reoffer(
    connection: &Connection,
    room: Option<RoomId>,
    actor: &Actor,
) -> Result<(), ClientError> {
    let mut statement = connection.prepare_cached(queries::JOURNALED)?;
    let found: Vec<(i64, String)> = statement
        .query_map([room.map(|room| Blob(room.0))], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    for (id, json) in found {
        let op: Op =
            serde_json::from_str(&json).map_err(|error| ClientError::Stored(error.to_string()))?;
        connection.prepare_cached(queries::REOFFER)?.execute([id])?;
        connection
            .prepare_cached(queries::REMOVE_FROM_JOURNAL)?
            .execute([id])?;
        // The restored store may lack its files too.
        blobs::uploads::queue_of(connection, &op)?;
        rebase::rebase(connection, &op.target(), actor)?;
    }
    Ok(())
}
