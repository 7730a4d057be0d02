//! Who is subscribed to what. A batch is encoded once a codec and shared by all subscribers.
//!
//! Invariants:
//! - In each room frames go out in seq order without a gap: one that does not join on to the cursor is not sent; the database is
//!   read from the cursor instead.
//! - Nothing here waits: a subscriber whose queue is full is told that it lags, gets no further frames of that room, and becomes
//!   a catch-up reader until it attaches again.
//! - A room is known here from before a session's catch-up read until its last subscriber has left, so that no commit
//!   falls between read and attach.

mod heard;
mod presence;

use crate::batch::RoomChanges;
use crate::metrics::metrics;
use crate::paging::fitting;
pub use heard::{Heard, Lag, Missed, SessionId, SharedFrame};
use model::wire::RelayFrame;
use model::{RoomId, Row, Seq, UserId};
use presence::Presence;
pub(crate) use presence::TICK as PRESENCE_TICK;
pub use presence::Told;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// Frames that a session may leave unread before it lags: some seconds of a busy team.
pub const SESSION_QUEUE_FRAMES: usize = 256;

/// Frames of a room that are kept for those who attach a little late.
const RECENT_FRAMES: usize = 64;

struct Session {
    user: UserId,
    queue: mpsc::Sender<Heard>,
    lag: Arc<Lag>,
    /// Where it has subscriptions, and what it follows: ending it must not look at all rooms.
    rooms: BTreeSet<RoomId>,
    channels: BTreeSet<String>,
}

#[derive(Default)]
struct Room {
    /// Everything up to here has been sent; `None` until somebody has attached.
    cursor: Option<Seq>,
    /// Subscribers; `true`: attached.
    subscribers: BTreeMap<SessionId, bool>,
    recent: VecDeque<(Seq, Arc<SharedFrame>)>,
    /// A read from the database is under way.
    reading: bool,
    /// Something happened that the cursor does not know of yet.
    stale: bool,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<SessionId, Session>,
    users: BTreeMap<UserId, BTreeSet<SessionId>>,
    rooms: BTreeMap<RoomId, Room>,
    presence: Presence,
    /// Who follows which channel.
    channels: BTreeMap<String, BTreeSet<SessionId>>,
    next_session: u64,
    queue_frames: usize,
}

/// How an attach went.
#[derive(Clone, Debug)]
pub enum Attached {
    /// Frames follow from here on; these come first, and this is who is online.
    Live(Vec<Arc<SharedFrame>>, Told),
    /// The room has moved on: read another page, then try again.
    Behind,
    /// The subscription is no more: its person was put out since it began. [`Heard::Removed`] says so.
    Gone,
}

/// The registry of sessions and rooms.
pub struct Hub {
    state: Mutex<State>,
    /// Rooms to be read from the database; each at most once at a time, so the queue is bounded by the rooms served.
    dirty: mpsc::UnboundedSender<RoomId>,
    watch: Notify,
}

impl Hub {
    /// The hub of a relay by this name, and the rooms that it wants to be read from the database.
    #[must_use]
    pub fn new(relay: Uuid) -> (Arc<Self>, mpsc::UnboundedReceiver<RoomId>) {
        Self::with_queue(relay, SESSION_QUEUE_FRAMES)
    }

    /// A hub whose sessions may leave so many frames unread: tests take few.
    #[must_use]
    pub fn with_queue(relay: Uuid, frames: usize) -> (Arc<Self>, mpsc::UnboundedReceiver<RoomId>) {
        let (dirty, wanted) = mpsc::unbounded_channel();
        let state = State {
            queue_frames: frames,
            presence: Presence::new(relay),
            ..State::default()
        };
        let state = Mutex::new(state);
        let watch = Notify::new();
        let hub = Self {
            state,
            dirty,
            watch,
        };
        (Arc::new(hub), wanted)
    }

    /// Registers a session: its number, what it will hear, and what it misses.
    pub fn register(&self, user: UserId) -> (SessionId, mpsc::Receiver<Heard>, Arc<Lag>) {
        let lag = Arc::new(Lag::default());
        let mut state = lock(&self.state);
        let (queue, heard) = mpsc::channel(state.queue_frames);
        let id = SessionId(state.next_session);
        state.next_session += 1;
        state.sessions.insert(
            id,
            Session {
                user,
                queue,
                lag: Arc::clone(&lag),
                rooms: BTreeSet::new(),
                channels: BTreeSet::new(),
            },
        );
        state.users.entry(user).or_default().insert(id);
        (id, heard, lag)
    }

