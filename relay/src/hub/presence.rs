//! Who is online and who is typing in each room, on this relay and on the others, and the one delta a room that goes out a few times
//! a second, whatever the number of people.
//!
//! Invariants:
//! - A person is online in a room while at least one of their sessions, on any relay, is subscribed to it; nothing of it is stored.
//! - Time is counted in ticks ([`TICK`]). Typing ends by itself after [`TYPING_TICKS`]; a relay that was not heard for
//!   [`PEER_TICKS`] is gone, and its people with it.
//! - Relays tell each other deltas, numbered; whoever misses one asks, and gets the whole. So a lost message costs time only.

use model::limits::PRESENCE_MAX_LIST;
use model::wire::RelayFrame;
use model::{RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

use super::SessionId;

/// How often deltas go out.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// Six seconds: typing that is not said again has ended.
const TYPING_TICKS: u64 = 24;

/// Four seconds: how often a relay says that it is there.
const BEAT_TICKS: u64 = 16;

/// Twelve seconds: three beats that did not come.
const PEER_TICKS: u64 = 48;

/// People in one message between relays: NOTIFY takes 8,000 bytes.
const SHARED_MAX: usize = 150;

#[derive(Default)]
pub(super) struct Presence {
    relay: Uuid,
    now: u64,
    rooms: BTreeMap<RoomId, RoomPresence>,
    peers: BTreeMap<Uuid, Peer>,
    /// The number of the last message of ours that held something.
    sent: u64,
    /// Somebody wants the whole.
    asked: bool,
    /// We want the whole.
    ask: bool,
}

/// Another relay.
struct Peer {
    /// The number of its last message that held something.
    heard: u64,
    last: u64,
}

#[derive(Default)]
struct RoomPresence {
    /// Sessions of each person here.
    online: BTreeMap<UserId, u32>,
    /// Until which tick.
    typing: BTreeMap<(UserId, SessionId), u64>,
    elsewhere: BTreeMap<Uuid, People>,
    /// Whose state may differ from what was told.
    changed: BTreeSet<UserId>,
    told: People,
    shared: People,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct People {
    online: BTreeSet<UserId>,
    typing: BTreeSet<UserId>,
}

/// A message between relays.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Shared {
    relay: Uuid,
    n: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ask: bool,
    /// What was told before is void.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reset: bool,
    /// The relay stops.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bye: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rooms: Vec<SharedRoom>,
}

/// News of one room.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SharedRoom {
    room: RoomId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    off: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    typing: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stopped: Vec<UserId>,
}

impl SharedRoom {
    fn of(room: RoomId) -> Self {
        Self {
            room,
            on: Vec::new(),
            off: Vec::new(),
            typing: Vec::new(),
            stopped: Vec::new(),
        }
    }
}

impl RoomPresence {
    fn is_online(&self, user: UserId) -> bool {
        self.online.contains_key(&user)
            || self
                .elsewhere
                .values()
                .any(|people| people.online.contains(&user))
    }

    fn types_here(&self, user: UserId) -> bool {
        let first = (user, SessionId(0));
        let last = (user, SessionId(u64::MAX));
        self.typing.range(first..=last).next().is_some()
    }

    fn is_typing(&self, user: UserId) -> bool {
        self.types_here(user)
            || self
                .elsewhere
                .values()
                .any(|people| people.typing.contains(&user))
    }

    fn all_online(&self) -> BTreeSet<UserId> {
        let elsewhere = self.elsewhere.values().flat_map(|people| &people.online);
        self.online.keys().chain(elsewhere).copied().collect()
    }

    fn is_over(&self) -> bool {
        self.online.is_empty()
            && self.elsewhere.is_empty()
            && self.changed.is_empty()
            && self.shared == People::default()
    }

    /// What subscribers have not been told yet.
    fn delta(&mut self, room: RoomId) -> Option<RelayFrame> {
        let mut delta = SharedRoom::of(room);
        for user in std::mem::take(&mut self.changed) {
            let (online, typing) = (self.is_online(user), self.is_typing(user));
            mark(
                &mut self.told.online,
                user,
                online,
                &mut delta.on,
                &mut delta.off,
            );
            let (began, ended) = (&mut delta.typing, &mut delta.stopped);
            mark(&mut self.told.typing, user, typing, began, ended);
        }
        let SharedRoom {
            on,
            off,
            typing,
            stopped,
            ..
        } = delta;
        let any = [&on, &off, &typing, &stopped]
            .iter()
            .any(|list| !list.is_empty());
        any.then(|| RelayFrame::Presence {
            room,
            reset: false,
            online: on,
            offline: off,
            typing,
            stopped,
            count: count(self.told.online.len()),
        })
    }

