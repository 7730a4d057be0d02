//! Windows of a timeline, at any place of it.
//!
//! Invariant: what a window costs depends on its length, never on how many messages the room has.

use super::reply;
use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob, Stored};
use crate::outbox::Entry;
use model::view::{
    Abilities, Ask, Delivery, Excerpt, Mark, PinView, REACTION_NAMES_MAX, ReactionView, Timeline,
    TimelineItem, UNREAD_MAX,
};
use model::{EditPolicy, MessageId, Millis, Rev, Role, RoomId, RoomKind, Seq, Target, UserId};
use rusqlite::{Connection, OptionalExtension, params};

/// Pins of a room that a list shows.
const PINS_MAX: u32 = 100;

/// Above all positions; pending messages stand from here on.
const FIRST_PENDING: i64 = 1 << 62;

/// The newest messages of a room, or those before a given one; oldest first.
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
    let Some(id) = before else {
        return window(connection, room, Ask::Newest, limit, me);
    };
    sort_of(connection, room, id)?.ok_or(ClientError::NoMessage(id))?;
    let before = Mark { id, position: None };
    window(connection, room, Ask::Before(before), limit, me)
}

/// A part of a room's timeline, oldest first.
///
/// # Errors
/// [`ClientError::NoMessage`] when a message that is to be in it is not here; SQLite's own.
pub fn window(
    connection: &Connection,
    room: RoomId,
    ask: Ask,
    limit: u32,
    me: UserId,
) -> Result<Timeline, ClientError> {
    let reader = Reader {
        connection,
        room,
        me,
    };
    let span = reader.span()?;
    let read_to = rows::read_marker(connection, room, me)?.map(|marker| marker.position);
    let found = reader.find(ask, limit, span, read_to)?;
    let items = found
        .items
        .into_iter()
        .map(|raw| reader.complete(raw))
        .collect::<Result<_, _>>()?;
    let backfilling: Option<bool> = connection
        .prepare_cached(queries::BACKFILLING)?
        .query_row([Blob(room.0)], |row| row.get(0))
        .optional()?;
    Ok(Timeline {
        room_id: room,
        items,
        has_older: found.has_older,
        has_newer: found.has_newer,
        backfilling: backfilling.unwrap_or(false),
        target: found.target,
        span,
        read_to,
        unread: reader.unread(read_to)?,
        may: abilities(connection, room, me)?,
    })
}

