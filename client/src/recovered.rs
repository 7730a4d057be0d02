//! Words that did not get through: what the relay refused, and what a restored store or a damaged database would have lost.
//!
//! Invariants: nothing leaves this table but by the person's word (retry, replace, discard), or because the relay has it after
//! all; a refused post stays on the screen, a refused edit does not, but its text stays here.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob, Key};
use crate::outbox::{self, Entry, EntryState};
use crate::rebase;
use model::view::RecoveredView;
use model::{Actor, Message, MessageId, Millis, Op, OpId, RejectionCode, Rev, RoomId, Row, Target};
use rusqlite::{Connection, OptionalExtension, params};

/// Entries of one list; a person settles them one by one.
const LIST_MAX: u32 = 1000;

/// Moves an operation from the outbox into this table.
///
/// # Errors
/// SQLite's own.
pub(crate) fn keep(
    connection: &Connection,
    entry: &Entry,
    code: RejectionCode,
    reason: &str,
    now: Millis,
) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::RECOVER_OP)?
        .execute(params![entry.id, code.as_str(), reason, now.0])?;
    entry.remove(connection)
}

/// Keeps the words of a message that is here but not in the restored store. Somebody else's go again when their author's
/// device has offered them to the store.
///
/// # Errors
/// SQLite's own.
pub(crate) fn keep_message(
    connection: &Connection,
    message: &Message,
    actor: &Actor,
    now: Millis,
) -> Result<(), ClientError> {
    let op_id = OpId(message.id.0);
    let op = Op::Post {
        room_id: message.room_id,
        message_id: message.id,
        body: message.body.clone(),
        reply_to: message.reply_to,
        attachments: message.attachments.clone(),
    };
    outbox::append(connection, &op, op_id, message.created_at)?;
    let Some(entry) = Entry::find(connection, op_id)? else {
        return Ok(());
    };
    let reason = if message.author_id == actor.user_id {
        "The relay was restored from a backup that does not hold this message. Send it again if it is still needed."
    } else {
        "The relay was restored from a backup that does not hold this message. It comes back when its author's device does."
    };
    keep(
        connection,
        &entry,
        RejectionCode::StoreRestored,
        reason,
        now,
    )?;
    if message.author_id != actor.user_id {
        connection.execute(
            queries::SET_RECOVERED_AUTHOR,
            params![Blob(op_id.0), Blob(message.author_id.0)],
        )?;
    }
    Ok(())
}

/// Whether there are posts in the table: messages that may come back from the relay.
///
/// # Errors
/// SQLite's own.
pub(crate) fn holds_posts(connection: &Connection) -> Result<bool, ClientError> {
    let any: Option<i64> = connection
        .prepare_cached(queries::ANY_RECOVERED_MESSAGE)?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(any.is_some())
}

/// The relay has a message: a post of it that is kept here has got through after all. If its text is another one, the text
/// stays, as an edit to choose.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub(crate) fn found_again(
    connection: &Connection,
    message: &Message,
    actor: &Actor,
) -> Result<(), ClientError> {
    let key = [Blob(message.room_id.0), Blob(message.id.0)];
    if message.author_id != actor.user_id {
        connection
            .prepare_cached(queries::REMOVE_OF_OTHERS)?
            .execute(key)?;
        return Ok(());
    }
    let target = Target::Message(message.room_id, message.id);
    for entry in Entry::of_target(connection, &target)? {
        let Op::Post { body, .. } = &entry.op else {
            continue;
        };
        if !matches!(entry.state, EntryState::Failed { .. }) {
            continue;
        }
        if *body == message.body || message.deleted_at.is_some() {
            entry.remove(connection)?;
        } else {
            let op = Op::Edit {
                room_id: message.room_id,
                message_id: message.id,
                base_rev: message.rev,
                base: Some(message.body.clone()),
                body: body.clone(),
            };
            let json = serde_json::to_string(&op)
                .map_err(|error| ClientError::Stored(error.to_string()))?;
            connection.execute(queries::SET_RECOVERED_OP, params![entry.id, json])?;
        }
    }
    Ok(())
}

/// Puts a refused operation, and those of the same target that were refused with it, back at the end of the queue, with new
/// idempotency keys (the relay remembers its answer to the old ones) and based on what the relay has now: keep mine.
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
    let (mut rev, mut text) = confirmed_text(connection, &target)?;
    for entry in Entry::of_target(connection, &target)? {
        let mut op = entry.op.clone();
        match &mut op {
            Op::Post { body, .. } => (rev, text) = (Rev::FIRST, Some(body.clone())),
            Op::Edit {
                base_rev,
                base,
                body,
                ..
            } => {
                *base_rev = rev;
                *base = text.replace(body.clone());
                rev = rev.next();
            }
            _ => {}
        }
        if matches!(entry.state, EntryState::Failed { .. }) {
            entry.remove(connection)?;
            outbox::append(connection, &op, new_id(), entry.at)?;
        }
    }
    rebase::rebase(connection, &target, actor)
}

