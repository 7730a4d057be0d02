//! Which messages name us, kept beside them so that unread mentions can be counted without reading texts.
//!
//! Invariant: `mention` holds exactly the messages of others that are not deleted and name the account, as far as they were
//! unread when they were last written: [`keep`] runs with every message that is stored, [`find_again`] when our name changes,
//! [`person_stored`] when somebody comes or goes whose name begins with ours, and a trigger takes what goes.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::text::{Names, mentioned};
use model::{Member, Message, RoomId, UserId};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Whether a text names a person, alone or with everybody: the one place that asks. What is a name in a text, and what is
/// code or an address, is `model::text`'s to say. Of `others` only longer names matter that begin as this one does: where
/// an Ada Lovelace is, "@Ada Lovelace" does not name Ada.
#[must_use]
pub fn names(text: &str, name: &str, others: &[String]) -> bool {
    let (name, person) = (name.trim(), UserId(Uuid::nil()));
    if name.is_empty() || !text.contains('@') {
        return false;
    }
    let others = others
        .iter()
        .map(|other| (other.trim(), UserId(Uuid::max())));
    let all = std::iter::once((name, person)).chain(others);
    mentioned(text, &Names::new(all)).is(person)
}

/// Whether another name is a longer one that begins with ours, so that a text may mean it where it seems to mean us.
fn is_longer(other: &str, ours: &str) -> bool {
    let (other, ours) = (other.trim().to_lowercase(), ours.trim().to_lowercase());
    other.len() > ours.len() && other.starts_with(&ours)
}

/// Gives SQL the function `mentions(text, name)`.
///
/// # Errors
/// SQLite's own.
pub(crate) fn install(connection: &Connection) -> Result<(), ClientError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("mentions", 2, flags, |context| {
        let text = context.get_raw(0).as_str_or_null()?.unwrap_or_default();
        let name = context.get_raw(1).as_str_or_null()?.unwrap_or_default();
        // Who else is there is looked at afterwards: few messages come so far.
        Ok(names(text, name, &[]))
    })?;
    Ok(())
}

/// Keeps the mention of a message that was just stored with this sort.
///
/// # Errors
/// SQLite's own.
pub(crate) fn keep(connection: &Connection, row: &Message, sort: i64) -> Result<(), ClientError> {
    let named = row.deleted_at.is_none() && row.body.contains('@') && {
        let me: Option<(Blob, String)> = connection
            .prepare_cached(queries::WHO_WE_ARE)?
            .query_row([], |found| Ok((found.get(0)?, found.get(1)?)))
            .optional()?;
        match me {
            Some((id, name)) if id.0 != row.author_id.0 && names(&row.body, &name, &[]) => {
                names(&row.body, &name, &longer(connection, row.room_id, &name)?)
            }
            _ => false,
        }
    };
    let key = (Blob(row.room_id.0), Blob(row.id.0));
    if named {
        connection
            .prepare_cached(queries::PUT_MENTION)?
            .execute(params![key.0, key.1, sort])?;
    } else {
        connection
            .prepare_cached(queries::REMOVE_MENTION)?
            .execute(params![key.0, key.1])?;
    }
    Ok(())
}

/// Looks through all that is unread: our name is another one.
///
/// # Errors
/// SQLite's own.
pub(crate) fn find_again(connection: &Connection) -> Result<(), ClientError> {
    find(connection, None)
}

/// Looks through what is unread in a room after one of its people was stored, if that can make a difference.
///
/// # Errors
/// SQLite's own.
pub(crate) fn person_stored(connection: &Connection, row: &Member) -> Result<(), ClientError> {
    let me: Option<(Blob, String)> = connection
        .prepare_cached(queries::WHO_WE_ARE)?
        .query_row([], |found| Ok((found.get(0)?, found.get(1)?)))
        .optional()?;
    match me {
        Some((id, name)) if id.0 != row.user_id.0 && is_longer(&row.name, &name) => {
            find(connection, Some(row.room_id))
        }
        _ => Ok(()),
    }
}

fn find(connection: &Connection, room: Option<RoomId>) -> Result<(), ClientError> {
    let of = room.map(|room| Blob(room.0));
    connection.execute(queries::CLEAR_MENTIONS, [of])?;
    connection.execute(queries::FIND_MENTIONS, [of])?;
    let found: Vec<(Blob, Blob, String, String)> = connection
        .prepare_cached(queries::MENTIONS_FOUND)?
        .query_map([of], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    // The messages of a room stand together.
    let mut others: Option<(Blob, Vec<String>)> = None;
    for (room, message, body, name) in found {
        let others = match &mut others {
            Some((of, others)) if of.0 == room.0 => others,
            slot => {
                let found = longer(connection, RoomId(room.0), &name)?;
                &mut slot.insert((room, found)).1
            }
        };
        if !others.is_empty() && !names(&body, &name, others) {
            connection
                .prepare_cached(queries::REMOVE_MENTION)?
                .execute(params![room, message])?;
        }
    }
    Ok(())
}

/// The names in a room that a text may mean where it seems to mean us.
fn longer(connection: &Connection, room: RoomId, ours: &str) -> Result<Vec<String>, ClientError> {
    let mut statement = connection.prepare_cached(queries::OTHER_NAMES)?;
    let found = statement.query_map([Blob(room.0)], |row| row.get(0))?;
    let all: Vec<String> = found.collect::<Result<_, _>>()?;
    Ok(all
        .into_iter()
        .filter(|other| is_longer(other, ours))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_named_as_a_whole_word_only() {
        for text in [
            "@ada",
            "hi @Ada!",
            "(@ADA)",
            "@ada, @grace",
            "x @adam @ada",
            "@everyone",
        ] {
            assert!(names(text, "ada", &[]), "{text}");
        }
        for text in [
            "ada", "@adam", "me@ada", "@ ada", "@ada_", "`@ada`", "", "@",
        ] {
            assert!(!names(text, "ada", &[]), "{text}");
        }
        assert!(names("@Ada Lovelace is here", "Ada Lovelace", &[]));
        assert!(!names("@", "", &[]));
    }

    #[test]
    fn a_longer_name_that_is_there_is_meant() {
        let others = ["Ada Lovelace".to_owned()];
        for text in [
            "@Ada Lovelace is here",
            "@ada lovelace",
            "x @Ada Lovelace, y",
        ] {
            assert!(!names(text, "Ada", &others), "{text}");
            assert!(names(text, "Ada", &[]), "{text}");
        }
        for text in [
            "@Ada, lovelace",
            "@Ada Lovelaces",
            "@Ada Lovelace and @ada",
            "@everyone",
        ] {
            assert!(names(text, "Ada", &others), "{text}");
        }
    }
}
