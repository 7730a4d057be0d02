//! Rebase by row: what a row shows is its confirmed version with the operations of the outbox replayed on it.
//!
//! Invariants:
//! - A row has an entry in `confirmed` exactly while the outbox holds operations on it; the entry is what the relay last said
//!   (NULL: it has no such row), whatever the row itself shows.
//! - Replaying is `decide` on the confirmed rows, in outbox order. An operation that no longer applies is passed over: the relay
//!   will say why, and its text stays in the outbox.
//! - A refused post still shows (as failed); a refused edit or delete does not, and its text stays in the outbox.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob, Key, Put, Stored, pending_sort};
use crate::outbox::{Entry, EntryState};
use model::{
    Actor, EditPolicy, Millis, Op, Room, RoomId, RoomKind, Row, Seq, State, Target, UserId, decide,
};
use rusqlite::{Connection, OptionalExtension};

/// The rows that an operation on this target can change, in the order in which `decide` makes them.
#[must_use]
pub fn keys(target: Target, me: UserId) -> Vec<Key> {
    match target {
        Target::Room(room) => vec![Key::Room(room), Key::Member(room, me)],
        Target::Message(room, message) => vec![Key::Message(room, message)],
    }
}

/// Takes a row from the relay: into `confirmed` if operations are pending on it, else into its table.
///
/// # Returns
/// Whether the target must be rebased.
///
/// # Errors
/// SQLite's own.
pub fn take(connection: &Connection, row: &Row, outbox_empty: bool) -> Result<bool, ClientError> {
    let Some(key) = Key::of(row) else {
        return Ok(false);
    };
    if !outbox_empty && let Some(entry) = key.confirmed(connection)? {
        if entry.is_none_or(|held| row.seq() > held.seq()) {
            key.set_confirmed(connection, Some(row))?;
        }
        return Ok(true);
    }
    rows::put(connection, row, Put::Confirmed)?;
    Ok(false)
}

/// Makes the rows of a target what they must be, from `confirmed` and the outbox.
///
/// # Errors
/// SQLite's own.
pub fn rebase(connection: &Connection, target: Target, actor: &Actor) -> Result<(), ClientError> {
    let entries = Entry::of_target(connection, target)?;
    let keys = keys(target, actor.user_id);
    if entries.is_empty() {
        return settle(connection, &keys);
    }
    let mut shown = Vec::new();
    for key in &keys {
        let confirmed = match key.confirmed(connection)? {
            Some(entry) => entry,
            None => {
                let current = key.current(connection)?;
                key.set_confirmed(connection, current.as_ref())?;
                current
            }
        };
        shown.push((*key, confirmed));
    }
    replay(connection, target, &entries, &mut shown, actor)?;
    let failed = entries
        .iter()
        .any(|entry| matches!(entry.state, EntryState::Failed { .. }));
    let delivery = if failed {
        Stored::Failed
    } else {
        Stored::Pending
    };
    let pending_sort = pending_sort(entries.first().map_or(0, |entry| entry.id));
    for (key, row) in shown {
        match row {
            Some(row) => rows::put(
                connection,
                &row,
                Put::Optimistic {
                    delivery,
                    pending_sort,
                },
            )?,
            None => key.remove(connection)?,
        }
    }
    Ok(())
}

/// No operation is left: the rows are the relay's again, and gone where it has none.
fn settle(connection: &Connection, keys: &[Key]) -> Result<(), ClientError> {
    for key in keys {
        let Some(confirmed) = key.confirmed(connection)? else {
            continue;
        };
        match confirmed {
            Some(row) => {
                let sent = Put::Optimistic {
                    delivery: Stored::Sent,
                    pending_sort: 0,
                };
                rows::put(connection, &row, sent)?;
            }
            None => key.remove(connection)?,
        }
        key.drop_confirmed(connection)?;
    }
    Ok(())
}

/// Runs `decide` for each operation on the rows in `shown`.
fn replay(
    connection: &Connection,
    target: Target,
    entries: &[Entry],
    shown: &mut [(Key, Option<Row>)],
    actor: &Actor,
) -> Result<(), ClientError> {
    for entry in entries {
        let refused = matches!(entry.state, EntryState::Failed { .. });
        if refused && !matches!(entry.op, Op::Post { .. } | Op::CreateRoom { .. }) {
            continue;
        }
        let rows = match decide_on(connection, target, entry, shown, actor)? {
            Ok(rows) => rows,
            Err(_) => continue,
        };
        for row in rows {
            for slot in &mut *shown {
                if Key::of(&row) == Some(slot.0) {
                    slot.1 = Some(row.clone());
                }
            }
        }
    }
    Ok(())
}

fn decide_on(
    connection: &Connection,
    target: Target,
    entry: &Entry,
    shown: &[(Key, Option<Row>)],
    actor: &Actor,
) -> Result<Result<Vec<Row>, model::Rejection>, ClientError> {
    let mut room = None;
    let mut member = None;
    let mut message = None;
    for (_, row) in shown {
        match row {
            Some(Row::Room(row)) => room = Some(row.clone()),
            Some(Row::Member(row)) => member = Some(row.clone()),
            Some(Row::Message(row)) => message = Some(row.clone()),
            _ => {}
        }
    }
    match target {
        Target::Message(room_id, _) => {
            room = rows::room(connection, room_id)?;
            member = rows::member(connection, room_id, actor.user_id)?;
        }
        // A channel that is known from the directory only can be joined all the same.
        Target::Room(room_id) if matches!(entry.op, Op::Join { .. }) && room.is_none() => {
            room = from_directory(connection, room_id, actor.user_id, entry.at)?;
        }
        Target::Room(_) => {}
    }
    let state = State {
        room: room.as_ref(),
        member: member.as_ref(),
        message: message.as_ref(),
    };
    let mut result = decide(state, &entry.op, actor, entry.at);
    if let (Op::Join { .. }, Ok(rows), Some(room)) = (&entry.op, &mut result, room) {
        // Shown at once, under the name that the directory told.
        rows.insert(0, Row::Room(room));
    }
    Ok(result)
}

/// A channel's row as far as the directory tells it; the relay's own follows with the first page.
///
/// # Errors
/// SQLite's own.
pub fn from_directory(
    connection: &Connection,
    room: RoomId,
    me: UserId,
    now: Millis,
) -> Result<Option<Room>, ClientError> {
    let found = connection
        .prepare_cached(queries::DIRECTORY_ENTRY)?
        .query_row([Blob(room.0)], |row| {
            Ok(Room {
                id: RoomId(row.get::<_, Blob>(0)?.0),
                seq: Seq::ZERO,
                name: row.get(1)?,
                topic: row.get(2)?,
                kind: RoomKind::Channel,
                edit_policy: EditPolicy::Author,
                archived_at: None,
                created_by: me,
                created_at: now,
            })
        })
        .optional()?;
    Ok(found)
}
