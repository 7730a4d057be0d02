//! The applier as a state machine: [`Input`]s in, [`Command`]s out, carried out in order.
//!
//! Operations on a room that somebody else keeps locked are set aside, in order, and tried again with a pause; those on other rooms
//! go on. Rooms share nothing that an operation is decided on, so the order that counts is the order in each room.

use crate::batch::{Applied, Asked, RoomChanges};
use crate::error::store_unavailable;
use model::wire::{OpOutcome, Outcome, WireError};
use model::{Actor, Envelope, RoomId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// How often a batch is tried that met another transaction at the same rows.
const TRIES: u32 = 5;

/// How often one is tried while the store is in trouble: some three seconds, in which a restarted Postgres is often back.
const STORE_TRIES: u32 = 8;

/// The longest pause between two tries, and between two looks at locked rooms.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The first pause before locked rooms are looked at again; it doubles.
const LOOK_PAUSE: Duration = Duration::from_millis(25);

/// Each so many looks the locks are waited for, so that relays that take turns at a room do not starve one.
const LOOKS_UNTIL_WAIT: u32 = 4;

/// How long operations are set aside before their sessions are told to try again later.
const ASIDE_MAX: Duration = Duration::from_secs(30);

/// Operations that may be set aside: a bound on memory; a session that has more is told to try again later.
const ASIDE_OPS_MAX: usize = 16 * 1024;

/// Operations of one look.
const LOOK_OPS_MAX: usize = 1024;

/// A session, as the applier knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

/// One push of one session, for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId(pub u64);

/// One session's push.
#[derive(Clone, Debug)]
pub struct Push {
    /// For the answer.
    pub id: PushId,
    /// Whose.
    pub session: SessionKey,
    /// Who asks.
    pub actor: Actor,
    /// What for.
    pub ops: Vec<Envelope>,
}

/// The answer to one push: each operation's room and outcome.
pub type Answer = Result<Vec<(RoomId, OpOutcome)>, WireError>;

/// Why a batch was not applied.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the sessions are told.
    pub error: WireError,
    /// What stood in the way.
    pub trouble: Trouble,
}

/// What stood in a batch's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The store itself: it is down, full, takes no writes, or the connection broke (perhaps after the commit: then the ledger and
    /// the rows say so). Other operations would fare no better.
    Store,
    /// Another relay was at the same rows; the next try sees what it left.
    Passing,
    /// Somebody keeps a row locked.
    Locked,
    /// The operations, or something that nobody foresaw.
    Lasting,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Pushes to apply together; only while the machine is idle.
    Batch(Vec<Push>),
    /// The answer to [`Command::Apply`].
    Applied(Result<Applied, Failure>),
    /// The time of [`Command::Pause`] has passed.
    Resumed,
    /// The time of [`Command::LookAgain`] has passed; only while the machine is idle.
    Look,
    /// A session has ended: nothing more comes from it; only while the machine is idle.
    Gone(SessionKey),
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Apply these in one transaction.
    Apply {
        /// In order.
        asked: Vec<Asked>,
        /// Wait a little for locked rooms, and fail if they stay so; else leave out their operations and name the rooms.
        wait: bool,
    },
    /// Wait, then say [`Input::Resumed`].
    Pause(Duration),
    /// After this time, say [`Input::Look`]; batches go on meanwhile.
    LookAgain(Duration),
    /// Tell the hub what was committed.
    Committed(RoomChanges),
    /// Tell the hub to look at a room: what was committed there may have been told to nobody.
    Woken(RoomId),
    /// Answer a push.
    Answer(PushId, Answer),
}

/// One operation on its way.
#[derive(Debug)]
struct Item {
    push: PushId,
    /// Which of the push's operations.
    at: usize,
    asked: Asked,
}

impl Item {
    fn room(&self) -> RoomId {
        self.asked.envelope.op.room_id()
    }
}

/// A push that is not answered yet.
#[derive(Debug)]
struct Open {
    session: SessionKey,
    outcomes: Vec<Option<(RoomId, OpOutcome)>>,
}

/// The operations on a locked room.
#[derive(Debug, Default)]
struct Aside {
    items: Vec<Item>,
    waits: Waits,
}

/// How long a room has been locked, as far as we know.
#[derive(Clone, Copy, Debug, Default)]
struct Waits {
    looks: u32,
    time: Duration,
}

/// The machine.
#[derive(Debug, Default)]
pub struct Machine {
    open: BTreeMap<PushId, Open>,
    /// What is being applied.
    trying: Vec<Item>,
    tries: u32,
    wait: bool,
    /// Pushes of a batch that was taken apart.
    single: VecDeque<Vec<Item>>,
    /// A room is never in here and among what is tried: so its operations keep their order.
    aside: BTreeMap<RoomId, Aside>,
    /// The rooms whose operations were taken out to be tried again.
    looked_at: BTreeMap<RoomId, Waits>,
    /// The pause until the next look, if one was asked for.
    look: Option<Duration>,
    /// Sessions one of whose pushes was not applied, so none behind it may be.
    broken: BTreeSet<SessionKey>,
}

