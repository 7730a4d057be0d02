//! The list of rooms with what is unread, what the person prefers of it, and the people: those of a room, and everybody.
//!
//! Invariant: what is counted is bounded by [`model::view::UNREAD_MAX`] however long a room's history is: an index holds all
//! that the counting reads.

use crate::db::queries;
use crate::db::rows::{Blob, Stored};
use crate::outbox::Entry;
use crate::{ClientError, actor};
use model::view::{KnownPerson, PersonView, RoomView};
use model::{EditPolicy, Millis, NamedUser, Role, RoomId, RoomKind, Seq, Target, UserId};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;

/// The rooms that we are in or on the way into, by name.
///
/// # Errors
/// SQLite's own.
pub fn rooms(connection: &Connection) -> Result<Vec<RoomView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::ROOMS)?;
    let found: Vec<(RoomView, Stored)> =
        statement.query_map([], room)?.collect::<Result<_, _>>()?;
    let mut rooms = Vec::with_capacity(found.len());
    for (mut room, delivery) in found {
        if delivery == Stored::Failed {
            room.failed = Entry::first_failed(connection, &Target::Room(room.id))?;
        }
        if room.kind == RoomKind::Direct {
            room.with = persons(connection, queries::OTHERS, room.id, None)?;
        }
        rooms.push(room);
    }
    Ok(rooms)
}

/// How SQLite goes about the list of rooms, for tests.
///
/// # Errors
/// SQLite's own.
pub fn plan(connection: &Connection) -> Result<Vec<String>, ClientError> {
    let mut statement = connection.prepare(queries::ROOMS_PLAN)?;
    let found = statement.query_map([], |row| row.get(3))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn room(row: &Row<'_>) -> rusqlite::Result<(RoomView, Stored)> {
    let delivery = Stored::from_column(row.get(3)?);
    let role: Option<String> = row.get(7)?;
    let room = RoomView {
        id: RoomId(row.get::<_, Blob>(0)?.0),
        name: row.get(1)?,
        topic: row.get(2)?,
        kind: RoomKind::parse(&row.get::<_, String>(4)?).unwrap_or(RoomKind::Channel),
        edit_policy: EditPolicy::parse(&row.get::<_, String>(5)?).unwrap_or(EditPolicy::Author),
        archived: row.get(6)?,
        role: parse_role(role.as_deref()),
        muted: row.get(8)?,
        favourite: row.get(9)?,
        opened_at: Millis(row.get(10)?),
        unread: row.get(11)?,
        mentions: row.get(12)?,
        last_at: row.get::<_, Option<i64>>(13)?.map(Millis),
        draft: row.get(14)?,
        with: Vec::new(),
        pending: delivery == Stored::Pending,
        failed: None,
    };
    Ok((room, delivery))
}

fn parse_role(word: Option<&str>) -> Role {
    word.and_then(Role::parse).unwrap_or(Role::Member)
}

/// The people of a room, by name.
///
/// # Errors
/// SQLite's own.
pub fn people(
    connection: &Connection,
    room: RoomId,
    me: UserId,
) -> Result<Vec<PersonView>, ClientError> {
    persons(connection, queries::PEOPLE, room, Some(me))
}

fn persons(
    connection: &Connection,
    query: &str,
    room: RoomId,
    me: Option<UserId>,
) -> Result<Vec<PersonView>, ClientError> {
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_map([Blob(room.0)], |row| {
        let id = UserId(row.get::<_, Blob>(0)?.0);
        let is_me = me == Some(id);
        Ok(PersonView {
            id,
            name: row.get(1)?,
            online: row.get(2)?,
            role: parse_role(Some(&row.get::<_, String>(3)?)),
            // One knows oneself.
            typing: row.get::<_, bool>(4)? && !is_me,
            me: is_me,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Everybody at the relay, by name; as long as it has not told, those whom we share a room with.
///
/// # Errors
/// SQLite's own.
pub fn everybody(connection: &Connection) -> Result<Vec<KnownPerson>, ClientError> {
    let me = actor(connection)?.user_id;
    let mut statement = connection.prepare_cached(queries::EVERYBODY)?;
    let found = statement.query_map([], |row| {
        let id = UserId(row.get::<_, Blob>(0)?.0);
        Ok(KnownPerson {
            id,
            name: row.get(1)?,
            online: row.get(2)?,
            me: id == me,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Takes the relay's list of everybody.
///
/// # Errors
/// SQLite's own.
pub fn take_everybody(connection: &Connection, people: &[NamedUser]) -> Result<(), ClientError> {
    let told: BTreeSet<UserId> = people.iter().map(|person| person.user_id).collect();
    let known: Vec<Blob> = connection
        .prepare_cached(queries::PERSONS)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for Blob(id) in known {
        if !told.contains(&UserId(id)) {
            connection.execute(queries::REMOVE_PERSON, [Blob(id)])?;
        }
    }
    let mut put = connection.prepare_cached(queries::PUT_PERSON)?;
    for person in people {
        put.execute(params![Blob(person.user_id.0), person.name])?;
    }
    Ok(())
}

/// The position of the newest message of a room that the relay has.
///
/// # Errors
/// SQLite's own.
pub fn newest_position(connection: &Connection, room: RoomId) -> Result<Option<Seq>, ClientError> {
    let found: Option<i64> = connection
        .prepare_cached(queries::NEWEST_POSITION)?
        .query_row([Blob(room.0)], |row| row.get(0))?;
    Ok(found.map(Seq))
}

/// The sections of the list that are folded up.
///
/// # Errors
/// SQLite's own.
pub fn folded(connection: &Connection) -> Result<Vec<String>, ClientError> {
    let mut statement = connection.prepare_cached(queries::FOLDED)?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
