//! What must be true at every moment of a history, not only when it has come to rest.

use super::context::{ConnId, DeviceId};
use super::store::Store;
use client::db::rows::{self, Key};
use model::wire::{Outcome, RelayFrame};
use model::{Actor, MessageId, Op, OpId, RoomId, Row, Seq, State, decide};
use rusqlite::Connection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Watches, and remembers what was wrong.
#[derive(Debug, Default)]
pub struct Watch {
    /// Violations so far.
    pub wrong: Vec<String>,
    /// What each connection was sent of each room.
    sent: BTreeMap<(ConnId, RoomId), Seq>,
    /// The room of each operation.
    ops: BTreeMap<OpId, RoomId>,
    /// The newest version of each message that each device has shown.
    shown: BTreeMap<(DeviceId, RoomId, MessageId), Seq>,
}

impl Watch {
    /// An operation was written.
    pub fn written(&mut self, op: OpId, room: RoomId) {
        self.ops.insert(op, room);
    }

    fn say(&mut self, what: String) {
        if self.wrong.len() < 20 {
            self.wrong.push(what);
        }
    }

    /// A relay sends a frame: nothing that isn't committed, no gap, no outcome ahead of its rows.
    pub fn sent(&mut self, conn: ConnId, frame: &RelayFrame, epoch: Uuid, store: &Store) {
        if let RelayFrame::Changes { rows, .. }
        | RelayFrame::Snapshot { rows, .. }
        | RelayFrame::Page { rows, .. } = frame
        {
            for row in rows {
                let key = (epoch, row.room_id(), row.seq());
                if store.committed.get(&key) != Some(row) {
                    self.say(format!(
                        "connection {conn} was sent what is not committed: {row:?}"
                    ));
                }
            }
        }
        match frame {
            RelayFrame::Snapshot { room, through, .. } => {
                self.sent.insert((conn, *room), *through);
            }
            RelayFrame::Changes {
                room,
                from,
                through,
                ..
            } => {
                let sent = self.sent.entry((conn, *room)).or_insert(*from);
                if *from > *sent {
                    let what =
                        format!("connection {conn} was sent {room} from {from} after {sent}");
                    self.say(what);
                } else {
                    *sent = (*sent).max(*through);
                }
            }
            RelayFrame::Outcomes { outcomes } => {
                for outcome in outcomes {
                    let Some(room) = self.ops.get(&outcome.op_id) else {
                        continue;
                    };
                    if let (Outcome::Applied { seq }, Some(sent)) =
                        (&outcome.outcome, self.sent.get(&(conn, *room)))
                        && sent < seq
                    {
                        let what = format!(
                            "connection {conn} was told that {} is applied at {seq}, and has rows through {sent}",
                            outcome.op_id
                        );
                        self.say(what);
                    }
                }
            }
            RelayFrame::Resync { room }
            | RelayFrame::Error(model::wire::WireError {
                room: Some(room), ..
            }) => {
                self.sent.remove(&(conn, *room));
            }
            RelayFrame::Memberships { rooms } => {
                self.sent
                    .retain(|(other, room), _| *other != conn || rooms.contains(room));
            }
            _ => {}
        }
    }

    /// A device subscribes: what it was sent before counts no more.
    pub fn subscribed(&mut self, conn: ConnId, room: RoomId, after: Option<Seq>) {
        match after {
            Some(after) => self.sent.insert((conn, room), after),
            None => self.sent.remove(&(conn, room)),
        };
    }

    /// A device's cursors belong to another store, or its disk is another one.
    pub fn forget_device(&mut self, device: DeviceId) {
        self.shown.retain(|(other, ..), _| *other != device);
    }

