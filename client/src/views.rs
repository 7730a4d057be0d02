//! What a screen shows, queried from rows. Every list is windowed or small by nature.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{Blob, Stored};
use crate::outbox::Entry;
use model::view::{
    Account, Connection as ConnectionView, Delivery, DirectoryView, PersonView, RoomView, Status,
    Timeline, TimelineItem,
};
use model::{MessageId, Millis, Rev, RoomId, Seq, Target, UserId};
use rusqlite::{Connection, OptionalExtension, params};
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

/// A window of a room's timeline: the newest messages, or those before a given one; oldest first.
///
/// # Errors
/// [`ClientError::NoMessage`] when `before` is not here; SQLite's own.
pub fn timeline(
    connection: &Connection,
    room: RoomId,
    before: Option<MessageId>,
    limit: u32,
    me: UserId,
) -> Result<Timeline, ClientError> {
    let below = match before {
        None => i64::MAX,
        Some(message) => connection
            .prepare_cached(queries::MESSAGE_SORT)?
            .query_row([Blob(room.0), Blob(message.0)], |row| row.get(0))
            .optional()?
            .ok_or(ClientError::NoMessage(message))?,
    };
    let mut statement = connection.prepare_cached(queries::TIMELINE)?;
    // One more than asked for tells whether there are older ones.
    let found = statement.query_map(
        params![Blob(room.0), below, limit.saturating_add(1)],
        |row| item(row, me),
    )?;
    let mut items: Vec<(TimelineItem, Stored)> = found.collect::<Result<_, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_older = items.len() > limit;
    items.truncate(limit);
    items.reverse();
    let items = items
        .into_iter()
        .map(|(mut item, delivery)| {
            item.delivery = match delivery {
                Stored::Sent => Delivery::Sent,
                Stored::Pending => Delivery::Pending,
                Stored::Failed => Entry::first_failed(connection, &Target::Message(room, item.id))?
                    .map_or(Delivery::Pending, Delivery::Failed),
            };
            Ok(item)
        })
        .collect::<Result<_, ClientError>>()?;
    let backfilling: Option<bool> = connection
        .prepare_cached(queries::BACKFILLING)?
        .query_row([Blob(room.0)], |row| row.get(0))
        .optional()?;
    Ok(Timeline {
        room_id: room,
        items,
        has_older,
        backfilling: backfilling.unwrap_or(false),
    })
}

fn item(row: &rusqlite::Row<'_>, me: UserId) -> rusqlite::Result<(TimelineItem, Stored)> {
    let author_id = UserId(row.get::<_, Blob>(2)?.0);
    let item = TimelineItem {
        id: MessageId(row.get::<_, Blob>(0)?.0),
        position: row.get::<_, Option<i64>>(1)?.map(Seq),
        author_id,
        author_name: row.get(3)?,
        mine: author_id == me,
        body: row.get(4)?,
        rev: Rev(row.get(5)?),
        created_at: Millis(row.get(6)?),
        edited_at: row.get::<_, Option<i64>>(7)?.map(Millis),
        deleted: row.get(8)?,
        delivery: Delivery::Sent,
        attachments: crate::db::rows::attachments(10, row.get(10)?)?,
    };
    Ok((item, Stored::from_column(row.get(9)?)))
}
