//! A simulated device: a real SQLite database in memory, the real sync machine and the code that stores frames; the shell
//! around them is these steps. The database is the disk: it outlives a crash of the process.

use super::context::{ConnId, Context, DeviceId, Event, Life};
use super::mutation::Mutation;
use crate::history::DeviceView;
use anyhow::Context as _;
use client::sync::machine::{Event as In, Instruction, Machine};
use client::sync::store;
use client::{ClientError, outbox, recovered};
use model::view::Connection as State;
use model::wire::{ClientFrame, RelayFrame};
use model::{Actor, Millis, Op, OpId, RoomId, Seq, UserId};
use rusqlite::{Connection, MAIN_DB, OptionalExtension, Transaction, TransactionBehavior};
use std::collections::VecDeque;

/// A device.
pub struct Device {
    id: DeviceId,
    /// For sentences.
    pub name: String,
    /// Whose it is.
    pub person: UserId,
    /// Which life it is in.
    pub life: Life,
    /// It runs.
    pub up: bool,
    /// How wrong its clock is, in milliseconds.
    pub skew: i64,
    /// Its disk.
    pub disk: Connection,
    machine: Machine,
    events: VecDeque<In>,
    instructions: VecDeque<Instruction>,
    inbox: VecDeque<In>,
    /// The connection that it uses.
    pub conn: Option<ConnId>,
    timer: u64,
    scheduled: bool,
    /// It does not read from its socket.
    pub slow: bool,
    /// The process dies in the middle of the next write of a frame.
    pub dies_writing: bool,
    mutation: Option<Mutation>,
}