    /// A device has stored a frame: none of its messages went back, and own changes on the way still show.
    pub fn stored(
        &mut self,
        device: DeviceId,
        name: &str,
        connection: &Connection,
        frame: &RelayFrame,
        actor: &Actor,
    ) -> anyhow::Result<()> {
        if let RelayFrame::Changes { rows, .. }
        | RelayFrame::Snapshot { rows, .. }
        | RelayFrame::Page { rows, .. } = frame
        {
            for row in rows {
                let Row::Message(message) = row else { continue };
                let (room, id) = (message.room_id, message.id);
                let key = Key::Message(room, id);
                let held = match key.confirmed(connection)? {
                    Some(confirmed) => confirmed,
                    None => key.current(connection)?,
                };
                let held = held.map_or(Seq::ZERO, |row| row.seq());
                let shown = self.shown.entry((device, room, id)).or_default();
                if held < *shown {
                    let what = format!("{name} went back from {shown} to {held} of {id}");
                    self.say(what);
                } else {
                    *shown = held;
                }
            }
        }
        self.own_changes_show(name, connection, actor)
    }

    /// A device's cursor has moved over these rows of the store: it has them, as they are or newer.
    pub fn cursor_moved(
        &mut self,
        name: &str,
        connection: &Connection,
        claimed: Vec<Row>,
    ) -> anyhow::Result<()> {
        for row in claimed {
            let Some(key) = Key::of(&row) else { continue };
            let held = match key.confirmed(connection)? {
                Some(confirmed) => confirmed,
                None => key.current(connection)?,
            };
            if held.is_none_or(|held| held.seq() < row.seq()) {
                self.say(format!(
                    "{name} says that it has everything, and has not {row:?}"
                ));
            }
        }
        Ok(())
    }

    /// Each message with own changes on the way is its confirmed version with them replayed.
    fn own_changes_show(
        &mut self,
        name: &str,
        connection: &Connection,
        actor: &Actor,
    ) -> anyhow::Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT op, at, state FROM operation WHERE message_id IS NOT NULL AND part = '' ORDER BY id",
        )?;
        let found = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let mut expected: BTreeMap<(RoomId, MessageId), Option<model::Message>> = BTreeMap::new();
        for found in found {
            let (op, at, state) = found?;
            let op: Op = serde_json::from_str(&op)?;
            let (room_id, Some(id)) = (op.room_id(), op.message_id()) else {
                continue;
            };
            let key = Key::Message(room_id, id);
            let entry = match expected.entry((room_id, id)) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(match key.confirmed(connection)? {
                        Some(Some(Row::Message(message))) => Some(message),
                        _ => None,
                    })
                }
            };
            if state == "failed" && !matches!(op, Op::Post { .. }) {
                continue;
            }
            // What was allowed when it was written shows until the relay has answered.
            let (room, member) = everything_allowed(room_id, actor);
            let state = State {
                room: Some(&room),
                member: Some(&member),
                message: entry.as_ref(),
                ..State::default()
            };
            for row in decide(state, &op, actor, model::Millis(at)).unwrap_or_default() {
                if let Row::Message(message) = row {
                    *entry = Some(message);
                }
            }
        }
        for ((room, id), expected) in expected {
            let shown = rows::message(connection, room, id)?;
            let differs = match (&shown, &expected) {
                (Some(shown), Some(expected)) => {
                    shown.body != expected.body
                        || shown.deleted_at.is_some() != expected.deleted_at.is_some()
                }
                (None, None) => false,
                _ => true,
            };
            if differs {
                self.say(format!(
                    "{name} shows {id} as {:?}, and with own changes it is {:?}",
                    shown.map(|row| row.body),
                    expected.map(|row| row.body)
                ));
            }
        }
        Ok(())
    }
}

fn everything_allowed(id: RoomId, actor: &Actor) -> (model::Room, model::Member) {
    let room = model::Room {
        id,
        seq: Seq::ZERO,
        name: String::new(),
        topic: String::new(),
        kind: model::RoomKind::Direct,
        edit_policy: model::EditPolicy::Everyone,
        archived_at: None,
        created_by: actor.user_id,
        created_at: model::Millis(0),
    };
    let member = model::Member {
        room_id: id,
        user_id: actor.user_id,
        seq: Seq::ZERO,
        name: String::new(),
        role: model::Role::Owner,
        joined_at: model::Millis(0),
        left_at: None,
    };
    (room, member)
}
