//! The applier as a state machine: [`Input`]s in, [`Command`]s out, carried out in order.

use crate::batch::{Applied, Asked, RoomChanges};
use crate::error::store_unavailable;
use model::wire::{OpOutcome, WireError};
use model::{Actor, Envelope, RoomId};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// How often a batch is tried.
const TRIES: u32 = 5;

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
    /// Trying again makes sense: another relay was at the same rows, or the connection broke (perhaps after the commit: then
    /// the ledger and the rows say so).
    pub may_pass: bool,
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
    /// A session has ended: nothing more comes from it.
    Gone(SessionKey),
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Apply these in one transaction.
    Apply(Vec<Asked>),
    /// Wait, then say [`Input::Resumed`].
    Pause(Duration),
    /// Tell the hub what was committed.
    Committed(RoomChanges),
    /// Tell the hub to look at a room: what was committed there may have been told to nobody.
    Woken(RoomId),
    /// Answer a push.
    Answer(PushId, Answer),
}

/// The machine.
#[derive(Debug, Default)]
pub struct Machine {
    /// What is being applied.
    trying: Vec<Push>,
    tries: u32,
    /// Pushes of a batch that was taken apart.
    single: VecDeque<Push>,
    /// Sessions one of whose pushes was not applied, so none behind it may be.
    broken: BTreeSet<SessionKey>,
}

impl Machine {
    /// Whether the next batch can be handed in.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.trying.is_empty() && self.single.is_empty()
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input) -> Vec<Command> {
        let mut out = Vec::new();
        match input {
            Input::Batch(pushes) => self.start(pushes, &mut out),
            Input::Applied(Ok(applied)) => self.applied(applied, &mut out),
            Input::Applied(Err(failure)) => self.failed(&failure, &mut out),
            Input::Resumed => out.push(self.apply()),
            Input::Gone(session) => {
                self.broken.remove(&session);
            }
        }
        out
    }

    fn start(&mut self, pushes: Vec<Push>, out: &mut Vec<Command>) {
        for push in pushes {
            if self.broken.contains(&push.session) {
                out.push(Command::Answer(push.id, Err(store_unavailable())));
            } else {
                self.trying.push(push);
            }
        }
        self.tries = 0;
        if !self.trying.is_empty() {
            out.push(self.apply());
        }
    }

    fn apply(&self) -> Command {
        let asked = self.trying.iter().flat_map(|push| {
            push.ops.iter().map(|envelope| Asked {
                actor: push.actor.clone(),
                envelope: envelope.clone(),
            })
        });
        Command::Apply(asked.collect())
    }

    /// Rows first, then outcomes.
    fn applied(&mut self, applied: Applied, out: &mut Vec<Command>) {
        if self.tries > 0 {
            // An earlier try may have been committed and its answer lost: then nobody has told the subscribers.
            self.wake(out);
        }
        out.extend(applied.rooms.into_iter().map(Command::Committed));
        let mut outcomes = applied.outcomes.into_iter();
        for push in std::mem::take(&mut self.trying) {
            let answers = push.ops.iter().zip(&mut outcomes);
            let answers = answers.map(|(envelope, outcome)| {
                let op_id = envelope.op_id;
                (envelope.op.room_id(), OpOutcome { op_id, outcome })
            });
            out.push(Command::Answer(push.id, Ok(answers.collect())));
        }
        self.next(out);
    }

    fn failed(&mut self, failure: &Failure, out: &mut Vec<Command>) {
        self.wake(out);
        self.tries += 1;
        if failure.may_pass && self.tries < TRIES {
            out.push(Command::Pause(Duration::from_millis(20 << self.tries)));
            return;
        }
        let mut pushes = std::mem::take(&mut self.trying);
        if pushes.len() > 1 {
            // One by one, so that a push that Postgres will not have, or a room that somebody holds locked, does not take the
            // others down.
            self.single.extend(pushes);
        } else if let Some(push) = pushes.pop() {
            self.broken.insert(push.session);
            out.push(Command::Answer(push.id, Err(failure.error.clone())));
        }
        self.next(out);
    }

    fn next(&mut self, out: &mut Vec<Command>) {
        while self.trying.is_empty()
            && let Some(push) = self.single.pop_front()
        {
            self.start(vec![push], out);
        }
    }

    fn wake(&self, out: &mut Vec<Command>) {
        let ops = self.trying.iter().flat_map(|push| &push.ops);
        let rooms: BTreeSet<RoomId> = ops.map(|envelope| envelope.op.room_id()).collect();
        out.extend(rooms.into_iter().map(Command::Woken));
    }
}
