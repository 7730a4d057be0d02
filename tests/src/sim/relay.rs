//! A simulated relay: the real session machines, hub, applier machine and batches; the shells around them are these steps.
//!
//! Each step does one thing and may be the last one before a crash.

use super::context::{ConnId, Context, Event, Life, RelayId, WakeUp};
use super::mutation::Mutation;
use super::store::TxId;
use model::wire::{ClientFrame, OpOutcome, RelayFrame};
use model::{RoomId, Row, UserId};
use relay::apply::machine as applier;
use relay::batch::{Asked, RoomChanges};
use relay::hub::{Heard, Hub, Lag, SessionId};
use relay::session::machine::{Command, Input, Machine};
use relay::store::accounts::Account;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Frames that the hub queues for a session: few, so that overflows are common.
const QUEUE_FRAMES: usize = 4;

/// Pushes of one session under way, as in the real shell.
const PUSHES_MAX: usize = 8;

/// Messages of a page: few, so that histories have several.
const PAGE: u32 = 3;

/// A relay.
pub struct Relay {
    id: RelayId,
    /// Which life it is in.
    pub life: Life,
    /// It runs.
    pub up: bool,
    skew: i64,
    hub: Arc<Hub>,
    wanted: mpsc::UnboundedReceiver<RoomId>,
    sessions: BTreeMap<ConnId, Session>,
    applier: applier::Machine,
    applier_commands: VecDeque<applier::Command>,
    applier_waits: bool,
    applier_scheduled: bool,
    looks: bool,
    pushes: VecDeque<applier::Push>,
    gone: Vec<applier::SessionKey>,
    asked: BTreeMap<applier::PushId, ConnId>,
    next_push: u64,
    /// The transaction under way, and what it asks for.
    tx: Option<(TxId, Vec<Asked>, Locks)>,
    mutation: Option<Mutation>,
}

/// Whether a transaction waits for locked rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locks {
    /// It does.
    Wait,
    /// It leaves out what is on them.
    Skip,
}

struct Session {
    machine: Machine,
    registered: Option<(SessionId, mpsc::Receiver<Heard>, Arc<Lag>)>,
    commands: VecDeque<Command>,
    inputs: VecDeque<Input>,
    reading: Option<Command>,
    inbox: VecDeque<ClientFrame>,
    answers: VecDeque<(applier::PushId, Option<applier::Answer>)>,
    scheduled: bool,
}

/// The name of a person of the simulation.
#[must_use]
pub fn name_of(user: UserId) -> String {
    format!("person {}", user.0.as_u128())
}

impl Relay {
    /// A relay that is not up yet.
    #[must_use]
    pub fn new(id: RelayId, skew: i64, mutation: Option<Mutation>) -> Self {
        let (hub, wanted) = Hub::with_queue(uuid::Uuid::from_u128(1), QUEUE_FRAMES);
        Self {
            id,
            life: 0,
            up: false,
            skew,
            hub,
            wanted,
            sessions: BTreeMap::new(),
            applier: applier::Machine::default(),
            applier_commands: VecDeque::new(),
            applier_waits: false,
            applier_scheduled: false,
            looks: false,
            pushes: VecDeque::new(),
            gone: Vec::new(),
            asked: BTreeMap::new(),
            next_push: 0,
            tx: None,
            mutation,
        }
    }

    /// Starts, with nothing but what is in the store.
    pub fn start(&mut self, ctx: &mut Context) {
        let life = self.life + 1;
        *self = Self::new(self.id, self.skew, self.mutation);
        self.life = life;
        self.up = true;
        ctx.note(|| format!("relay {} starts", self.id));
        ctx.after(5, Event::WakeUp(self.id, life, WakeUp::All));
    }

