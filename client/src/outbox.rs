//! Operations on their way: applied to the local rows at once, kept until the relay has answered and its rows are here.
//!
//! Invariants:
//! - An operation and the rows that it makes are written in one transaction; what the rules refuse is not written at all.
//! - An entry leaves the outbox only when its rows are here (applied), or by the person's word (refused).
//! - Operations are pushed in local order; one that builds on an unanswered change of the same message waits for its answer.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob};
use crate::rebase;
use model::view::{FailedOp, OpKind};
use model::wire::{OpOutcome, Outcome};
use model::{
    Actor, Envelope, MessageId, Millis, Op, OpId, RejectionCode, Rev, RoomId, Row, Seq, State,
    Target, decide, limits,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// One operation of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Local order.
    pub id: i64,
    /// The idempotency key.
    pub op_id: OpId,
    /// What is asked for.
    pub op: Op,
    /// When it was written.
    pub at: Millis,
    /// How far it has got.
    pub state: EntryState,
}

/// How far an operation has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// To be pushed, or pushed and unanswered.
    Queued,
    /// Applied; its rows are not here yet.
    Acked {
        /// Whoever holds the room through here holds its rows.
        seq: Seq,
    },
    /// Refused; waits for the person.
    Failed {
        /// For programs.
        code: RejectionCode,
        /// For people.
        reason: String,
    },
}

impl Entry {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Self, ClientError>> {
        let op: String = row.get(2)?;
        let state: String = row.get(4)?;
        let state = match state.as_str() {
            "acked" => EntryState::Acked {
                seq: Seq(row.get(5)?),
            },
            "failed" => EntryState::Failed {
                code: RejectionCode::parse(&row.get::<_, String>(6)?),
                reason: row.get(7)?,
            },
            _ => EntryState::Queued,
        };
        let id = row.get(0)?;
        let op_id = OpId(row.get::<_, Blob>(1)?.0);
        let at = Millis(row.get(3)?);
        Ok(serde_json::from_str(&op)
            .map(|op| Self {
                id,
                op_id,
                op,
                at,
                state,
            })
            .map_err(|error| ClientError::Stored(error.to_string())))
    }

    fn query(
        connection: &Connection,
        query: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<Self>, ClientError> {
        let mut statement = connection.prepare_cached(query)?;
        let found = statement.query_map(params, Self::from_row)?;
        found
            .map(|entry| entry.map_err(ClientError::from).flatten())
            .collect()
    }

    /// The operations on one target, in local order.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn of_target(connection: &Connection, target: Target) -> Result<Vec<Self>, ClientError> {
        let (room, message) = columns(target);
        Self::query(connection, queries::OPS_OF_TARGET, params![room, message])
    }

    /// The operation with this key.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn find(connection: &Connection, op: OpId) -> Result<Option<Self>, ClientError> {
        Ok(Self::query(connection, queries::OP_BY_ID, [Blob(op.0)])?.pop())
    }

    /// The refused operation of a target that a person should see first.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn first_failed(
        connection: &Connection,
        target: Target,
    ) -> Result<Option<FailedOp>, ClientError> {
        let (room, message) = columns(target);
        let found = Self::query(
            connection,
            queries::FIRST_FAILED_OF_TARGET,
            params![room, message],
        )?
        .pop();
        Ok(found.and_then(Self::into_failed))
    }

    fn into_failed(self) -> Option<FailedOp> {
        let EntryState::Failed { code, reason } = self.state else {
            return None;
        };
        let (kind, text) = match self.op {
            Op::CreateRoom { name, .. } => (OpKind::CreateRoom, Some(name)),
            Op::Join { .. } => (OpKind::Join, None),
            Op::Post { body, .. } => (OpKind::Post, Some(body)),
            Op::Edit { body, .. } => (OpKind::Edit, Some(body)),
            Op::Delete { .. } => (OpKind::Delete, None),
        };
        Some(FailedOp {
            op_id: self.op_id,
            kind,
            code,
            reason,
            text,
        })
    }
}

fn columns(target: Target) -> (Blob, Option<Blob>) {
    match target {
        Target::Room(room) => (Blob(room.0), None),
        Target::Message(room, message) => (Blob(room.0), Some(Blob(message.0))),
    }
}

/// Whether there is nothing in the outbox at all.
///
/// # Errors
/// SQLite's own.
pub fn is_empty(connection: &Connection) -> Result<bool, ClientError> {
    let any: Option<i64> = connection
        .prepare_cached(queries::ANY_OP)?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(any.is_none())
}

