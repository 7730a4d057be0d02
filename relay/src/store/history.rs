//! Pages of a room's history for whoever asks for one: in both directions, from a date, around a message; and a message's versions.
//!
//! Invariant: whether the person is in the room is asked in the snapshot that the page is read from, so that nothing is read for one
//! who was put out.

use super::read::{message_row, reaction_row};
use super::{Store, Transaction, queries};
use crate::RelayError;
use model::wire::{HistoryResponse, VersionsResponse};
use model::{Message, MessageId, MessageVersion, Millis, Rev, RoomId, Row, Seq, UserId, limits};
use uuid::Uuid;

/// The last time that every part can write down, in the year 275760; Postgres refuses times beyond its own last.
const LAST_MILLIS: i64 = 8_640_000_000_000_000;

/// Earlier texts of one answer: with the longest texts a megabyte and a half.
const VERSIONS_MAX: i64 = 50;

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The newest before a position; `Seq(i64::MAX)`: the newest of all.
    Before(Seq),
    /// The oldest after a position.
    After(Seq),
    /// A message in the middle.
    Around(MessageId),
    /// The oldest that were written at this time or later.
    Since(Millis),
}

impl Store {
    /// A page of a room, by position; `None`: there is no such room for this person, or no such message to be in the middle.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn history(
        &self,
        user: UserId,
        room: RoomId,
        place: Place,
        limit: u32,
    ) -> Result<Option<HistoryResponse>, RelayError> {
        let limit = limit.clamp(1, limits::PAGE_MAX_ROWS);
        let mut connection = self.connection().await?;
        let tx = connection.snapshot().await?;
        if tx
            .query_opt(queries::IS_MEMBER, &[&room.0, &user.0])
            .await?
            .is_none()
        {
            return Ok(None);
        }
        let messages = match place {
            Place::Before(before) => older(&tx, room, before, limit).await?,
            Place::After(after) => newer(&tx, room, after, limit).await?,
            Place::Since(at) => {
                let first = tx
                    .query_opt(
                        queries::POSITION_SINCE,
                        &[&room.0, &at.0.clamp(0, LAST_MILLIS)],
                    )
                    .await?;
                let first: i64 = first.map_or(i64::MAX, |row| row.get(0));
                newer(&tx, room, Seq(first - 1), limit).await?
            }
            Place::Around(message) => {
                let found = tx
                    .query_opt(queries::POSITION_OF, &[&room.0, &message.0])
                    .await?;
                let Some(found) = found else { return Ok(None) };
                let at = Seq(found.get(0));
                // The message itself is in the first half.
                let half = limit.div_ceil(2);
                let mut messages = older(&tx, room, at.next(), half).await?;
                if limit > half {
                    messages.extend(newer(&tx, room, at, limit - half).await?);
                }
                messages
            }
        };
        let page = page(&tx, room, place, messages).await?;
        tx.commit().await?;
        Ok(Some(page))
    }

    /// The earlier texts of a message after a seq, oldest first, at most [`VERSIONS_MAX`]; `None`: no such message for this person.
    /// Of a deleted message only its author is told: for everybody else it is as if it had never been written.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn versions(
        &self,
        user: UserId,
        room: RoomId,
        message: MessageId,
        after: Seq,
    ) -> Result<Option<VersionsResponse>, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.snapshot().await?;
        let member = tx
            .query_opt(queries::IS_MEMBER, &[&room.0, &user.0])
            .await?;
        let known = tx
            .query_opt(queries::IS_DELETED_FOR, &[&room.0, &message.0, &user.0])
            .await?;
        let (Some(_), Some(known)) = (member, known) else {
            return Ok(None);
        };
        let limit = if known.get(0) { 0 } else { VERSIONS_MAX };
        let page: [super::Param<'_>; 4] = [&room.0, &message.0, &after.0, &limit];
        let rows = tx.query(queries::VERSIONS, &page).await?;
        tx.commit().await?;
        let version = |row: &tokio_postgres::Row| MessageVersion {
            room_id: room,
            message_id: message,
            seq: Seq(row.get(0)),
            rev: Rev(row.get(1)),
            body: row.get(2),
            editor_id: UserId(row.get(3)),
            edited_at: Millis(row.get(4)),
        };
        let versions: Vec<MessageVersion> = rows.iter().map(version).collect();
        let full = i64::try_from(versions.len()).unwrap_or(0) == VERSIONS_MAX;
        let after = versions.last().filter(|_| full).map(|last| last.seq);
        Ok(Some(VersionsResponse { versions, after }))
    }
}

/// The messages before a position, in order.
async fn older(
    tx: &Transaction<'_>,
    room: RoomId,
    before: Seq,
    limit: u32,
) -> Result<Vec<Message>, RelayError> {
    let found = tx
        .query(
            queries::MESSAGES_BEFORE,
            &[&room.0, &before.0, &i64::from(limit)],
        )
        .await?;
    let mut messages = fitting(found.iter().map(message_row));
    messages.reverse();
    Ok(messages)
}

/// The messages after a position, in order.
async fn newer(
    tx: &Transaction<'_>,
    room: RoomId,
    after: Seq,
    limit: u32,
) -> Result<Vec<Message>, RelayError> {
    let found = tx
        .query(
            queries::MESSAGES_BEHIND,
            &[&room.0, &after.0, &i64::from(limit)],
        )
        .await?;
    Ok(fitting(found.iter().map(message_row)))
}

/// As many as one answer may hold, the first in any case.
fn fitting(messages: impl Iterator<Item = Message>) -> Vec<Message> {
    let mut bytes = 0;
    let mut first = true;
    messages
        .take_while(|message| {
            bytes += message.body.len();
            std::mem::take(&mut first) || bytes <= limits::CHANGES_MAX_BYTES
        })
        .collect()
}

async fn page(
    tx: &Transaction<'_>,
    room: RoomId,
    place: Place,
    messages: Vec<Message>,
) -> Result<HistoryResponse, RelayError> {
    let position = |message: Option<&Message>| message.and_then(|message| message.position);
    // Without a message, the page's edges are where it would lie.
    let (low, high) = match (position(messages.first()), position(messages.last()), place) {
        (Some(low), Some(high), _) => (low, high),
        (_, _, Place::Before(at)) => (at, Seq(at.0.saturating_sub(1))),
        (_, _, Place::After(at)) => (Seq(at.0.saturating_add(1)), at),
        (_, _, Place::Around(_) | Place::Since(_)) => (Seq(i64::MAX), Seq(i64::MAX)),
    };
    let beyond = tx
        .query_one(queries::BEYOND, &[&room.0, &low.0, &high.0])
        .await?;
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id.0).collect();
    let reactions = tx.query(queries::REACTIONS_OF, &[&room.0, &ids]).await?;
    let mut rows: Vec<Row> = messages.into_iter().map(Row::Message).collect();
    rows.extend(reactions.iter().map(|row| Row::Reaction(reaction_row(row))));
    Ok(HistoryResponse {
        rows,
        before: beyond.get::<_, bool>(0).then_some(low),
        after: beyond.get::<_, bool>(1).then_some(high),
    })
}
