//! What all processes of a simulated world share: virtual time, the queue of events, the network, the store, the watch.
//!
//! Invariant: everything that happens is an event in one queue, ordered by time and then by number; all chance comes from one
//! generator. So a seed is a history, and is the same history every time.

use super::store::{Store, TxId};
use super::watch::Watch;
use model::wire::{ClientFrame, RelayFrame};
use model::{Millis, RoomId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use uuid::Uuid;

/// A device's number.
pub type DeviceId = usize;
/// A relay's number.
pub type RelayId = usize;
/// A connection's number.
pub type ConnId = u64;
/// Which life of a process: an event for an earlier one is for nobody.
pub type Life = u32;

/// Frames that a socket takes before its writer has to wait.
pub const SOCKET_FRAMES: usize = 6;

/// After so long without a byte a peer is given up.
pub const SILENCE: u64 = 75_000;

/// What can happen.
#[derive(Clone, Debug)]
pub enum Event {
    /// An action of the plan.
    Action(usize),
    /// A device takes its next step.
    DeviceStep(DeviceId, Life),
    /// A device's timer; the number tells a replaced one.
    DeviceTimer(DeviceId, Life, u64),
    /// A device starts again.
    DeviceStart(DeviceId),
    /// A connection that was asked for is open.
    Opened(ConnId),
    /// A device's connection could not be had, or is broken.
    ClosedAtDevice(DeviceId, Life, Option<ConnId>),
    /// A relay notices that a connection is gone.
    ClosedAtRelay(ConnId),
    /// A frame arrives at a device.
    ToDevice(ConnId),
    /// A frame arrives at a relay.
    ToRelay(ConnId),
    /// A stalled connection goes on.
    Unstalled(ConnId),
    /// A relay starts again.
    RelayStart(RelayId),
    /// A session takes its next step.
    SessionStep(RelayId, Life, ConnId),
    /// A session's read is answered.
    SessionRead(RelayId, Life, ConnId),
    /// The applier takes its next step.
    ApplierStep(RelayId, Life),
    /// The applier has paused.
    ApplierResumed(RelayId, Life),
    /// The applier looks at what it has set aside.
    ApplierLook(RelayId, Life),
    /// A transaction tries to lock its rooms.
    TxLock(TxId),
    /// A transaction commits.
    TxCommit(TxId),
    /// A transaction's answer reaches its relay.
    TxDone(TxId),
    /// Plain SQL that held a room lets go of it.
    SqlDone(TxId),
    /// A wake-up reaches a relay.
    WakeUp(RelayId, Life, WakeUp),
    /// A relay reads a room that the hub wants read.
    RoomRead(RelayId, Life, RoomId),
}

/// What a wake-up is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WakeUp {
    /// A room.
    Room(RoomId),
    /// A person's memberships.
    User(model::UserId),
    /// The listener is connected again: anything may have been missed.
    All,
}

/// One connection.
#[derive(Debug)]
pub struct Conn {
    /// The device's end.
    pub device: DeviceId,
    /// The device's life that asked for it.
    pub life: Life,
    /// The relay's end.
    pub relay: RelayId,
    /// Both ends may write.
    pub open: bool,
    /// It passes nothing on until then.
    pub stalled: bool,
    /// It loses everything from here on.
    pub black_hole: bool,
    to_device: VecDeque<(u64, RelayFrame)>,
    to_relay: VecDeque<(u64, ClientFrame)>,
}

/// How bad the network is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// The longest delay of a frame.
    pub delay: u64,
    /// Of 1,000 frames, how many come twice.
    pub duplicate: u32,
    /// Of 1,000 frames to a device, how many are overtaken.
    pub reorder: u32,
    /// Of 1,000 frames, how many are lost, and all behind them.
    pub lose: u32,
}