    /// What the other relays have not been told yet of our people.
    fn share(&mut self, room: RoomId) -> Option<SharedRoom> {
        let here = People {
            online: self.online.keys().copied().collect(),
            typing: self.typing.keys().map(|(user, _)| *user).collect(),
        };
        let minus = |one: &BTreeSet<UserId>, other: &BTreeSet<UserId>| -> Vec<UserId> {
            one.difference(other).copied().collect()
        };
        if here == self.shared {
            return None;
        }
        let news = SharedRoom {
            room,
            on: minus(&here.online, &self.shared.online),
            off: minus(&self.shared.online, &here.online),
            typing: minus(&here.typing, &self.shared.typing),
            stopped: minus(&self.shared.typing, &here.typing),
        };
        self.shared = here;
        Some(news)
    }
}

/// Keeps what was told of somebody, and says it if it is news.
fn mark(
    told: &mut BTreeSet<UserId>,
    user: UserId,
    is_so: bool,
    began: &mut Vec<UserId>,
    ended: &mut Vec<UserId>,
) {
    if is_so && told.insert(user) {
        began.push(user);
    } else if !is_so && told.remove(&user) {
        ended.push(user);
    }
}

fn count(people: usize) -> u32 {
    u32::try_from(people).unwrap_or(u32::MAX)
}

impl Presence {
    pub(super) fn new(relay: Uuid) -> Self {
        Self {
            relay,
            ask: true,
            ..Self::default()
        }
    }

    pub(super) fn enter(&mut self, room: RoomId, user: UserId) {
        let room = self.rooms.entry(room).or_default();
        *room.online.entry(user).or_default() += 1;
        room.changed.insert(user);
    }

    pub(super) fn leave(&mut self, room: RoomId, user: UserId, session: SessionId) {
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        room.typing.remove(&(user, session));
        room.changed.insert(user);
        if let Some(sessions) = room.online.get_mut(&user) {
            *sessions = sessions.saturating_sub(1);
            if *sessions == 0 {
                room.online.remove(&user);
            }
        }
    }

    pub(super) fn typing(&mut self, room: RoomId, user: UserId, session: SessionId, on: bool) {
        let until = self.now + TYPING_TICKS;
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        if !room.online.contains_key(&user) {
            return;
        }
        room.changed.insert(user);
        if on {
            room.typing.insert((user, session), until);
        } else {
            room.typing.remove(&(user, session));
        }
    }

    /// Everybody who is online, for one who has just come; of a crowd the first [`PRESENCE_MAX_LIST`] and the count.
    pub(super) fn snapshot(&self, room_id: RoomId) -> RelayFrame {
        let room = self.rooms.get(&room_id);
        let online = room.map(RoomPresence::all_online).unwrap_or_default();
        let typing = room.map(|room| {
            let here = room.typing.keys().map(|(user, _)| *user);
            let elsewhere = room.elsewhere.values().flat_map(|people| &people.typing);
            here.chain(elsewhere.copied()).collect::<BTreeSet<_>>()
        });
        RelayFrame::Presence {
            room: room_id,
            reset: true,
            count: count(online.len()),
            online: online.into_iter().take(PRESENCE_MAX_LIST).collect(),
            offline: Vec::new(),
            typing: typing
                .unwrap_or_default()
                .into_iter()
                .take(PRESENCE_MAX_LIST)
                .collect(),
            stopped: Vec::new(),
        }
    }

    /// One tick: what subscribers are told, a frame a room, and what the other relays are told.
    pub(super) fn tick(&mut self) -> (Vec<(RoomId, RelayFrame)>, Vec<String>) {
        self.now += 1;
        self.expire();
        let mut deltas = Vec::new();
        let mut news = Vec::new();
        for (room, presence) in &mut self.rooms {
            deltas.extend(presence.delta(*room).map(|frame| (*room, frame)));
            news.extend(presence.share(*room));
        }
        self.rooms.retain(|_, room| !room.is_over());
        (deltas, self.publish(news))
    }

    fn expire(&mut self) {
        let now = self.now;
        for room in self.rooms.values_mut() {
            let over: Vec<_> = room
                .typing
                .iter()
                .filter(|(_, until)| **until <= now)
                .map(|(key, _)| *key)
                .collect();
            for key in over {
                room.typing.remove(&key);
                room.changed.insert(key.0);
            }
        }
        let gone: Vec<Uuid> = self
            .peers
            .iter()
            .filter(|(_, peer)| now.saturating_sub(peer.last) > PEER_TICKS)
            .map(|(relay, _)| *relay)
            .collect();
        for relay in gone {
            self.forget(relay);
        }
    }

    fn forget(&mut self, relay: Uuid) {
        self.peers.remove(&relay);
        self.clear(relay);
    }

    fn clear(&mut self, relay: Uuid) {
        for room in self.rooms.values_mut() {
            if let Some(people) = room.elsewhere.remove(&relay) {
                room.changed.extend(people.online);
                room.changed.extend(people.typing);
            }
        }
    }

