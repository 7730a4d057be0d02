//! Operations on their way: applied to the local rows at once, kept until the relay has answered and its rows are here.
//!
//! Invariants:
//! - An operation and the rows that it makes are written in one transaction; what the rules refuse is not written at all.
//! - An entry leaves the outbox only when its rows are here (applied; then the [`journal`] keeps it), or into [`recovered`] (refused).
//! - Of what only says how far a room was read, the furthest takes the place of what has not left this device.
//! - Operations are pushed in local order; one that builds on an unanswered change of the same message waits for its answer.

pub mod outcomes;
pub mod waiting;

use crate::db::queries;
use crate::db::rows::{Blob, Key};
use crate::rebase::{self, Loaded};
use crate::{ClientError, blobs};
#[cfg(doc)]
use crate::{journal, recovered};
use model::view::{FailedOp, OpKind};
use model::{
    Actor, Envelope, MessageId, Millis, Op, OpId, Rejection, RejectionCode, RoomId, Seq, Target,
    limits,
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
    /// Refused; waits for the person, in `recovered`.
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

    pub(crate) fn query(
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
    pub fn of_target(connection: &Connection, target: &Target) -> Result<Vec<Self>, ClientError> {
        let (room, message, part) = columns(target);
        Self::query(
            connection,
            queries::OPS_OF_TARGET,
            params![room, message, part],
        )
    }

    /// The operations on anything in a room, in local order.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn of_room(connection: &Connection, room: RoomId) -> Result<Vec<Self>, ClientError> {
        Self::query(connection, queries::OPS_OF_ROOM, [Blob(room.0)])
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
        target: &Target,
    ) -> Result<Option<FailedOp>, ClientError> {
        let (room, message, part) = columns(target);
        let found = Self::query(
            connection,
            queries::FIRST_FAILED_OF_TARGET,
            params![room, message, part],
        )?
        .pop();
        Ok(found.and_then(Self::into_failed))
    }

    fn into_failed(self) -> Option<FailedOp> {
        let EntryState::Failed { code, reason } = self.state else {
            return None;
        };
        Some(FailedOp {
            op_id: self.op_id,
            kind: kind(&self.op),
            code,
            reason,
            text: self.op.text().map(str::to_owned),
            base: match self.op {
                Op::Edit { base, .. } => base,
                _ => None,
            },
        })
    }

    /// Takes the entry out of wherever it is.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn remove(&self, connection: &Connection) -> Result<(), ClientError> {
        let query = match self.state {
            EntryState::Failed { .. } => queries::REMOVE_RECOVERED,
            EntryState::Queued | EntryState::Acked { .. } => queries::REMOVE_OP,
        };
        connection.prepare_cached(query)?.execute([self.id])?;
        Ok(())
    }
}

/// The kind of an operation, for words on a screen.
#[must_use]
pub fn kind(op: &Op) -> OpKind {
    match op {
        Op::CreateRoom { .. } => OpKind::CreateRoom,
        Op::Join { .. } => OpKind::Join,
        Op::Post { .. } => OpKind::Post,
        Op::Edit { .. } => OpKind::Edit,
        Op::Delete { .. } => OpKind::Delete,
        Op::React { .. } => OpKind::React,
        Op::Pin { .. } => OpKind::Pin,
        Op::MarkRead { .. } => OpKind::MarkRead,
        Op::Leave { .. } => OpKind::Leave,
        Op::SetRoom { .. } => OpKind::SetRoom,
        Op::SetMember { .. } => OpKind::SetMember,
        Op::OpenDirect { .. } => OpKind::OpenDirect,
    }
}

fn columns(target: &Target) -> (Blob, Option<Blob>, String) {
    let room = Blob(target.room_id().0);
    match target {
        Target::Room(_) => (room, None, String::new()),
        Target::Member(_, user) => (room, None, format!("member:{user}")),
        Target::Message(_, message) => (room, Some(Blob(message.0)), String::new()),
        Target::Reaction(_, message, emoji) => {
            (room, Some(Blob(message.0)), format!("reaction:{emoji}"))
        }
        Target::ReadMarker(_) => (room, None, "read_marker".to_owned()),
    }
}