/// The pinned messages of a room, the last pinned first.
///
/// # Errors
/// SQLite's own.
pub fn pins(connection: &Connection, room: RoomId) -> Result<Vec<PinView>, ClientError> {
    let mut statement = connection.prepare_cached(queries::PINS)?;
    let found = statement.query_map(params![Blob(room.0), PINS_MAX], |row| {
        Ok(PinView {
            id: MessageId(row.get::<_, Blob>(0)?.0),
            excerpt: Excerpt {
                author_name: row.get(1)?,
                text: row.get(2)?,
                deleted: false,
            },
            created_at: Millis(row.get(3)?),
            pinned_at: Millis(row.get(4)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn sort_of(
    connection: &Connection,
    room: RoomId,
    id: MessageId,
) -> Result<Option<i64>, ClientError> {
    Ok(connection
        .prepare_cached(queries::MESSAGE_SORT)?
        .query_row([Blob(room.0), Blob(id.0)], |row| row.get(0))
        .optional()?)
}

/// A message as its row says, before what hangs on it was looked up.
struct Raw {
    item: TimelineItem,
    delivery: Stored,
    edited_by: Option<UserId>,
    reply_to: Option<MessageId>,
}

/// What a search for a window finds.
struct Found {
    items: Vec<Raw>,
    has_older: bool,
    has_newer: bool,
    target: Option<MessageId>,
}

struct Reader<'a> {
    connection: &'a Connection,
    room: RoomId,
    me: UserId,
}

impl Reader<'_> {
    fn find(
        &self,
        ask: Ask,
        limit: u32,
        span: Option<(Seq, Seq)>,
        read_to: Option<Seq>,
    ) -> Result<Found, ClientError> {
        let one = |query, params: &[&dyn rusqlite::ToSql]| -> Result<Option<i64>, ClientError> {
            Ok(self
                .connection
                .prepare_cached(query)?
                .query_row(params, |row| row.get(0))
                .optional()?)
        };
        let room = Blob(self.room.0);
        match ask {
            Ask::Newest => self.before(i64::MAX, limit),
            Ask::Before(mark) => self.before(self.place(mark)?.unwrap_or(i64::MAX), limit),
            Ask::After(mark) => {
                let from = self
                    .place(mark)?
                    .map_or(i64::MAX, |sort| sort.saturating_add(1));
                self.from(from, limit)
            }
            Ask::From(mark) => match self.place(mark)? {
                Some(sort) => self.from(sort, limit),
                None => self.before(i64::MAX, limit),
            },
            Ask::Around(id) => {
                let sort =
                    sort_of(self.connection, self.room, id)?.ok_or(ClientError::NoMessage(id))?;
                self.around(sort, limit)
            }
            Ask::At(Seq(position)) => match one(queries::SORT_AT, &[&room, &position])? {
                Some(sort) => self.around(sort, limit),
                None => match span {
                    Some((_, last)) => self.around(last.0, limit),
                    None => self.before(i64::MAX, limit),
                },
            },
            Ask::Since(at) => match one(queries::SORT_SINCE, &[&room, &at.0])? {
                Some(sort) => self.around(sort, limit),
                None => self.before(i64::MAX, limit),
            },
            Ask::Unread => {
                let first = match read_to {
                    Some(Seq(read)) => one(
                        queries::FIRST_UNREAD,
                        &[&room, &read, &Blob(self.me.0), &UNREAD_MAX],
                    )?,
                    None => None,
                };
                match first {
                    Some(sort) => self.around(sort, limit),
                    None => self.before(i64::MAX, limit),
                }
            }
        }
    }

    /// Where a message stands, or stood.
    fn place(&self, mark: Mark) -> Result<Option<i64>, ClientError> {
        let here = sort_of(self.connection, self.room, mark.id)?;
        Ok(here.or(mark.position.map(|position| position.0)))
    }

    fn before(&self, sort: i64, limit: u32) -> Result<Found, ClientError> {
        let (mut items, has_older) = self.read(queries::TIMELINE_BEFORE, sort, limit)?;
        items.reverse();
        let has_newer = sort < i64::MAX && self.any(queries::TIMELINE_FROM, sort)?;
        Ok(Found {
            items,
            has_older,
            has_newer,
            target: None,
        })
    }

    fn from(&self, sort: i64, limit: u32) -> Result<Found, ClientError> {
        let (items, has_newer) = self.read(queries::TIMELINE_FROM, sort, limit)?;
        Ok(Found {
            items,
            has_older: self.any(queries::TIMELINE_BEFORE, sort)?,
            has_newer,
            target: None,
        })
    }

    fn around(&self, sort: i64, limit: u32) -> Result<Found, ClientError> {
        let older = self.before(sort, limit / 2)?;
        let newer = self.from(sort, limit - limit / 2)?;
        let target = newer.items.first().map(|raw| raw.item.id);
        let mut items = older.items;
        items.extend(newer.items);
        Ok(Found {
            items,
            has_older: older.has_older,
            has_newer: newer.has_newer,
            target,
        })
    }

    /// At most `limit` messages, and whether there are more.
    fn read(&self, query: &str, sort: i64, limit: u32) -> Result<(Vec<Raw>, bool), ClientError> {
        let mut statement = self.connection.prepare_cached(query)?;
        let found = statement.query_map(
            params![Blob(self.room.0), sort, limit.saturating_add(1)],
            |row| raw(row, self.me),
        )?;
        let mut items: Vec<Raw> = found.collect::<Result<_, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Ok((items, more))
    }

    fn any(&self, query: &str, sort: i64) -> Result<bool, ClientError> {
        Ok(self
            .connection
            .prepare_cached(query)?
            .exists(params![Blob(self.room.0), sort, 1])?)
    }

    fn span(&self) -> Result<Option<(Seq, Seq)>, ClientError> {
        let one = |query| {
            self.connection
                .prepare_cached(query)?
                .query_row([Blob(self.room.0)], |row| row.get::<_, i64>(0))
                .optional()
        };
        let first = one(queries::FIRST_SORT)?.filter(|sort| *sort < FIRST_PENDING);
        let last = one(queries::LAST_POSITION)?;
        Ok(first.zip(last).map(|(first, last)| (Seq(first), Seq(last))))
    }

    fn unread(&self, read_to: Option<Seq>) -> Result<u32, ClientError> {
        let Some(Seq(read)) = read_to else {
            return Ok(0);
        };
        Ok(self
            .connection
            .prepare_cached(queries::COUNT_UNREAD)?
            .query_row(
                params![Blob(self.room.0), read, Blob(self.me.0), UNREAD_MAX],
                |row| row.get(0),
            )?)
    }

    /// Looks up what hangs on a message.
    fn complete(&self, raw: Raw) -> Result<TimelineItem, ClientError> {
        let mut item = raw.item;
        item.delivery = match raw.delivery {
            Stored::Sent => Delivery::Sent,
            Stored::Pending => Delivery::Pending,
            Stored::Failed => {
                Entry::first_failed(self.connection, &Target::Message(self.room, item.id))?
                    .map_or(Delivery::Pending, Delivery::Failed)
            }
        };
        if let Some(editor) = raw.edited_by.filter(|editor| *editor != item.author_id) {
            let member = rows::member(self.connection, self.room, editor)?;
            item.edited_by = member.map(|member| member.name);
        }
        if !item.deleted {
            let reply = |id| reply(self.connection, self.room, id);
            item.reply = raw.reply_to.map(reply).transpose()?;
            item.reactions = self.reactions(item.id)?;
        }
        Ok(item)
    }

    fn reactions(&self, id: MessageId) -> Result<Vec<ReactionView>, ClientError> {
        let mut statement = self.connection.prepare_cached(queries::REACTIONS)?;
        let found = statement.query_map([Blob(self.room.0), Blob(id.0)], |row| {
            let name: String = row.get(2)?;
            Ok((row.get::<_, String>(0)?, row.get::<_, Blob>(1)?, name))
        })?;
        let mut views: Vec<ReactionView> = Vec::new();
        for one in found {
            let (emoji, Blob(user), name) = one?;
            let at = match views.iter().position(|view| view.emoji == emoji) {
                Some(at) => at,
                None => {
                    views.push(ReactionView {
                        emoji,
                        count: 0,
                        mine: false,
                        names: Vec::new(),
                    });
                    views.len() - 1
                }
            };
            let view = &mut views[at];
            view.count += 1;
            view.mine |= UserId(user) == self.me;
            if view.names.len() < REACTION_NAMES_MAX && !name.is_empty() {
                view.names.push(name);
            }
        }
        Ok(views)
    }
}

fn raw(row: &rusqlite::Row<'_>, me: UserId) -> rusqlite::Result<Raw> {
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
        edited_by: None,
        deleted: row.get(9)?,
        pinned: row.get(10)?,
        reply: None,
        reactions: Vec::new(),
        delivery: Delivery::Sent,
        attachments: rows::attachments(13, row.get(13)?)?,
    };
    Ok(Raw {
        item,
        edited_by: row.get::<_, Option<Blob>>(8)?.map(|id| UserId(id.0)),
        reply_to: row.get::<_, Option<Blob>>(11)?.map(|id| MessageId(id.0)),
        delivery: Stored::from_column(row.get(12)?),
    })
}

/// What the rules will allow, for what a screen offers; the rules themselves stay in `decide`.
fn abilities(connection: &Connection, room: RoomId, me: UserId) -> Result<Abilities, ClientError> {
    let (Some(room), Some(member)) = (
        rows::room(connection, room)?,
        rows::member(connection, room, me)?,
    ) else {
        return Ok(Abilities::default());
    };
    let write = room.archived_at.is_none()
        && member.left_at.is_none()
        && !matches!(member.role, Role::Reader | Role::Removed);
    let moderates = write && matches!(member.role, Role::Owner | Role::Moderator);
    Ok(Abilities {
        write,
        pin: write && (moderates || room.kind == RoomKind::Direct),
        edit_others: match room.edit_policy {
            EditPolicy::Author => false,
            EditPolicy::Moderators => moderates,
            EditPolicy::Everyone => write,
        },
        delete_others: moderates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::rows::Put;
    use model::{Member, Message, Reaction, ReadMarker, Row};
    use uuid::Uuid;

    const ROOM: RoomId = RoomId(Uuid::from_u128(1));
    const ME: UserId = UserId(Uuid::from_u128(2));
    const ADA: UserId = UserId(Uuid::from_u128(3));

    fn message(n: i64) -> Message {
        Message {
            room_id: ROOM,
            id: MessageId(Uuid::from_u128(n.unsigned_abs().into())),
            seq: Seq(n),
            position: Some(Seq(n)),
            author_id: ADA,
            body: format!("message {n}"),
            reply_to: None,
            rev: Rev::FIRST,
            created_at: Millis(n * 1000),
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            pinned_at: None,
            attachments: Vec::new(),
        }
    }

    /// A room whose messages stand at 10, 20, … 1000.
    fn room() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::db::prepare(&mut connection).unwrap();
        for n in 1..=100 {
            put(&connection, Row::Message(message(n * 10)));
        }
        connection
    }

    fn put(connection: &Connection, row: Row) {
        rows::put(connection, &row, Put::Confirmed).unwrap();
    }

    fn ask(connection: &Connection, ask: Ask) -> (Vec<i64>, Timeline) {
        let page = window(connection, ROOM, ask, 10, ME).unwrap();
        let numbers = page
            .items
            .iter()
            .filter_map(|item| item.position.map(|seq| seq.0));
        (numbers.collect(), page)
    }

    fn mark(n: i64) -> Mark {
        Mark {
            id: message(n).id,
            position: Some(Seq(n)),
        }
    }

    fn tens(range: std::ops::RangeInclusive<i64>) -> Vec<i64> {
        range.map(|n| n * 10).collect()
    }

    #[test]
    fn a_window_is_where_it_was_asked_for() {
        let connection = room();
        let cases = [
            (Ask::Newest, tens(91..=100), true, false, None),
            (Ask::Before(mark(910)), tens(81..=90), true, true, None),
            (Ask::Before(mark(60)), tens(1..=5), false, true, None),
            (Ask::After(mark(60)), tens(7..=16), true, true, None),
            (Ask::After(mark(950)), tens(96..=100), true, false, None),
            (Ask::From(mark(10)), tens(1..=10), false, true, None),
            (
                Ask::Around(message(500).id),
                tens(45..=54),
                true,
                true,
                Some(500),
            ),
            (Ask::At(Seq(495)), tens(45..=54), true, true, Some(500)),
            (Ask::At(Seq(i64::MIN)), tens(1..=5), false, true, Some(10)),
            (Ask::At(Seq(9999)), tens(95..=100), true, false, Some(1000)),
            (
                Ask::Since(Millis(494_500)),
                tens(45..=54),
                true,
                true,
                Some(500),
            ),
            (
                Ask::Since(Millis(9_999_000)),
                tens(91..=100),
                true,
                false,
                None,
            ),
            // Its message is gone, its place is not.
            (Ask::After(mark(65)), tens(7..=16), true, true, None),
        ];
        for (wanted, numbers, has_older, has_newer, target) in cases {
            let (found, page) = ask(&connection, wanted);
            assert_eq!(found, numbers, "{wanted:?}");
            assert_eq!(page.has_older, has_older, "{wanted:?}");
            assert_eq!(page.has_newer, has_newer, "{wanted:?}");
            let target = target.map(|n| message(n).id);
            assert_eq!(page.target, target, "{wanted:?}");
            assert_eq!(page.span, Some((Seq(10), Seq(1000))));
        }
        let missing = window(&connection, ROOM, Ask::Around(message(5).id), 10, ME);
        assert!(matches!(missing, Err(ClientError::NoMessage(_))));
    }

    #[test]
    fn what_was_written_later_in_an_older_place_is_found_by_its_date() {
        let connection = room();
        // Imported: it was written long before what stands above it.
        let mut imported = message(2000);
        imported.created_at = Millis(5_000);
        put(&connection, Row::Message(imported));
        let (_, page) = ask(&connection, Ask::Since(Millis(1_000)));
        assert_eq!(page.target, Some(message(2000).id));
    }

    #[test]
    fn unread_messages_are_those_of_others_behind_the_marker() {
        let connection = room();
        let (_, page) = ask(&connection, Ask::Unread);
        assert_eq!((page.unread, page.read_to), (0, None));
        assert!(!page.has_newer, "who never read anything starts at the end");
        put(
            &connection,
            Row::ReadMarker(ReadMarker {
                room_id: ROOM,
                user_id: ME,
                seq: Seq(1),
                position: Seq(500),
            }),
        );
        let mut own = message(510);
        own.author_id = ME;
        own.seq = Seq(2000);
        put(&connection, Row::Message(own));
        let (_, page) = ask(&connection, Ask::Unread);
        assert_eq!(page.target, Some(message(520).id));
        assert_eq!(page.unread, 49);
    }

    #[test]
    fn reactions_answers_and_pins_are_looked_up() {
        let connection = room();
        for (user, name) in [(ME, "me"), (ADA, "Ada")] {
            put(
                &connection,
                Row::Member(Member {
                    room_id: ROOM,
                    user_id: user,
                    seq: Seq(1),
                    name: name.to_owned(),
                    role: Role::Member,
                    joined_at: Millis(0),
                    left_at: None,
                }),
            );
            put(
                &connection,
                Row::Reaction(Reaction {
                    room_id: ROOM,
                    message_id: message(1000).id,
                    user_id: user,
                    emoji: "+".to_owned(),
                    seq: Seq(1),
                    removed_at: None,
                }),
            );
        }
        let mut answer = message(1010);
        answer.reply_to = Some(message(10).id);
        answer.pinned_at = Some(Millis(1));
        put(&connection, Row::Message(answer));
        let (_, page) = ask(&connection, Ask::Newest);
        let last = &page.items[page.items.len() - 1];
        let found = last.reply.as_ref().and_then(|reply| reply.found.as_ref());
        assert_eq!(found.map(|found| found.text.as_str()), Some("message 10"));
        assert!(last.pinned);
        let reaction = &page.items[page.items.len() - 2].reactions[0];
        assert_eq!((reaction.count, reaction.mine), (2, true));
        assert_eq!(reaction.names, ["me", "Ada"]);
        assert_eq!(pins(&connection, ROOM).unwrap().len(), 1);
    }
}
