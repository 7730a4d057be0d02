//! A small index in memory, of the texts of a page: where the query stands in them, and how well each fits.
//!
//! The large index could say both, but not cheaply: its marks begin the whole query anew for every text, and its scores first count every
//! text in it that has one of the words. Here the texts are few, and what is said of them is the same, as the index is made
//! in the same way. Scores are among themselves: what is rare is what few of these texts have.
//!
//! Invariant: nothing is kept; the texts are gone with the value.

use crate::ClientError;
use crate::db::queries;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// What the index is made of: a key, and the two texts of a message that the large one has.
pub(super) struct Entry {
    pub(super) key: i64,
    pub(super) body: String,
    pub(super) scope: String,
}

/// The index.
pub(super) struct Small(Connection);

impl Small {
    /// Of these texts.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Result<Self, ClientError> {
        let mut connection = Connection::open_in_memory()?;
        let tx = connection.transaction()?;
        tx.execute_batch(queries::SMALL_INDEX)?;
        {
            let mut add = tx.prepare(queries::SMALL_ADD)?;
            for entry in entries {
                add.execute(params![entry.key, entry.body, entry.scope])?;
            }
        }
        tx.commit()?;
        Ok(Self(connection))
    }

    /// The texts with marks where the query was found.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn marked(&self, expression: &str) -> Result<HashMap<i64, String>, ClientError> {
        let mut statement = self.0.prepare(queries::SMALL_MARKED)?;
        let found = statement.query_map([expression], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The keys, the best first; of those that fit as well the newest.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn best(&self, expression: &str) -> Result<Vec<i64>, ClientError> {
        let mut statement = self.0.prepare(queries::SMALL_SCORES)?;
        let found = statement.query_map([expression], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut scores: Vec<(i64, f64)> = found.collect::<Result<_, _>>()?;
        scores.sort_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)));
        Ok(scores.into_iter().map(|(key, _)| key).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else it would say other things of a text than the large one.
    #[test]
    fn it_takes_texts_apart_as_the_large_one_does() {
        let large = include_str!("../../migrations/0007_search.sql");
        let tokenizer = |sql: &str| {
            let from = sql.find("tokenize =").expect("a tokenizer");
            sql[from..].split('"').nth(1).map(str::to_owned)
        };
        assert_eq!(tokenizer(queries::SMALL_INDEX), tokenizer(large));
    }
}
