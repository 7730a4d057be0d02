//! What must be true of every history, however it came about: the simulator and the runs on real parts ask the same questions.
//!
//! No I/O but [`DeviceView::read`], which reads a device's SQLite. A violation is a sentence; an empty list is a good history.

use client::db::rows::Key;
use model::{MessageId, MessageVersion, Op, OpId, Room, RoomId, Row, Seq, UserId};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// A row's place among the rows of a store or a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A room.
    Room(RoomId),
    /// A membership.
    Member(RoomId, UserId),
    /// A message.
    Message(RoomId, MessageId),
    /// A reaction.
    Reaction(RoomId, MessageId, UserId, String),
    /// A read marker.
    ReadMarker(RoomId, UserId),
}

impl RowKey {
    /// The key of a row; none for a version.
    #[must_use]
    pub fn of(row: &Row) -> Option<Self> {
        Some(match Key::of(row)? {
            Key::Room(room) => Self::Room(room),
            Key::Member(room, user) => Self::Member(room, user),
            Key::Message(room, message) => Self::Message(room, message),
            Key::Reaction(room, message, user, emoji) => Self::Reaction(room, message, user, emoji),
            Key::ReadMarker(room, user) => Self::ReadMarker(room, user),
        })
    }
}

/// Words that a person wrote on a device: the token stands nowhere else.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whose.
    pub person: UserId,
    /// On which device.
    pub device: String,
    /// In which room.
    pub room: RoomId,
    /// Of which message.
    pub message: MessageId,
    /// The one word that tells it from all others.
    pub token: String,
    /// It was a new message, not an edit.
    pub post: bool,
    /// It may be gone: the person discarded it, or the disk that alone held it was lost.
    pub excused: bool,
}

/// A store: the rows of Postgres, or of the simulator's.
#[derive(Clone, Debug, Default)]
pub struct StoreView {
    /// Rooms with their counters.
    pub rooms: BTreeMap<RoomId, (Room, Seq)>,
    /// All rows that are synchronised.
    pub rows: BTreeMap<RowKey, Row>,
    /// Earlier texts.
    pub versions: Vec<MessageVersion>,
}

/// A device: what its SQLite holds of the relay's rows, and what of its own.
#[derive(Clone, Debug, Default)]
pub struct DeviceView {
    /// For sentences.
    pub name: String,
    /// Whose.
    pub person: Option<UserId>,
    /// The rooms that it is in, with their cursors; `false`: older messages are still to be fetched.
    pub joined: BTreeMap<RoomId, (Option<Seq>, bool)>,
    /// The relay's rows as it knows them.
    pub rows: BTreeMap<RowKey, Row>,
    /// What its screen shows of each room, in order: all messages that the relay has.
    pub timelines: BTreeMap<RoomId, Vec<MessageId>>,
    /// Operations on their way.
    pub outbox: Vec<(OpId, Op)>,
    /// Operations that were refused.
    pub recovered: Vec<Op>,
}

fn blob(bytes: Vec<u8>) -> uuid::Uuid {
    uuid::Uuid::from_slice(&bytes).unwrap_or_default()
}