    fn publish(&mut self, news: Vec<SharedRoom>) -> Vec<String> {
        let mut messages = Vec::new();
        if std::mem::take(&mut self.asked) {
            let whole = self.rooms.iter().map(|(room, presence)| SharedRoom {
                room: *room,
                on: presence.shared.online.iter().copied().collect(),
                typing: presence.shared.typing.iter().copied().collect(),
                ..SharedRoom::of(*room)
            });
            let whole = whole.filter(|room| !room.on.is_empty()).collect();
            messages = self.pack(whole, true);
        } else if !news.is_empty() && self.peers.is_empty() {
            // Nobody listens; whoever comes sees by the number that it has missed something.
            self.sent += 1;
        } else if !news.is_empty() {
            messages = self.pack(news, false);
        }
        let ask = std::mem::take(&mut self.ask);
        if ask || self.now.is_multiple_of(BEAT_TICKS) {
            messages.push(Shared {
                relay: self.relay,
                n: self.sent,
                ask,
                ..Shared::default()
            });
        }
        messages
            .iter()
            .filter_map(|message| serde_json::to_string(message).ok())
            .collect()
    }

    /// Cuts what is to be told into messages.
    fn pack(&mut self, rooms: Vec<SharedRoom>, reset: bool) -> Vec<Shared> {
        let mut messages: Vec<Shared> = Vec::new();
        let mut room_left = 0;
        let mut add = |sent: &mut u64, piece: SharedRoom| {
            let size =
                3 + piece.on.len() + piece.off.len() + piece.typing.len() + piece.stopped.len();
            if messages.is_empty() || size > room_left {
                *sent += 1;
                messages.push(Shared {
                    relay: self.relay,
                    n: *sent,
                    reset: reset && messages.is_empty(),
                    ..Shared::default()
                });
                room_left = SHARED_MAX;
            }
            room_left = room_left.saturating_sub(size);
            if let Some(message) = messages.last_mut() {
                message.rooms.push(piece);
            }
        };
        let mut sent = self.sent;
        for SharedRoom {
            room,
            on,
            off,
            typing,
            stopped,
        } in rooms
        {
            let most = SHARED_MAX - 3;
            for on in on.chunks(most) {
                add(
                    &mut sent,
                    SharedRoom {
                        room,
                        on: on.to_vec(),
                        ..SharedRoom::of(room)
                    },
                );
            }
            for off in off.chunks(most) {
                add(
                    &mut sent,
                    SharedRoom {
                        room,
                        off: off.to_vec(),
                        ..SharedRoom::of(room)
                    },
                );
            }
            for typing in typing.chunks(most) {
                add(
                    &mut sent,
                    SharedRoom {
                        room,
                        typing: typing.to_vec(),
                        ..SharedRoom::of(room)
                    },
                );
            }
            for stopped in stopped.chunks(most) {
                add(
                    &mut sent,
                    SharedRoom {
                        room,
                        stopped: stopped.to_vec(),
                        ..SharedRoom::of(room)
                    },
                );
            }
        }
        if messages.is_empty() && reset {
            sent += 1;
            messages.push(Shared {
                relay: self.relay,
                n: sent,
                reset,
                ..Shared::default()
            });
        }
        self.sent = sent;
        messages
    }

    /// We may have missed messages of any relay.
    pub(super) fn lost_touch(&mut self) {
        self.ask = true;
        self.asked = true;
    }

    /// The last message of a relay that stops.
    pub(super) fn bye(&self) -> Option<String> {
        serde_json::to_string(&Shared {
            relay: self.relay,
            bye: true,
            ..Shared::default()
        })
        .ok()
    }

    /// Takes a message; one that is none is passed over.
    pub(super) fn hear(&mut self, message: &str) {
        let Ok(message) = serde_json::from_str::<Shared>(message) else {
            return;
        };
        if message.relay == self.relay {
            return;
        }
        self.asked |= message.ask;
        if message.bye {
            return self.forget(message.relay);
        }
        let now = self.now;
        let holds = message.reset || !message.rooms.is_empty();
        // A relay that was not known has its news told as a whole.
        let peer = self.peers.entry(message.relay).or_insert(Peer {
            heard: u64::MAX,
            last: now,
        });
        peer.last = now;
        if message.reset {
            peer.heard = message.n;
            self.clear(message.relay);
        } else if holds && peer.heard.checked_add(1) == Some(message.n) {
            peer.heard = message.n;
        } else if peer.heard != message.n {
            self.ask = true;
            return;
        }
        for news in message.rooms {
            let room = self.rooms.entry(news.room).or_default();
            let people = room.elsewhere.entry(message.relay).or_default();
            people.online.extend(&news.on);
            people.typing.extend(&news.typing);
            for user in &news.off {
                people.online.remove(user);
            }
            for user in &news.stopped {
                people.typing.remove(user);
            }
            if *people == People::default() {
                room.elsewhere.remove(&message.relay);
            }
            let touched = [news.on, news.off, news.typing, news.stopped];
            room.changed.extend(touched.into_iter().flatten());
        }
    }
}

#[cfg(test)]
mod tests;
