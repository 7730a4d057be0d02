//! Reading rooms, each in one snapshot: changes after a cursor, the first page, older pages.
//!
//! Invariant: a room's commits are in seq order (its row lock is held to commit), so a snapshot holds all of its changes up to some
//! seq and none beyond.

use super::{Param, Store, Transaction, queries};
use crate::RelayError;
use crate::paging::{self, ChangesPage, HistoryPage};
use model::wire::DirectoryEntry;
use model::{
    Attachment, EditPolicy, Member, Message, MessageId, Millis, Reaction, ReadMarker, Rev, Role,
    Room, RoomId, RoomKind, Row, Seq, UserId, limits,
};
use tokio_postgres::Row as PgRow;
use uuid::Uuid;

/// Channels of one directory: more than fit a person's patience, few enough for one frame.
const DIRECTORY_MAX: i64 = 2000;

impl Store {
    /// The changes of a room after a cursor; `None` when the store is behind that cursor, or has no such room. With a `reader`, only
    /// if that person is in the room at the moment that the page is of.
    ///
    /// # Errors
    /// [`RelayError::NoRoom`] for a reader who is not in it, or Postgres's own.
    pub async fn changes(
        &self,
        room: RoomId,
        after: Seq,
        reader: Option<UserId>,
    ) -> Result<Option<ChangesPage>, RelayError> {
        let limit = i64::from(limits::PAGE_MAX_ROWS) + 1;
        let mut connection = self.connection().await?;
        let tx = connection.snapshot().await?;
        let whole: [Param<'_>; 1] = [&room.0];
        let newer: [Param<'_>; 2] = [&room.0, &after.0];
        let page: [Param<'_>; 3] = [&room.0, &after.0, &limit];
        let (_, last, rooms, members, messages, reactions, markers) = tokio::try_join!(
            admitted(&tx, room, reader),
            async { Ok(tx.query_opt(queries::LAST_SEQ, &whole).await?) },
            async { Ok(tx.query(queries::ROOM_AFTER, &newer).await?) },
            async { Ok(tx.query(queries::MEMBERS_AFTER, &page).await?) },
            async { Ok(tx.query(queries::MESSAGES_AFTER, &page).await?) },
            async { Ok(tx.query(queries::REACTIONS_AFTER, &page).await?) },
            async { Ok(tx.query(queries::READ_MARKERS_AFTER, &page).await?) },
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
        rows.extend(reactions.iter().map(|row| Row::Reaction(reaction_row(row))));
        rows.extend(
            markers
                .iter()
                .map(|row| Row::ReadMarker(read_marker_row(row))),
        );
        rows.sort_by_key(Row::seq);
        Ok(Some(paging::changes(rows, last)))
    }

    /// The room, its members, its newest messages, and the cursor that goes with them; `None` when there is no such room.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn first_page(
        &self,
        room: RoomId,
        reader: Option<UserId>,
    ) -> Result<Option<(HistoryPage, Seq)>, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.snapshot().await?;
        admitted(&tx, room, reader).await?;
        let last = tx.query_opt(queries::LAST_SEQ, &[&room.0]).await?;
        let found = tx.query_opt(queries::ROOM, &[&room.0]).await?;
        let members = tx.query(queries::MEMBERS, &[&room.0]).await?;
        let markers = tx.query(queries::READ_MARKERS, &[&room.0]).await?;
        let page = history(&tx, room, Seq(i64::MAX), limits::FIRST_PAGE_ROWS).await?;
        tx.commit().await?;
        let (Some(last), Some(found)) = (last, found) else {
            return Ok(None);
        };
        let mut rows = vec![Row::Room(room_row(&found)?)];
        for row in &members {
            rows.push(Row::Member(member_row(row)?));
        }
        rows.extend(
            markers
                .iter()
                .map(|row| Row::ReadMarker(read_marker_row(row))),
        );
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
    /// As [`Store::changes`].
    pub async fn older_page(
        &self,
        room: RoomId,
        before: Seq,
        limit: u32,
        reader: Option<UserId>,
    ) -> Result<HistoryPage, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.snapshot().await?;
        admitted(&tx, room, reader).await?;
        let page = history(&tx, room, before, limit.clamp(1, limits::PAGE_MAX_ROWS)).await?;
        tx.commit().await?;
        Ok(page)
    }

    /// Whether a person is in a room now.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn is_member(&self, room: RoomId, user: UserId) -> Result<bool, RelayError> {
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::IS_MEMBER, &[&room.0, &user.0])
            .await?;
        Ok(found.is_some())
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

/// Whether the person is in the room in this snapshot; without one, whoever asks is the relay itself.
pub(super) async fn admitted(
    tx: &Transaction<'_>,
    room: RoomId,
    reader: Option<UserId>,
) -> Result<(), RelayError> {
    let Some(user) = reader else { return Ok(()) };
    let found = tx
        .query_opt(queries::IS_MEMBER, &[&room.0, &user.0])
        .await?;
    found.map(|_| ()).ok_or(RelayError::NoRoom)
}

/// Messages before a position, newest first, with their reactions.
async fn history(
    tx: &Transaction<'_>,
    room: RoomId,
    before: Seq,
    limit: u32,
) -> Result<HistoryPage, RelayError> {
    let found = tx
        .query(
            queries::MESSAGES_BEFORE,
            &[&room.0, &before.0, &i64::from(limit)],
        )
        .await?;
    let messages: Vec<Message> = found.iter().map(message_row).collect();
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id.0).collect();
    let found = tx.query(queries::REACTIONS_OF, &[&room.0, &ids]).await?;
    let reactions = found.iter().map(reaction_row).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(paging::history(messages, reactions, limit))
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
        pinned_at: row.get::<_, Option<i64>>(12).map(Millis),
        attachments: attachments(row.get(13)),
    }
}

/// What plain SQL has written and is none to us is left out, and the message is shown without it.
fn attachments(stored: Option<&str>) -> Vec<Attachment> {
    let Some(text) = stored else {
        return Vec::new();
    };
    serde_json::from_str(text).unwrap_or_else(|error| {
        tracing::warn!(%error, "a message's attachments can't be read");
        Vec::new()
    })
}

pub(crate) fn reaction_row(row: &PgRow) -> Reaction {
    Reaction {
        room_id: RoomId(row.get(0)),
        message_id: MessageId(row.get(1)),
        user_id: UserId(row.get(2)),
        emoji: row.get(3),
        seq: Seq(row.get(4)),
        removed_at: row.get::<_, Option<i64>>(5).map(Millis),
    }
}

pub(crate) fn read_marker_row(row: &PgRow) -> ReadMarker {
    ReadMarker {
        room_id: RoomId(row.get(0)),
        user_id: UserId(row.get(1)),
        seq: Seq(row.get(2)),
        position: Seq(row.get(3)),
    }
}
