//! What a screen shows, queried from rows. Every list is windowed or small by nature.

mod timeline;
mod versions;

pub use timeline::{pins, timeline, window};
pub use versions::{keep_versions, versions};

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{Blob, Stored};
use crate::outbox::Entry;
use model::view::{
    Account, Connection as ConnectionView, DirectoryView, PersonView, RoomView, Status,
};
use model::{Millis, RoomId, Target, UserId};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

/// The profile's account row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Whose data this is, and where.
    pub account: Account,
    /// The session is (as far as we know) good.
    pub signed_in: bool,
    /// The store that the cursors belong to.
    pub epoch: Option<Uuid>,
}

/// The profile's account, if it ever had one.
///
/// # Errors
/// SQLite's own.
pub fn account(connection: &Connection) -> Result<Option<AccountRow>, ClientError> {
    let found = connection
        .prepare_cached(queries::ACCOUNT)?
        .query_row([], |row| {
            Ok(AccountRow {
                account: Account {
                    relay: row.get(0)?,
                    user_id: UserId(row.get::<_, Blob>(1)?.0),
                    name: row.get(2)?,
                },
                signed_in: row.get(3)?,
                epoch: row.get::<_, Option<Blob>>(4)?.map(|epoch| epoch.0),
            })
        })
        .optional()?;
    Ok(found)
}

/// The connection and the outbox in numbers.
///
/// # Errors
/// SQLite's own.
pub fn status(connection: &Connection) -> Result<Status, ClientError> {
    let (state, reason, since): (String, String, i64) = connection
        .prepare_cached(queries::CONNECTION)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (waiting, failed) = connection
        .prepare_cached(queries::COUNT_OPS)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let connection = match state.as_str() {
        "connecting" => ConnectionView::Connecting,
        "catching_up" => ConnectionView::CatchingUp,
        "online" => ConnectionView::Online,
        "signed_out" => ConnectionView::SignedOut { reason },
        _ => ConnectionView::Offline { reason },
    };
    Ok(Status {
        connection,
        since: Millis(since),
        waiting,
        failed,
    })
}

/// How a connection state is stored: its word, and the reason where it has one.
#[must_use]
pub fn connection_columns(state: &ConnectionView) -> (&'static str, &str) {
    match state {
        ConnectionView::Offline { reason } => ("offline", reason),
        ConnectionView::Connecting => ("connecting", ""),
        ConnectionView::CatchingUp => ("catching_up", ""),
        ConnectionView::Online => ("online", ""),
        ConnectionView::SignedOut { reason } => ("signed_out", reason),
    }
}

/// The rooms that we are in or on the way into, by name.
///
/// # Errors
/// SQLite's own.
pub fn rooms(connection: &Connection) -> Result<Vec<RoomView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::ROOMS)?;
    let found: Vec<(Blob, String, String, i64)> = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    found
        .into_iter()
        .map(|(id, name, topic, delivery)| {
            let id = RoomId(id.0);
            let delivery = Stored::from_column(delivery);
            let failed = match delivery {
                Stored::Failed => Entry::first_failed(connection, &Target::Room(id))?,
                Stored::Sent | Stored::Pending => None,
            };
            Ok(RoomView {
                id,
                name,
                topic,
                pending: delivery == Stored::Pending,
                failed,
            })
        })
        .collect()
}

/// The channels that could be joined, as the relay last told.
///
/// # Errors
/// SQLite's own.
pub fn directory(connection: &Connection) -> Result<Vec<DirectoryView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::DIRECTORY)?;
    let found = statement.query_map([], |row| {
        Ok(DirectoryView {
            id: RoomId(row.get::<_, Blob>(0)?.0),
            name: row.get(1)?,
            topic: row.get(2)?,
            members: row.get(3)?,
            joined: row.get(4)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
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
    let mut statement = connection.prepare_cached(queries::PEOPLE)?;
    let found = statement.query_map([Blob(room.0)], |row| {
        let id = UserId(row.get::<_, Blob>(0)?.0);
        Ok(PersonView {
            id,
            name: row.get(1)?,
            online: row.get(2)?,
            me: id == me,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
