//! What a screen shows, queried from rows. Every list is windowed or small by nature.

mod timeline;
mod versions;

pub use timeline::{pins, timeline, window};
pub use versions::{keep_versions, versions};

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::view::{
    Account, CatchingUp, Connection as ConnectionView, DirectoryView, Excerpt, Fetching, ReplyView,
    Status,
};
use model::{MessageId, Millis, RoomId, UserId};
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

/// A message that another one answers, in short.
///
/// # Errors
/// SQLite's own.
pub fn reply(
    connection: &Connection,
    room: RoomId,
    id: MessageId,
) -> Result<ReplyView, ClientError> {
    let found = connection
        .prepare_cached(queries::EXCERPT)?
        .query_row([Blob(room.0), Blob(id.0)], |row| {
            Ok(Excerpt {
                author_name: row.get(0)?,
                text: row.get(1)?,
                deleted: row.get(2)?,
            })
        })
        .optional()?;
    Ok(ReplyView { id, found })
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
    let (state, reason, since, in_step_at, level, rooms) = connection
        .prepare_cached(queries::CONNECTION)?
        .query_row([], |row| {
            let state: String = row.get(0)?;
            let in_step_at: Option<i64> = row.get(3)?;
            Ok((
                state,
                row.get(1)?,
                row.get(2)?,
                in_step_at,
                row.get(4)?,
                row.get(5)?,
            ))
        })?;
    let (waiting, failed) = connection
        .prepare_cached(queries::COUNT_OPS)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let waiting_since: Option<i64> = connection
        .prepare_cached(queries::WAITING_SINCE)?
        .query_row([], |row| row.get(0))?;
    let fetching = connection
        .prepare_cached(queries::BACKFILL)?
        .query_row([], |row| {
            let (rooms, here, all): (u32, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let percent = (here * 100).checked_div(all).unwrap_or(0).clamp(0, 99);
            let percent = u32::try_from(percent).unwrap_or(0);
            Ok((rooms > 0).then_some(Fetching { rooms, percent }))
        })?;
    let connection = match state.as_str() {
        "connecting" => ConnectionView::Connecting,
        "catching_up" => ConnectionView::CatchingUp,
        "online" => ConnectionView::Online,
        "signed_out" => ConnectionView::SignedOut { reason },
        _ => ConnectionView::Offline { reason },
    };
    let is_behind = connection == ConnectionView::CatchingUp && rooms > 0;
    Ok(Status {
        connection,
        since: Millis(since),
        waiting,
        failed,
        waiting_since: waiting_since.map(Millis),
        in_step_at: in_step_at.map(Millis),
        catching_up: is_behind.then_some(CatchingUp { level, rooms }),
        fetching,
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