impl Device {
    /// A device with a disk as it is.
    ///
    /// # Errors
    /// None that a good disk causes.
    pub fn new(
        id: DeviceId,
        person: UserId,
        skew: i64,
        disk: &[u8],
        mutation: Option<Mutation>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            id,
            name: format!("device {id}"),
            person,
            life: 0,
            up: false,
            skew,
            disk: open(disk, person)?,
            machine: Machine::default(),
            events: VecDeque::new(),
            instructions: VecDeque::new(),
            inbox: VecDeque::new(),
            conn: None,
            timer: 0,
            scheduled: false,
            slow: false,
            dies_writing: false,
            mutation,
        })
    }

    /// Who acts on it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.person,
            name: super::relay::name_of(self.person),
        }
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self, ctx: &Context) -> Millis {
        ctx.clock(self.skew)
    }

    /// The process starts.
    pub fn start(&mut self, ctx: &mut Context) {
        self.life += 1;
        self.up = true;
        self.machine = Machine::default();
        self.events.clear();
        self.instructions.clear();
        self.inbox.clear();
        self.conn = None;
        self.timer += 1;
        self.scheduled = false;
        self.dies_writing = false;
        ctx.note(|| format!("{} starts", self.name));
        self.tell(In::Wake, ctx);
    }

    /// `kill -9`.
    pub fn crash(&mut self, ctx: &mut Context) {
        if !self.up {
            return;
        }
        ctx.note(|| format!("{} is killed", self.name));
        self.up = false;
        self.life += 1;
        if let Some(conn) = self.conn.take() {
            let soon = ctx.rng.bool();
            ctx.cut(conn, soon);
        }
    }

    /// Another disk in the same device: an old backup of it, or an empty one.
    ///
    /// # Errors
    /// None that a good disk causes.
    pub fn replace_disk(&mut self, disk: &[u8]) -> anyhow::Result<()> {
        self.disk = open(disk, self.person)?;
        Ok(())
    }

    /// A copy of the disk.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn backup(&mut self) -> anyhow::Result<Vec<u8>> {
        Ok(self.disk.serialize(MAIN_DB)?.to_vec())
    }

    /// Something happened outside.
    pub fn tell(&mut self, event: In, ctx: &mut Context) {
        if self.up {
            self.inbox.push_back(event);
            self.wake(ctx);
        }
    }

    fn wake(&mut self, ctx: &mut Context) {
        if self.up && !self.scheduled {
            self.scheduled = true;
            let step = ctx.step();
            ctx.after(step, Event::DeviceStep(self.id, self.life));
        }
    }

    /// Whether the person can use it.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The timer's time has come.
    pub fn timer(&mut self, number: u64, ctx: &mut Context) {
        if number == self.timer {
            self.tell(In::Timer, ctx);
        }
    }

    /// The socket is gone.
    pub fn closed(&mut self, conn: Option<ConnId>, ctx: &mut Context) {
        if conn.is_some() && conn == self.conn {
            self.conn = None;
            let random = ctx.rng.u32(..);
            let reason = "cut".to_owned();
            self.tell(In::Closed { reason, random }, ctx);
        }
    }

    /// The next step.
    ///
    /// # Errors
    /// What no fault explains: a bug of the device or of the simulator.
    pub fn step(&mut self, ctx: &mut Context) -> anyhow::Result<()> {
        self.scheduled = false;
        if let Some(instruction) = self.instructions.pop_front() {
            if let Some(event) = self.perform(instruction, ctx)? {
                self.events.push_back(event);
            }
        } else if let Some(event) = self.events.pop_front() {
            self.instructions.extend(self.machine.handle(event));
        } else if let Some(event) = self.inbox.pop_front() {
            self.events.push_back(event);
        } else if !self.slow
            && let Some(conn) = self.conn
            && let Some(frame) = ctx.arrived.get_mut(&conn).and_then(VecDeque::pop_front)
        {
            self.events.push_back(In::Frame(frame));
        }
        let more =
            !(self.instructions.is_empty() && self.events.is_empty() && self.inbox.is_empty())
                || self.conn.is_some_and(|conn| {
                    !self.slow
                        && ctx
                            .arrived
                            .get(&conn)
                            .is_some_and(|frames| !frames.is_empty())
                });
        if more {
            self.wake(ctx);
        }
        Ok(())
    }

    /// It reads from its socket again, or something has arrived there.
    pub fn readable(&mut self, ctx: &mut Context) {
        self.wake(ctx);
    }

    fn perform(
        &mut self,
        instruction: Instruction,
        ctx: &mut Context,
    ) -> anyhow::Result<Option<In>> {
        let result = match instruction {
            Instruction::Connect => {
                let relay = ctx.rng.usize(0..ctx.relays);
                let conn = ctx.connect(self.id, self.life, relay);
                self.conn = Some(conn);
                self.timer += 1;
                return Ok(None);
            }
            Instruction::Disconnect => {
                if let Some(conn) = self.conn.take() {
                    ctx.cut(conn, true);
                }
                return Ok(None);
            }
            Instruction::SendHello { version } => {
                let token = self.person.to_string();
                self.send(ClientFrame::Hello { version, token }, ctx);
                return Ok(None);
            }
            Instruction::Send(frame) => {
                self.send(frame, ctx);
                return Ok(None);
            }
            Instruction::Store(frame) => {
                if std::mem::take(&mut self.dies_writing) {
                    self.die_writing(frame, ctx);
                    return Ok(None);
                }
                self.store(frame, ctx)
                    .map(|stored| Some(In::Stored(stored)))
            }
            Instruction::LoadOutbox { in_flight } => {
                store::load_outbox(&self.disk, &in_flight).map(|ops| Some(In::Outbox(ops)))
            }
            Instruction::SetTimer(delay) => {
                self.timer += 1;
                let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
                ctx.after(delay, Event::DeviceTimer(self.id, self.life, self.timer));
                return Ok(None);
            }
            Instruction::Progress { level, rooms } => {
                store::progress(&self.disk, level, rooms).map(|()| None)
            }
            Instruction::Report(state) => self.report(&state, ctx).map(|()| None),
        };
        match result {
            Ok(event) => Ok(event),
            // As the shell: a database that can't be written must not look like a live connection.
            Err(ClientError::Database(error)) if is_full(&error) => {
                ctx.note(|| format!("{}'s disk is full", self.name));
                ctx.disk_full += 1;
                if let Some(conn) = self.conn.take() {
                    ctx.cut(conn, true);
                }
                let random = ctx.rng.u32(..);
                let reason = "disk full".to_owned();
                Ok(Some(In::Closed { reason, random }))
            }
            Err(error) => Err(error).context(self.name.clone()),
        }
    }

    fn send(&self, frame: ClientFrame, ctx: &mut Context) {
        let Some(conn) = self.conn else { return };
        ctx.note(|| format!("{} sends {frame:?}", self.name));
        ctx.send_to_relay(conn, frame);
    }

    fn report(&mut self, state: &State, ctx: &Context) -> Result<(), ClientError> {
        let now = self.clock(ctx);
        let tx = transaction(&mut self.disk)?;
        store::report(&tx, state, now)?;
        Ok(tx.commit()?)
    }

    fn store(
        &mut self,
        mut frame: RelayFrame,
        ctx: &mut Context,
    ) -> Result<client::sync::machine::Stored, ClientError> {
        super::mutation::plant_in_frame(self.mutation, &mut frame);
        ctx.note(|| format!("{} stores {frame:?}", self.name));
        let (now, actor) = (self.clock(ctx), self.actor());
        let epoch_before = epoch(&self.disk)?;
        let cursor_before = cursor_of(&self.disk, &frame)?;
        let tx = transaction(&mut self.disk)?;
        let stored = store::store(&tx, frame.clone(), &actor, now)?;
        super::mutation::plant_in_device(self.mutation, &tx, &frame)?;
        tx.commit()?;
        if epoch(&self.disk)? != epoch_before || matches!(frame, RelayFrame::Resync { .. }) {
            ctx.watch.forget_device(self.id);
        }
        ctx.watch
            .stored(self.id, &self.name, &self.disk, &frame, &actor)
            .map_err(|error| ClientError::Stored(error.to_string()))?;
        if let (Some((room, before)), Some((_, after))) =
            (cursor_before, cursor_of(&self.disk, &frame)?)
            && epoch(&self.disk)?.as_deref() == Some(ctx.store.data.epoch.as_bytes())
        {
            let claimed = ctx.store.claimed(room, before, after);
            ctx.watch
                .cursor_moved(&self.name, &self.disk, claimed)
                .map_err(|error| ClientError::Stored(error.to_string()))?;
        }
        Ok(stored)
    }

    /// The process is killed between a write and its commit.
    fn die_writing(&mut self, frame: RelayFrame, ctx: &mut Context) {
        let (now, actor) = (self.clock(ctx), self.actor());
        if let Ok(tx) = transaction(&mut self.disk) {
            let _ = store::store(&tx, frame, &actor, now);
            drop(tx);
        }
        self.crash(ctx);
        ctx.after(200, Event::DeviceStart(self.id));
    }

    /// The person writes an operation; `false`: the rules or the disk refused it, and the person was told.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn submit(&mut self, op: Op, op_id: OpId, ctx: &mut Context) -> anyhow::Result<bool> {
        let (now, actor) = (self.clock(ctx), self.actor());
        ctx.watch.written(op_id, op.room_id());
        let tx = transaction(&mut self.disk)?;
        let written = outbox::submit(&tx, op.clone(), &actor, op_id, now);
        let written = written.and_then(|()| Ok(tx.commit()?));
        match written {
            Ok(()) => {
                ctx.note(|| format!("{} writes {op:?} as {op_id}", self.name));
                self.tell(In::OutboxChanged, ctx);
                Ok(true)
            }
            Err(ClientError::Rejected(_)) => Ok(false),
            Err(ClientError::Database(error)) if is_full(&error) => {
                ctx.disk_full += 1;
                Ok(false)
            }
            Err(error) => Err(error).context(self.name.clone()),
        }
    }

    /// The person retries, or discards, the first of what was refused. The operation's words are returned.
    ///
    /// # Errors
    /// What no fault explains.
    pub fn settle_recovered(&mut self, retry: bool, ctx: &mut Context) -> anyhow::Result<Vec<Op>> {
        let actor = self.actor();
        let before = self.view()?.recovered;
        let list = recovered::list(&self.disk)?;
        let Some(first) = list.into_iter().find(|view| view.author.is_none()) else {
            return Ok(Vec::new());
        };
        let mut ids: Vec<OpId> = (0..before.len()).map(|_| OpId(ctx.id())).collect();
        for id in &ids {
            ctx.watch.written(*id, first.room_id);
        }
        let tx = transaction(&mut self.disk)?;
        let done = if retry {
            recovered::retry(&tx, first.op_id, &actor, || {
                ids.pop().unwrap_or(first.op_id)
            })
        } else {
            recovered::discard(&tx, first.op_id, &actor)
        };
        match done.and_then(|()| Ok(tx.commit()?)) {
            Ok(()) => {}
            Err(ClientError::Database(error)) if is_full(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error).context(self.name.clone()),
        }
        self.tell(In::OutboxChanged, ctx);
        let after = self.view()?.recovered;
        Ok(before
            .into_iter()
            .filter(|op| !after.contains(op))
            .collect())
    }

    /// The disk takes no more, or takes it again.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn set_disk_full(&mut self, full: bool) -> anyhow::Result<()> {
        let pages: i64 = self
            .disk
            .query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let most = if full { pages } else { 1_000_000 };
        self.disk
            .query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
        Ok(())
    }

    /// What the checker sees of it.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn view(&self) -> anyhow::Result<DeviceView> {
        let mut view = DeviceView::read(&self.disk, &self.name)?;
        view.person = Some(self.person);
        Ok(view)
    }
}

