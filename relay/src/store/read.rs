//! Reading rooms, each in one snapshot: changes after a cursor, the first page, older pages.
//!
//! Invariant: a room's commits are in seq order (its row lock is held to commit), so a snapshot holds all of its changes up to some
//! seq and none beyond.

use super::{Param, Store, queries};
use crate::RelayError;
use model::wire::DirectoryEntry;
use model::{
    EditPolicy, Member, Message, MessageId, Millis, Rev, Role, Room, RoomId, RoomKind, Row, Seq,
    UserId, limits,
};
use tokio_postgres::{IsolationLevel, Row as PgRow};
use uuid::Uuid;

/// Channels of one directory: more than fit a person's patience, few enough for one frame.
const DIRECTORY_MAX: i64 = 2000;

/// Changes of a room in `(after, through]`.
#[derive(Clone, Debug)]
pub struct ChangesPage {
    /// In seq order.
    pub rows: Vec<Row>,
    /// How far they go.
    pub through: Seq,
    /// There are more.
    pub more: bool,
}

/// A page of a room's messages.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Messages (and for a first page the room and its members before them).
    pub rows: Vec<Row>,
    /// The lowest position; `None` when there is nothing older.
    pub before: Option<Seq>,
}

impl Store {
    /// The changes of a room after a cursor; `None` when the store is behind that cursor, or has no such room.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn changes(
        &self,
        room: RoomId,
        after: Seq,
    ) -> Result<Option<ChangesPage>, RelayError> {
        let limit = i64::from(limits::PAGE_MAX_ROWS) + 1;
        let mut connection = self.connection().await?;
        let tx = snapshot(&mut connection).await?;
        let last = tx.prepare_cached(queries::LAST_SEQ).await?;
        let rooms = tx.prepare_cached(queries::ROOM_AFTER).await?;
        let members = tx.prepare_cached(queries::MEMBERS_AFTER).await?;
        let messages = tx.prepare_cached(queries::MESSAGES_AFTER).await?;
        let whole: [Param<'_>; 1] = [&room.0];
        let newer: [Param<'_>; 2] = [&room.0, &after.0];
        let page: [Param<'_>; 3] = [&room.0, &after.0, &limit];
        let (last, rooms, members, messages) = tokio::try_join!(
            tx.query_opt(&last, &whole),
            tx.query(&rooms, &newer),
            tx.query(&members, &page),
            tx.query(&messages, &page),
        )?;
        tx.commit().await?;
        let Some(last) = last
            .map(|row| Seq(row.get(0)))
            .filter(|last| *last >= after)
        else {
            return Ok(None);
        };
        let mut rows = Vec::with_capacity(rooms.len() + members.len() + messages.len());
        for row in &rooms {
            rows.push(Row::Room(room_row(row)?));
        }
        for row in &members {
            rows.push(Row::Member(member_row(row)?));
        }
        rows.extend(messages.iter().map(|row| Row::Message(message_row(row))));
        rows.sort_by_key(Row::seq);
        Ok(Some(cut(rows, last)))
    }

    /// The room, its members, its newest messages, and the cursor that goes with them; `None` when there is no such room.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn first_page(&self, room: RoomId) -> Result<Option<(HistoryPage, Seq)>, RelayError> {
        let limit = i64::from(limits::FIRST_PAGE_ROWS);
        let mut connection = self.connection().await?;
        let tx = snapshot(&mut connection).await?;
        let last = tx.query_opt(queries::LAST_SEQ, &[&room.0]).await?;
        let found = tx.query_opt(queries::ROOM, &[&room.0]).await?;
        let members = tx.query(queries::MEMBERS, &[&room.0]).await?;
        let messages = tx
            .query(queries::MESSAGES_BEFORE, &[&room.0, &i64::MAX, &limit])
            .await?;
        tx.commit().await?;
        let (Some(last), Some(found)) = (last, found) else {
            return Ok(None);
        };
        let mut rows = vec![Row::Room(room_row(&found)?)];
        for row in &members {
            rows.push(Row::Member(member_row(row)?));
        }
        let page = history(messages, limit);
        rows.extend(page.rows);
        Ok(Some((
            HistoryPage {
                rows,
                before: page.before,
            },
            Seq(last.get(0)),
        )))
    }

    /// The messages before a position, newest first; at most `limit`.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn older_page(
        &self,
        room: RoomId,
        before: Seq,
        limit: u32,
    ) -> Result<HistoryPage, RelayError> {
        let limit = i64::from(limit.clamp(1, limits::PAGE_MAX_ROWS));
        let connection = self.connection().await?;
        let statement = connection.prepare_cached(queries::MESSAGES_BEFORE).await?;
        let found = connection
            .query(&statement, &[&room.0, &before.0, &limit])
            .await?;
        Ok(history(found, limit))
    }

    /// The rooms that a person is in.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<RoomId>, RelayError> {
        let rows = self
            .connection()
            .await?
            .query(queries::MEMBERSHIPS, &[&user.0])
            .await?;
        Ok(rows.iter().map(|row| RoomId(row.get(0))).collect())
    }

    /// The channels that can be joined.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn directory(&self) -> Result<Vec<DirectoryEntry>, RelayError> {
        let rows = self
            .connection()
            .await?
            .query(queries::DIRECTORY, &[&DIRECTORY_MAX])
            .await?;
        Ok(rows
            .iter()
            .map(|row| DirectoryEntry {
                id: RoomId(row.get(0)),
                name: row.get(1),
                topic: row.get(2),
                members: u32::try_from(row.get::<_, i64>(3)).unwrap_or(u32::MAX),
            })
            .collect())
    }
}