impl DeviceView {
    /// Reads a device's database.
    ///
    /// # Errors
    /// SQLite's own, or a value that can't be read.
    pub fn read(connection: &Connection, name: &str) -> anyhow::Result<Self> {
        let ids = |query: &str| -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
            let mut statement = connection.prepare_cached(query)?;
            let columns = statement.column_count();
            let found = statement.query_map([], |row| {
                (0..columns)
                    .map(|column| {
                        Ok(match row.get_ref(column)? {
                            rusqlite::types::ValueRef::Text(text) => text.to_vec(),
                            value => value.as_blob()?.to_vec(),
                        })
                    })
                    .collect::<rusqlite::Result<Vec<_>>>()
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        let mut view = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let mut statement = connection.prepare_cached(
            "SELECT room_id, seq, before IS NOT NULL FROM cursor WHERE joined = 1",
        )?;
        for found in statement.query_map([], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, bool>(2)?,
            ))
        })? {
            let (room, seq, behind) = found?;
            view.joined
                .insert(RoomId(blob(room)), (seq.map(Seq), !behind));
        }
        let mut keys = Vec::new();
        for mut row in ids("SELECT id FROM room")? {
            keys.push(Key::Room(RoomId(blob(row.remove(0)))));
        }
        for mut row in ids("SELECT room_id, user_id FROM member")? {
            let room = RoomId(blob(row.remove(0)));
            keys.push(Key::Member(room, UserId(blob(row.remove(0)))));
        }
        for mut row in ids("SELECT room_id, id FROM message ORDER BY sort, id")? {
            let room = RoomId(blob(row.remove(0)));
            keys.push(Key::Message(room, MessageId(blob(row.remove(0)))));
        }
        for mut row in ids("SELECT room_id, message_id, user_id, emoji FROM reaction")? {
            let room = RoomId(blob(row.remove(0)));
            let message = MessageId(blob(row.remove(0)));
            let user = UserId(blob(row.remove(0)));
            let emoji = String::from_utf8(row.remove(0))?;
            keys.push(Key::Reaction(room, message, user, emoji));
        }
        for mut row in ids("SELECT room_id, user_id FROM read_marker")? {
            let room = RoomId(blob(row.remove(0)));
            keys.push(Key::ReadMarker(room, UserId(blob(row.remove(0)))));
        }
        for key in keys {
            let row = match key.confirmed(connection)? {
                Some(confirmed) => confirmed,
                None => key.current(connection)?,
            };
            let Some(row) = row else { continue };
            if let Key::Message(room, message) = key {
                view.timelines.entry(room).or_default().push(message);
            }
            if let Some(key) = RowKey::of(&row) {
                view.rows.insert(key, row);
            }
        }
        let ops = |query: &str| -> anyhow::Result<Vec<(OpId, Op)>> {
            let mut ops = Vec::new();
            for mut row in ids(query)? {
                let id = OpId(blob(row.remove(0)));
                ops.push((id, serde_json::from_slice(&row.remove(0))?));
            }
            Ok(ops)
        };
        view.outbox = ops("SELECT op_id, op FROM outbox ORDER BY id")?;
        view.recovered = ops("SELECT op_id, op FROM recovered ORDER BY id")?
            .into_iter()
            .map(|(_, op)| op)
            .collect();
        Ok(view)
    }
}

/// A row's stored message, without what is nobody's business: none so far.
fn message_of(
    rows: &BTreeMap<RowKey, Row>,
    room: RoomId,
    id: MessageId,
) -> Option<&model::Message> {
    match rows.get(&RowKey::Message(room, id)) {
        Some(Row::Message(message)) => Some(message),
        _ => None,
    }
}

/// The violations of a history that has come to rest, with everybody connected again.
#[must_use]
pub fn check(written: &[Written], store: &StoreView, devices: &[DeviceView]) -> Vec<String> {
    let mut wrong = Vec::new();
    check_store(store, &mut wrong);
    for device in devices {
        check_device(store, device, &mut wrong);
    }
    check_words(written, store, devices, &mut wrong);
    check_order(written, store, &mut wrong);
    wrong
}

/// In each room every change has its own number, none beyond the counter, and every message its own position.
fn check_store(store: &StoreView, wrong: &mut Vec<String>) {
    let mut seqs: BTreeMap<(RoomId, Seq), &RowKey> = BTreeMap::new();
    let mut positions = BTreeSet::new();
    for (key, row) in &store.rows {
        let room = row.room_id();
        if let Some(other) = seqs.insert((room, row.seq()), key) {
            wrong.push(format!(
                "the store gave seq {} to {other:?} and {key:?}",
                row.seq()
            ));
        }
        let last = store.rooms.get(&room).map_or(Seq::ZERO, |(_, last)| *last);
        if row.seq() > last {
            wrong.push(format!(
                "{key:?} has seq {}, beyond the counter {last}",
                row.seq()
            ));
        }
        if let Row::Message(message) = row {
            let position = message.position.unwrap_or_default();
            if !positions.insert((room, position)) {
                wrong.push(format!(
                    "position {position} is taken twice, by {key:?} too"
                ));
            }
        }
    }
}

