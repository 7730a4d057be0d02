//! Rebase by row: what a row shows is its confirmed version with the operations of the outbox replayed on it.
//!
//! Invariants:
//! - A row has an entry in `confirmed` exactly while the outbox holds operations on it; the entry is what the relay last said
//!   (NULL: it has no such row), whatever the row itself shows.
//! - Replaying is `decide` on the confirmed rows, in outbox order. An operation that no longer applies to its row is passed over: the
//!   relay will say why, and its text stays in the outbox. Whether its author may still do that is not asked again: what was
//!   allowed when it was written shows until the relay has answered, also when the room was archived meanwhile.
//! - A refused post still shows (as failed); a refused edit or delete does not, and its text stays in the outbox.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{self, Blob, Key, Put, Stored, pending_sort};
use crate::outbox::{Entry, EntryState};
use model::{
    Actor, EditPolicy, Member, Message, Millis, NamedUser, Op, Person, Reaction, ReadMarker,
    Rejection, Role, Room, RoomId, RoomKind, Row, Seq, State, Target, UserId, decide,
};
use rusqlite::{Connection, OptionalExtension};

/// The rows that `decide` needs for an operation, as they are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) room: Option<Room>,
    pub(crate) member: Option<Member>,
    pub(crate) message: Option<Message>,
    pub(crate) reaction: Option<Reaction>,
    pub(crate) read_marker: Option<ReadMarker>,
    /// Nobody else who is there owns the room, and others are there.
    is_last_owner: bool,
    /// The other people whom the operation names.
    people: Vec<(NamedUser, Option<Member>)>,
}

impl Loaded {
    /// Reads them.
    ///
    /// # Errors
    /// SQLite's own.
    pub(crate) fn read(
        connection: &Connection,
        op: &Op,
        actor: &Actor,
        now: Millis,
    ) -> Result<Self, ClientError> {
        let (room_id, me) = (op.room_id(), actor.user_id);
        let mut loaded = Self {
            room: rows::room(connection, room_id)?,
            member: rows::member(connection, room_id, me)?,
            ..Self::default()
        };
        // A channel that is known from the directory only can be joined all the same.
        if loaded.room.is_none() && matches!(op, Op::Join { .. }) {
            loaded.room = from_directory(connection, room_id, me, now)?;
        }
        if let Some(message) = op.message_id() {
            loaded.message = rows::message(connection, room_id, message)?;
        }
        match op {
            Op::React {
                message_id, emoji, ..
            } => loaded.reaction = rows::reaction(connection, room_id, *message_id, me, emoji)?,
            Op::Leave { .. } => {
                loaded.is_last_owner = connection
                    .prepare_cached(queries::IS_LAST_OWNER)?
                    .query_row([Blob(room_id.0), Blob(me.0)], |row| row.get(0))?;
            }
            Op::MarkRead { .. } => {
                loaded.read_marker = rows::read_marker(connection, room_id, me)?;
            }
            _ => {}
        }
        for person in op.people() {
            let member = rows::member(connection, room_id, person.user_id)?;
            loaded.people.push((person, member));
        }
        Ok(loaded)
    }

    /// Puts a row in the place of the one that was read.
    fn replace(&mut self, key: &Key, row: Option<&Row>) {
        match (key, row) {
            (Key::Room(_), Some(Row::Room(row))) => self.room = Some(row.clone()),
            // A room that is known from the directory only stays known.
            (Key::Room(_), _) => {}
            (Key::Member(_, user), row)
                if self.people.iter().any(|(one, _)| one.user_id == *user) =>
            {
                for (person, member) in &mut self.people {
                    if person.user_id == *user {
                        *member = match row {
                            Some(Row::Member(row)) => Some(row.clone()),
                            _ => None,
                        };
                    }
                }
            }
            (Key::Member(..), Some(Row::Member(row))) => self.member = Some(row.clone()),
            (Key::Member(..), _) => self.member = None,
            (Key::Message(..), Some(Row::Message(row))) => self.message = Some(row.clone()),
            (Key::Message(..), _) => self.message = None,
            (Key::Reaction(..), Some(Row::Reaction(row))) => self.reaction = Some(row.clone()),
            (Key::Reaction(..), _) => self.reaction = None,
            (Key::ReadMarker(..), Some(Row::ReadMarker(row))) => {
                self.read_marker = Some(row.clone());
            }
            (Key::ReadMarker(..), _) => self.read_marker = None,
        }
    }

