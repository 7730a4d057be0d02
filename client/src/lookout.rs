//! Which messages have just arrived: what a notification may be about. And how many are unread.
//!
//! Invariants: each message is told of at most once; never one's own, one that was read on another device, or history: not the first
//! sync's, not what is filled in behind it, and of a room that one has just come into only what was written since.

use crate::db::queries;
use crate::db::rows::Blob;
use crate::{Client, ClientError, views};
use model::view::{Connection as ConnectionView, RowEvent, Table};
use model::{MessageId, RoomId, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// As many of a room are told of at once; who was away for long gets the newest.
pub const ARRIVALS_MAX: usize = 100;

/// Messages that have arrived in a room, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Where.
    pub room: RoomId,
    /// The room's name; that of a direct room may be empty.
    pub name: String,
    /// It is a direct room.
    pub direct: bool,
    /// The person does not want to hear of the room.
    pub muted: bool,
    /// What.
    pub messages: Vec<Arrival>,
}

/// A message that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Which.
    pub id: MessageId,
    /// Whose.
    pub author: String,
    /// What it says.
    pub body: String,
    /// It names us.
    pub mention: bool,
}

/// What is unread in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Messages, of rooms that are not muted.
    pub messages: u32,
    /// Those of them that are to us: they name us, or the room is direct.
    pub mentions: u32,
    /// The rooms in which nothing is unread.
    pub read: Vec<RoomId>,
}

impl Client {
    /// What is unread.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn unread(&self) -> Result<Unread, ClientError> {
        self.0.db.read(unread).await
    }
}

fn unread(db: &Connection) -> Result<Unread, ClientError> {
    let mut statement = db.prepare_cached(queries::UNREAD)?;
    let mut rows = statement.query([])?;
    let mut sum = Unread::default();
    while let Some(row) = rows.next()? {
        let room = RoomId(row.get::<_, Blob>(0)?.0);
        let (messages, mentions): (u32, u32) = (row.get(2)?, row.get(3)?);
        if messages == 0 {
            sum.read.push(room);
        }
        if !row.get::<_, bool>(4)? {
            let direct = row.get::<_, Option<String>>(1)?.as_deref() == Some("direct");
            sum.messages = sum.messages.saturating_add(messages);
            let to_us = if direct { messages } else { mentions };
            sum.mentions = sum.mentions.saturating_add(to_us);
        }
    }
    Ok(sum)
}

/// Remembers how far each room has been looked at.
#[derive(Clone, Debug, Default)]
pub struct Lookout {
    me: Option<UserId>,
    /// The first sync of this account is done, so what appears now is new.
    settled: bool,
    /// The newest position that was there at the last look.
    seen: HashMap<RoomId, i64>,
}

impl Lookout {
    /// What is new after these rows changed. The first look only remembers.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn look(
        &mut self,
        client: &Client,
        event: &RowEvent,
    ) -> Result<Vec<Arrivals>, ClientError> {
        let concerned = [
            Table::Message,
            Table::Cursor,
            Table::Connection,
            Table::Account,
            Table::ReadMarker,
        ];
        if !event.tables.iter().any(|table| concerned.contains(table)) {
            return Ok(Vec::new());
        }
        let rooms = (!event.rooms_unknown).then(|| event.rooms.clone());
        let mut lookout = self.clone();
        let (lookout, found) = client
            .0
            .db
            .read(move |db| {
                let found = lookout.look_at(db, rooms)?;
                Ok((lookout, found))
            })
            .await?;
        *self = lookout;
        Ok(found)
    }

    /// `rooms`: those that may have changed; none: any.
    fn look_at(
        &mut self,
        db: &Connection,
        rooms: Option<Vec<RoomId>>,
    ) -> Result<Vec<Arrivals>, ClientError> {
        let account = views::account(db)?.filter(|row| row.signed_in);
        let me = account.map(|row| row.account.user_id);
        let first = self.me != me;
        if first {
            *self = Self {
                me,
                ..Self::default()
            };
        }
        let Some(me) = me else {
            return Ok(Vec::new());
        };
        if !self.settled {
            for room in begun(db)? {
                self.seen.insert(room, newest(db, room)?);
            }
            // An account that has been here before is only caught up with.
            let known = first && !self.seen.is_empty();
            self.settled = known || views::status(db)?.connection == ConnectionView::Online;
            return Ok(Vec::new());
        }
        let rooms = match rooms {
            Some(rooms) => rooms,
            None => begun(db)?,
        };
        let mut found = Vec::new();
        for room in rooms {
            found.extend(self.look_into(db, room, me)?);
        }
        Ok(found)
    }

    fn look_into(
        &mut self,
        db: &Connection,
        room: RoomId,
        me: UserId,
    ) -> Result<Option<Arrivals>, ClientError> {
        let about = db
            .prepare_cached(queries::ROOM_OF_ARRIVALS)?
            .query_row([Blob(room.0)], |row| {
                let kind: Option<String> = row.get(1)?;
                let direct = kind.as_deref() == Some("direct");
                Ok((
                    row.get(0)?,
                    direct,
                    row.get::<_, i64>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get(4)?,
                ))
            })
            .optional()?;
        let Some((name, direct, joined_at, read, muted)) = about else {
            return Ok(None);
        };
        let newest = newest(db, room)?;
        let (after, since) = match self.seen.insert(room, newest) {
            Some(seen) => (seen, 0),
            None => (0, joined_at),
        };
        if newest <= after {
            return Ok(None);
        }
        let limit = i64::try_from(ARRIVALS_MAX).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(queries::ARRIVALS)?;
        let mut messages: Vec<Arrival> = statement
            .query_map(
                params![Blob(room.0), after.max(read), Blob(me.0), since, limit],
                |row| {
                    Ok(Arrival {
                        id: MessageId(row.get::<_, Blob>(0)?.0),
                        author: row.get(1)?,
                        body: row.get(2)?,
                        mention: row.get(3)?,
                    })
                },
            )?
            .collect::<Result<_, _>>()?;
        messages.reverse();
        Ok((!messages.is_empty()).then_some(Arrivals {
            room,
            name,
            direct,
            muted,
            messages,
        }))
    }
}

fn begun(db: &Connection) -> Result<Vec<RoomId>, ClientError> {
    let mut statement = db.prepare_cached(queries::ROOMS_BEGUN)?;
    let rooms = statement.query_map([], |row| Ok(RoomId(row.get::<_, Blob>(0)?.0)))?;
    Ok(rooms.collect::<Result<_, _>>()?)
}

fn newest(db: &Connection, room: RoomId) -> Result<i64, ClientError> {
    let newest = db
        .prepare_cached(queries::NEWEST_OF_ROOM)?
        .query_row([Blob(room.0)], |row| row.get(0))?;
    Ok(newest)
}
