//! Rows of the model in SQLite: reading them, and storing them so that a newer version always wins.
//!
//! Invariant: a confirmed row never goes back to a lower seq; only replaying pending operations (`Put::Optimistic`) and
//! forgetting a store's seqs may.

use super::queries;
use crate::{ClientError, mentions};
use model::{
    Attachment, EditPolicy, Member, Message, MessageId, Millis, Reaction, ReadMarker, Rev, Role,
    Room, RoomId, RoomKind, Row, Seq, Target, UserId,
};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// A UUID as 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob(pub Uuid);

impl ToSql for Blob {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Blob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// How far our own changes of a row have got, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The relay has everything.
    Sent = 0,
    /// Something is in the outbox.
    Pending = 1,
    /// The relay refused something.
    Failed = 2,
}

impl Stored {
    /// From the column.
    #[must_use]
    pub fn from_column(value: i64) -> Self {
        match value {
            1 => Self::Pending,
            2 => Self::Failed,
            _ => Self::Sent,
        }
    }
}

/// Why a row is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The relay says so: only if it is newer than what is here.
    Confirmed,
    /// Pending operations make it so.
    Optimistic {
        /// How far they have got.
        delivery: Stored,
        /// Where a message without a position stands.
        pending_sort: i64,
    },
}

/// Pending messages stand after all positions, in local order.
#[must_use]
pub fn pending_sort(outbox_id: i64) -> i64 {
    (1 << 62) + outbox_id
}

fn word<T>(column: usize, word: &str, value: Option<T>) -> rusqlite::Result<T> {
    value.ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            format!("unknown word {word}").into(),
        )
    })
}

/// A room as the statements name its columns.
pub(crate) fn room_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Room> {
    let kind: String = row.get(4)?;
    let policy: String = row.get(5)?;
    Ok(Room {
        id: RoomId(row.get::<_, Blob>(0)?.0),
        seq: Seq(row.get(1)?),
        name: row.get(2)?,
        topic: row.get(3)?,
        kind: word(4, &kind, RoomKind::parse(&kind))?,
        edit_policy: word(5, &policy, EditPolicy::parse(&policy))?,
        archived_at: row.get::<_, Option<i64>>(6)?.map(Millis),
        created_by: UserId(row.get::<_, Blob>(7)?.0),
        created_at: Millis(row.get(8)?),
    })
}

/// A message's files from their column.
///
/// # Errors
/// A value that this version can't read.
pub(crate) fn attachments(
    column: usize,
    stored: Option<String>,
) -> rusqlite::Result<Vec<Attachment>> {
    let Some(json) = stored else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

fn files_column(attachments: &[Attachment]) -> Result<Option<String>, ClientError> {
    if attachments.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(attachments);
    Ok(Some(
        json.map_err(|error| ClientError::Stored(error.to_string()))?,
    ))
}

/// The room's row, if it is here.
///
/// # Errors
/// SQLite's own.
pub fn room(connection: &Connection, id: RoomId) -> Result<Option<Room>, ClientError> {
    let mut statement = connection.prepare_cached(queries::ROOM)?;
    let found = statement.query_row([Blob(id.0)], room_row);
    Ok(found.optional()?)
}

/// A member as the statements name its columns.
pub(crate) fn member_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Member> {
    let role: String = row.get(4)?;
    Ok(Member {
        room_id: RoomId(row.get::<_, Blob>(0)?.0),
        user_id: UserId(row.get::<_, Blob>(1)?.0),
        seq: Seq(row.get(2)?),
        name: row.get(3)?,
        role: word(4, &role, Role::parse(&role))?,
        joined_at: Millis(row.get(5)?),
        left_at: row.get::<_, Option<i64>>(6)?.map(Millis),
    })
}

/// A person's membership row, if it is here.
///
/// # Errors
/// SQLite's own.
pub fn member(
    connection: &Connection,
    room: RoomId,
    user: UserId,
) -> Result<Option<Member>, ClientError> {
    let mut statement = connection.prepare_cached(queries::MEMBER)?;
    let found = statement.query_row([Blob(room.0), Blob(user.0)], member_row);
    Ok(found.optional()?)
}

/// A message as the statements name its columns.
pub(crate) fn message_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        room_id: RoomId(row.get::<_, Blob>(0)?.0),
        id: MessageId(row.get::<_, Blob>(1)?.0),
        seq: Seq(row.get(2)?),
        position: row.get::<_, Option<i64>>(3)?.map(Seq),
        author_id: UserId(row.get::<_, Blob>(4)?.0),
        body: row.get(5)?,
        reply_to: row.get::<_, Option<Blob>>(6)?.map(|id| MessageId(id.0)),
        rev: Rev(row.get(7)?),
        created_at: Millis(row.get(8)?),
        edited_at: row.get::<_, Option<i64>>(9)?.map(Millis),
        edited_by: row.get::<_, Option<Blob>>(10)?.map(|id| UserId(id.0)),
        deleted_at: row.get::<_, Option<i64>>(11)?.map(Millis),
        pinned_at: row.get::<_, Option<i64>>(12)?.map(Millis),
        attachments: attachments(13, row.get(13)?)?,
    })
}

