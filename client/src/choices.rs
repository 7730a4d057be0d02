//! What a person chose on this device: small things by name, such as the emoji that they used lately.

use crate::ClientError;
use crate::db::queries;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Keeps a choice.
///
/// # Errors
/// SQLite's own.
pub fn put(connection: &Connection, name: &str, value: &str) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::PUT_CHOICE)?
        .execute(params![name, value])?;
    Ok(())
}

/// All of them, by name.
///
/// # Errors
/// SQLite's own.
pub fn all(connection: &Connection) -> Result<BTreeMap<String, String>, ClientError> {
    let mut statement = connection.prepare_cached(queries::CHOICES)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choice_of_a_name_counts() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::db::prepare(&mut connection).unwrap();
        put(&connection, "emoji", "🎉").unwrap();
        put(&connection, "toolbar", "shown").unwrap();
        put(&connection, "emoji", "🚀 🎉").unwrap();
        let expected = [("emoji", "🚀 🎉"), ("toolbar", "shown")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(all(&connection).unwrap(), BTreeMap::from(expected));
    }
}