/// Decides an operation on the rows as they are shown, and if it is allowed appends it and shows its rows.
///
/// # Errors
/// [`ClientError::Rejected`] when the rules refuse it: then nothing is written.
pub fn submit(
    connection: &Connection,
    op: Op,
    actor: &Actor,
    op_id: OpId,
    now: Millis,
) -> Result<(), ClientError> {
    let target = op.target();
    if let Op::Edit { body, .. } = &op
        && amend_refused_post(connection, target, body, actor, op_id)?
    {
        return Ok(());
    }
    let room_id = op.room_id();
    let mut room = rows::room(connection, room_id)?;
    if room.is_none() && matches!(op, Op::Join { .. }) {
        room = rebase::from_directory(connection, room_id, actor.user_id, now)?;
    }
    let member = rows::member(connection, room_id, actor.user_id)?;
    let message = match op.message_id() {
        Some(message_id) => rows::message(connection, room_id, message_id)?,
        None => None,
    };
    let state = State {
        room: room.as_ref(),
        member: member.as_ref(),
        message: message.as_ref(),
    };
    let changes = decide(state, &op, actor, now)?;
    if changes.is_empty() {
        return Ok(());
    }
    append(connection, &op, op_id, now)?;
    rebase::rebase(connection, target, actor)
}

/// An edit of a message that the relay refused is a better try at posting it.
fn amend_refused_post(
    connection: &Connection,
    target: Target,
    body: &str,
    actor: &Actor,
    op_id: OpId,
) -> Result<bool, ClientError> {
    let entries = Entry::of_target(connection, target)?;
    let Some(post) = entries.into_iter().next() else {
        return Ok(false);
    };
    let (
        Op::Post {
            room_id,
            message_id,
            reply_to,
            ..
        },
        EntryState::Failed { .. },
    ) = (&post.op, &post.state)
    else {
        return Ok(false);
    };
    let op = Op::Post {
        room_id: *room_id,
        message_id: *message_id,
        body: body.to_owned(),
        reply_to: *reply_to,
    };
    let room = rows::room(connection, *room_id)?;
    let member = rows::member(connection, *room_id, actor.user_id)?;
    let state = State {
        room: room.as_ref(),
        member: member.as_ref(),
        message: None,
    };
    decide(state, &op, actor, post.at)?;
    for entry in Entry::of_target(connection, target)? {
        connection
            .prepare_cached(queries::REMOVE_OP)?
            .execute([entry.id])?;
    }
    append(connection, &op, op_id, post.at)?;
    rebase::rebase(connection, target, actor)?;
    Ok(true)
}

fn append(connection: &Connection, op: &Op, op_id: OpId, at: Millis) -> Result<(), ClientError> {
    let (room, message) = columns(op.target());
    let json = serde_json::to_string(op).map_err(|error| ClientError::Stored(error.to_string()))?;
    connection
        .prepare_cached(queries::APPEND_OP)?
        .execute(params![Blob(op_id.0), room, message, json, at.0])?;
    Ok(())
}

/// The next operations to push, in local order: not those in flight, nor those that wait for the answer to an earlier one.
///
/// # Errors
/// SQLite's own.
pub fn next_batch(
    connection: &Connection,
    in_flight: &BTreeSet<OpId>,
) -> Result<Vec<Envelope>, ClientError> {
    let window = limits::PUSH_MAX_OPS + in_flight.len();
    let entries = Entry::query(
        connection,
        queries::QUEUED_OPS,
        [i64::try_from(window).unwrap_or(i64::MAX)],
    )?;
    let mut unanswered: BTreeSet<Target> = BTreeSet::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let target = entry.op.target();
        // What follows a post or a new room is safe to send along: if that is refused, so is this. But an edit that
        // follows an unanswered edit names a revision that may become somebody else's.
        let waits = unanswered.contains(&target);
        if !matches!(
            entry.op,
            Op::Post { .. } | Op::CreateRoom { .. } | Op::Join { .. }
        ) {
            unanswered.insert(target);
        }
        if in_flight.contains(&entry.op_id) || waits {
            continue;
        }
        bytes += entry.op.text_bytes() + 128;
        if !batch.is_empty()
            && (bytes > limits::PUSH_MAX_BYTES || batch.len() >= limits::PUSH_MAX_OPS)
        {
            break;
        }
        batch.push(Envelope {
            op_id: entry.op_id,
            at: entry.at,
            op: entry.op,
        });
    }
    Ok(batch)
}

/// Takes the relay's answers.
///
/// # Errors
/// SQLite's own.
pub fn take_outcomes(
    connection: &Connection,
    outcomes: &[OpOutcome],
    actor: &Actor,
) -> Result<(), ClientError> {
    for OpOutcome { op_id, outcome } in outcomes {
        let Some(entry) = Entry::find(connection, *op_id)? else {
            continue;
        };
        let target = entry.op.target();
        match outcome {
            Outcome::Applied { seq } => {
                let cursor: Option<i64> = connection
                    .prepare_cached(queries::CURSOR)?
                    .query_row([Blob(entry.op.room_id().0)], |row| row.get(0))
                    .optional()?
                    .flatten();
                if cursor.is_some_and(|cursor| cursor >= seq.0) {
                    connection
                        .prepare_cached(queries::REMOVE_OP)?
                        .execute([entry.id])?;
                } else {
                    connection
                        .prepare_cached(queries::SET_OP_ACKED)?
                        .execute(params![entry.id, seq.0])?;
                }
            }
            Outcome::Rejected { code, text } => {
                fail(connection, entry.id, *code, text)?;
                fail_dependents(connection, &entry)?;
            }
        }
        rebase::rebase(connection, target, actor)?;
    }
    Ok(())
}

