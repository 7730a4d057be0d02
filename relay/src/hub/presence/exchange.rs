//! What relays tell each other of their people: deltas, numbered; whoever misses one asks, and gets the whole. So a lost message costs
//! time only. The whole comes in pieces and counts when the last of them is there, so that nobody seems to go and come back meanwhile.
//! A relay that was not heard for [`PEER_TICKS`] is gone, and its people with it.

use super::{People, Presence};
use model::{RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Four seconds: how often a relay says that it is there.
const BEAT_TICKS: u64 = 16;

/// Twelve seconds: three beats that did not come.
const PEER_TICKS: u64 = 48;

/// People in one message between relays: NOTIFY takes 8,000 bytes.
const SHARED_MAX: usize = 150;

/// Another relay.
pub(super) struct Peer {
    /// The number of its last message that held something.
    heard: u64,
    last: u64,
    /// The pieces of its whole that have come so far.
    whole: Option<BTreeMap<RoomId, People>>,
}

/// A message between relays.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Shared {
    relay: Uuid,
    n: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ask: bool,
    /// The first piece of the whole: what was told before is void.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reset: bool,
    /// More pieces of the whole follow.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
    /// The relay stops.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bye: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rooms: Vec<SharedRoom>,
}

/// News of one room.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SharedRoom {
    pub(super) room: RoomId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) on: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) off: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) typing: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) stopped: Vec<UserId>,
}

impl SharedRoom {
    pub(super) fn of(room: RoomId) -> Self {
        Self {
            room,
            on: Vec::new(),
            off: Vec::new(),
            typing: Vec::new(),
            stopped: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.on.is_empty()
            && self.off.is_empty()
            && self.typing.is_empty()
            && self.stopped.is_empty()
    }

    /// In pieces of which each fits a message.
    fn cut(self) -> Vec<Self> {
        let most = SHARED_MAX - ROOM_SIZE;
        let mut pieces = Vec::new();
        let mut add = |people: &[UserId], put: fn(&mut Self, Vec<UserId>)| {
            for some in people.chunks(most) {
                let mut piece = Self::of(self.room);
                put(&mut piece, some.to_vec());
                pieces.push(piece);
            }
        };
        add(&self.on, |piece, people| piece.on = people);
        add(&self.off, |piece, people| piece.off = people);
        add(&self.typing, |piece, people| piece.typing = people);
        add(&self.stopped, |piece, people| piece.stopped = people);
        pieces
    }

    /// In people, as which a room counts too.
    fn size(&self) -> usize {
        ROOM_SIZE + self.on.len() + self.off.len() + self.typing.len() + self.stopped.len()
    }
}

/// What the name of a room and its lists take in a message, in people.
const ROOM_SIZE: usize = 3;

impl People {
    fn take(&mut self, news: &SharedRoom) {
        self.online.extend(&news.on);
        self.typing.extend(&news.typing);
        for user in &news.off {
            self.online.remove(user);
        }
        for user in &news.stopped {
            self.typing.remove(user);
        }
    }
}

impl Presence {
    /// What the other relays are to be told now. Whatever happens until this is asked for again is told as one, so that a slow bus
    /// gets fewer messages and not a longer queue.
    pub(in crate::hub) fn messages(&mut self) -> Vec<String> {
        let mut news = Vec::new();
        for room in std::mem::take(&mut self.unshared) {
            if let Some(entry) = self.rooms.get_mut(&room) {
                news.extend(entry.share(room));
            }
            self.sweep(room);
        }
        let mut messages = Vec::new();
        if std::mem::take(&mut self.asked) {
            let whole = self.rooms.iter().map(|(room, presence)| SharedRoom {
                on: presence.shared.online.iter().copied().collect(),
                typing: presence.shared.typing.iter().copied().collect(),
                ..SharedRoom::of(*room)
            });
            let whole = whole.filter(|room| !room.is_empty()).collect();
            messages = self.pack(whole);
            let last = messages.len().saturating_sub(1);
            for (at, message) in messages.iter_mut().enumerate() {
                message.reset = at == 0;
                message.more = at < last;
            }
        } else if !news.is_empty() && self.peers.is_empty() {
            // Nobody listens; whoever comes sees by the number that it has missed something.
            self.sent += 1;
        } else if !news.is_empty() {
            messages = self.pack(news);
        }
        let ask = std::mem::take(&mut self.ask);
        if ask || self.now >= self.beat + BEAT_TICKS {
            self.beat = self.now;
            let n = self.sent;
            messages.push(Shared {
                ask,
                n,
                ..self.message()
            });
        }
        messages
            .iter()
            .filter_map(|message| serde_json::to_string(message).ok())
            .collect()
    }