    /// `kill -9`: its connections break, its transaction is aborted, or committed if that was on its way.
    pub fn crash(&mut self, ctx: &mut Context) {
        if !self.up {
            return;
        }
        ctx.note(|| format!("relay {} is killed", self.id));
        self.up = false;
        self.life += 1;
        if let Some((tx, ..)) = self.tx.take() {
            if ctx.rng.bool() {
                ctx.store.abort(tx);
            } else if let Some(applied) = ctx.store.commit(tx) {
                notify(ctx, &applied.rooms, None);
            }
        }
        let ids: Vec<ConnId> = ctx
            .conns
            .iter()
            .filter(|(_, conn)| conn.relay == self.id && conn.open)
            .map(|(id, _)| *id)
            .collect();
        for conn in ids {
            let soon = ctx.rng.u32(0..4) > 0;
            ctx.cut(conn, soon);
        }
        self.sessions.clear();
    }

    /// A connection is open.
    pub fn accept(&mut self, conn: ConnId, ctx: &Context) {
        let session = Session {
            machine: Machine::new(ctx.store.data.epoch),
            registered: None,
            commands: VecDeque::new(),
            inputs: VecDeque::new(),
            reading: None,
            inbox: VecDeque::new(),
            answers: VecDeque::new(),
            scheduled: false,
        };
        self.sessions.insert(conn, session);
    }

    /// A connection is gone.
    pub fn closed(&mut self, conn: ConnId, ctx: &mut Context) {
        if let Some(session) = self.sessions.remove(&conn) {
            if let Some((id, ..)) = session.registered {
                self.hub.unregister(id);
            }
            self.gone.push(key(conn));
            self.wake_applier(ctx);
        }
    }