/// Sends a refused message or edit with other words, in the place of the refused ones.
///
/// # Errors
/// [`ClientError::NoOp`] when it does not wait for that; the rules' refusal.
pub fn resend(
    connection: &Connection,
    op: OpId,
    body: String,
    actor: &Actor,
    (op_id, now): (OpId, Millis),
) -> Result<(), ClientError> {
    let target = failed_target(connection, op)?;
    let entry = Entry::find(connection, op)?.ok_or(ClientError::NoOp(op))?;
    let (room_id, message_id) = match entry.op {
        Op::Post {
            room_id,
            message_id,
            ..
        }
        | Op::Edit {
            room_id,
            message_id,
            ..
        } => (room_id, message_id),
        _ => return Err(ClientError::NoOp(op)),
    };
    // An edit of a refused post is a better try at posting it.
    let (base_rev, base) = if matches!(entry.op, Op::Edit { .. }) {
        let confirmed = confirmed_text(connection, &target)?;
        discard(connection, op, actor)?;
        confirmed
    } else {
        (Rev::FIRST, None)
    };
    let op = Op::Edit {
        room_id,
        message_id,
        base_rev,
        base,
        body,
    };
    outbox::submit(connection, op, actor, op_id, now)
}

/// The text that the relay has, as far as it is known here.
fn confirmed_text(
    connection: &Connection,
    target: &Target,
) -> Result<(Rev, Option<String>), ClientError> {
    let Target::Message(room, message) = target else {
        return Ok((Rev::FIRST, None));
    };
    let key = Key::Message(*room, *message);
    let row = match key.confirmed(connection)? {
        Some(Some(Row::Message(row))) => Some(row),
        Some(_) => None,
        None => rows::message(connection, *room, *message)?,
    };
    Ok(row.map_or((Rev::FIRST, None), |row| (row.rev, Some(row.body))))
}

/// Drops a refused operation, and with a refused post everything that was built on it: keep theirs.
///
/// # Errors
/// [`ClientError::NoOp`] when it does not wait for the person.
pub fn discard(connection: &Connection, op: OpId, actor: &Actor) -> Result<(), ClientError> {
    if let Some(author) = of_somebody_else(connection, op)? {
        connection.execute(queries::REMOVE_RECOVERED, [author])?;
        return Ok(());
    }
    let target = failed_target(connection, op)?;
    let entries = Entry::of_target(connection, &target)?;
    let takes_all = entries.iter().any(|entry| {
        entry.op_id == op && matches!(entry.op, Op::Post { .. } | Op::CreateRoom { .. })
    });
    for entry in entries {
        if takes_all || entry.op_id == op {
            entry.remove(connection)?;
        }
    }
    rebase::rebase(connection, &target, actor)
}

/// A refused edit as a message of its own, which answers the one that it was about, if that is still there.
///
/// # Errors
/// [`ClientError::NoOp`] when it is none, or does not wait for the person.
pub(crate) fn as_post(
    connection: &Connection,
    op: OpId,
    new: MessageId,
) -> Result<Op, ClientError> {
    let entry = Entry::find(connection, op)?.ok_or(ClientError::NoOp(op))?;
    let (
        EntryState::Failed { .. },
        Op::Edit {
            room_id,
            message_id,
            body,
            ..
        },
    ) = (entry.state, entry.op)
    else {
        return Err(ClientError::NoOp(op));
    };
    let about = rows::message(connection, room_id, message_id)?;
    Ok(Op::Post {
        room_id,
        message_id: new,
        body,
        reply_to: about
            .filter(|row| row.deleted_at.is_none())
            .map(|row| row.id),
        attachments: Vec::new(),
    })
}

fn of_somebody_else(connection: &Connection, op: OpId) -> Result<Option<i64>, ClientError> {
    let found = connection
        .prepare_cached(queries::OF_OTHERS_BY_OP)?
        .query_row([Blob(op.0)], |row| row.get(0))
        .optional()?;
    Ok(found)
}

fn failed_target(connection: &Connection, op: OpId) -> Result<Target, ClientError> {
    let entry = Entry::find(connection, op)?.ok_or(ClientError::NoOp(op))?;
    match entry.state {
        EntryState::Failed { .. } => Ok(entry.op.target()),
        EntryState::Queued | EntryState::Acked { .. } => Err(ClientError::NoOp(op)),
    }
}

/// All that waits for the person, newest first.
///
/// # Errors
/// SQLite's own, or a value that this version can't read.
pub fn list(connection: &Connection) -> Result<Vec<RecoveredView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::RECOVERED)?;
    let found = statement.query_map([LIST_MAX], |row| {
        let op: String = row.get(4)?;
        let author = row.get::<_, Option<Blob>>(9)?;
        let author_name: String = row.get(10)?;
        let code: String = row.get(7)?;
        Ok((
            op,
            RecoveredView {
                op_id: OpId(row.get::<_, Blob>(0)?.0),
                kind: model::view::OpKind::Post,
                room_id: RoomId(row.get::<_, Blob>(1)?.0),
                room_name: row.get(2)?,
                message_id: row.get::<_, Option<Blob>>(3)?.map(|id| MessageId(id.0)),
                text: None,
                author: author.map(|_| author_name),
                at: Millis(row.get(5)?),
                recovered_at: Millis(row.get(6)?),
                code: RejectionCode::parse(&code),
                reason: row.get(8)?,
            },
        ))
    })?;
    found
        .map(|found| {
            let (json, mut view) = found?;
            let op: Op = serde_json::from_str(&json)
                .map_err(|error| ClientError::Stored(error.to_string()))?;
            view.kind = outbox::kind(&op);
            view.text = op.text().map(str::to_owned);
            Ok(view)
        })
        .collect()
}