    /// As if everything were allowed in the room: for an operation that was allowed when it was written.
    fn permit(&mut self, op: &Op, actor: &Actor, at: Millis) {
        if matches!(op.target(), Target::Room(_)) {
            return;
        }
        let room_id = op.room_id();
        self.room = Some(Room {
            id: room_id,
            seq: Seq::ZERO,
            name: String::new(),
            topic: String::new(),
            kind: RoomKind::Channel,
            edit_policy: EditPolicy::Everyone,
            archived_at: None,
            created_by: actor.user_id,
            created_at: at,
        });
        self.member = Some(Member {
            room_id,
            user_id: actor.user_id,
            seq: Seq::ZERO,
            name: actor.name.clone(),
            role: Role::Owner,
            joined_at: at,
            left_at: None,
        });
    }

    /// Runs the rules.
    ///
    /// # Errors
    /// The rules' refusal.
    pub(crate) fn decide(
        &self,
        op: &Op,
        actor: &Actor,
        now: Millis,
    ) -> Result<Vec<Row>, Rejection> {
        let people: Vec<Person<'_>> = self
            .people
            .iter()
            .map(|(person, member)| Person {
                user_id: person.user_id,
                // Whether there is such a person is the relay's to say.
                name: Some(person.name.as_str()),
                member: member.as_ref(),
                is_full: false,
            })
            .collect();
        let state = State {
            people: &people,
            room: self.room.as_ref(),
            member: self.member.as_ref(),
            message: self.message.as_ref(),
            reaction: self.reaction.as_ref(),
            read_marker: self.read_marker.as_ref(),
            is_last_owner: self.is_last_owner,
            is_full: false,
            made_all: false,
            // They are sent before their message is.
            has_blobs: true,
        };
        decide(state, op, actor, now)
    }
}

/// The rows that an operation on this target can change, in the order in which `decide` makes them.
#[must_use]
pub fn keys(target: &Target, me: UserId) -> Vec<Key> {
    match target {
        Target::Room(room) => vec![Key::Room(*room), Key::Member(*room, me)],
        Target::Member(room, user) => vec![Key::Member(*room, *user)],
        Target::Message(room, message) => vec![Key::Message(*room, *message)],
        Target::Reaction(room, message, emoji) => {
            vec![Key::Reaction(*room, *message, me, emoji.clone())]
        }
        Target::ReadMarker(room) => vec![Key::ReadMarker(*room, me)],
    }
}

/// Takes a row from the relay: into `confirmed` if operations are pending on it, else into its table.
///
/// # Returns
/// The row's key if its target must be rebased.
///
/// # Errors
/// SQLite's own.
pub fn take(
    connection: &Connection,
    row: &Row,
    outbox_empty: bool,
) -> Result<Option<Key>, ClientError> {
    let Some(key) = Key::of(row) else {
        return Ok(None);
    };
    if !outbox_empty && let Some(entry) = key.confirmed(connection)? {
        if entry.is_none_or(|held| row.seq() > held.seq()) {
            key.set_confirmed(connection, Some(row))?;
        }
        return Ok(Some(key));
    }
    rows::put(connection, row, Put::Confirmed)?;
    Ok(None)
}