    fn message(&self) -> Shared {
        Shared {
            relay: self.relay,
            ..Shared::default()
        }
    }

    /// Puts what is to be told into numbered messages, one at least.
    fn pack(&mut self, rooms: Vec<SharedRoom>) -> Vec<Shared> {
        let mut messages = vec![self.message()];
        let mut left = SHARED_MAX;
        for piece in rooms.into_iter().flat_map(SharedRoom::cut) {
            if piece.size() > left {
                messages.push(self.message());
                left = SHARED_MAX;
            }
            left = left.saturating_sub(piece.size());
            if let Some(message) = messages.last_mut() {
                message.rooms.push(piece);
            }
        }
        for message in &mut messages {
            self.sent += 1;
            message.n = self.sent;
        }
        messages
    }

    /// We may have missed messages of any relay.
    pub(in crate::hub) fn lost_touch(&mut self) {
        self.ask = true;
        self.asked = true;
    }

    /// The last message of a relay that stops.
    pub(in crate::hub) fn bye(&self) -> Option<String> {
        let bye = true;
        serde_json::to_string(&Shared {
            bye,
            ..self.message()
        })
        .ok()
    }

    /// Takes a message; one that is none is passed over.
    pub(in crate::hub) fn hear(&mut self, message: &str) {
        let Ok(message) = serde_json::from_str::<Shared>(message) else {
            return;
        };
        if message.relay == self.relay {
            return;
        }
        self.asked |= message.ask;
        if message.bye {
            self.peers.remove(&message.relay);
            return self.replace(message.relay, BTreeMap::new());
        }
        let now = self.now;
        let holds = message.reset || !message.rooms.is_empty();
        // A relay that was not known has its news told as a whole.
        let peer = self.peers.entry(message.relay).or_insert(Peer {
            heard: u64::MAX,
            last: now,
            whole: None,
        });
        peer.last = now;
        if message.reset {
            peer.heard = message.n;
            peer.whole = Some(BTreeMap::new());
        } else if holds && peer.heard.checked_add(1) == Some(message.n) {
            peer.heard = message.n;
        } else if peer.heard != message.n {
            peer.whole = None;
            self.ask = true;
            return;
        }
        let Some(whole) = &mut peer.whole else {
            return self.take(message.relay, message.rooms);
        };
        for news in &message.rooms {
            whole.entry(news.room).or_default().take(news);
        }
        if !message.more
            && let Some(whole) = peer.whole.take()
        {
            self.replace(message.relay, whole);
        }
    }

    fn take(&mut self, relay: Uuid, rooms: Vec<SharedRoom>) {
        for news in rooms {
            let room = self.rooms.entry(news.room).or_default();
            let people = room.elsewhere.entry(relay).or_default();
            people.take(&news);
            if *people == People::default() {
                room.elsewhere.remove(&relay);
            }
            let touched = [news.on, news.off, news.typing, news.stopped];
            room.changed.extend(touched.into_iter().flatten());
            self.untold.insert(news.room);
        }
    }

    /// Takes the whole of a relay instead of what was known of it; only who differs is looked at again.
    fn replace(&mut self, relay: Uuid, mut whole: BTreeMap<RoomId, People>) {
        let of_it = |(room, entry): (&RoomId, &super::RoomPresence)| {
            entry.elsewhere.contains_key(&relay).then_some(*room)
        };
        let mut rooms: BTreeSet<RoomId> = self.rooms.iter().filter_map(of_it).collect();
        rooms.extend(whole.keys());
        for room in rooms {
            let entry = self.rooms.entry(room).or_default();
            let before = entry.elsewhere.remove(&relay).unwrap_or_default();
            let now = whole.remove(&room).unwrap_or_default();
            entry
                .changed
                .extend(before.online.symmetric_difference(&now.online));
            entry
                .changed
                .extend(before.typing.symmetric_difference(&now.typing));
            if now != People::default() {
                entry.elsewhere.insert(relay, now);
            }
            self.untold.insert(room);
        }
    }

    pub(super) fn forget_silent_peers(&mut self) {
        let now = self.now;
        let silent = |peer: &Peer| now.saturating_sub(peer.last) > PEER_TICKS;
        let gone = self.peers.iter().filter(|(_, peer)| silent(peer));
        let gone: Vec<Uuid> = gone.map(|(relay, _)| *relay).collect();
        for relay in gone {
            self.peers.remove(&relay);
            self.replace(relay, BTreeMap::new());
        }
    }
}
