//! The thin tokio shell around the applier's machine: one task a relay.

use super::machine::{Command, Failure, Input, Machine, Push, PushId, SessionKey, Trouble};
use crate::batch::{Applied, Asked};
use crate::bus::Buses;
use crate::hub::Hub;
use crate::metrics::metrics;
use crate::store::Store;
use crate::{RelayError, clock};
use model::{Actor, Envelope};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::SqlState;
use tracing::{Instrument, Span};

pub use super::machine::Answer;

/// Operations of one transaction: what COPY needs to come close to its best rate (see the design's measurements).
const BATCH_MAX: usize = 1024;

/// Pushes that wait for the task; a full queue holds back the sessions, not the memory.
const QUEUE_MAX: usize = 1024;

/// How long a batch may take. A Postgres that hangs is left, and asked again on another connection.
const BATCH_MAX_TIME: Duration = Duration::from_secs(30);

enum Heard {
    Push {
        session: SessionKey,
        actor: Actor,
        ops: Vec<Envelope>,
        reply: oneshot::Sender<Answer>,
        span: Span,
    },
    Gone(SessionKey),
}

/// The task that applies. Cheap to clone.
#[derive(Clone)]
pub struct Applier {
    queue: mpsc::Sender<Heard>,
    sessions: Arc<AtomicU64>,
}

/// One session's way to the [`Applier`].
pub struct Submitter {
    queue: mpsc::Sender<Heard>,
    session: SessionKey,
}

