//! The one row that the rest of the database is checked against: see migration 0003.
//!
//! Invariant: `generation` only grows, by one for each transaction that touched what the rescue files keep.

use super::queries;
use crate::ClientError;
use rusqlite::{Connection, OptionalExtension, params};

/// What the row says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seal {
    /// Counts the transactions that touched what the rescue files keep.
    pub(crate) generation: i64,
    /// Of the schema's text.
    schema: Option<i64>,
    /// Of the account's row; `None` if it was never written through [`super::Db`].
    account: Option<i64>,
}

impl Seal {
    /// Reads the row; it fails as damaged if it does not fit its checksum.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn read(connection: &Connection) -> Result<Self, ClientError> {
        let seal = connection
            .prepare_cached(queries::SEAL)?
            .query_row([], |row| {
                Ok(Self {
                    generation: row.get(0)?,
                    schema: row.get(1)?,
                    account: row.get(2)?,
                })
            })?;
        Ok(seal)
    }

    fn write(self, connection: &Connection) -> Result<(), ClientError> {
        connection
            .prepare_cached(queries::SET_SEAL)?
            .execute(params![self.generation, self.schema, self.account])?;
        Ok(())
    }

    /// Whether schema and account are those that were sealed.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn holds(self, connection: &Connection) -> Result<bool, ClientError> {
        let schema = self.schema.is_none() || self.schema == Some(schema(connection)?);
        Ok(schema && (self.account.is_none() || self.account == account(connection)?))
    }
}

/// Seals the schema as it stands: after the migrations.
///
/// # Errors
/// SQLite's own.
pub(crate) fn set_schema(connection: &Connection) -> Result<(), ClientError> {
    Seal {
        schema: Some(schema(connection)?),
        ..Seal::read(connection)?
    }
    .write(connection)
}

/// One more transaction that touched what is kept.
///
/// # Errors
/// SQLite's own.
pub(crate) fn advance(connection: &Connection) -> Result<(), ClientError> {
    let seal = Seal::read(connection)?;
    Seal {
        generation: seal.generation.saturating_add(1),
        account: account(connection)?,
        ..seal
    }
    .write(connection)
}

/// Starts a database that takes the place of a damaged one.
///
/// # Errors
/// SQLite's own.
pub(crate) fn start_at(connection: &Connection, generation: i64) -> Result<(), ClientError> {
    Seal {
        generation,
        account: account(connection)?,
        ..Seal::read(connection)?
    }
    .write(connection)
}

fn schema(connection: &Connection) -> Result<i64, ClientError> {
    let mut hasher = crc32fast::Hasher::new();
    let mut statement = connection.prepare(queries::SCHEMA)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..4 {
            hasher.update(
                row.get::<_, Option<String>>(column)?
                    .unwrap_or_default()
                    .as_bytes(),
            );
            hasher.update(&[0]);
        }
    }
    Ok(i64::from(hasher.finalize()))
}

fn account(connection: &Connection) -> Result<Option<i64>, ClientError> {
    Ok(connection
        .query_row(queries::ACCOUNT_CHECKSUM, [], |row| row.get(0))
        .optional()?)
}