    /// Rooms that are served, and sessions.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.rooms.len(), state.sessions.len())
    }

    /// Forgets a session and all of its subscriptions.
    pub fn unregister(&self, id: SessionId) {
        let mut state = lock(&self.state);
        let Some(session) = state.sessions.get_mut(&id) else {
            return;
        };
        let rooms = std::mem::take(&mut session.rooms);
        let channels = std::mem::take(&mut session.channels);
        for room in rooms {
            state.leave(room, id);
        }
        for channel in channels {
            state.unfollow(&channel, id);
        }
        if let Some(session) = state.sessions.remove(&id)
            && let Some(sessions) = state.users.get_mut(&session.user)
        {
            sessions.remove(&id);
            if sessions.is_empty() {
                state.users.remove(&session.user);
            }
        }
    }

    /// The store has become another one: cursors mean nothing any more, and the sessions that are here end; nothing more is sent to them.
    pub fn forget_all(&self) {
        let mut state = lock(&self.state);
        let ids: Vec<(RoomId, SessionId)> = state
            .rooms
            .iter()
            .flat_map(|(room, entry)| entry.subscribers.keys().map(|id| (*room, *id)))
            .collect();
        for (room, id) in ids {
            state.leave(room, id);
        }
        state.channels.clear();
        state.sessions.clear();
        state.users.clear();
    }

    /// Makes the room known before the session's first read of it; its person is in the room from now on.
    pub fn enter(&self, room: RoomId, id: SessionId) {
        let mut state = lock(&self.state);
        let Some(session) = state.sessions.get_mut(&id) else {
            return;
        };
        session.rooms.insert(room);
        let user = session.user;
        let entry = state.rooms.entry(room).or_default();
        if entry.subscribers.insert(id, false).is_none() {
            state.presence.enter(room, user);
        }
    }

    /// Ends a subscription.
    pub fn leave(&self, room: RoomId, id: SessionId) {
        lock(&self.state).leave(room, id);
    }

    /// Tells the session when the channel has moved on.
    pub fn follow(&self, channel: &str, id: SessionId) {
        let mut state = lock(&self.state);
        let Some(session) = state.sessions.get_mut(&id) else {
            return;
        };
        session.channels.insert(channel.to_owned());
        let followers = state.channels.entry(channel.to_owned()).or_default();
        followers.insert(id);
    }

    /// Tells it no more.
    pub fn unfollow(&self, channel: &str, id: SessionId) {
        lock(&self.state).unfollow(channel, id);
    }

    /// There are new events on a channel.
    pub fn channel_moved(&self, channel: &str) {
        let state = lock(&self.state);
        for id in state.channels.get(channel).into_iter().flatten() {
            if let Some(session) = state.sessions.get(id)
                && session
                    .queue
                    .try_send(Heard::Channel(channel.to_owned()))
                    .is_err()
            {
                session.lag.channel(channel);
            }
        }
    }

    /// A watched table may have changed.
    pub fn wake_watch(&self) {
        self.watch.notify_one();
    }

    /// Waits until a watched table may have changed.
    pub async fn watch_woken(&self) {
        self.watch.notified().await;
    }

    /// Somebody is typing, or no more.
    pub fn typing(&self, room: RoomId, id: SessionId, on: bool) {
        let mut state = lock(&self.state);
        if let Some(user) = state.sessions.get(&id).map(|session| session.user) {
            state.presence.typing(room, user, id, on);
        }
    }

    /// Goes live for a session that has everything through `at`.
    pub fn attach(&self, room: RoomId, id: SessionId, at: Seq) -> Attached {
        let mut state = lock(&self.state);
        let Some(entry) = state.rooms.get_mut(&room) else {
            return Attached::Gone;
        };
        if !entry.subscribers.contains_key(&id) {
            return Attached::Gone;
        }
        let mut frames = Vec::new();
        match entry.cursor {
            None => {
                entry.cursor = Some(at);
                if std::mem::take(&mut entry.stale) {
                    entry.read(room, &self.dirty);
                }
            }
            Some(cursor) if at < cursor => {
                let Some(joins) = entry.recent.iter().position(|(from, frame)| {
                    *from <= at && through(frame).is_some_and(|through| through > at)
                }) else {
                    return Attached::Behind;
                };
                frames.extend(
                    entry
                        .recent
                        .iter()
                        .skip(joins)
                        .map(|(_, frame)| Arc::clone(frame)),
                );
            }
            Some(_) => {}
        }
        entry.subscribers.insert(id, true);
        let user = state.sessions.get(&id).map(|session| session.user);
        let told = match user {
            Some(user) => state.presence.told_to(room, user),
            None => state.presence.told(room),
        };
        Attached::Live(frames, told)
    }

    /// Who is online in a room.
    #[must_use]
    pub fn presence(&self, room: RoomId) -> Told {
        lock(&self.state).presence.told(room)
    }

    /// This relay committed something.
    pub fn committed(&self, changes: RoomChanges) {
        let members: Vec<UserId> = changes
            .rows
            .iter()
            .filter_map(|row| match row {
                Row::Member(member) => Some(member.user_id),
                _ => None,
            })
            .collect();
        self.advance(changes, false);
        for user in members {
            self.memberships_changed(user);
        }
    }

    /// The database was read from the room's cursor; `more`: there is more to read.
    pub fn was_read(&self, changes: RoomChanges, more: bool) {
        let room = changes.room;
        let reading = |entry: &Room| entry.reading;
        if !lock(&self.state).rooms.get(&room).is_some_and(reading) {
            // It was asked for before everything was forgotten.
            return;
        }
        self.advance(changes, true);
        let mut state = lock(&self.state);
        if let Some(entry) = state.rooms.get_mut(&room) {
            entry.reading = false;
            if more || std::mem::take(&mut entry.stale) {
                entry.read(room, &self.dirty);
            }
        }
    }

    /// The database could not be read, or has nothing beyond the cursor to tell.
    pub fn was_not_read(&self, room: RoomId, try_again: bool) {
        let mut state = lock(&self.state);
        if let Some(entry) = state.rooms.get_mut(&room) {
            entry.reading = false;
            if std::mem::take(&mut entry.stale) || try_again {
                entry.read(room, &self.dirty);
            }
        }
    }

    /// Where a read for the room must begin; `None` when nobody waits for it any more.
    pub fn cursor(&self, room: RoomId) -> Option<Seq> {
        lock(&self.state)
            .rooms
            .get(&room)
            .and_then(|entry| entry.cursor)
    }

    /// How far each room is known that somebody is attached to and nobody reads right now.
    #[must_use]
    pub fn cursors(&self) -> Vec<(RoomId, Seq)> {
        let state = lock(&self.state);
        let resting = state.rooms.iter().filter(|(_, entry)| !entry.reading);
        resting
            .filter_map(|(room, entry)| Some((*room, entry.cursor?)))
            .collect()
    }

    /// Somebody else changed the room.
    pub fn woken(&self, room: RoomId) {
        if let Some(entry) = lock(&self.state).rooms.get_mut(&room) {
            entry.wake(room, &self.dirty);
        }
    }

    /// Wake-ups may have been missed: look at everything again.
    pub fn all_woken(&self) {
        let mut state = lock(&self.state);
        for (room, entry) in &mut state.rooms {
            entry.wake(*room, &self.dirty);
        }
        for session in state.sessions.values() {
            session.lag.all_memberships();
        }
        state.presence.lost_touch();
        self.watch.notify_one();
    }

    /// A person came into a room or left one.
    pub fn memberships_changed(&self, user: UserId) {
        let state = lock(&self.state);
        for id in state.users.get(&user).into_iter().flatten() {
            if let Some(session) = state.sessions.get(id)
                && session.queue.try_send(Heard::Memberships).is_err()
            {
                session.lag.all_memberships();
            }
        }
    }

    /// Sends who came and who left since the last time; called every [`PRESENCE_TICK`].
    pub fn tell_presence(&self) {
        let mut state = lock(&self.state);
        for (room, told) in state.presence.tick() {
            state.send(room, &Heard::Presence(room, told));
        }
    }

    /// What the other relays are to be told since the last time.
    pub fn presence_messages(&self) -> Vec<String> {
        lock(&self.state).presence.messages()
    }

    /// What another relay tells of its people.
    pub fn presence_heard(&self, message: &str) {
        lock(&self.state).presence.hear(message);
    }

    /// What is to be told to the other relays when this one stops.
    #[must_use]
    pub fn presence_bye(&self) -> Option<String> {
        lock(&self.state).presence.bye()
    }

    fn advance(&self, changes: RoomChanges, was_read: bool) {
        let mut state = lock(&self.state);
        let Some(entry) = state.rooms.get_mut(&changes.room) else {
            return;
        };
        match entry.cursor {
            // Nobody is attached yet; whoever attaches will look again.
            None => entry.stale = true,
            Some(cursor) if changes.through <= cursor => {}
            Some(cursor) if changes.from > cursor => entry.wake(changes.room, &self.dirty),
            // A commit joins on exactly, or overlaps with what a read has already brought; a read begins at the cursor.
            Some(cursor) if changes.from < cursor && !was_read => {
                entry.wake(changes.room, &self.dirty);
            }
            Some(_) => state.broadcast(changes),
        }
    }
}

