//! What the relay takes of files, as it last said: so that a person hears of it before anything is copied, offline too.

use crate::ClientError;
use crate::db::queries::blobs as queries;
use model::attachment::matches_type;
use model::wire::BlobLimits;
use rusqlite::{Connection, OptionalExtension};

/// Keeps what the relay says.
///
/// # Errors
/// SQLite's own.
pub(crate) fn set(connection: &Connection, limits: Option<&BlobLimits>) -> Result<(), ClientError> {
    let json = limits.map(serde_json::to_string).transpose();
    let json = json.map_err(|error| ClientError::Stored(error.to_string()))?;
    connection.execute(queries::SET_LIMITS, [json])?;
    Ok(())
}

/// `None`: no relay has said yet. `Some(None)`: it takes none.
///
/// # Errors
/// SQLite's own.
pub(crate) fn get(connection: &Connection) -> Result<Option<Option<BlobLimits>>, ClientError> {
    let found: Option<Option<String>> = connection
        .prepare_cached(queries::LIMITS)?
        .query_row([], |row| row.get(0))
        .optional()?;
    let parse = |json: String| {
        serde_json::from_str(&json).map_err(|error| ClientError::Stored(error.to_string()))
    };
    found.map(|json| json.map(parse).transpose()).transpose()
}

/// How long a file may be; looks at its type.
///
/// # Errors
/// Why it is not taken.
pub(crate) fn check(
    limits: Option<Option<BlobLimits>>,
    name: &str,
    media_type: &str,
) -> Result<u64, ClientError> {
    match limits {
        None => Ok(i64::MAX.unsigned_abs()),
        Some(None) => Err(ClientError::NoFiles),
        Some(Some(limits)) => {
            let taken = |pattern: &String| matches_type(pattern, media_type);
            if !limits.types.iter().any(taken) {
                return Err(ClientError::FileType {
                    name: name.to_owned(),
                    media_type: media_type.to_owned(),
                    types: limits.types.join(", "),
                });
            }
            Ok(limits.max_bytes)
        }
    }
}
