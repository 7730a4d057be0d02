//! All that is kept of one person, as JSON Lines: each line an object with its `kind`. Times are milliseconds since 1970.
//!
//! Kinds, in this order: `account`, `identity`, `session`, `invite`, `membership`, `message` (theirs, with the present text),
//! `version` (each earlier text of their messages, and those of others' messages that they wrote), `edit` (the present text of others'
//! messages that they edited last), `reaction`, `read_marker`. No hash of a password, token or invite is in it.

use crate::RelayError;
use crate::store::queries::admin as queries;
use crate::store::{RawParam, Store};
use futures_util::StreamExt;
use model::UserId;
use std::io::Write;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::Type;

/// Writes it, from one snapshot; returns how many lines there are.
///
/// # Errors
/// Postgres's own, or what `to` says.
pub async fn export(
    store: &Store,
    account: UserId,
    to: &mut impl Write,
) -> Result<u64, ExportError> {
    let mut connection = store.raw().await?;
    let tx = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let mut lines = 0;
    for query in queries::EXPORT {
        let id: [(RawParam<'_>, Type); 1] = [(&account.0, Type::UUID)];
        let rows = tx.query_typed_raw(query, id).await?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.next().await {
            let line: String = row?.try_get(0)?;
            writeln!(to, "{line}")?;
            lines += 1;
        }
    }
    tx.commit().await?;
    to.flush()?;
    Ok(lines)
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store's own.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// It could not be written.
    #[error("The export could not be written ({0}). Check the place and that the disk has room.")]
    Write(#[from] std::io::Error),
}

impl From<tokio_postgres::Error> for ExportError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Relay(error.into())
    }
}