impl Room {
    fn read(&mut self, room: RoomId, dirty: &mpsc::UnboundedSender<RoomId>) {
        self.reading = true;
        // Without a reader the relay is stopping.
        let _ = dirty.send(room);
    }

    fn wake(&mut self, room: RoomId, dirty: &mpsc::UnboundedSender<RoomId>) {
        if self.reading || self.cursor.is_none() {
            self.stale = true;
        } else {
            self.read(room, dirty);
        }
    }
}

impl State {
    fn leave(&mut self, room: RoomId, id: SessionId) {
        let Some(entry) = self.rooms.get_mut(&room) else {
            return;
        };
        if entry.subscribers.remove(&id).is_none() {
            return;
        }
        if entry.subscribers.is_empty() {
            self.rooms.remove(&room);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.rooms.remove(&room);
            self.presence.leave(room, session.user, id);
        }
    }

    fn unfollow(&mut self, channel: &str, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.channels.remove(channel);
        }
        if let Some(followers) = self.channels.get_mut(channel) {
            followers.remove(&id);
            if followers.is_empty() {
                self.channels.remove(channel);
            }
        }
    }

    /// Ends the subscriptions of people whom the rows show to be out of the room.
    fn put_out(&mut self, room: RoomId, rows: &[Row]) {
        let gone = rows.iter().filter_map(|row| match row {
            Row::Member(member) if member.left_at.is_some() => Some(member.user_id),
            _ => None,
        });
        for user in gone {
            for id in self.users.get(&user).cloned().unwrap_or_default() {
                let subscribed = self
                    .rooms
                    .get(&room)
                    .is_some_and(|entry| entry.subscribers.contains_key(&id));
                if !subscribed {
                    continue;
                }
                self.leave(room, id);
                if let Some(session) = self.sessions.get(&id)
                    && session.queue.try_send(Heard::Removed(room)).is_err()
                {
                    session.lag.removed(room);
                }
            }
        }
    }

    /// Cuts the rows into frames that join on to each other, and sends them: to nobody whom they show to be out of the room.
    fn broadcast(&mut self, changes: RoomChanges) {
        self.put_out(changes.room, &changes.rows);
        let RoomChanges {
            room,
            from,
            through,
            mut rows,
        } = changes;
        let mut from = from;
        loop {
            let rest = rows.split_off(fitting(&rows));
            let more = !rest.is_empty();
            let to = if more {
                rows.last().map_or(through, Row::seq)
            } else {
                through
            };
            let frame = RelayFrame::Changes {
                room,
                from,
                through: to,
                rows,
                more: false,
            };
            let frame = SharedFrame::new(frame);
            if let Some(entry) = self.rooms.get_mut(&room) {
                entry.cursor = Some(to);
                entry.recent.push_back((from, Arc::clone(&frame)));
                if entry.recent.len() > RECENT_FRAMES {
                    entry.recent.pop_front();
                }
            }
            self.send(room, &Heard::Frame(frame));
            if !more {
                return;
            }
            rows = rest;
            from = to;
        }
    }

    fn send(&mut self, room: RoomId, heard: &Heard) {
        let Some(entry) = self.rooms.get_mut(&room) else {
            return;
        };
        for (id, attached) in &mut entry.subscribers {
            if !*attached {
                continue;
            }
            let Some(session) = self.sessions.get(id) else {
                continue;
            };
            if session.queue.try_send(heard.clone()).is_err() {
                *attached = false;
                metrics().queue_overflows.inc();
                session.lag.room(room);
            }
        }
    }
}

fn through(frame: &SharedFrame) -> Option<Seq> {
    match &frame.frame {
        RelayFrame::Changes { through, .. } => Some(*through),
        _ => None,
    }
}

/// A panic elsewhere leaves the registry as it was between two calls.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
