//! Who is online in each room, and the one delta a room that goes out a few times a second.
//!
//! Invariants: a person is online in a room while at least one of their sessions is subscribed to it; nothing of it is stored.

use model::wire::RelayFrame;
use model::{RoomId, UserId};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Presence {
    rooms: BTreeMap<RoomId, RoomPresence>,
}

#[derive(Default)]
struct RoomPresence {
    /// Sessions of each person.
    online: BTreeMap<UserId, u32>,
    /// Who came (`true`) or left since the last delta.
    changed: BTreeMap<UserId, bool>,
}

impl Presence {
    pub(super) fn enter(&mut self, room: RoomId, user: UserId) {
        let room = self.rooms.entry(room).or_default();
        let sessions = room.online.entry(user).or_default();
        *sessions += 1;
        if *sessions == 1 {
            room.changed.insert(user, true);
        }
    }

    pub(super) fn leave(&mut self, room_id: RoomId, user: UserId) {
        let Some(room) = self.rooms.get_mut(&room_id) else {
            return;
        };
        let Some(sessions) = room.online.get_mut(&user) else {
            return;
        };
        *sessions = sessions.saturating_sub(1);
        if *sessions == 0 {
            room.online.remove(&user);
            room.changed.insert(user, false);
        }
        if room.online.is_empty() {
            self.rooms.remove(&room_id);
        }
    }

    /// Everybody who is online, for one who has just come.
    pub(super) fn snapshot(&self, room: RoomId) -> RelayFrame {
        let mut online: Vec<UserId> = self
            .rooms
            .get(&room)
            .map(|room| room.online.keys().copied().collect())
            .unwrap_or_default();
        online.sort();
        RelayFrame::Presence {
            room,
            reset: true,
            online,
            offline: Vec::new(),
        }
    }

    pub(super) fn take_deltas(&mut self) -> Vec<(RoomId, RelayFrame)> {
        let mut deltas = Vec::new();
        for (room, presence) in &mut self.rooms {
            if presence.changed.is_empty() {
                continue;
            }
            let (mut online, mut offline) = (Vec::new(), Vec::new());
            for (user, came) in std::mem::take(&mut presence.changed) {
                if came {
                    online.push(user)
                } else {
                    offline.push(user)
                }
            }
            deltas.push((
                *room,
                RelayFrame::Presence {
                    room: *room,
                    reset: false,
                    online,
                    offline,
                },
            ));
        }
        deltas
    }
}