/// A read-only transaction that sees one moment; dropped half-way, it rolls back.
async fn snapshot(
    connection: &mut deadpool_postgres::Object,
) -> Result<deadpool_postgres::Transaction<'_>, RelayError> {
    let builder = connection.build_transaction();
    Ok(builder
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?)
}

/// What fits one frame of rows in seq order, at least one row.
fn cut(mut rows: Vec<Row>, last: Seq) -> ChangesPage {
    let fits = fitting(&rows);
    if fits == rows.len() {
        return ChangesPage {
            rows,
            through: last,
            more: false,
        };
    }
    rows.truncate(fits);
    let through = rows.last().map_or(last, Row::seq);
    ChangesPage {
        rows,
        through,
        more: through < last,
    }
}

/// How many of these rows fit one frame; at least one.
#[must_use]
pub fn fitting(rows: &[Row]) -> usize {
    let most = usize::try_from(limits::PAGE_MAX_ROWS).unwrap_or(usize::MAX);
    let mut bytes = 0;
    for (at, row) in rows.iter().enumerate() {
        bytes += row.text_bytes() + ROW_BYTES;
        if at == most || (at > 0 && bytes > limits::CHANGES_MAX_BYTES) {
            return at;
        }
    }
    rows.len()
}

/// What a row without its text takes in a frame, roughly.
const ROW_BYTES: usize = 256;

/// Messages from newest to oldest, as many as fit a frame.
fn history(found: Vec<PgRow>, limit: i64) -> HistoryPage {
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit;
    let mut rows: Vec<Row> = found
        .iter()
        .map(|row| Row::Message(message_row(row)))
        .collect();
    let fits = fitting(&rows);
    let cut = fits < rows.len();
    rows.truncate(fits);
    let lowest = rows.last().and_then(|row| match row {
        Row::Message(message) => message.position,
        _ => None,
    });
    HistoryPage {
        rows,
        before: lowest.filter(|_| full || cut),
    }
}

fn unknown(column: &str, word: &str) -> RelayError {
    RelayError::Stored(format!("{column} = {word}"))
}

pub(crate) fn room_row(row: &PgRow) -> Result<Room, RelayError> {
    let kind: String = row.get(4);
    let policy: String = row.get(5);
    Ok(Room {
        id: RoomId(row.get(0)),
        seq: Seq(row.get(1)),
        name: row.get(2),
        topic: row.get(3),
        kind: RoomKind::parse(&kind).ok_or_else(|| unknown("room.kind", &kind))?,
        edit_policy: EditPolicy::parse(&policy)
            .ok_or_else(|| unknown("room.edit_policy", &policy))?,
        archived_at: row.get::<_, Option<i64>>(6).map(Millis),
        created_by: UserId(row.get(7)),
        created_at: Millis(row.get(8)),
    })
}

pub(crate) fn member_row(row: &PgRow) -> Result<Member, RelayError> {
    let role: String = row.get(4);
    Ok(Member {
        room_id: RoomId(row.get(0)),
        user_id: UserId(row.get(1)),
        seq: Seq(row.get(2)),
        name: row.get(3),
        role: Role::parse(&role).ok_or_else(|| unknown("member.role", &role))?,
        joined_at: Millis(row.get(5)),
        left_at: row.get::<_, Option<i64>>(6).map(Millis),
    })
}

pub(crate) fn message_row(row: &PgRow) -> Message {
    Message {
        room_id: RoomId(row.get(0)),
        id: MessageId(row.get(1)),
        seq: Seq(row.get(2)),
        position: Some(Seq(row.get(3))),
        author_id: UserId(row.get(4)),
        body: row.get(5),
        reply_to: row.get::<_, Option<Uuid>>(6).map(MessageId),
        rev: Rev(row.get(7)),
        created_at: Millis(row.get(8)),
        edited_at: row.get::<_, Option<i64>>(9).map(Millis),
        edited_by: row.get::<_, Option<Uuid>>(10).map(UserId),
        deleted_at: row.get::<_, Option<i64>>(11).map(Millis),
    }
}
