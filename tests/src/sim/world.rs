//! One simulated world: devices, relays and a store, driven by one queue of events until it has come to rest.

use super::context::{Context, DeviceId, Event, WakeUp};
use super::device::Device;
use super::mutation::Mutation;
use super::plan::{Act, Plan};
use super::relay::{Locks, Relay, failure, name_of, notify};
use super::store::{Data, Store, TxId, sql_message};
use super::watch::Watch;
use crate::history::{self, Written};
use client::sync::machine::Event as In;
use model::{EditPolicy, Member, Message, MessageId, Op, OpId, Role, RoomId, Row, Seq, UserId};
use relay::apply::machine::Trouble;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Events of one history, before it is said not to come to rest.
const EVENTS_MAX: u64 = 60_000;

/// How a history went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was wrong.
    pub wrong: Vec<String>,
    /// Events that happened.
    pub events: u64,
    /// Operations that people wrote.
    pub written: u64,
    /// Faults by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// What happened, if that was asked for.
    pub log: Vec<String>,
}

/// The world.
pub struct World {
    /// What all share.
    pub ctx: Context,
    /// The devices.
    pub devices: Vec<Device>,
    /// The relays.
    pub relays: Vec<Relay>,
    /// The rooms that there are from the beginning.
    pub rooms: Vec<RoomId>,
    /// What people wrote.
    pub written: Vec<Written>,
    /// How it goes.
    pub report: Report,
    fresh: Vec<u8>,
    backup: Option<Data>,
    device_backups: BTreeMap<DeviceId, Vec<u8>>,
    /// Words that a restored store would take with it, as the disk that could offer them again is gone.
    fragile: Vec<usize>,
    held: BTreeMap<TxId, RoomId>,
    pending_locks: BTreeMap<TxId, u64>,
    finished: BTreeMap<TxId, Option<relay::batch::Applied>>,
    words: u64,
    mutation: Option<Mutation>,
}

/// A person's id.
#[must_use]
pub fn person(number: usize) -> UserId {
    UserId(Uuid::from_u128(number as u128 + 1))
}

impl World {
    /// A world with its people, rooms and relays, and everybody connected or about to be.
    ///
    /// # Errors
    /// None that a good program causes.
    pub fn new(plan: &Plan, fresh: &[u8], mutation: Option<Mutation>) -> anyhow::Result<Self> {
        let store = Store::new(Uuid::from_u128(0xe0), mutation);
        let rng = fastrand::Rng::with_seed(plan.seed);
        let mut ctx = Context::new(rng, store, Watch::default(), plan.weather);
        ctx.relays = plan.relays;
        let people = 1 + plan.devices.iter().max().copied().unwrap_or_default();
        let mut rooms = Vec::new();
        for number in 0..2 {
            let room = RoomId(ctx.id());
            let members = (0..people.max(2) - number).map(|number| Member {
                room_id: room,
                user_id: person(number),
                seq: Seq::ZERO,
                name: name_of(person(number)),
                role: [Role::Owner, Role::Member, Role::Moderator][number % 3],
                joined_at: ctx.clock(0),
                left_at: None,
            });
            let members = members.collect();
            let policy = [
                EditPolicy::Everyone,
                EditPolicy::Everyone,
                EditPolicy::Moderators,
                EditPolicy::Author,
            ];
            let policy = policy[ctx.rng.usize(0..4)];
            let now = ctx.clock(0);
            ctx.store.found_room(room, policy, members, now);
            rooms.push(room);
        }
        let mut devices = Vec::new();
        for (id, owner) in plan.devices.iter().enumerate() {
            let skew = plan.skews.get(id).copied().unwrap_or_default();
            devices.push(Device::new(id, person(*owner), skew, fresh, mutation)?);
        }
        let mut relays = Vec::new();
        for id in 0..plan.relays {
            let skew = plan
                .skews
                .get(devices.len() + id)
                .copied()
                .unwrap_or_default();
            relays.push(Relay::new(id, skew, mutation));
        }
        let mut world = Self {
            ctx,
            devices,
            relays,
            rooms,
            written: Vec::new(),
            report: Report::default(),
            fresh: fresh.to_vec(),
            backup: None,
            device_backups: BTreeMap::new(),
            fragile: Vec::new(),
            held: BTreeMap::new(),
            pending_locks: BTreeMap::new(),
            finished: BTreeMap::new(),
            words: 0,
            mutation,
        };
        for relay in 0..world.relays.len() {
            world.start_relay(relay);
        }
        for device in 0..world.devices.len() {
            world.devices[device].start(&mut world.ctx);
        }
        Ok(world)
    }

