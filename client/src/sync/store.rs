//! Writes frames into the local database: each frame one transaction, so one event for the screen.

use super::machine::{Stored, Subscription};
use crate::db::queries;
use crate::db::rows::{self, Blob, Key};
use crate::outbox::{self, outcomes};
use crate::{ClientError, journal, mentions, rebase, recovered, restored, views};
use model::view::Connection as ConnectionView;
use model::wire::{DirectoryEntry, RelayFrame};
use model::{Actor, Millis, OpId, RoomId, Row, Seq};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Writes one frame.
///
/// # Errors
/// SQLite's own; nothing of the frame is stored then.
pub fn store(
    connection: &Connection,
    frame: RelayFrame,
    actor: &Actor,
    now: Millis,
) -> Result<Stored, ClientError> {
    match frame {
        RelayFrame::Welcome {
            name,
            epoch,
            rooms,
            blobs,
            ..
        } => {
            crate::blobs::limits::set(connection, blobs.as_ref())?;
            if connection.execute(queries::SET_ACCOUNT_NAME, [name])? > 0 {
                mentions::find_again(connection)?;
            }
            take_epoch(connection, epoch, actor)?;
            journal::prune(connection, now)?;
            set_memberships(connection, &rooms, actor, now)
        }
        RelayFrame::Memberships { rooms } => set_memberships(connection, &rooms, actor, now),
        RelayFrame::Changes {
            room,
            from,
            through,
            rows,
            more,
        } => {
            take_rows(connection, &rows, actor)?;
            connection
                .prepare_cached(queries::ADVANCE_CURSOR)?
                .execute(params![Blob(room.0), from.0, through.0])?;
            let cursor = cursor(connection, room)?;
            if let Some(cursor) = cursor {
                outcomes::drop_settled(connection, room, cursor, actor, now)?;
            }
            Ok(Stored::Changes {
                room,
                more,
                cursor,
                through,
            })
        }
        RelayFrame::Snapshot {
            room,
            rows,
            through,
            before,
        } => {
            take_rows(connection, &rows, actor)?;
            rebase_room(connection, room, actor)?;
            connection.execute(
                queries::START_CURSOR,
                params![Blob(room.0), through.0, before.map(|before| before.0)],
            )?;
            outcomes::drop_settled(connection, room, through, actor, now)?;
            if before.is_none() {
                restored::sweep(connection, room, actor, now)?;
            }
            Ok(Stored::Page { room, before })
        }
        RelayFrame::Page { room, rows, before } => {
            take_rows(connection, &rows, actor)?;
            connection.execute(
                queries::SET_BEFORE,
                params![Blob(room.0), before.map(|before| before.0)],
            )?;
            if before.is_none() {
                restored::sweep(connection, room, actor, now)?;
            }
            Ok(Stored::Page { room, before })
        }
        RelayFrame::Outcomes { outcomes } => {
            outcomes::take(connection, &outcomes, actor, now)?;
            Ok(Stored::Done)
        }
        // Channels are followed without the local database.
        RelayFrame::Events { .. } => Ok(Stored::Done),
        RelayFrame::Presence {
            room,
            reset,
            online,
            offline,
            typing,
            stopped,
            ..
        } => {
            if reset {
                connection.execute(queries::CLEAR_TYPING, [Blob(room.0)])?;
                connection.execute(queries::CLEAR_PRESENCE, [Blob(room.0)])?;
            }
            for user in online {
                connection.execute(queries::ADD_PRESENCE, [Blob(room.0), Blob(user.0)])?;
            }
            for user in offline {
                connection.execute(queries::REMOVE_PRESENCE, [Blob(room.0), Blob(user.0)])?;
                connection.execute(queries::REMOVE_TYPING, [Blob(room.0), Blob(user.0)])?;
            }
            for user in typing {
                connection.execute(queries::ADD_TYPING, [Blob(room.0), Blob(user.0)])?;
            }
            for user in stopped {
                connection.execute(queries::REMOVE_TYPING, [Blob(room.0), Blob(user.0)])?;
            }
            Ok(Stored::Done)
        }
        RelayFrame::Directory { rooms } => {
            set_directory(connection, rooms)?;
            Ok(Stored::Done)
        }
        RelayFrame::Resync { room } => {
            restored::forget(connection, Some(room), actor)?;
            Ok(Stored::Forgotten { room })
        }
        RelayFrame::Error(_) => Ok(Stored::Done),
    }
}

/// Writes the connection's state; who is online is known only while connected.
///
/// # Errors
/// SQLite's own.
pub fn report(
    connection: &Connection,
    state: &ConnectionView,
    now: Millis,
) -> Result<(), ClientError> {
    let (word, reason) = views::connection_columns(state);
    let connected = matches!(state, ConnectionView::CatchingUp | ConnectionView::Online);
    if !connected {
        connection.execute(queries::MARK_SENT, [])?;
    }
    connection.execute(queries::SET_CONNECTION, params![word, reason, now.0])?;
    if !connected {
        connection.execute(queries::CLEAR_PRESENCE, [None::<Blob>])?;
        connection.execute(queries::CLEAR_TYPING, [None::<Blob>])?;
    }
    Ok(())
}