impl Machine {
    /// Whether the next batch can be handed in.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.trying.is_empty() && self.single.is_empty()
    }

    /// Rooms that are locked by somebody else, and the operations that wait for them.
    #[must_use]
    pub fn set_aside(&self) -> (usize, usize) {
        let items = self.aside.values().map(|aside| aside.items.len());
        (self.aside.len(), items.sum())
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input) -> Vec<Command> {
        let mut out = Vec::new();
        match input {
            Input::Batch(pushes) => self.start(pushes, &mut out),
            Input::Applied(Ok(applied)) => self.applied(applied, &mut out),
            Input::Applied(Err(failure)) => self.failed(&failure, &mut out),
            Input::Resumed => out.push(self.apply()),
            Input::Look => self.look(&mut out),
            Input::Gone(session) => {
                // Its unanswered pushes come again on a fresh connection.
                self.end(session, &store_unavailable(), &mut out);
                self.broken.remove(&session);
            }
        }
        out
    }

    fn start(&mut self, pushes: Vec<Push>, out: &mut Vec<Command>) {
        for push in pushes {
            let room = self.set_aside().1 + push.ops.len() <= ASIDE_OPS_MAX;
            let waits = |op: &Envelope| self.aside.contains_key(&op.op.room_id());
            if self.broken.contains(&push.session) {
                out.push(Command::Answer(push.id, Err(store_unavailable())));
            } else if push.ops.is_empty() {
                out.push(Command::Answer(push.id, Ok(Vec::new())));
            } else if !room && push.ops.iter().any(waits) {
                out.push(Command::Answer(push.id, Err(store_unavailable())));
                self.refuse(push.session, &store_unavailable(), out);
            } else {
                self.take(push);
            }
        }
        self.try_first(out);
    }

    fn take(&mut self, push: Push) {
        let outcomes = vec![None; push.ops.len()];
        let session = push.session;
        self.open.insert(push.id, Open { session, outcomes });
        for (at, envelope) in push.ops.into_iter().enumerate() {
            let actor = push.actor.clone();
            let asked = Asked { actor, envelope };
            let push = push.id;
            self.trying.push(Item { push, at, asked });
        }
    }

    /// The first try of what is to be tried, without what is behind operations that were set aside.
    fn try_first(&mut self, out: &mut Vec<Command>) {
        for item in std::mem::take(&mut self.trying) {
            match self.aside.get_mut(&item.room()) {
                Some(aside) => aside.items.push(item),
                None => self.trying.push(item),
            }
        }
        self.tries = 0;
        self.wait = true;
        if !self.trying.is_empty() {
            out.push(self.apply());
        }
    }

    fn apply(&self) -> Command {
        Command::Apply {
            asked: self.trying.iter().map(|item| item.asked.clone()).collect(),
            wait: self.wait,
        }
    }

    /// Rows first, then outcomes.
    fn applied(&mut self, applied: Applied, out: &mut Vec<Command>) {
        if self.tries > 0 {
            // An earlier try may have been committed and its answer lost: then nobody has told the subscribers.
            self.wake(out);
        }
        out.extend(applied.rooms.into_iter().map(Command::Committed));
        let mut outcomes = applied.outcomes.into_iter();
        for item in std::mem::take(&mut self.trying) {
            if applied.held.contains(&item.room()) {
                self.put_aside(item);
            } else if let Some(outcome) = outcomes.next() {
                self.outcome(&item, outcome, out);
            }
        }
        self.next(out);
    }

    fn outcome(&mut self, item: &Item, outcome: Outcome, out: &mut Vec<Command>) {
        let Some(open) = self.open.get_mut(&item.push) else {
            return;
        };
        let op_id = item.asked.envelope.op_id;
        if let Some(slot) = open.outcomes.get_mut(item.at) {
            *slot = Some((item.room(), OpOutcome { op_id, outcome }));
        }
        if open.outcomes.iter().all(Option::is_some)
            && let Some(open) = self.open.remove(&item.push)
        {
            let answer = open.outcomes.into_iter().flatten().collect();
            out.push(Command::Answer(item.push, Ok(answer)));
        }
    }

    fn put_aside(&mut self, item: Item) {
        let room = item.room();
        let aside = self.aside.entry(room).or_default();
        if let Some(waits) = self.looked_at.remove(&room) {
            aside.waits = waits;
        }
        aside.items.push(item);
    }

    fn failed(&mut self, failure: &Failure, out: &mut Vec<Command>) {
        self.wake(out);
        self.tries += 1;
        let most = match failure.trouble {
            Trouble::Store => STORE_TRIES,
            Trouble::Passing => TRIES,
            Trouble::Locked | Trouble::Lasting => 0,
        };
        if self.tries < most {
            let pause = Duration::from_millis(20 << self.tries).min(PAUSE_MAX);
            return out.push(Command::Pause(pause));
        }
        if failure.trouble == Trouble::Locked && self.wait {
            // Those on rooms that are free first.
            self.wait = false;
            return out.push(self.apply());
        }
        let items = std::mem::take(&mut self.trying);
        let pushes: BTreeSet<PushId> = items.iter().map(|item| item.push).collect();
        match failure.trouble {
            Trouble::Store => self.refuse_all(pushes, failure, out),
            // One by one, so that a push that Postgres will not have does not take the others down.
            _ if pushes.len() > 1 => {
                for item in items {
                    match self.single.back_mut() {
                        Some(same) if same.first().is_some_and(|one| one.push == item.push) => {
                            same.push(item);
                        }
                        _ => self.single.push_back(vec![item]),
                    }
                }
            }
            // No room is locked, but another row or a whole table.
            Trouble::Locked => items.into_iter().for_each(|item| self.put_aside(item)),
            Trouble::Passing | Trouble::Lasting => self.refuse_all(pushes, failure, out),
        }
        self.next(out);
    }

    fn refuse_all(&mut self, pushes: BTreeSet<PushId>, why: &Failure, out: &mut Vec<Command>) {
        for push in pushes {
            if let Some(session) = self.open.get(&push).map(|open| open.session) {
                self.refuse(session, &why.error, out);
            }
        }
    }

    /// A push of this session is not applied, and so none that is unanswered.
    fn refuse(&mut self, session: SessionKey, why: &WireError, out: &mut Vec<Command>) {
        self.broken.insert(session);
        self.end(session, why, out);
    }

    fn end(&mut self, session: SessionKey, why: &WireError, out: &mut Vec<Command>) {
        let of_session = |open: &Open| open.session == session;
        let pushes: Vec<PushId> = self
            .open
            .iter()
            .filter_map(|(push, open)| of_session(open).then_some(*push))
            .collect();
        if pushes.is_empty() {
            return;
        }
        for push in pushes {
            self.open.remove(&push);
            out.push(Command::Answer(push, Err(why.clone())));
        }
        let open = &self.open;
        self.trying.retain(|item| open.contains_key(&item.push));
        for items in &mut self.single {
            items.retain(|item| open.contains_key(&item.push));
        }
        for aside in self.aside.values_mut() {
            aside.items.retain(|item| open.contains_key(&item.push));
        }
        self.aside.retain(|_, aside| !aside.items.is_empty());
    }

    fn next(&mut self, out: &mut Vec<Command>) {
        while self.trying.is_empty()
            && let Some(items) = self.single.pop_front()
        {
            self.trying = items;
            self.try_first(out);
        }
        if self.is_idle() {
            self.looked_at.clear();
            self.look_later(out);
        }
    }

    fn look_later(&mut self, out: &mut Vec<Command>) {
        let looks = self.aside.values().map(|aside| aside.waits.looks).min();
        if let Some(looks) = looks.filter(|_| self.look.is_none()) {
            let pause = (LOOK_PAUSE * (1 << looks.min(10))).min(PAUSE_MAX);
            self.look = Some(pause);
            out.push(Command::LookAgain(pause));
        }
    }

    /// Tries what was set aside.
    fn look(&mut self, out: &mut Vec<Command>) {
        let pause = self.look.take().unwrap_or_default();
        let mut given_up = BTreeSet::new();
        for aside in self.aside.values_mut() {
            aside.waits.time += pause;
            aside.waits.looks += 1;
            if aside.waits.time >= ASIDE_MAX {
                given_up.extend(aside.items.iter().map(|item| item.push));
            }
        }
        let why = Failure {
            error: store_unavailable(),
            trouble: Trouble::Locked,
        };
        self.refuse_all(given_up, &why, out);
        self.tries = 0;
        self.wait = false;
        while self.trying.len() < LOOK_OPS_MAX
            && let Some((room, aside)) = self.longest_unlooked()
        {
            self.wait |= aside.waits.looks % LOOKS_UNTIL_WAIT == 0;
            self.looked_at.insert(room, aside.waits);
            self.trying.extend(aside.items);
        }
        if self.trying.is_empty() {
            self.next(out);
        } else {
            out.push(self.apply());
        }
    }

    /// Takes out a whole room's operations, those first that have waited longest.
    fn longest_unlooked(&mut self) -> Option<(RoomId, Aside)> {
        let longest = self.aside.iter().max_by_key(|(_, aside)| aside.waits.time);
        let room = longest.map(|(room, _)| *room)?;
        self.aside.remove_entry(&room)
    }

    fn wake(&self, out: &mut Vec<Command>) {
        let rooms: BTreeSet<RoomId> = self.trying.iter().map(Item::room).collect();
        out.extend(rooms.into_iter().map(Command::Woken));
    }
}

#[cfg(test)]
mod tests;