/// Makes the rows of a target what they must be, from `confirmed` and the outbox.
///
/// # Errors
/// SQLite's own.
pub fn rebase(connection: &Connection, target: &Target, actor: &Actor) -> Result<(), ClientError> {
    let entries = Entry::of_target(connection, target)?;
    let keys = keys(target, actor.user_id);
    if entries.is_empty() {
        return settle(connection, &keys);
    }
    let mut shown = Vec::new();
    for key in &keys {
        let confirmed = match key.confirmed(connection)? {
            Some(entry) => entry,
            None => {
                let current = key.current(connection)?;
                key.set_confirmed(connection, current.as_ref())?;
                current
            }
        };
        shown.push((key.clone(), confirmed));
    }
    replay(connection, &entries, &mut shown, actor)?;
    let failed = entries
        .iter()
        .any(|entry| matches!(entry.state, EntryState::Failed { .. }));
    let delivery = if failed {
        Stored::Failed
    } else {
        Stored::Pending
    };
    let pending_sort = pending_sort(entries.first().map_or(0, |entry| entry.id));
    for (key, row) in shown {
        match row {
            Some(row) => rows::put(
                connection,
                &row,
                Put::Optimistic {
                    delivery,
                    pending_sort,
                },
            )?,
            None => key.remove(connection)?,
        }
    }
    Ok(())
}

/// No operation is left: the rows are the relay's again, and gone where it has none.
fn settle(connection: &Connection, keys: &[Key]) -> Result<(), ClientError> {
    for key in keys {
        let Some(confirmed) = key.confirmed(connection)? else {
            continue;
        };
        match confirmed {
            Some(row) => {
                let sent = Put::Optimistic {
                    delivery: Stored::Sent,
                    pending_sort: 0,
                };
                rows::put(connection, &row, sent)?;
            }
            None => key.remove(connection)?,
        }
        key.drop_confirmed(connection)?;
    }
    Ok(())
}

/// Runs `decide` for each operation on the rows in `shown`.
fn replay(
    connection: &Connection,
    entries: &[Entry],
    shown: &mut [(Key, Option<Row>)],
    actor: &Actor,
) -> Result<(), ClientError> {
    for entry in entries {
        let refused = matches!(entry.state, EntryState::Failed { .. });
        if refused && !matches!(entry.op, Op::Post { .. } | Op::CreateRoom { .. }) {
            continue;
        }
        let mut loaded = Loaded::read(connection, &entry.op, actor, entry.at)?;
        // The operation's own rows are those of the replay, not those that are shown now.
        for (key, row) in &*shown {
            loaded.replace(key, row.as_ref());
        }
        let shows_room = matches!(entry.op, Op::CreateRoom { .. } | Op::OpenDirect { .. });
        if shows_room
            && !shown
                .iter()
                .any(|(_, row)| matches!(row, Some(Row::Room(_))))
        {
            loaded.room = None;
        }
        loaded.permit(&entry.op, actor, entry.at);
        let Ok(mut rows) = loaded.decide(&entry.op, actor, entry.at) else {
            continue;
        };
        if let (Op::Join { .. }, Some(room)) = (&entry.op, loaded.room) {
            // Shown at once, under the name that the directory told.
            rows.insert(0, Row::Room(room));
        }
        for row in rows {
            for slot in &mut *shown {
                if Key::of(&row).as_ref() == Some(&slot.0) {
                    slot.1 = Some(row.clone());
                }
            }
        }
    }
    Ok(())
}

/// A channel's row as far as the directory tells it; the relay's own follows with the first page.
///
/// # Errors
/// SQLite's own.
pub fn from_directory(
    connection: &Connection,
    room: RoomId,
    me: UserId,
    now: Millis,
) -> Result<Option<Room>, ClientError> {
    let found = connection
        .prepare_cached(queries::DIRECTORY_ENTRY)?
        .query_row([Blob(room.0)], |row| {
            Ok(Room {
                id: RoomId(row.get::<_, Blob>(0)?.0),
                seq: Seq::ZERO,
                name: row.get(1)?,
                topic: row.get(2)?,
                kind: RoomKind::Channel,
                edit_policy: EditPolicy::Author,
                archived_at: None,
                created_by: me,
                created_at: now,
            })
        })
        .optional()?;
    Ok(found)
}