fn transaction(disk: &mut Connection) -> Result<Transaction<'_>, ClientError> {
    Ok(disk.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn epoch(disk: &Connection) -> Result<Option<Vec<u8>>, ClientError> {
    Ok(disk.query_row("SELECT epoch FROM account", [], |row| row.get(0))?)
}

/// Where a frame of changes finds the room's cursor, or leaves it.
fn cursor_of(disk: &Connection, frame: &RelayFrame) -> Result<Option<(RoomId, Seq)>, ClientError> {
    let RelayFrame::Changes { room, .. } = frame else {
        return Ok(None);
    };
    let mut statement = disk.prepare_cached("SELECT seq FROM cursor WHERE room_id = ?1")?;
    let found: Option<Option<i64>> = statement
        .query_row([room.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(|seq| (*room, Seq(seq))))
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

/// An empty disk, as a fresh installation has it.
///
/// # Errors
/// None that a good program causes.
pub fn fresh_disk() -> anyhow::Result<Vec<u8>> {
    let mut disk = Connection::open_in_memory()?;
    // Small pages, so that a full disk is noticed by small writes.
    disk.pragma_update(None, "page_size", 512)?;
    client::db::migrate::apply(&mut disk)?;
    disk.execute(
        "INSERT INTO account (rowid, relay, user_id, name, signed_in) VALUES (1, 'http://localhost', x'00', '', 1)",
        [],
    )?;
    Ok(disk.serialize(MAIN_DB)?.to_vec())
}

fn open(bytes: &[u8], person: UserId) -> anyhow::Result<Connection> {
    let mut disk = Connection::open_in_memory()?;
    disk.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)?;
    disk.set_prepared_statement_cache_capacity(128);
    client::db::checksum::install(&disk)?;
    // Nothing is written beside the memory; a rollback must still work.
    disk.pragma_update(None, "journal_mode", "MEMORY")?;
    disk.pragma_update(None, "synchronous", "OFF")?;
    disk.execute(
        "UPDATE account SET user_id = ?1, name = ?2",
        (person.0.as_bytes(), super::relay::name_of(person)),
    )?;
    Ok(disk)
}
