//! The thin tokio shell around the applier's machine: one task a relay.

use super::machine::{Command, Failure, Input, Machine, Push, PushId, SessionKey};
use crate::bus::Buses;
use crate::hub::Hub;
use crate::metrics::metrics;
use crate::store::Store;
use crate::{RelayError, clock};
use model::{Actor, Envelope};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::SqlState;

pub use super::machine::Answer;

/// Operations of one transaction: what COPY needs to come close to its best rate (see the design's measurements).
const BATCH_MAX: usize = 1024;

/// Pushes that wait for the task; a full queue holds back the sessions, not the memory.
const QUEUE_MAX: usize = 1024;

enum Heard {
    Push {
        session: SessionKey,
        actor: Actor,
        ops: Vec<Envelope>,
        reply: oneshot::Sender<Answer>,
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
            next_push: 0,
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
    /// Hands in a push; the receiver gets its outcomes.
    pub async fn submit(&self, actor: Actor, ops: Vec<Envelope>) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let session = self.session;
        // A stopped task drops the reply, which the session reads as "try again later".
        let _ = self
            .queue
            .send(Heard::Push {
                session,
                actor,
                ops,
                reply,
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
    replies: HashMap<PushId, oneshot::Sender<Answer>>,
    next_push: u64,
}

impl Shell {
    async fn run(mut self, mut queue: mpsc::Receiver<Heard>) {
        while let Some(first) = queue.recv().await {
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
            } => {
                let id = PushId(self.next_push);
                self.next_push += 1;
                self.replies.insert(id, reply);
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
        }
    }

    async fn perform(&mut self, command: Command) -> Option<Input> {
        match command {
            Command::Apply(asked) => {
                let began = Instant::now();
                let ride = self.bus.ride_in_commit();
                let result = self.store.apply(&asked, clock::now(), ride).await;
                let result = result.map(|(applied, wake_ups)| {
                    self.bus.announce(wake_ups);
                    applied
                });
                if let Ok(applied) = &result {
                    metrics().batch_ops.observe(asked.len() as f64);
                    metrics()
                        .batch_seconds
                        .observe(began.elapsed().as_secs_f64());
                    for outcome in &applied.outcomes {
                        metrics().answered(outcome);
                    }
                }
                Some(Input::Applied(result.map_err(|error| {
                    metrics().batch_failures.inc();
                    tracing::warn!(%error, ops = asked.len(), "batch not applied");
                    Failure {
                        may_pass: may_pass(&error),
                        error: error.to_wire(),
                    }
                })))
            }
            Command::Pause(time) => {
                tokio::time::sleep(time).await;
                Some(Input::Resumed)
            }
            Command::Committed(changes) => {
                self.hub.committed(changes);
                None
            }
            Command::Woken(room) => {
                self.hub.woken(room);
                None
            }
            Command::Answer(push, answer) => {
                if let Some(reply) = self.replies.remove(&push) {
                    // A session that is gone pushes again, and gets its outcomes then.
                    let _ = reply.send(answer);
                }
                None
            }
        }
    }
}

/// Whether what stood in the way may have passed by the next try.
fn may_pass(error: &RelayError) -> bool {
    match error {
        RelayError::Postgres(error) => match error.code() {
            None => true,
            Some(code) => {
                *code == SqlState::UNIQUE_VIOLATION
                    || *code == SqlState::T_R_DEADLOCK_DETECTED
                    || *code == SqlState::T_R_SERIALIZATION_FAILURE
                    || *code == SqlState::ADMIN_SHUTDOWN
                    || *code == SqlState::CRASH_SHUTDOWN
                    || *code == SqlState::CANNOT_CONNECT_NOW
            }
        },
        RelayError::Pool(_) => true,
        _ => false,
    }
}
