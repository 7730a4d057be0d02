//! What waits for the relay, for the person to look at; and taking it back.
//!
//! Invariant: nothing is said to be taken back that may be with the relay. What was written while there was no connection
//! has not left this device: everything else may have, and of that only a new message can be undone, by deleting it.

use super::{Entry, EntryState, kind, submit};
use crate::db::queries;
use crate::{Client, ClientError, actor, clock, rebase, search};
use model::view::{OutboxState, OutboxView, TakeBack};
use model::{Actor, Millis, Op, OpId, RoomId};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Entries of one list.
const LIST_MAX: u32 = 1000;

/// Everything that waits, in its order.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub fn list(connection: &Connection) -> Result<Vec<OutboxView>, ClientError> {
    let connected = is_connected(connection)?;
    let mut statement = connection.prepare_cached(queries::WAITING)?;
    let found = statement.query_map([LIST_MAX], |row| Ok((Entry::from_row(row)?, row.get(8)?)))?;
    let mut entries: Vec<(Entry, bool)> = Vec::new();
    for one in found {
        let (entry, sent) = one?;
        entries.push((entry?, sent));
    }
    let names: BTreeMap<RoomId, String> = search::room_names(connection)?.into_iter().collect();
    let views = entries.iter().enumerate().map(|(at, (entry, sent))| {
        let state = state(entry, *sent || connected);
        let later = &entries[at + 1..];
        let built_upon = later.iter().any(|(later, _)| depends(&later.op, &entry.op));
        OutboxView {
            op_id: entry.op_id,
            kind: kind(&entry.op),
            room_id: entry.op.room_id(),
            room_name: names.get(&entry.op.room_id()).cloned().unwrap_or_default(),
            message_id: entry.op.message_id(),
            text: entry.op.text().map(str::to_owned),
            at: entry.at,
            state,
            take_back: take_back_of(&entry.op, state, built_upon),
        }
    });
    Ok(views.collect())
}

fn is_connected(connection: &Connection) -> Result<bool, ClientError> {
    Ok(connection
        .prepare_cached(queries::IS_CONNECTED)?
        .query_row([], |row| row.get(0))?)
}

fn state(entry: &Entry, may_be_sent: bool) -> OutboxState {
    match entry.state {
        EntryState::Acked { .. } => OutboxState::Accepted,
        _ if may_be_sent => OutboxState::Sent,
        _ => OutboxState::Waiting,
    }
}

/// Whether a later operation needs an earlier one.
fn depends(later: &Op, earlier: &Op) -> bool {
    match earlier {
        Op::CreateRoom { room_id, .. } | Op::Join { room_id } | Op::OpenDirect { room_id, .. } => {
            later.room_id() == *room_id
        }
        // What was done to a message goes with it.
        Op::Post { message_id, .. } => {
            matches!(later, Op::Post { reply_to, .. } if *reply_to == Some(*message_id))
        }
        _ => later.target() == earlier.target(),
    }
}

fn take_back_of(op: &Op, state: OutboxState, built_upon: bool) -> TakeBack {
    match state {
        OutboxState::Waiting if built_upon => TakeBack::LaterFirst,
        OutboxState::Waiting => TakeBack::Forget,
        OutboxState::Sent | OutboxState::Accepted if matches!(op, Op::Post { .. }) => {
            TakeBack::Delete
        }
        OutboxState::Sent | OutboxState::Accepted => TakeBack::TooLate,
    }
}

/// Takes a change back, as far as that can be done; says which way.
///
/// # Errors
/// [`ClientError::NoOp`] when it does not wait any more; [`ClientError::NotTakenBack`] when it can't be done.
pub fn take_back(
    connection: &Connection,
    op: OpId,
    actor: &Actor,
    (op_id, now): (OpId, Millis),
) -> Result<TakeBack, ClientError> {
    let listed = list(connection)?;
    let view = listed.into_iter().find(|view| view.op_id == op);
    let (Some(view), Some(entry)) = (view, Entry::find(connection, op)?) else {
        return Err(ClientError::NoOp(op));
    };
    match view.take_back {
        TakeBack::Forget => forget(connection, &entry, actor)?,
        TakeBack::Delete => {
            if let Op::Post {
                room_id,
                message_id,
                ..
            } = entry.op
            {
                let op = Op::Delete {
                    room_id,
                    message_id,
                };
                submit(connection, op, actor, op_id, now)?;
            }
        }
        TakeBack::LaterFirst => {
            let why = "A later change builds on it. Take that one back first.";
            return Err(ClientError::NotTakenBack(why));
        }
        TakeBack::TooLate => {
            let why = "It may have reached the relay already. Change it again when it is through.";
            return Err(ClientError::NotTakenBack(why));
        }
    }
    Ok(view.take_back)
}

/// With a message goes what was done to it.
fn forget(connection: &Connection, entry: &Entry, actor: &Actor) -> Result<(), ClientError> {
    let with_it = |other: &Entry| match &entry.op {
        Op::Post { message_id, .. } => other.op.message_id() == Some(*message_id),
        _ => other.op_id == entry.op_id,
    };
    for other in Entry::of_room(connection, entry.op.room_id())? {
        if with_it(&other) {
            other.remove(connection)?;
            rebase::rebase(connection, &other.op.target(), actor)?;
        }
    }
    Ok(())
}

impl Client {
    /// Everything that waits for the relay, in its order.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn waiting(&self) -> Result<Vec<OutboxView>, ClientError> {
        self.0.db.read(list).await
    }

    /// Takes back a change that waits, as far as that can be done; says which way.
    ///
    /// # Errors
    /// [`ClientError::NoOp`], [`ClientError::NotTakenBack`].
    pub async fn take_back(&self, op: OpId) -> Result<TakeBack, ClientError> {
        let new = (clock::op_id(), clock::now());
        let done = self
            .0
            .db
            .write(move |tx| take_back(tx, op, &actor(tx)?, new))
            .await?;
        self.outbox_changed();
        Ok(done)
    }

    /// Sends a refused change with other words.
    ///
    /// # Errors
    /// [`ClientError::NoOp`] when it does not wait for that or has no words; the rules' refusal, and then nothing is changed.
    pub async fn resend(&self, op: OpId, body: &str) -> Result<(), ClientError> {
        let (body, op_id, now) = (body.to_owned(), clock::op_id(), clock::now());
        self.0
            .db
            .write(move |tx| crate::recovered::resend(tx, op, body, &actor(tx)?, (op_id, now)))
            .await?;
        self.outbox_changed();
        Ok(())
    }
}