/// A device holds exactly the store's rows of its rooms, in the store's order, with nothing left on the way.
fn check_device(store: &StoreView, device: &DeviceView, wrong: &mut Vec<String>) {
    let name = &device.name;
    for (_, op) in &device.outbox {
        wrong.push(format!("{name} still has an operation on its way: {op:?}"));
    }
    for (room, (cursor, whole)) in &device.joined {
        let last = store.rooms.get(room).map(|(_, last)| *last);
        if *cursor != last {
            wrong.push(format!(
                "{name}'s cursor of {room} is {cursor:?}, the store's {last:?}"
            ));
        }
        if !whole {
            wrong.push(format!("{name} has not fetched the whole of {room}"));
        }
        let of_room = |rows: &BTreeMap<RowKey, Row>| -> BTreeMap<RowKey, Row> {
            let rows = rows.iter().filter(|(_, row)| row.room_id() == *room);
            rows.map(|(key, row)| (key.clone(), row.clone())).collect()
        };
        let (theirs, ours) = (of_room(&store.rows), of_room(&device.rows));
        for (key, row) in &theirs {
            match ours.get(key) {
                None => wrong.push(format!("{name} lacks {row:?}")),
                Some(held) if held != row => {
                    wrong.push(format!("{name} holds {held:?}, the store {row:?}"));
                }
                Some(_) => {}
            }
        }
        for (key, row) in &ours {
            if !theirs.contains_key(key) {
                wrong.push(format!("{name} holds what the store has not: {row:?}"));
            }
        }
        let mut order: Vec<(Option<Seq>, MessageId)> = theirs
            .values()
            .filter_map(|row| match row {
                Row::Message(message) => Some((message.position, message.id)),
                _ => None,
            })
            .collect();
        order.sort();
        let order: Vec<MessageId> = order.into_iter().map(|(_, id)| id).collect();
        let shown = device.timelines.get(room).cloned().unwrap_or_default();
        if order != shown {
            wrong.push(format!(
                "{name} shows {room} in another order: {shown:?}, not {order:?}"
            ));
        }
    }
    for key in device.rows.keys() {
        if let RowKey::Message(room, id) = key
            && device.joined.contains_key(room)
            && message_of(&device.rows, *room, *id).is_some_and(|row| row.seq == Seq::ZERO)
        {
            wrong.push(format!(
                "{name} shows {id} as the relay's, which never said so"
            ));
        }
    }
}

/// Every word is in the store, on its way, or kept for its author.
fn check_words(
    written: &[Written],
    store: &StoreView,
    devices: &[DeviceView],
    wrong: &mut Vec<String>,
) {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut keep = |text: &str| kept.extend(text.split_whitespace().map(str::to_owned));
    for row in store.rows.values() {
        if let Row::Message(message) = row {
            keep(&message.body);
        }
    }
    for version in &store.versions {
        keep(&version.body);
    }
    for device in devices {
        let ops = device
            .outbox
            .iter()
            .map(|(_, op)| op)
            .chain(&device.recovered);
        for op in ops {
            keep(op.text().unwrap_or_default());
        }
    }
    for text in written {
        if !text.excused && !kept.contains(&text.token) {
            wrong.push(format!("lost: {text:?}"));
        }
    }
}

/// The messages that one device wrote in one room stand in the order in which it wrote them. What had to be sent again by
/// the person's word, or was offered again to a restored store, is not in `written` as a post.
fn check_order(written: &[Written], store: &StoreView, wrong: &mut Vec<String>) {
    let mut last: BTreeMap<(&str, RoomId), (Seq, &str)> = BTreeMap::new();
    for text in written.iter().filter(|text| text.post) {
        let Some(position) =
            message_of(&store.rows, text.room, text.message).and_then(|message| message.position)
        else {
            continue;
        };
        let before = last.insert((&text.device, text.room), (position, &text.token));
        if let Some((earlier, token)) = before.filter(|(earlier, _)| *earlier > position) {
            wrong.push(format!(
                "{} at {position} overtook {token} at {earlier}, both from {}",
                text.token, text.device
            ));
        }
    }
}