/// What all share.
pub struct Context {
    /// Virtual milliseconds since the beginning.
    pub now: u64,
    /// All chance.
    pub rng: fastrand::Rng,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, Event>,
    event_number: u64,
    next_id: u64,
    next_tx: u64,
    next_conn: ConnId,
    /// The connections.
    pub conns: BTreeMap<ConnId, Conn>,
    /// The network.
    pub weather: Weather,
    /// The store.
    pub store: Store,
    /// The store answers nobody until then.
    pub store_down: bool,
    /// How many relays there are.
    pub relays: usize,
    /// Frames that have arrived at a device's socket and were not read yet.
    pub arrived: BTreeMap<ConnId, VecDeque<RelayFrame>>,
    /// Writes that a full disk refused.
    pub disk_full: u64,
    /// The relays that run and listen for wake-ups.
    pub listening: Vec<(RelayId, Life)>,
    /// The invariants that hold at every moment.
    pub watch: Watch,
    /// What happened, for people; empty unless asked for.
    pub log: Option<Vec<String>>,
}

impl Context {
    /// A world that has just begun.
    #[must_use]
    pub fn new(rng: fastrand::Rng, store: Store, watch: Watch, weather: Weather) -> Self {
        Self {
            now: 0,
            rng,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            event_number: 0,
            next_id: 0,
            next_tx: 0,
            next_conn: 0,
            conns: BTreeMap::new(),
            weather,
            store,
            store_down: false,
            relays: 0,
            arrived: BTreeMap::new(),
            disk_full: 0,
            listening: Vec::new(),
            watch,
            log: None,
        }
    }

    /// The wall clock of a process whose clock is wrong by `skew` milliseconds.
    #[must_use]
    pub fn clock(&self, skew: i64) -> Millis {
        let begin = 1_700_000_000_000_i64;
        Millis(begin + i64::try_from(self.now).unwrap_or(i64::MAX / 2) + skew)
    }