fn fail(
    connection: &Connection,
    id: i64,
    code: RejectionCode,
    reason: &str,
) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::SET_OP_FAILED)?
        .execute(params![id, code.as_str(), reason])?;
    Ok(())
}

/// Later edits of the same message were written on top of the refused one: they wait for the person as well.
fn fail_dependents(connection: &Connection, refused: &Entry) -> Result<(), ClientError> {
    for later in Entry::of_target(connection, refused.op.target())? {
        let builds_on = later.id > refused.id
            && later.state == EntryState::Queued
            && matches!(later.op, Op::Edit { .. });
        if builds_on {
            let reason =
                "It builds on a change that was not accepted. Settle that one first, or try again.";
            fail(
                connection,
                later.id,
                RejectionCode::DependsOnRefused,
                reason,
            )?;
        }
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
) -> Result<(), ClientError> {
    for entry in Entry::query(
        connection,
        queries::SETTLED_OPS,
        params![Blob(room.0), cursor.0],
    )? {
        connection
            .prepare_cached(queries::REMOVE_OP)?
            .execute([entry.id])?;
        rebase::rebase(connection, entry.op.target(), actor)?;
    }
    Ok(())
}

/// Puts a refused operation, and those of the same target that were refused with it, back at the end of the queue, with new
/// idempotency keys (the relay remembers its answer to the old ones) and based on what the relay has now.
///
/// # Errors
/// [`ClientError::NoOp`] when it does not wait for the person.
pub fn retry(
    connection: &Connection,
    op: OpId,
    actor: &Actor,
    mut new_id: impl FnMut() -> OpId,
) -> Result<(), ClientError> {
    let target = failed_target(connection, op)?;
    let mut rev = confirmed_rev(connection, target)?;
    for entry in Entry::of_target(connection, target)? {
        let mut op = entry.op;
        match &mut op {
            Op::Post { .. } => rev = Rev::FIRST,
            Op::Edit { base_rev, .. } => {
                *base_rev = rev;
                rev = rev.next();
            }
            _ => {}
        }
        if matches!(entry.state, EntryState::Failed { .. }) {
            connection
                .prepare_cached(queries::REMOVE_OP)?
                .execute([entry.id])?;
            append(connection, &op, new_id(), entry.at)?;
        }
    }
    rebase::rebase(connection, target, actor)
}

fn confirmed_rev(connection: &Connection, target: Target) -> Result<Rev, ClientError> {
    let Target::Message(room, message) = target else {
        return Ok(Rev::FIRST);
    };
    let confirmed = rows::Key::Message(room, message).confirmed(connection)?;
    Ok(match confirmed {
        Some(Some(Row::Message(row))) => row.rev,
        _ => Rev::FIRST,
    })
}

/// Drops a refused operation, and with a refused post everything that was built on it.
///
/// # Errors
/// [`ClientError::NoOp`] when it does not wait for the person.
pub fn discard(connection: &Connection, op: OpId, actor: &Actor) -> Result<(), ClientError> {
    let target = failed_target(connection, op)?;
    let entries = Entry::of_target(connection, target)?;
    let takes_all = entries.iter().any(|entry| {
        entry.op_id == op && matches!(entry.op, Op::Post { .. } | Op::CreateRoom { .. })
    });
    for entry in entries {
        if takes_all || entry.op_id == op {
            connection
                .prepare_cached(queries::REMOVE_OP)?
                .execute([entry.id])?;
        }
    }
    rebase::rebase(connection, target, actor)
}

fn failed_target(connection: &Connection, op: OpId) -> Result<Target, ClientError> {
    let entry = Entry::find(connection, op)?.ok_or(ClientError::NoOp(op))?;
    match entry.state {
        EntryState::Failed { .. } => Ok(entry.op.target()),
        EntryState::Queued | EntryState::Acked { .. } => Err(ClientError::NoOp(op)),
    }
}

/// The room of a message that is known by its id only.
///
/// # Errors
/// [`ClientError::NoMessage`] when it is not here.
pub fn room_of_message(connection: &Connection, message: MessageId) -> Result<RoomId, ClientError> {
    let room: Option<Blob> = connection
        .prepare_cached(queries::FIND_MESSAGE)?
        .query_row([Blob(message.0)], |row| row.get(0))
        .optional()?;
    room.map(|id| RoomId(id.0))
        .ok_or(ClientError::NoMessage(message))
}