/// A message's row, if it is here.
///
/// # Errors
/// SQLite's own.
pub fn message(
    connection: &Connection,
    room: RoomId,
    id: MessageId,
) -> Result<Option<Message>, ClientError> {
    let mut statement = connection.prepare_cached(queries::MESSAGE)?;
    let found = statement.query_row([Blob(room.0), Blob(id.0)], message_row);
    Ok(found.optional()?)
}

/// A person's reaction, if it is here.
///
/// # Errors
/// SQLite's own.
pub fn reaction(
    connection: &Connection,
    room: RoomId,
    message: MessageId,
    user: UserId,
    emoji: &str,
) -> Result<Option<Reaction>, ClientError> {
    let mut statement = connection.prepare_cached(queries::REACTION)?;
    let found = statement.query_row(
        params![Blob(room.0), Blob(message.0), Blob(user.0), emoji],
        |row| {
            Ok(Reaction {
                room_id: RoomId(row.get::<_, Blob>(0)?.0),
                message_id: MessageId(row.get::<_, Blob>(1)?.0),
                user_id: UserId(row.get::<_, Blob>(2)?.0),
                emoji: row.get(3)?,
                seq: Seq(row.get(4)?),
                removed_at: row.get::<_, Option<i64>>(5)?.map(Millis),
            })
        },
    );
    Ok(found.optional()?)
}

/// A person's read marker, if it is here.
///
/// # Errors
/// SQLite's own.
pub fn read_marker(
    connection: &Connection,
    room: RoomId,
    user: UserId,
) -> Result<Option<ReadMarker>, ClientError> {
    let mut statement = connection.prepare_cached(queries::READ_MARKER)?;
    let found = statement.query_row([Blob(room.0), Blob(user.0)], |row| {
        Ok(ReadMarker {
            room_id: RoomId(row.get::<_, Blob>(0)?.0),
            user_id: UserId(row.get::<_, Blob>(1)?.0),
            seq: Seq(row.get(2)?),
            position: Seq(row.get(3)?),
        })
    });
    Ok(found.optional()?)
}

