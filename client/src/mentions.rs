//! Which messages name us, kept beside them so that unread mentions can be counted without reading texts.
//!
//! Invariant: `mention` holds exactly the messages of others that are not deleted and name the account, as far as they were
//! unread when they were last written: [`keep`] runs with every message that is stored, [`find_again`] when our name changes, and a trigger
//! takes what goes.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::text::{Names, mentioned};
use model::{Message, UserId};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Whether a text names a person, alone or with everybody: the one place that asks. What is a name in a text, and what is
/// code or an address, is `model::text`'s to say; of the room's people only this one is looked for.
#[must_use]
pub fn names(text: &str, name: &str) -> bool {
    let (name, person) = (name.trim(), UserId(Uuid::nil()));
    if name.is_empty() || !text.contains('@') {
        return false;
    }
    mentioned(text, &Names::new([(name, person)])).is(person)
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
        Ok(names(text, name))
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
        me.is_some_and(|(id, name)| id.0 != row.author_id.0 && names(&row.body, &name))
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
    connection.execute(queries::CLEAR_MENTIONS, [])?;
    connection.execute(queries::FIND_MENTIONS, [])?;
    Ok(())
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
            assert!(names(text, "ada"), "{text}");
        }
        for text in [
            "ada", "@adam", "me@ada", "@ ada", "@ada_", "`@ada`", "", "@",
        ] {
            assert!(!names(text, "ada"), "{text}");
        }
        assert!(names("@Ada Lovelace is here", "Ada Lovelace"));
        assert!(!names("@", ""));
    }
}