impl Applier {
    /// Starts the task; it ends when all handles are dropped and what was handed in is done.
    #[must_use]
    pub fn spawn(
        store: Store,
        bus: Arc<Buses>,
        hub: Arc<Hub>,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, heard) = mpsc::channel(QUEUE_MAX);
        let shell = Shell {
            store,
            bus,
            hub,
            machine: Machine::default(),
            replies: HashMap::new(),
            batch: Span::none(),
            next_push: 0,
            look_at: None,
        };
        let applier = Self {
            queue,
            sessions: Arc::default(),
        };
        (applier, tokio::spawn(shell.run(heard)))
    }

    /// A new session's way in.
    #[must_use]
    pub fn session(&self) -> Submitter {
        Submitter {
            queue: self.queue.clone(),
            session: SessionKey(self.sessions.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

impl Submitter {
    /// The session's number, counted from 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.session.0
    }

    /// Hands in a push; the receiver gets its outcomes.
    pub async fn submit(&self, actor: Actor, ops: Vec<Envelope>) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let session = self.session;
        // In a trace of its own: a session's would never end.
        let span = tracing::debug_span!(parent: None, "session.push", ops = ops.len());
        span.follows_from(Span::current());
        // A stopped task drops the reply, which the session reads as "try again later".
        let _ = self
            .queue
            .send(Heard::Push {
                session,
                actor,
                ops,
                reply,
                span,
            })
            .await;
        answer
    }
}

impl Drop for Submitter {
    fn drop(&mut self) {
        // With a full queue a few bytes are remembered for longer; nothing else depends on it.
        let _ = self.queue.try_send(Heard::Gone(self.session));
    }
}

struct Shell {
    store: Store,
    bus: Arc<Buses>,
    hub: Arc<Hub>,
    machine: Machine,
    /// Where each push is answered, which ends its span.
    replies: HashMap<PushId, (oneshot::Sender<Answer>, Span)>,
    /// Of the last batch.
    batch: Span,
    next_push: u64,
    /// When to look again at what was set aside.
    look_at: Option<tokio::time::Instant>,
}

impl Shell {
    async fn run(mut self, mut queue: mpsc::Receiver<Heard>) {
        loop {
            let first = tokio::select! {
                first = queue.recv() => first,
                () = at(self.look_at) => {
                    self.look_at = None;
                    self.settle(Input::Look).await;
                    continue;
                }
            };
            // What is still set aside then is pushed again by its sessions.
            let Some(first) = first else { return };
            metrics().queued_pushes.set(depth(queue.len()));
            let (mut pushes, mut gone) = (Vec::new(), Vec::new());
            let mut ops = self.take(first, &mut pushes, &mut gone);
            while ops < BATCH_MAX
                && let Ok(more) = queue.try_recv()
            {
                ops += self.take(more, &mut pushes, &mut gone);
            }
            self.settle(Input::Batch(pushes)).await;
            // Only now: what a session pushed before it ended is still among the batch.
            for session in gone {
                self.settle(Input::Gone(session)).await;
            }
        }
    }

    /// How many operations came.
    fn take(&mut self, heard: Heard, pushes: &mut Vec<Push>, gone: &mut Vec<SessionKey>) -> usize {
        match heard {
            Heard::Gone(session) => {
                gone.push(session);
                0
            }
            Heard::Push {
                session,
                actor,
                ops,
                reply,
                span,
            } => {
                let id = PushId(self.next_push);
                self.next_push += 1;
                self.replies.insert(id, (reply, span));
                let count = ops.len();
                pushes.push(Push {
                    id,
                    session,
                    actor,
                    ops,
                });
                count
            }
        }
    }

    /// Feeds the machine until nothing follows any more.
    async fn settle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for command in self.machine.handle(input) {
                inputs.extend(self.perform(command).await);
            }
            if inputs.is_empty() {
                self.batch = Span::none();
            }
            let (rooms, ops) = self.machine.set_aside();
            metrics().locked_rooms.set(depth(rooms));
            metrics().set_aside_ops.set(depth(ops));
        }
    }

    async fn apply(&self, asked: &[Asked], wait: bool) -> Result<Applied, Failure> {
        let began = Instant::now();
        let ride = self.bus.ride_in_commit();
        let applied = self.store.apply(asked, wait, clock::now(), ride);
        let result = match tokio::time::timeout(BATCH_MAX_TIME, applied).await {
            Ok(result) => result.map(|(applied, wake_ups)| {
                self.bus.announce(wake_ups);
                applied
            }),
            Err(_) => Err(RelayError::Hangs),
        };
        match &result {
            Ok(applied) => {
                let ops = applied.outcomes.len();
                if ops > 0 {
                    metrics().batch_ops.observe(ops as f64);
                    metrics()
                        .batch_seconds
                        .observe(began.elapsed().as_secs_f64());
                }
                for outcome in &applied.outcomes {
                    metrics().answered(outcome);
                }
            }
            Err(error) if trouble(error) == Trouble::Locked => {
                tracing::debug!(ops = asked.len(), "a room of the batch is locked");
            }
            Err(error) => {
                metrics().batch_failures.inc();
                tracing::warn!(%error, ops = asked.len(), "batch not applied");
            }
        }
        result.map_err(|error| Failure {
            trouble: trouble(&error),
            error: error.to_wire(),
        })
    }

    async fn perform(&mut self, command: Command) -> Option<Input> {
        match command {
            Command::Apply { asked, wait } => {
                let span = tracing::debug_span!(parent: None, "apply.batch", ops = asked.len());
                if !span.is_disabled() {
                    for (_, push) in self.replies.values() {
                        span.follows_from(push);
                    }
                }
                let applied = self.apply(&asked, wait).instrument(span.clone()).await;
                self.batch = span;
                Some(Input::Applied(applied))
            }
            Command::LookAgain(time) => {
                self.look_at = Some(tokio::time::Instant::now() + time);
                None
            }
            Command::Pause(time) => {
                tokio::time::sleep(time).await;
                Some(Input::Resumed)
            }
            Command::Committed(changes) => {
                let rows = changes.rows.len();
                let span = tracing::debug_span!(parent: &self.batch, "hub.fanout", rows);
                let _in = span.enter();
                self.hub.committed(changes);
                None
            }
            Command::Woken(room) => {
                self.hub.woken(room);
                None
            }
            Command::Answer(push, answer) => {
                if let Some((reply, _span)) = self.replies.remove(&push) {
                    // A session that is gone pushes again, and gets its outcomes then.
                    let _ = reply.send(answer);
                }
                None
            }
        }
    }
}

async fn at(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn depth(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn trouble(error: &RelayError) -> Trouble {
    let error = match error {
        RelayError::Postgres(error) => error,
        RelayError::Pool(_) | RelayError::Hangs => return Trouble::Store,
        RelayError::EpochChanged => return Trouble::Passing,
        _ => return Trouble::Lasting,
    };
    // Without a code the connection broke.
    let Some(code) = error.code() else {
        return Trouble::Store;
    };
    if *code == SqlState::UNIQUE_VIOLATION
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || *code == SqlState::T_R_SERIALIZATION_FAILURE
        // One of several statements under way failed, and this one only says so.
        || *code == SqlState::IN_FAILED_SQL_TRANSACTION
    {
        return Trouble::Passing;
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        return Trouble::Locked;
    }
    // Out of something, stopped by its operator, a disk's error; access refused, no writes.
    let class = code.code().get(..2).unwrap_or_default();
    if ["08", "28", "3D", "53", "57", "58"].contains(&class)
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::INSUFFICIENT_PRIVILEGE
    {
        return Trouble::Store;
    }
    Trouble::Lasting
}