    /// Runs a whole plan, heals the world, and checks it.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn run(mut self, plan: &Plan) -> anyhow::Result<Report> {
        for (number, action) in plan.actions.iter().enumerate() {
            self.ctx.after(action.at, Event::Action(number));
        }
        let mut left = plan.actions.len();
        while left > 0 {
            let Some(event) = self.ctx.next_event() else {
                break;
            };
            if let Event::Action(number) = event {
                left -= 1;
                let act = plan.actions[number].act.clone();
                self.ctx.note(|| format!("--- {act:?}"));
                self.act(&act)?;
            } else {
                self.happen(event)?;
            }
        }
        self.heal()?;
        self.rest()?;
        Ok(self.finish())
    }

    /// Lets everything happen until nothing is left to happen.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn rest(&mut self) -> anyhow::Result<()> {
        let most = self.report.events + EVENTS_MAX;
        while let Some(event) = self.ctx.next_event() {
            self.happen(event)?;
            if self.report.events > most {
                self.report
                    .wrong
                    .push("the history does not come to rest".into());
                break;
            }
        }
        Ok(())
    }

    /// Lets everything happen until a condition is met.
    ///
    /// # Errors
    /// What no fault explains, or when it is not met although nothing is left to happen.
    pub fn until(&mut self, what: &str, met: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        while !met(self) {
            let Some(event) = self.ctx.next_event() else {
                anyhow::bail!("nothing is left to happen, and still not: {what}");
            };
            self.happen(event)?;
        }
        Ok(())
    }

    /// All faults end. Connections stay as they are: what was missed on one must be noticed without making it anew.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn heal(&mut self) -> anyhow::Result<()> {
        self.ctx.note(|| "--- all faults end".into());
        let weather = &mut self.ctx.weather;
        (weather.duplicate, weather.reorder, weather.lose) = (0, 0, 0);
        self.ctx.store_down = false;
        for relay in 0..self.relays.len() {
            if !self.relays[relay].up {
                self.start_relay(relay);
            }
        }
        let conns: Vec<_> = self.ctx.conns.keys().copied().collect();
        for conn in conns {
            self.ctx.unstall(conn);
        }
        for device in &mut self.devices {
            device.set_disk_full(false)?;
            device.slow = false;
            device.dies_writing = false;
            if device.up {
                device.readable(&mut self.ctx);
            } else {
                device.start(&mut self.ctx);
            }
        }
        Ok(())
    }

    /// Checks what there is now.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let mut wrong = std::mem::take(&mut self.ctx.watch.wrong);
        wrong.append(&mut self.report.wrong);
        let mut views = Vec::new();
        for device in &self.devices {
            match device.view() {
                Ok(view) => views.push(view),
                Err(error) => wrong.push(format!("{} can't be read: {error:#}", device.name)),
            }
        }
        wrong.extend(history::check(
            &self.written,
            &self.ctx.store.view(),
            &views,
        ));
        for (op, count) in &self.ctx.store.data.effects {
            if *count > 1 {
                wrong.push(format!("operation {op} was applied {count} times"));
            }
        }
        if self.ctx.disk_full > 0 {
            *self
                .report
                .faults
                .entry("write refused by a full disk")
                .or_default() += self.ctx.disk_full;
        }
        Report {
            wrong,
            log: self.ctx.log.take().unwrap_or_default(),
            ..self.report
        }
    }

    fn start_relay(&mut self, relay: usize) {
        self.relays[relay].start(&mut self.ctx);
        let life = self.relays[relay].life;
        self.ctx.listening.retain(|(other, _)| *other != relay);
        self.ctx.listening.push((relay, life));
    }

    fn kill_relay(&mut self, relay: usize, down: u64) {
        if self.relays[relay].up {
            self.relays[relay].crash(&mut self.ctx);
            self.ctx.listening.retain(|(other, _)| *other != relay);
            self.ctx.after(down, Event::RelayStart(relay));
        }
    }

    fn happen(&mut self, event: Event) -> anyhow::Result<()> {
        self.report.events += 1;
        let ctx = &mut self.ctx;
        match event {
            Event::Action(_) => {}
            Event::DeviceStep(device, life) => {
                let device = &mut self.devices[device];
                if device.life == life && device.up {
                    let conn = device.conn;
                    device.step(ctx)?;
                    // What it has read from its socket makes room there.
                    if let Some(conn) = conn
                        && let Some(relay) = ctx.conns.get(&conn).map(|conn| conn.relay)
                    {
                        self.relays[relay].wake_session(conn, ctx);
                    }
                }
            }
            Event::DeviceTimer(device, life, number) => {
                let device = &mut self.devices[device];
                if device.life == life && device.up {
                    device.timer(number, ctx);
                }
            }
            Event::DeviceStart(device) => {
                if !self.devices[device].up {
                    self.devices[device].start(ctx);
                }
            }
            Event::Opened(conn) => self.opened(conn),
            Event::ClosedAtDevice(device, life, conn) => {
                let device = &mut self.devices[device];
                if device.life == life && device.up {
                    device.closed(conn, ctx);
                }
                if let Some(conn) = conn {
                    ctx.arrived.remove(&conn);
                }
            }
            Event::ClosedAtRelay(conn) => {
                if let Some(relay) = ctx.conns.get(&conn).map(|conn| conn.relay) {
                    self.relays[relay].closed(conn, ctx);
                }
            }
            Event::ToDevice(conn) => {
                let Some(device) = ctx.conns.get(&conn).map(|conn| conn.device) else {
                    return Ok(());
                };
                if self.devices[device].conn == Some(conn) {
                    ctx.arrives_at_device(conn);
                    self.devices[device].readable(ctx);
                }
            }
            Event::ToRelay(conn) => {
                let Some(relay) = ctx.conns.get(&conn).map(|conn| conn.relay) else {
                    return Ok(());
                };
                if let Some(frame) = ctx.arrived_at_relay(conn)
                    && self.relays[relay].up
                {
                    self.relays[relay].frame(conn, frame, ctx);
                }
            }
            Event::Unstalled(conn) => ctx.unstall(conn),
            Event::RelayStart(relay) => {
                if !self.relays[relay].up {
                    self.start_relay(relay);
                }
            }
            Event::SessionStep(relay, life, conn) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.session_step(conn, ctx);
                }
            }
            Event::SessionRead(relay, life, conn) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.session_read(conn, ctx);
                }
            }
            Event::ApplierStep(relay, life) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.applier_step(ctx);
                }
            }
            Event::ApplierResumed(relay, life) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.applier_resumed(ctx);
                }
            }
            Event::ApplierLook(relay, life) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.applier_looks(ctx);
                }
            }
            Event::TxLock(tx) => self.tx_lock(tx),
            Event::TxCommit(tx) => self.tx_commit(tx),
            Event::TxDone(tx) => self.tx_done(tx),
            Event::SqlDone(tx) => {
                self.held.remove(&tx);
                ctx.store.abort(tx);
            }
            Event::WakeUp(relay, life, wake_up) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.woken(wake_up, ctx);
                }
            }
            Event::RoomRead(relay, life, room) => {
                let relay = &mut self.relays[relay];
                if relay.life == life && relay.up {
                    relay.read_room(room, ctx);
                }
            }
        }
        Ok(())
    }

    fn opened(&mut self, conn: u64) {
        let ctx = &mut self.ctx;
        let Some(entry) = ctx.conns.get_mut(&conn) else {
            return;
        };
        let (device, life, relay) = (entry.device, entry.life, entry.relay);
        let wanted = self.devices[device].conn == Some(conn) && self.devices[device].life == life;
        if !wanted || !self.relays[relay].up {
            ctx.after(1, Event::ClosedAtDevice(device, life, Some(conn)));
            return;
        }
        entry.open = true;
        self.relays[relay].accept(conn, ctx);
        self.devices[device].tell(In::Opened, ctx);
    }

    fn relay_of(&self, tx: TxId) -> Option<usize> {
        self.relays
            .iter()
            .position(|relay| relay.up && relay.asks(tx).is_some())
    }

    /// A transaction tries to lock its rooms; like the real one it gives up after a quarter of a second.
    fn tx_lock(&mut self, tx: TxId) {
        let Some(relay) = self.relay_of(tx) else {
            return;
        };
        if self.ctx.store_down {
            self.relays[relay].tx_done(Err(failure(Trouble::Store)), &mut self.ctx);
            return;
        }
        let Some((asked, locks)) = self.relays[relay].asks(tx) else {
            return;
        };
        let asked = asked.to_vec();
        let locked = match locks {
            Locks::Wait => self.ctx.store.lock(tx, &asked),
            Locks::Skip => Some(self.ctx.store.lock_free(tx, &asked)),
        };
        let Some(held) = locked else {
            self.ctx
                .note(|| format!("relay {relay} waits for a lock for {tx:?}"));
            let since = *self.pending_locks.entry(tx).or_insert(self.ctx.now);
            if self.ctx.now - since > 250 {
                self.pending_locks.remove(&tx);
                self.relays[relay].tx_done(Err(failure(Trouble::Locked)), &mut self.ctx);
            } else {
                self.ctx.after(3, Event::TxLock(tx));
            }
            return;
        };
        self.pending_locks.remove(&tx);
        let now = self.relays[relay].clock(&self.ctx);
        self.ctx.store.decide(tx, &asked, held, now);
        if self.mutation == Some(Mutation::BroadcastBeforeCommit)
            && let Some(applied) = self.ctx.store.foresee(tx)
        {
            self.relays[relay].broadcast_early(applied.rooms, &mut self.ctx);
        }
        let delay = 1 + self.ctx.rng.u64(0..8);
        self.ctx.after(delay, Event::TxCommit(tx));
    }

    fn tx_commit(&mut self, tx: TxId) {
        let Some(relay) = self.relay_of(tx) else {
            return;
        };
        let applied = self.ctx.store.commit(tx);
        if let Some(applied) = &applied {
            self.ctx
                .note(|| format!("relay {relay} commits {:?}", applied.outcomes));
            notify(&mut self.ctx, &applied.rooms, Some(relay));
        }
        self.finished.insert(tx, applied);
        let delay = 1 + self.ctx.rng.u64(0..8);
        self.ctx.after(delay, Event::TxDone(tx));
    }

    fn tx_done(&mut self, tx: TxId) {
        let finished = self.finished.remove(&tx);
        if finished.is_none() {
            self.ctx.store.abort(tx);
        }
        let Some(relay) = self.relay_of(tx) else {
            return;
        };
        // Without an end the store was killed: nobody can say whether it was committed.
        let result = finished.flatten().ok_or_else(|| failure(Trouble::Store));
        self.relays[relay].tx_done(result, &mut self.ctx);
    }

    /// Every open transaction is gone; some were committed, and only their answers are lost.
    fn kill_store(&mut self) {
        for relay in 0..self.relays.len() {
            let Some(tx) = self.relays[relay]
                .open_tx()
                .filter(|_| self.relays[relay].up)
            else {
                continue;
            };
            if self.ctx.rng.bool()
                && let Some(applied) = self.ctx.store.commit(tx)
            {
                notify(&mut self.ctx, &applied.rooms, None);
            }
            self.ctx.store.abort(tx);
            self.finished.remove(&tx);
            self.ctx.after(2, Event::TxDone(tx));
            let life = self.relays[relay].life;
            self.ctx.after(500, Event::WakeUp(relay, life, WakeUp::All));
        }
        self.ctx.store.crash();
        self.held.clear();
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("w{}", self.words)
    }

    /// One action of a plan.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn act(&mut self, act: &Act) -> anyhow::Result<()> {
        if let Some(fault) = act.fault() {
            *self.report.faults.entry(fault).or_default() += 1;
        }
        for relay in &mut self.relays {
            relay.tell_presence(&mut self.ctx);
        }
        match act {
            Act::KillDevice(device, down) => {
                if self.devices[*device].up {
                    self.devices[*device].crash(&mut self.ctx);
                    self.ctx.after(*down, Event::DeviceStart(*device));
                }
            }
            Act::KillWriting(device) => self.devices[*device].dies_writing = true,
            Act::KillRelay(relay, down) => self.kill_relay(*relay, *down),
            Act::KillStore => self.kill_store(),
            Act::StoreOutage(time) => {
                // It ends with the faults at the latest.
                self.ctx.store_down = !self.ctx.store_down && *time > 0;
                self.kill_store();
            }
            Act::BackUpStore => self.backup = Some(self.ctx.store.data.clone()),
            Act::RestoreStore => self.restore_store(),
            Act::Cut(device, soon) => {
                if let Some(conn) = self.devices[*device].conn {
                    self.ctx.cut(conn, *soon);
                }
            }
            Act::Stall(device, time) => {
                if let Some(conn) = self.devices[*device].conn
                    && let Some(entry) = self.ctx.conns.get_mut(&conn)
                {
                    entry.stalled = true;
                    self.ctx.after(*time, Event::Unstalled(conn));
                }
            }
            Act::Slow(device, _) => {
                let slow = !self.devices[*device].slow;
                self.devices[*device].slow = slow;
                self.devices[*device].readable(&mut self.ctx);
            }
            Act::DiskFull(device, time) => {
                self.devices[*device].set_disk_full(time % 3 > 0)?;
            }
            Act::BackUpDevice(device) => {
                let backup = self.devices[*device].backup()?;
                self.device_backups.insert(*device, backup);
            }
            Act::RestoreDevice(device) => {
                if let Some(backup) = self.device_backups.get(device).cloned() {
                    self.replace_disk(*device, &backup)?;
                }
            }
            Act::Reinstall(device) => {
                let fresh = self.fresh.clone();
                self.replace_disk(*device, &fresh)?;
            }
            _ => self.deed(act)?,
        }
        Ok(())
    }

    /// The store goes back to its backup; the relays were down for that.
    fn restore_store(&mut self) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        for relay in 0..self.relays.len() {
            self.kill_relay(relay, 50);
        }
        let epoch = self.ctx.id();
        self.ctx.note(|| "the store is restored".into());
        self.ctx.store.restore(backup, epoch);
        for text in self.written.iter_mut().filter(|text| text.device == "sql") {
            text.excused = true;
        }
        for fragile in std::mem::take(&mut self.fragile) {
            self.written[fragile].excused = true;
        }
    }

    /// A device gets another disk: words that only the old one held are gone with it.
    fn replace_disk(&mut self, device: DeviceId, disk: &[u8]) -> anyhow::Result<()> {
        self.devices[device].crash(&mut self.ctx);
        self.devices[device].replace_disk(disk)?;
        self.ctx.watch.forget_device(device);
        let store = self.ctx.store.view();
        let name = self.devices[device].name.clone();
        for (number, text) in self.written.iter_mut().enumerate() {
            if text.device != name {
                continue;
            }
            let holds = |body: &str| body.split_whitespace().any(|word| word == text.token);
            let in_store = store
                .rows
                .values()
                .any(|row| matches!(row, Row::Message(m) if holds(&m.body)))
                || store.versions.iter().any(|version| holds(&version.body));
            if in_store {
                self.fragile.push(number);
            } else {
                text.excused = true;
                text.post = false;
            }
        }
        self.ctx.after(20, Event::DeviceStart(device));
        Ok(())
    }

    /// What people and plain SQL do.
    fn deed(&mut self, act: &Act) -> anyhow::Result<()> {
        match act {
            Act::Post(device) => self.post(*device)?,
            Act::Edit(device) => self.edit(*device)?,
            Act::Delete(device) => {
                if let Some(message) = self.pick(*device, |_| true)? {
                    let (room_id, message_id) = (message.room_id, message.id);
                    self.submit(
                        *device,
                        Op::Delete {
                            room_id,
                            message_id,
                        },
                    )?;
                }
            }
            Act::React(device, on) => {
                if let Some(message) = self.pick(*device, |_| true)? {
                    let emoji = ["👍", "🎉"][self.ctx.rng.usize(0..2)].to_owned();
                    let op = Op::React {
                        room_id: message.room_id,
                        message_id: message.id,
                        emoji,
                        on: *on,
                    };
                    self.submit(*device, op)?;
                }
            }
            Act::Pin(device, on) => {
                if let Some(message) = self.pick(*device, |_| true)? {
                    let op = Op::Pin {
                        room_id: message.room_id,
                        message_id: message.id,
                        on: *on,
                    };
                    self.submit(*device, op)?;
                }
            }
            Act::MarkRead(device) => {
                if let Some(message) = self.pick(*device, |message| message.position.is_some())? {
                    let position = message.position.unwrap_or_default();
                    let room_id = message.room_id;
                    self.submit(*device, Op::MarkRead { room_id, position })?;
                }
            }
            Act::Leave(device) => {
                let room_id = self.rooms[self.ctx.rng.usize(0..self.rooms.len())];
                self.submit(*device, Op::Leave { room_id })?;
            }
            Act::Join(device) => {
                let room_id = self.rooms[self.ctx.rng.usize(0..self.rooms.len())];
                self.submit(*device, Op::Join { room_id })?;
            }
            Act::CreateRoom(device) => {
                let room_id = RoomId(self.ctx.id());
                let op = Op::CreateRoom {
                    room_id,
                    name: "made".into(),
                    topic: String::new(),
                };
                if self.submit(*device, op)? {
                    self.rooms.push(room_id);
                }
            }
            Act::Settle(device, retry) => self.settle(*device, *retry)?,
            _ => self.sql(act),
        }
        Ok(())
    }

    fn submit(&mut self, device: DeviceId, op: Op) -> anyhow::Result<bool> {
        if !self.devices[device].up {
            return Ok(false);
        }
        let op_id = OpId(self.ctx.id());
        let written = self.devices[device].submit(op, op_id, &mut self.ctx)?;
        self.report.written += u64::from(written);
        Ok(written)
    }

    fn note_written(
        &mut self,
        device: DeviceId,
        room: RoomId,
        message: MessageId,
        token: String,
        post: bool,
    ) {
        self.written.push(Written {
            person: self.devices[device].person,
            device: self.devices[device].name.clone(),
            room,
            message,
            token,
            post,
            excused: false,
        });
    }

    /// A person writes in one of the rooms of their device.
    pub(super) fn post(&mut self, device: DeviceId) -> anyhow::Result<()> {
        let joined: Vec<RoomId> = self.devices[device].view()?.joined.into_keys().collect();
        if joined.is_empty() {
            return Ok(());
        }
        let room = joined[self.ctx.rng.usize(0..joined.len())];
        self.post_in(device, room).map(|_| ())
    }

    /// A person writes in a room; the message, if it was written.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn post_in(&mut self, device: DeviceId, room: RoomId) -> anyhow::Result<Option<MessageId>> {
        let token = self.word();
        let message_id = MessageId(self.ctx.id());
        let op = Op::Post {
            room_id: room,
            message_id,
            body: format!("{token} one two three four five"),
            reply_to: None,
            attachments: Vec::new(),
        };
        let written = self.submit(device, op)?;
        if written {
            self.note_written(device, room, message_id, token, true);
        }
        Ok(written.then_some(message_id))
    }

    /// A message that a device shows, by chance.
    fn pick(
        &mut self,
        device: DeviceId,
        of: impl Fn(&Message) -> bool,
    ) -> anyhow::Result<Option<Message>> {
        let disk = &self.devices[device].disk;
        let mut statement =
            disk.prepare_cached("SELECT room_id, id FROM message ORDER BY sort, id")?;
        let keys: Vec<(Vec<u8>, Vec<u8>)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        // Near the end, as people do: that is also where others are.
        for (room, id) in keys.iter().rev().take(6) {
            let room = RoomId(Uuid::from_slice(room)?);
            let id = MessageId(Uuid::from_slice(id)?);
            found.extend(client::db::rows::message(disk, room, id)?.filter(|row| of(row)));
        }
        drop(statement);
        if found.is_empty() {
            return Ok(None);
        }
        let at = self.ctx.rng.usize(0..found.len());
        Ok(Some(found.swap_remove(at)))
    }

    fn edit(&mut self, device: DeviceId) -> anyhow::Result<()> {
        let Some(message) = self.pick(device, |message| message.deleted_at.is_none())? else {
            return Ok(());
        };
        let token = self.word();
        let mut words: Vec<&str> = message.body.split(' ').collect();
        let at = self.ctx.rng.usize(0..words.len());
        match self.ctx.rng.u8(0..4) {
            0 | 1 => words[at] = &token,
            2 => words.insert(at, &token),
            _ => words.push("\nand"),
        }
        if !words.contains(&token.as_str()) {
            words.push(&token);
        }
        let body = words.join(" ");
        self.edit_to(device, &message, token.clone(), body)
            .map(|_| ())
    }

    /// A person changes a message that they see; whether it was written.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn edit_to(
        &mut self,
        device: DeviceId,
        message: &Message,
        token: String,
        body: String,
    ) -> anyhow::Result<bool> {
        let (room_id, message_id) = (message.room_id, message.id);
        let op = Op::Edit {
            room_id,
            message_id,
            base_rev: message.rev,
            base: Some(message.body.clone()),
            body: body.clone(),
        };
        let name = self.devices[device].name.clone();
        let refused = self.devices[device].view()?.recovered;
        let written = self.submit(device, op)?;
        if written {
            // An edit of a refused post takes its place, by the person's word.
            let replaces = refused
                .iter()
                .any(|op| matches!(op, Op::Post { message_id: id, .. } if *id == message_id));
            if replaces {
                for text in &mut self.written {
                    if text.message == message_id && text.device == name {
                        text.post = false;
                        text.excused |= !body.split_whitespace().any(|word| word == text.token);
                    }
                }
            }
            self.note_written(device, room_id, message_id, token, false);
        }
        Ok(written)
    }

    fn settle(&mut self, device: DeviceId, retry: bool) -> anyhow::Result<()> {
        if !self.devices[device].up {
            return Ok(());
        }
        let settled = self.devices[device].settle_recovered(retry, &mut self.ctx)?;
        let name = self.devices[device].name.clone();
        for op in settled {
            let words: Vec<&str> = op.text().unwrap_or_default().split_whitespace().collect();
            for text in &mut self.written {
                if Some(text.message) == op.message_id() {
                    text.post = false;
                }
                if !retry && text.device == name && words.contains(&text.token.as_str()) {
                    text.excused = true;
                }
            }
        }
        Ok(())
    }

    fn sql(&mut self, act: &Act) {
        let room = self.rooms[self.ctx.rng.usize(0..self.rooms.len())];
        let now = self.ctx.clock(0);
        if let Act::SqlHold(time) = act {
            let tx = self.ctx.tx();
            if self.ctx.store.hold(tx, room) {
                self.held.insert(tx, room);
                self.ctx.after(*time, Event::SqlDone(tx));
            }
            return;
        }
        let Some((row, _)) = self.ctx.store.data.rooms.get(&room).cloned() else {
            return;
        };
        let messages = self.ctx.store.messages(room);
        let some = (!messages.is_empty())
            .then(|| messages[self.ctx.rng.usize(0..messages.len())].clone())
            .filter(|message| message.deleted_at.is_none());
        let (change, token) = match act {
            Act::SqlInsert => {
                let token = self.word();
                let id = MessageId(self.ctx.id());
                let body = format!("{token} by plain sql");
                (
                    Some(Row::Message(sql_message(room, id, person(0), body, now))),
                    Some((id, token)),
                )
            }
            Act::SqlUpdate => {
                let token = self.word();
                let change = some.map(|mut message| {
                    message.body = format!("{} {token}", message.body);
                    message.rev = message.rev.next();
                    message.edited_at = Some(now);
                    message
                });
                let id = change.as_ref().map(|message| message.id);
                (change.map(Row::Message), id.map(|id| (id, token)))
            }
            Act::SqlDelete => {
                let change = some.map(|mut message| {
                    message.body = String::new();
                    message.deleted_at = Some(now);
                    message.pinned_at = None;
                    message
                });
                (change.map(Row::Message), None)
            }
            Act::SqlRoom(how) => {
                let mut row = row;
                match how % 5 {
                    0 => row.edit_policy = EditPolicy::Everyone,
                    1 => row.edit_policy = EditPolicy::Author,
                    2 => row.archived_at = Some(now),
                    _ => row.archived_at = None,
                }
                (Some(Row::Room(row)), None)
            }
            Act::SqlMember(how) => {
                let members = self
                    .ctx
                    .store
                    .data
                    .rows
                    .values()
                    .filter_map(|row| match row {
                        Row::Member(member) if member.room_id == room => Some(member.clone()),
                        _ => None,
                    });
                let members: Vec<Member> = members.collect();
                let Some(mut member) = members
                    .get(usize::from(*how) % members.len().max(1))
                    .cloned()
                else {
                    return;
                };
                match how % 7 {
                    0 => member.left_at = Some(now),
                    1 => member.role = Role::Reader,
                    2 => member.role = Role::Moderator,
                    _ => (member.left_at, member.role) = (None, Role::Member),
                }
                (Some(Row::Member(member)), None)
            }
            _ => (None, None),
        };
        let Some(change) = change else { return };
        let Some(changes) = self.ctx.store.sql(room, vec![change]) else {
            return;
        };
        self.ctx.note(|| format!("plain sql: {:?}", changes.rows));
        if let Some((message, token)) = token {
            self.written.push(Written {
                person: person(0),
                device: "sql".into(),
                room,
                message,
                token,
                post: false,
                excused: false,
            });
        }
        notify(&mut self.ctx, &[changes], None);
    }
}