/// Stores a row. A [`Row::MessageVersion`] is not kept here: the relay has it, on demand.
///
/// # Errors
/// SQLite's own.
pub fn put(connection: &Connection, row: &Row, put: Put) -> Result<(), ClientError> {
    let (delivery, optimistic, pending) = match put {
        Put::Confirmed => (Stored::Sent, false, 0),
        Put::Optimistic {
            delivery,
            pending_sort,
        } => (delivery, true, pending_sort),
    };
    let delivery = delivery as i64;
    match row {
        Row::Room(row) => {
            connection
                .prepare_cached(queries::PUT_ROOM)?
                .execute(params![
                    Blob(row.id.0),
                    row.seq.0,
                    row.name,
                    row.topic,
                    row.kind.as_str(),
                    row.edit_policy.as_str(),
                    row.archived_at.map(|at| at.0),
                    Blob(row.created_by.0),
                    row.created_at.0,
                    delivery,
                    optimistic,
                ])?;
        }
        Row::Member(row) => {
            let stored = connection
                .prepare_cached(queries::PUT_MEMBER)?
                .execute(params![
                    Blob(row.room_id.0),
                    Blob(row.user_id.0),
                    row.seq.0,
                    row.name,
                    row.role.as_str(),
                    row.joined_at.0,
                    row.left_at.map(|at| at.0),
                    delivery,
                    optimistic,
                ])?;
            if stored > 0 {
                mentions::person_stored(connection, row)?;
            }
        }
        Row::Message(row) => {
            let files = files_column(&row.attachments)?;
            let sort = row.position.map_or(pending, |position| position.0);
            let stored = connection
                .prepare_cached(queries::PUT_MESSAGE)?
                .execute(params![
                    Blob(row.room_id.0),
                    Blob(row.id.0),
                    row.seq.0,
                    row.position.map(|position| position.0),
                    sort,
                    Blob(row.author_id.0),
                    row.body,
                    row.reply_to.map(|id| Blob(id.0)),
                    row.rev.0,
                    row.created_at.0,
                    row.edited_at.map(|at| at.0),
                    row.edited_by.map(|id| Blob(id.0)),
                    row.deleted_at.map(|at| at.0),
                    row.pinned_at.map(|at| at.0),
                    delivery,
                    optimistic,
                    files,
                ])?;
            if stored > 0 {
                mentions::keep(connection, row, sort)?;
            }
        }
        Row::Reaction(row) => {
            connection
                .prepare_cached(queries::PUT_REACTION)?
                .execute(params![
                    Blob(row.room_id.0),
                    Blob(row.message_id.0),
                    Blob(row.user_id.0),
                    row.emoji,
                    row.seq.0,
                    row.removed_at.map(|at| at.0),
                    delivery,
                    optimistic,
                ])?;
        }
        Row::ReadMarker(row) => {
            connection
                .prepare_cached(queries::PUT_READ_MARKER)?
                .execute(params![
                    Blob(row.room_id.0),
                    Blob(row.user_id.0),
                    row.seq.0,
                    row.position.0,
                    delivery,
                    optimistic,
                ])?;
        }
        Row::MessageVersion(_) => {}
    }
    Ok(())
}

/// Which row of which table: the key of `confirmed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A room.
    Room(RoomId),
    /// A membership.
    Member(RoomId, UserId),
    /// A message.
    Message(RoomId, MessageId),
    /// A reaction.
    Reaction(RoomId, MessageId, UserId, String),
    /// A read marker.
    ReadMarker(RoomId, UserId),
}

impl Key {
    /// The key of a synchronised row; `None` for one that is not kept here.
    #[must_use]
    pub fn of(row: &Row) -> Option<Self> {
        match row {
            Row::Room(row) => Some(Self::Room(row.id)),
            Row::Member(row) => Some(Self::Member(row.room_id, row.user_id)),
            Row::Message(row) => Some(Self::Message(row.room_id, row.id)),
            Row::Reaction(row) => Some(Self::Reaction(
                row.room_id,
                row.message_id,
                row.user_id,
                row.emoji.clone(),
            )),
            Row::ReadMarker(row) => Some(Self::ReadMarker(row.room_id, row.user_id)),
            Row::MessageVersion(_) => None,
        }
    }

    /// What our operations on this row are about.
    #[must_use]
    pub fn target(&self, me: UserId) -> Target {
        match self {
            Self::Member(room, user) if *user != me => Target::Member(*room, *user),
            Self::Room(room) | Self::Member(room, _) => Target::Room(*room),
            Self::Message(room, message) => Target::Message(*room, *message),
            Self::Reaction(room, message, _, emoji) => {
                Target::Reaction(*room, *message, emoji.clone())
            }
            Self::ReadMarker(room, _) => Target::ReadMarker(*room),
        }
    }