/// Writes how many rooms are level with the relay, of how many.
///
/// # Errors
/// SQLite's own.
pub fn progress(connection: &Connection, level: u32, rooms: u32) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::SET_PROGRESS)?
        .execute([level, rooms])?;
    Ok(())
}

/// A process begins: what the last one left behind about the connection is not true any more.
///
/// # Errors
/// SQLite's own.
pub fn begin(connection: &Connection, now: Millis) -> Result<(), ClientError> {
    connection.execute(queries::MARK_SENT, [])?;
    connection.execute(queries::BEGIN_OFFLINE, params!["Not connected yet.", now.0])?;
    connection.execute(queries::CLEAR_PRESENCE, [None::<Blob>])?;
    Ok(())
}

fn take_rows(connection: &Connection, rows: &[Row], actor: &Actor) -> Result<(), ClientError> {
    let outbox_empty = outbox::is_empty(connection)?;
    let holds_posts = recovered::holds_posts(connection)?;
    let mut dirty = BTreeSet::new();
    for row in rows {
        if let Some(key) = rebase::take(connection, row, outbox_empty)? {
            dirty.insert(key.target(actor.user_id));
        }
        if let (true, Row::Message(message)) = (holds_posts, row) {
            recovered::found_again(connection, message, actor)?;
        }
    }
    for target in dirty {
        rebase::rebase(connection, &target, actor)?;
    }
    Ok(())
}

/// After a damaged database, operations may be here before their room: now the rules can show what they make.
fn rebase_room(connection: &Connection, room: RoomId, actor: &Actor) -> Result<(), ClientError> {
    let entries = outbox::Entry::of_room(connection, room)?;
    let targets: BTreeSet<_> = entries.iter().map(|entry| entry.op.target()).collect();
    for target in targets {
        rebase::rebase(connection, &target, actor)?;
    }
    Ok(())
}

/// Another store than the one that our cursors belong to: take its rows whatever their seqs, and offer it what it may not have.
fn take_epoch(connection: &Connection, epoch: Uuid, actor: &Actor) -> Result<(), ClientError> {
    let known = views::account(connection)?.and_then(|row| row.epoch);
    if known.is_some_and(|known| known != epoch) {
        restored::forget(connection, None, actor)?;
    }
    connection.execute(queries::SET_EPOCH, [Blob(epoch)])?;
    Ok(())
}

fn set_memberships(
    connection: &Connection,
    rooms: &[RoomId],
    actor: &Actor,
    now: Millis,
) -> Result<Stored, ClientError> {
    let mut statement = connection.prepare_cached(queries::JOINED)?;
    let joined: Vec<Blob> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for Blob(room) in joined {
        if !rooms.contains(&RoomId(room)) {
            connection.execute(queries::SET_JOINED, params![Blob(room), false])?;
            put_out(connection, RoomId(room), actor, now)?;
        }
    }
    for room in rooms {
        connection.execute(queries::SET_JOINED, params![Blob(room.0), true])?;
    }
    outcomes::drop_elsewhere(connection, actor, now)?;
    let mut statement = connection.prepare_cached(queries::CURSORS)?;
    let found = statement.query_map([], |row| {
        Ok(Subscription {
            room: RoomId(row.get::<_, Blob>(0)?.0),
            cursor: row.get::<_, Option<i64>>(1)?.map(Seq),
            before: row.get::<_, Option<i64>>(2)?.map(Seq),
        })
    })?;
    Ok(Stored::Rooms(found.collect::<Result<_, _>>()?))
}

/// We are not in the room any more, and of our own row there we are not sent why.
fn put_out(
    connection: &Connection,
    room: RoomId,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    let key = Key::Member(room, actor.user_id);
    let pending = key.confirmed(connection)?;
    let held = match &pending {
        Some(held) => held.clone(),
        None => key.current(connection)?,
    };
    let Some(Row::Member(mut member)) = held else {
        return Ok(());
    };
    if member.left_at.is_some() {
        return Ok(());
    }
    member.left_at = Some(now);
    let row = Row::Member(member);
    if pending.is_some() {
        key.set_confirmed(connection, Some(&row))?;
        return rebase::rebase(connection, &key.target(actor.user_id), actor);
    }
    let sent = rows::Put::Optimistic {
        delivery: rows::Stored::Sent,
        pending_sort: 0,
    };
    rows::put(connection, &row, sent)
}

fn set_directory(connection: &Connection, rooms: Vec<DirectoryEntry>) -> Result<(), ClientError> {
    connection.execute(queries::CLEAR_DIRECTORY, [])?;
    for entry in rooms {
        connection.execute(
            queries::PUT_DIRECTORY,
            params![Blob(entry.id.0), entry.name, entry.topic, entry.members],
        )?;
    }
    Ok(())
}

fn cursor(connection: &Connection, room: RoomId) -> Result<Option<Seq>, ClientError> {
    let found: Option<Option<i64>> = connection
        .prepare_cached(queries::CURSOR)?
        .query_row([Blob(room.0)], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(Seq))
}

/// The next operations to push.
///
/// # Errors
/// SQLite's own.
pub fn load_outbox(
    connection: &Connection,
    in_flight: &BTreeSet<OpId>,
) -> Result<Vec<model::Envelope>, ClientError> {
    outbox::next_batch(connection, in_flight)
}