    /// A frame has arrived.
    pub fn frame(&mut self, conn: ConnId, frame: ClientFrame, ctx: &mut Context) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.inbox.push_back(frame);
        }
        self.wake_session(conn, ctx);
    }

    /// Presence goes out, as it does a few times a second.
    pub fn tell_presence(&mut self, ctx: &mut Context) {
        if self.up {
            self.hub.tell_presence();
            let _ = self.hub.presence_messages();
            self.wake_all(ctx);
        }
    }

    /// Lets a session take a step soon.
    pub fn wake_session(&mut self, conn: ConnId, ctx: &mut Context) {
        if let Some(session) = self
            .sessions
            .get_mut(&conn)
            .filter(|session| !session.scheduled)
        {
            session.scheduled = true;
            let step = ctx.step();
            ctx.after(step, Event::SessionStep(self.id, self.life, conn));
        }
    }

    fn wake_all(&mut self, ctx: &mut Context) {
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.wake_session(conn, ctx);
        }
        while let Ok(room) = self.wanted.try_recv() {
            let delay = 1 + ctx.rng.u64(0..15);
            ctx.after(delay, Event::RoomRead(self.id, self.life, room));
        }
    }

    /// A session's next step.
    pub fn session_step(&mut self, conn: ConnId, ctx: &mut Context) {
        let Some(session) = self.sessions.get_mut(&conn) else {
            return;
        };
        session.scheduled = false;
        if session.reading.is_some() {
            return;
        }
        if let Some(command) = session.commands.front() {
            let sends = matches!(command, Command::Send(_) | Command::SendShared(_));
            if sends && !ctx.takes(conn) {
                // The socket is full; it goes on when the device has read something.
                return;
            }
            if let Some(command) = session.commands.pop_front() {
                self.perform(conn, command, ctx);
            }
            self.wake_session(conn, ctx);
            return;
        }
        let input = match session.inputs.pop_front() {
            Some(input) => Some(input),
            None => session.external(conn, ctx, self.mutation == Some(Mutation::DropOnOverflow)),
        };
        if let Some(input) = input {
            let commands = session.machine.handle(input);
            session.commands.extend(commands);
            self.wake_session(conn, ctx);
        }
    }

    fn perform(&mut self, conn: ConnId, command: Command, ctx: &mut Context) {
        let Some(session) = self.sessions.get_mut(&conn) else {
            return;
        };
        let hub = &self.hub;
        let id = session.registered.as_ref().map(|(id, ..)| *id);
        match command {
            Command::Send(frame) => ctx.send_to_device(conn, frame),
            Command::SendShared(frame) => ctx.send_to_device(conn, frame.frame.clone()),
            Command::Register(account) => {
                let (id, heard, lag) = hub.register(account.id);
                session.registered = Some((id, heard, lag));
            }
            Command::Submit(actor, ops) => {
                let push = applier::PushId(self.next_push);
                self.next_push += 1;
                session.answers.push_back((push, None));
                self.asked.insert(push, conn);
                self.pushes.push_back(applier::Push {
                    id: push,
                    session: key(conn),
                    actor,
                    ops,
                });
                self.wake_applier(ctx);
            }
            Command::Enter(room) => {
                if let Some(id) = id {
                    hub.enter(room, id);
                }
            }
            // Watched tables are beside what is simulated.
            Command::Follow(_) | Command::Unfollow(_) | Command::ReadEvents(..) => {}
            Command::Typing(room, on) => {
                if let Some(id) = id {
                    hub.typing(room, id, on);
                }
            }
            Command::Leave(room) => {
                if let Some(id) = id {
                    hub.leave(room, id);
                }
            }
            Command::Attach(room, at) => {
                if let Some(id) = id {
                    let attached = hub.attach(room, id, at);
                    session.inputs.push_back(Input::Attached(room, attached));
                }
                self.wake_all(ctx);
            }
            Command::Close(_) => {
                ctx.cut(conn, true);
                self.closed(conn, ctx);
            }
            read => {
                session.reading = Some(read);
                let delay = 1 + ctx.rng.u64(0..10);
                ctx.after(delay, Event::SessionRead(self.id, self.life, conn));
            }
        }
    }

    /// A session's read is answered.
    pub fn session_read(&mut self, conn: ConnId, ctx: &mut Context) {
        let Some(session) = self.sessions.get_mut(&conn) else {
            return;
        };
        let Some(read) = session.reading.take() else {
            return;
        };
        let store = &ctx.store;
        let input = if ctx.store_down {
            match read {
                Command::Identify(_) => Input::Identified(Err(unavailable())),
                _ => Input::ReadFailed,
            }
        } else {
            match read {
                Command::Identify(token) => {
                    let user = UserId(token.parse().unwrap_or_default());
                    let account = Account {
                        id: user,
                        name: name_of(user),
                    };
                    Input::Identified(Ok((account, store.memberships(user))))
                }
                Command::ReadChanges(room, after) => {
                    Input::Changes(room, store.changes(room, after))
                }
                Command::ReadFirstPage(room) => {
                    Input::FirstPage(room, store.first_page(room, PAGE))
                }
                Command::ReadOlderPage(room, before, limit) => {
                    Input::OlderPage(room, store.older_page(room, before, limit.min(PAGE)))
                }
                Command::ReadMemberships(user) => Input::Memberships(store.memberships(user)),
                Command::ReadDirectory => Input::Directory(Vec::new()),
                _ => Input::ReadFailed,
            }
        };
        session.inputs.push_back(input);
        self.wake_session(conn, ctx);
    }

    fn wake_applier(&mut self, ctx: &mut Context) {
        if !self.applier_scheduled {
            self.applier_scheduled = true;
            let step = ctx.step();
            ctx.after(step, Event::ApplierStep(self.id, self.life));
        }
    }

    /// The applier's next step.
    pub fn applier_step(&mut self, ctx: &mut Context) {
        self.applier_scheduled = false;
        if self.applier_waits {
            return;
        }
        if let Some(command) = self.applier_commands.pop_front() {
            self.perform_applier(command, ctx);
            self.wake_applier(ctx);
        } else if self.applier.is_idle() {
            if !self.pushes.is_empty() {
                let most = 1 + ctx.rng.usize(0..4);
                let batch: Vec<_> = (0..most).map_while(|_| self.pushes.pop_front()).collect();
                let commands = self.applier.handle(applier::Input::Batch(batch));
                self.applier_commands.extend(commands);
                self.wake_applier(ctx);
            } else {
                for session in std::mem::take(&mut self.gone) {
                    let commands = self.applier.handle(applier::Input::Gone(session));
                    self.applier_commands.extend(commands);
                    self.wake_applier(ctx);
                }
                if std::mem::take(&mut self.looks) {
                    let commands = self.applier.handle(applier::Input::Look);
                    self.applier_commands.extend(commands);
                    self.wake_applier(ctx);
                }
            }
        }
    }

    fn perform_applier(&mut self, command: applier::Command, ctx: &mut Context) {
        match command {
            applier::Command::LookAgain(time) => {
                let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                ctx.after(time, Event::ApplierLook(self.id, self.life));
            }
            applier::Command::Apply { asked, wait } => {
                self.applier_waits = true;
                let tx = ctx.tx();
                let locks = if wait { Locks::Wait } else { Locks::Skip };
                self.tx = Some((tx, asked, locks));
                let delay = 1 + ctx.rng.u64(0..5);
                ctx.after(delay, Event::TxLock(tx));
            }
            applier::Command::Pause(time) => {
                self.applier_waits = true;
                let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                ctx.after(time, Event::ApplierResumed(self.id, self.life));
            }
            applier::Command::Committed(changes) => {
                self.hub.committed(changes);
                self.wake_all(ctx);
            }
            applier::Command::Woken(room) => {
                self.hub.woken(room);
                self.wake_all(ctx);
            }
            applier::Command::Answer(push, answer) => {
                let Some(conn) = self.asked.remove(&push) else {
                    return;
                };
                if let Some(session) = self.sessions.get_mut(&conn) {
                    if self.mutation == Some(Mutation::AckBeforeRows)
                        && let Ok(answers) = &answer
                    {
                        let outcomes: Vec<OpOutcome> =
                            answers.iter().map(|(_, outcome)| outcome.clone()).collect();
                        ctx.send_to_device(conn, RelayFrame::Outcomes { outcomes });
                    }
                    for slot in &mut session.answers {
                        if slot.0 == push {
                            slot.1 = Some(answer.clone());
                        }
                    }
                }
                self.wake_session(conn, ctx);
            }
        }
    }

    /// The applier goes on after a pause.
    pub fn applier_resumed(&mut self, ctx: &mut Context) {
        self.applier_waits = false;
        let commands = self.applier.handle(applier::Input::Resumed);
        self.applier_commands.extend(commands);
        self.wake_applier(ctx);
    }

    /// It is time to look at what was set aside.
    pub fn applier_looks(&mut self, ctx: &mut Context) {
        self.looks = true;
        self.wake_applier(ctx);
    }

    /// What the transaction asks for, if it is this relay's.
    #[must_use]
    pub fn asks(&self, tx: TxId) -> Option<(&[Asked], Locks)> {
        self.tx
            .as_ref()
            .filter(|(own, ..)| *own == tx)
            .map(|(_, asked, locks)| (asked.as_slice(), *locks))
    }

    /// The relay's clock.
    #[must_use]
    pub fn clock(&self, ctx: &Context) -> model::Millis {
        ctx.clock(self.skew)
    }

    /// The mutation "broadcast before commit": subscribers hear of it now.
    pub fn broadcast_early(&mut self, rooms: Vec<RoomChanges>, ctx: &mut Context) {
        for changes in rooms {
            self.hub.committed(changes);
        }
        self.wake_all(ctx);
    }

    /// The transaction has ended.
    pub fn tx_done(
        &mut self,
        result: Result<relay::batch::Applied, applier::Failure>,
        ctx: &mut Context,
    ) {
        self.tx = None;
        self.applier_waits = false;
        let commands = self.applier.handle(applier::Input::Applied(result));
        self.applier_commands.extend(commands);
        self.wake_applier(ctx);
    }

    /// A wake-up.
    pub fn woken(&mut self, wake_up: WakeUp, ctx: &mut Context) {
        if self.mutation == Some(Mutation::MissWakeUps) && wake_up != WakeUp::All {
            return;
        }
        match wake_up {
            WakeUp::Room(room) => self.hub.woken(room),
            WakeUp::User(user) => self.hub.memberships_changed(user),
            WakeUp::All => self.hub.all_woken(),
        }
        self.wake_all(ctx);
    }

    /// Reads a room that the hub wants read; as `listen::read_room`.
    pub fn read_room(&mut self, room: RoomId, ctx: &mut Context) {
        let from = self.hub.cursor(room);
        match from {
            None => self.hub.was_not_read(room, false),
            Some(_) if ctx.store_down => {
                self.hub.was_not_read(room, false);
                ctx.after(500, Event::WakeUp(self.id, self.life, WakeUp::Room(room)));
            }
            Some(from) => match ctx.store.changes(room, from) {
                Some(page) if page.through > from => {
                    let changes = RoomChanges {
                        room,
                        from,
                        through: page.through,
                        rows: page.rows,
                    };
                    self.hub.was_read(changes, page.more);
                }
                _ => self.hub.was_not_read(room, false),
            },
        }
        self.wake_all(ctx);
    }

    /// The transaction under way, for a store that has crashed.
    #[must_use]
    pub fn open_tx(&self) -> Option<TxId> {
        self.tx.as_ref().map(|(tx, ..)| *tx)
    }
}