    fn parts(&self) -> (&'static str, Blob, Vec<u8>) {
        let bytes = |id: &Uuid| id.as_bytes().to_vec();
        match self {
            Self::Room(room) => ("room", Blob(room.0), bytes(&room.0)),
            Self::Member(room, user) => ("member", Blob(room.0), bytes(&user.0)),
            Self::Message(room, message) => ("message", Blob(room.0), bytes(&message.0)),
            Self::Reaction(room, message, user, emoji) => {
                let id = [message.0.as_bytes(), user.0.as_bytes(), emoji.as_bytes()].concat();
                ("reaction", Blob(room.0), id)
            }
            Self::ReadMarker(room, user) => ("read_marker", Blob(room.0), bytes(&user.0)),
        }
    }

    /// The row as it stands, optimistic or not.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn current(&self, connection: &Connection) -> Result<Option<Row>, ClientError> {
        Ok(match self {
            Self::Room(id) => room(connection, *id)?.map(Row::Room),
            Self::Member(id, user) => member(connection, *id, *user)?.map(Row::Member),
            Self::Message(id, of) => message(connection, *id, *of)?.map(Row::Message),
            Self::Reaction(id, of, user, emoji) => {
                reaction(connection, *id, *of, *user, emoji)?.map(Row::Reaction)
            }
            Self::ReadMarker(id, user) => read_marker(connection, *id, *user)?.map(Row::ReadMarker),
        })
    }

    /// Removes an optimistic row that the relay never had.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn remove(&self, connection: &Connection) -> Result<(), ClientError> {
        let run = |query, params: &[&dyn ToSql]| connection.prepare_cached(query)?.execute(params);
        match self {
            Self::Room(room) => run(queries::REMOVE_ROOM, &[&Blob(room.0)]),
            Self::Member(room, user) => {
                run(queries::REMOVE_MEMBER, &[&Blob(room.0), &Blob(user.0)])
            }
            Self::Message(room, message) => {
                run(queries::REMOVE_MESSAGE, &[&Blob(room.0), &Blob(message.0)])
            }
            Self::Reaction(room, message, user, emoji) => run(
                queries::REMOVE_REACTION,
                &[&Blob(room.0), &Blob(message.0), &Blob(user.0), emoji],
            ),
            Self::ReadMarker(room, user) => {
                run(queries::REMOVE_READ_MARKER, &[&Blob(room.0), &Blob(user.0)])
            }
        }?;
        Ok(())
    }

    /// What `confirmed` holds: `None` if the row has no entry, `Some(None)` if the relay has no such row.
    ///
    /// # Errors
    /// SQLite's own, or a value that this version can't read.
    pub fn confirmed(&self, connection: &Connection) -> Result<Option<Option<Row>>, ClientError> {
        let (kind, room, id) = self.parts();
        let data: Option<Option<String>> = connection
            .prepare_cached(queries::CONFIRMED)?
            .query_row(params![kind, room, id], |row| row.get(0))
            .optional()?;
        match data {
            None => Ok(None),
            Some(None) => Ok(Some(None)),
            Some(Some(json)) => Ok(Some(Some(parse(&json)?))),
        }
    }

    /// Sets what the relay has.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn set_confirmed(
        &self,
        connection: &Connection,
        row: Option<&Row>,
    ) -> Result<(), ClientError> {
        let (kind, room, id) = self.parts();
        let json = row.map(to_json).transpose()?;
        connection
            .prepare_cached(queries::PUT_CONFIRMED)?
            .execute(params![kind, room, id, json])?;
        Ok(())
    }

    /// Drops the entry: the row in its table is the relay's again.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn drop_confirmed(&self, connection: &Connection) -> Result<(), ClientError> {
        let (kind, room, id) = self.parts();
        connection
            .prepare_cached(queries::REMOVE_CONFIRMED)?
            .execute(params![kind, room, id])?;
        Ok(())
    }
}

/// Reads a row from its stored JSON.
///
/// # Errors
/// A value that this version can't read.
pub fn parse(json: &str) -> Result<Row, ClientError> {
    serde_json::from_str(json).map_err(|error| ClientError::Stored(error.to_string()))
}

/// A row as JSON, to be stored.
///
/// # Errors
/// None that a row can cause.
pub fn to_json(row: &Row) -> Result<String, ClientError> {
    serde_json::to_string(row).map_err(|error| ClientError::Stored(error.to_string()))
}