    /// A fresh id; later ones sort behind earlier ones, as UUIDv7 does.
    pub fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128((u128::from(self.next_id) << 64) | 0x7000_8000_0000_0000_0000)
    }

    /// A fresh transaction.
    pub fn tx(&mut self) -> TxId {
        self.next_tx += 1;
        TxId(self.next_tx)
    }

    /// Something will happen in `delay` milliseconds.
    pub fn after(&mut self, delay: u64, event: Event) {
        self.event_number += 1;
        self.queue
            .push(Reverse((self.now + delay, self.event_number)));
        self.events.insert(self.event_number, event);
    }

    /// The next thing that happens; time moves on to it.
    pub fn next_event(&mut self) -> Option<Event> {
        let Reverse((at, number)) = self.queue.pop()?;
        self.now = at;
        self.events.remove(&number)
    }

    /// Notes what happens, if anybody wants to know.
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(format!("{:>8} {}", self.now, what()));
        }
    }

    /// A little while: the time that a step takes.
    pub fn step(&mut self) -> u64 {
        self.rng.u64(0..3)
    }

    /// Whether something that happens to `of` in 1,000 happens now.
    pub fn chance(&mut self, of: u32) -> bool {
        of > 0 && self.rng.u32(0..1000) < of
    }

    /// Asks for a connection.
    pub fn connect(&mut self, device: DeviceId, life: Life, relay: RelayId) -> ConnId {
        self.next_conn += 1;
        let conn = Conn {
            device,
            life,
            relay,
            open: false,
            stalled: false,
            black_hole: false,
            to_device: VecDeque::new(),
            to_relay: VecDeque::new(),
        };
        self.conns.insert(self.next_conn, conn);
        let delay = 1 + self.rng.u64(0..=self.weather.delay);
        self.after(delay, Event::Opened(self.next_conn));
        self.next_conn
    }

    /// Whether the device's socket takes another frame from its relay.
    #[must_use]
    pub fn takes(&self, conn: ConnId) -> bool {
        let unread = self.arrived.get(&conn).map_or(0, VecDeque::len);
        self.conns
            .get(&conn)
            .is_some_and(|conn| conn.to_device.len() + unread < SOCKET_FRAMES)
    }

    fn is_lost(&mut self, conn: ConnId) -> bool {
        let lose = self.chance(self.weather.lose);
        let Some(entry) = self.conns.get_mut(&conn).filter(|conn| conn.open) else {
            return true;
        };
        if lose && !entry.black_hole {
            // A lost segment is a dead connection: both ends notice by the silence.
            entry.black_hole = true;
            let (device, life) = (entry.device, entry.life);
            let silence = SILENCE / 4 + self.rng.u64(0..SILENCE);
            self.after(silence, Event::ClosedAtDevice(device, life, Some(conn)));
            let silence = SILENCE / 4 + self.rng.u64(0..SILENCE);
            self.after(silence, Event::ClosedAtRelay(conn));
        }
        self.conns.get(&conn).is_none_or(|conn| conn.black_hole)
    }

    /// A relay sends a frame.
    pub fn send_to_device(&mut self, conn: ConnId, frame: RelayFrame) {
        let epoch = self.store.data.epoch;
        self.watch.sent(conn, &frame, epoch, &self.store);
        if self.is_lost(conn) {
            return;
        }
        let copies = 1 + usize::from(self.chance(self.weather.duplicate));
        for _ in 0..copies {
            let delay = 1 + self.rng.u64(0..=self.weather.delay);
            let movable = matches!(
                frame,
                RelayFrame::Changes { .. } | RelayFrame::Outcomes { .. } | RelayFrame::Page { .. }
            );
            let overtaken = movable && self.chance(self.weather.reorder);
            let due = self.now + delay;
            let Some(entry) = self.conns.get_mut(&conn) else {
                return;
            };
            let at = if overtaken {
                entry.to_device.len().saturating_sub(1)
            } else {
                entry.to_device.len()
            };
            let last = entry.to_device.back().map_or(0, |(due, _)| *due);
            let due = due.max(last);
            entry.to_device.insert(at, (due, frame.clone()));
            self.after(due - self.now, Event::ToDevice(conn));
        }
    }

    /// A device sends a frame.
    pub fn send_to_relay(&mut self, conn: ConnId, frame: ClientFrame) {
        if self.is_lost(conn) {
            return;
        }
        let copies = 1 + usize::from(
            matches!(frame, ClientFrame::Push { .. }) && self.chance(self.weather.duplicate),
        );
        for _ in 0..copies {
            let delay = 1 + self.rng.u64(0..=self.weather.delay);
            let due = self.now + delay;
            let Some(entry) = self.conns.get_mut(&conn) else {
                return;
            };
            let last = entry.to_relay.back().map_or(0, |(due, _)| *due);
            let due = due.max(last);
            entry.to_relay.push_back((due, frame.clone()));
            self.after(due - self.now, Event::ToRelay(conn));
        }
    }

    /// A frame arrives at a device's socket, if the line passes it on.
    pub fn arrives_at_device(&mut self, conn: ConnId) {
        let Some(entry) = self.conns.get_mut(&conn).filter(|conn| !conn.stalled) else {
            return;
        };
        if let Some((_, frame)) = entry.to_device.pop_front() {
            self.arrived.entry(conn).or_default().push_back(frame);
        }
    }

    /// The frame that has arrived at a relay, if the line passes it on.
    pub fn arrived_at_relay(&mut self, conn: ConnId) -> Option<ClientFrame> {
        let entry = self.conns.get_mut(&conn)?;
        if entry.stalled {
            return None;
        }
        entry.to_relay.pop_front().map(|(_, frame)| frame)
    }

    /// What waited on a stalled line comes now.
    pub fn unstall(&mut self, conn: ConnId) {
        let Some(entry) = self.conns.get_mut(&conn) else {
            return;
        };
        entry.stalled = false;
        let (down, up) = (entry.to_device.len(), entry.to_relay.len());
        for _ in 0..down {
            self.after(1, Event::ToDevice(conn));
        }
        for _ in 0..up {
            self.after(1, Event::ToRelay(conn));
        }
    }

    /// Cuts a connection: each end notices, soon or only by the silence.
    pub fn cut(&mut self, conn: ConnId, soon: bool) {
        let Some(entry) = self.conns.get_mut(&conn) else {
            return;
        };
        entry.open = false;
        entry.to_device.clear();
        entry.to_relay.clear();
        self.arrived.remove(&conn);
        let Some(entry) = self.conns.get(&conn) else {
            return;
        };
        let (device, life) = (entry.device, entry.life);
        let most = if soon { 20 } else { SILENCE };
        let (at_device, at_relay) = (self.rng.u64(0..most), self.rng.u64(0..most));
        self.after(at_device, Event::ClosedAtDevice(device, life, Some(conn)));
        self.after(at_relay, Event::ClosedAtRelay(conn));
    }
}