impl Session {
    /// Something from outside: whichever comes first, by chance.
    fn external(&mut self, conn: ConnId, ctx: &mut Context, silent: bool) -> Option<Input> {
        let mut ready: Vec<u8> = Vec::new();
        let frame = !self.inbox.is_empty() && self.answers.len() < PUSHES_MAX;
        ready.extend(frame.then_some(0));
        ready.extend(
            self.answers
                .front()
                .is_some_and(|(_, answer)| answer.is_some())
                .then_some(1),
        );
        if let Some((_, heard, lag)) = &mut self.registered {
            if !heard.is_empty() {
                ready.push(2);
            }
            let mut missed = lag.take();
            if silent {
                missed.rooms.clear();
            }
            self.inputs.extend(Input::of_missed(missed));
        }
        if let Some(input) = self.inputs.pop_front() {
            return Some(input);
        }
        if ready.is_empty() {
            return None;
        }
        match ready[ctx.rng.usize(0..ready.len())] {
            0 => {
                let frame = self.inbox.pop_front()?;
                if let ClientFrame::Subscribe { room, after } = &frame {
                    ctx.watch.subscribed(conn, *room, *after);
                }
                Some(Input::Frame(Ok(frame)))
            }
            1 => self
                .answers
                .pop_front()
                .and_then(|(_, answer)| answer)
                .map(Input::Answers),
            _ => {
                let (_, heard, _) = self.registered.as_mut()?;
                Some(Input::of_heard(heard.try_recv().ok()?))
            }
        }
    }
}

