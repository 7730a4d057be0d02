//! Where a person was in each room when they left it, so that they find themselves there again, after a restart too.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::view::PlaceView;
use model::{MessageId, Millis, RoomId};
use rusqlite::{Connection, params};

/// Rooms whose places are read at the start: those that a person was in lately.
const PLACES_MAX: u32 = 500;

/// Keeps a place.
///
/// # Errors
/// SQLite's own.
pub fn put(connection: &Connection, place: &PlaceView, now: Millis) -> Result<(), ClientError> {
    connection
        .prepare_cached(queries::PUT_PLACE)?
        .execute(params![
            Blob(place.room_id.0),
            place.message_id.map(|id| Blob(id.0)),
            place.offset,
            now.0,
        ])?;
    Ok(())
}

/// The places, where the person was last first.
///
/// # Errors
/// SQLite's own.
pub fn list(connection: &Connection) -> Result<Vec<PlaceView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::PLACES)?;
    let found = statement.query_map([PLACES_MAX], |row| {
        Ok(PlaceView {
            room_id: RoomId(row.get::<_, Blob>(0)?.0),
            message_id: row.get::<_, Option<Blob>>(1)?.map(|id| MessageId(id.0)),
            offset: row.get(2)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
