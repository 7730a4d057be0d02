//! Who is online and who is typing in each room, on this relay and on the others, and the one delta a room that goes out a few times
//! a second, whatever the number of people.
//!
//! Invariants:
//! - A person is online in a room while at least one of their sessions, on any relay, is subscribed to it; nothing of it is stored.
//! - Time is counted in ticks ([`TICK`]). Typing ends by itself after [`TYPING_TICKS`].
//! - A tick costs what has changed since the last one, not what there is.
//! - Whoever comes is told what the others were told last ([`Told`]), so that every delta after it joins on; what was told up to a tick
//!   is known by the tick's number.

mod exchange;

use crate::hub::{SessionId, SharedFrame};
use exchange::{Peer, SharedRoom};
use model::limits::PRESENCE_MAX_LIST;
use model::wire::RelayFrame;
use model::{RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How often deltas go out.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// Six seconds: typing that is not said again has ended.
const TYPING_TICKS: u64 = 24;

/// What is told of a room's people, as of a tick.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which tick.
    pub tick: u64,
    /// The whole list or a delta.
    pub frame: Arc<SharedFrame>,
}

#[derive(Default)]
pub(super) struct Presence {
    relay: Uuid,
    now: u64,
    rooms: BTreeMap<RoomId, RoomPresence>,
    /// Rooms whose subscribers may have to be told something.
    untold: BTreeSet<RoomId>,
    /// Rooms of which the other relays may have to be told something.
    unshared: BTreeSet<RoomId>,
    /// When typing ends that is not said again; what was said since then is found not to be over.
    typing_ends: BTreeSet<(u64, RoomId, UserId, SessionId)>,
    peers: BTreeMap<Uuid, Peer>,
    /// The number of the last message of ours that held something.
    sent: u64,
    /// When we said last that we are there.
    beat: u64,
    /// Somebody wants the whole.
    asked: bool,
    /// We want the whole.
    ask: bool,
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
    /// `told` as a frame, once somebody has asked for it.
    whole: Option<Arc<SharedFrame>>,
    /// Whose state here may differ from what was shared.
    moved: BTreeSet<UserId>,
    shared: People,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct People {
    online: BTreeSet<UserId>,
    typing: BTreeSet<UserId>,
}

impl People {
    /// Keeps how somebody is; what is news goes into the lists.
    fn mark(&mut self, user: UserId, online: bool, typing: bool, news: &mut SharedRoom) {
        mark(&mut self.online, user, online, &mut news.on, &mut news.off);
        mark(
            &mut self.typing,
            user,
            typing,
            &mut news.typing,
            &mut news.stopped,
        );
    }
}

fn mark(
    known: &mut BTreeSet<UserId>,
    user: UserId,
    is_so: bool,
    began: &mut Vec<UserId>,
    ended: &mut Vec<UserId>,
) {
    if is_so && known.insert(user) {
        began.push(user);
    } else if !is_so && known.remove(&user) {
        ended.push(user);
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

    fn is_over(&self) -> bool {
        self.online.is_empty()
            && self.elsewhere.is_empty()
            && self.changed.is_empty()
            && self.moved.is_empty()
            && self.shared == People::default()
    }

    /// What subscribers have not been told yet; of a crowd as much as fits a frame, the rest with the next tick.
    fn delta(&mut self, room: RoomId) -> Option<RelayFrame> {
        let mut news = SharedRoom::of(room);
        for _ in 0..PRESENCE_MAX_LIST {
            let Some(user) = self.changed.pop_first() else {
                break;
            };
            let (online, typing) = (self.is_online(user), self.is_typing(user));
            self.told.mark(user, online, typing, &mut news);
        }
        if news.is_empty() {
            return None;
        }
        self.whole = None;
        Some(RelayFrame::Presence {
            room,
            reset: false,
            online: news.on,
            offline: news.off,
            typing: news.typing,
            stopped: news.stopped,
            count: count(self.told.online.len()),
        })
    }

    /// What the other relays have not been told yet of our people.
    fn share(&mut self, room: RoomId) -> Option<SharedRoom> {
        let mut news = SharedRoom::of(room);
        for user in std::mem::take(&mut self.moved) {
            let (online, typing) = (self.online.contains_key(&user), self.types_here(user));
            self.shared.mark(user, online, typing, &mut news);
        }
        (!news.is_empty()).then_some(news)
    }

    /// Everybody who is online, of a crowd the first [`PRESENCE_MAX_LIST`] and the count; encoded once for all who come.
    fn whole(&mut self, room: RoomId) -> Arc<SharedFrame> {
        let told = &self.told;
        let whole = self.whole.get_or_insert_with(|| {
            let few = |people: &BTreeSet<UserId>| {
                people.iter().take(PRESENCE_MAX_LIST).copied().collect()
            };
            SharedFrame::new(RelayFrame::Presence {
                room,
                reset: true,
                online: few(&told.online),
                offline: Vec::new(),
                typing: few(&told.typing),
                stopped: Vec::new(),
                count: count(told.online.len()),
            })
        });
        Arc::clone(whole)
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
        let entry = self.rooms.entry(room).or_default();
        *entry.online.entry(user).or_default() += 1;
        self.moved(room, user);
    }

    pub(super) fn leave(&mut self, room: RoomId, user: UserId, session: SessionId) {
        let Some(entry) = self.rooms.get_mut(&room) else {
            return;
        };
        entry.typing.remove(&(user, session));
        if let Some(sessions) = entry.online.get_mut(&user) {
            *sessions = sessions.saturating_sub(1);
            if *sessions == 0 {
                entry.online.remove(&user);
            }
        }
        self.moved(room, user);
    }

    pub(super) fn typing(&mut self, room: RoomId, user: UserId, session: SessionId, on: bool) {
        let until = self.now + TYPING_TICKS;
        let Some(entry) = self.rooms.get_mut(&room) else {
            return;
        };
        if !entry.online.contains_key(&user) {
            return;
        }
        if on {
            entry.typing.insert((user, session), until);
            self.typing_ends.insert((until, room, user, session));
        } else {
            entry.typing.remove(&(user, session));
        }
        self.moved(room, user);
    }

    /// Somebody's state here may have changed.
    fn moved(&mut self, room: RoomId, user: UserId) {
        if let Some(entry) = self.rooms.get_mut(&room) {
            entry.changed.insert(user);
            entry.moved.insert(user);
            self.untold.insert(room);
            self.unshared.insert(room);
        }
    }

    /// What a room's subscribers have been told so far.
    pub(super) fn told(&mut self, room: RoomId) -> Told {
        let tick = self.now;
        let frame = match self.rooms.get_mut(&room) {
            Some(entry) => entry.whole(room),
            None => RoomPresence::default().whole(room),
        };
        Told { tick, frame }
    }

    /// The same for one who has just come, who is online in any case: everybody else hears of it with the next tick.
    pub(super) fn told_to(&mut self, room: RoomId, user: UserId) -> Told {
        let told = self.told(room);
        let known = self.rooms.get(&room).map(|entry| &entry.told.online);
        if known.is_some_and(|online| online.contains(&user)) {
            return told;
        }
        let mut frame = told.frame.frame.clone();
        if let RelayFrame::Presence { online, count, .. } = &mut frame {
            online.push(user);
            *count = count.saturating_add(1);
        }
        let frame = SharedFrame::new(frame);
        Told { frame, ..told }
    }

    /// One tick: what subscribers are told, a frame a room.
    pub(super) fn tick(&mut self) -> Vec<(RoomId, Told)> {
        self.now += 1;
        let tick = self.now;
        self.expire();
        let mut deltas = Vec::new();
        for room in std::mem::take(&mut self.untold) {
            let Some(entry) = self.rooms.get_mut(&room) else {
                continue;
            };
            if let Some(frame) = entry.delta(room) {
                let frame = SharedFrame::new(frame);
                deltas.push((room, Told { tick, frame }));
            }
            if !entry.changed.is_empty() {
                self.untold.insert(room);
            }
            self.sweep(room);
        }
        deltas
    }

    /// Forgets a room of which there is nothing to remember.
    fn sweep(&mut self, room: RoomId) {
        if self.rooms.get(&room).is_some_and(RoomPresence::is_over) {
            self.rooms.remove(&room);
        }
    }

    fn expire(&mut self) {
        while let Some(&(until, room, user, session)) = self.typing_ends.first() {
            if until > self.now {
                break;
            }
            self.typing_ends.pop_first();
            let entry = self.rooms.get_mut(&room);
            let typing = entry.map(|entry| &mut entry.typing);
            if let Some(typing) = typing
                && typing.get(&(user, session)) == Some(&until)
            {
                typing.remove(&(user, session));
                self.moved(room, user);
            }
        }
        self.forget_silent_peers();
    }
}

#[cfg(test)]
mod tests;