/// Whether there is nothing at all that is replayed on a row.
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
        && amend_refused_post(connection, &target, body, actor, op_id)?
    {
        return Ok(());
    }
    let loaded = Loaded::read(connection, &op, actor, now)?;
    if loaded.decide(&op, actor, now)?.is_empty() {
        return Ok(());
    }
    if let Op::MarkRead { room_id, .. } = &op {
        // The rules have just said that it is further than what it takes the place of.
        connection
            .prepare_cached(queries::FORGET_READ_MARKS)?
            .execute([Blob(room_id.0)])?;
    }
    append(connection, &op, op_id, now)?;
    rebase::rebase(connection, &target, actor)
}

/// Why the rules would refuse any text in a room, if they would: it is archived, or we may only read.
///
/// # Errors
/// SQLite's own, nobody signed in.
pub fn why_not_post(
    connection: &Connection,
    room_id: RoomId,
    message_id: MessageId,
    now: Millis,
) -> Result<Option<Rejection>, ClientError> {
    let actor = crate::client::actor(connection)?;
    let op = Op::Post {
        room_id,
        message_id,
        body: "?".to_owned(),
        reply_to: None,
        attachments: Vec::new(),
    };
    let decided = Loaded::read(connection, &op, &actor, now)?.decide(&op, &actor, now);
    // A room that is not here yet may well be open for us.
    let lasting = |why: &Rejection| matches!(why, Rejection::RoomArchived | Rejection::Forbidden);
    Ok(decided.err().filter(lasting))
}

/// An edit of a message that the relay refused is a better try at posting it.
fn amend_refused_post(
    connection: &Connection,
    target: &Target,
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
            attachments,
            ..
        },
        EntryState::Failed { code, .. },
    ) = (&post.op, &post.state)
    else {
        return Ok(false);
    };
    // If the relay has the message after all (another device sent it), this is an edit like any other.
    let key = Key::Message(*room_id, *message_id);
    if matches!(key.confirmed(connection)?, Some(Some(_))) {
        return Ok(false);
    }
    // A message that a restored store has lost may be offered to it by another device at the same time: with another text
    // it must be another message, or one of the two texts would be taken for a resend of the other.
    let message_id = match code {
        RejectionCode::StoreRestored => MessageId(op_id.0),
        _ => *message_id,
    };
    let op = Op::Post {
        room_id: *room_id,
        message_id,
        body: body.to_owned(),
        reply_to: *reply_to,
        attachments: attachments.clone(),
    };
    let mut loaded = Loaded::read(connection, &op, actor, post.at)?;
    // What is shown is the refused post itself.
    loaded.message = None;
    loaded.decide(&op, actor, post.at)?;
    for entry in Entry::of_target(connection, target)? {
        entry.remove(connection)?;
    }
    append(connection, &op, op_id, post.at)?;
    rebase::rebase(connection, target, actor)?;
    rebase::rebase(connection, &op.target(), actor)?;
    Ok(true)
}

/// Puts an operation at the end of the queue.
///
/// # Errors
/// SQLite's own.
pub(crate) fn append(
    connection: &Connection,
    op: &Op,
    op_id: OpId,
    at: Millis,
) -> Result<(), ClientError> {
    let (room, message, part) = columns(&op.target());
    let json = serde_json::to_string(op).map_err(|error| ClientError::Stored(error.to_string()))?;
    connection
        .prepare_cached(queries::APPEND_OP)?
        .execute(params![Blob(op_id.0), room, message, part, json, at.0])?;
    blobs::uploads::queue_of(connection, op)
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
    // Messages whose files are not on the relay yet. What is about them waits with them; nothing else does.
    let mut without_files = BTreeSet::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let target = entry.op.target();
        // What follows a post or a new room is safe to send along: if that is refused, so is this. But an edit that
        // follows an unanswered edit names a revision that may become somebody else's.
        let waits = unanswered.contains(&target);
        if !matches!(
            entry.op,
            Op::Post { .. } | Op::CreateRoom { .. } | Op::OpenDirect { .. } | Op::Join { .. }
        ) {
            unanswered.insert(target);
        }
        if let Some(message) = entry.op.message_id() {
            let room = entry.op.room_id();
            if !blobs::uploads::are_done(connection, room, entry.op.attachments())? {
                without_files.insert((room, message));
            }
            if without_files.contains(&(room, message)) {
                continue;
            }
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