fn key(conn: ConnId) -> applier::SessionKey {
    applier::SessionKey(conn)
}

fn unavailable() -> model::wire::WireError {
    model::wire::WireError {
        code: model::wire::ErrorCode::StoreUnavailable,
        text: "The store is down.".into(),
        retry_after_ms: Some(1000),
        room: None,
    }
}

/// A transaction's failure as the relay's shell tells it to the applier.
#[must_use]
pub fn failure(trouble: applier::Trouble) -> applier::Failure {
    applier::Failure {
        error: unavailable(),
        trouble,
    }
}

/// NOTIFY: every other relay is woken, soon.
pub fn notify(ctx: &mut Context, rooms: &[RoomChanges], own: Option<RelayId>) {
    let mut wake_ups = BTreeSet::new();
    for changes in rooms {
        wake_ups.insert(WakeUp::Room(changes.room));
        for row in &changes.rows {
            if let Row::Member(member) = row {
                wake_ups.insert(WakeUp::User(member.user_id));
            }
        }
    }
    for relay in ctx.listening.clone() {
        if Some(relay.0) == own {
            continue;
        }
        for wake_up in &wake_ups {
            let delay = 1 + ctx.rng.u64(0..30);
            ctx.after(delay, Event::WakeUp(relay.0, relay.1, *wake_up));
        }
    }
}
