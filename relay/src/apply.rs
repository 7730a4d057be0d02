//! Group commit: one task gathers the operations of all sessions and applies what is there in one transaction, then the next.
//!
//! Invariants:
//! - A room's changes reach the hub before their outcomes reach a session, and both only after the commit.
//! - Operations of one session keep their order: after a push that could not be applied, those behind it are not either, so that an
//!   edit never runs ahead of its post.
//! - A batch that fails for a reason that may pass is tried again; if that does not help, its operations are answered with "try
//!   again later", never with an outcome.

use crate::hub::Hub;
use crate::store::Store;
use crate::store::apply::{Applied, Asked};
use crate::{RelayError, clock};
use model::wire::{OpOutcome, WireError};
use model::{Actor, Envelope, RoomId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::SqlState;

/// Operations of one transaction: what COPY needs to come close to its best rate (see the design's measurements).
const BATCH_MAX: usize = 1024;

/// Pushes that wait for the task; a full queue holds back the sessions, not the memory.
const QUEUE_MAX: usize = 1024;

/// How often a batch is tried.
const TRIES: u32 = 5;

/// The answer to one push.
pub type Answer = Result<Vec<(RoomId, OpOutcome)>, WireError>;

/// One session's push.
struct Push {
    actor: Actor,
    ops: Vec<Envelope>,
    broken: Arc<AtomicBool>,
    reply: oneshot::Sender<Answer>,
}

/// The task that applies. Cheap to clone.
#[derive(Clone)]
pub struct Applier(mpsc::Sender<Push>);

/// One session's way to the [`Applier`].
pub struct Submitter {
    queue: mpsc::Sender<Push>,
    /// One of the session's pushes was not applied, so none behind it may be.
    broken: Arc<AtomicBool>,
}

impl Applier {
    /// Starts the task; it ends when all handles are dropped and what was handed in is done.
    #[must_use]
    pub fn spawn(store: Store, hub: Arc<Hub>) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        (Self(sender), tokio::spawn(run(store, hub, queue)))
    }

    /// A new session's way in.
    #[must_use]
    pub fn session(&self) -> Submitter {
        Submitter {
            queue: self.0.clone(),
            broken: Arc::default(),
        }
    }
}

impl Submitter {
    /// Hands in a push; the receiver gets its outcomes.
    pub async fn submit(&self, actor: Actor, ops: Vec<Envelope>) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let broken = Arc::clone(&self.broken);
        // A stopped task drops the reply, which the session reads as "try again later".
        let _ = self
            .queue
            .send(Push {
                actor,
                ops,
                broken,
                reply,
            })
            .await;
        answer
    }
}

async fn run(store: Store, hub: Arc<Hub>, mut queue: mpsc::Receiver<Push>) {
    while let Some(first) = queue.recv().await {
        let mut ops = first.ops.len();
        let mut pushes = vec![first];
        while ops < BATCH_MAX
            && let Ok(push) = queue.try_recv()
        {
            ops += push.ops.len();
            pushes.push(push);
        }
        settle(&store, &hub, pushes).await;
    }
}

/// Applies pushes together; if that can't be done, one by one, so that a push that Postgres will not have, or a room that somebody
/// holds locked, does not take the others down.
async fn settle(store: &Store, hub: &Hub, pushes: Vec<Push>) {
    let (broken, pushes): (Vec<Push>, Vec<Push>) = pushes
        .into_iter()
        .partition(|push| push.broken.load(Ordering::Acquire));
    for push in broken {
        refuse(push, crate::error::store_unavailable());
    }
    if pushes.is_empty() {
        return;
    }
    match apply(store, hub, &pushes).await {
        Ok(applied) => answer(hub, pushes, applied),
        Err(error) if pushes.len() == 1 => {
            for push in pushes {
                tracing::warn!(%error, ops = push.ops.len(), "push not applied");
                refuse(push, error.to_wire());
            }
        }
        Err(error) => {
            tracing::debug!(%error, pushes = pushes.len(), "batch is taken apart");
            for push in pushes {
                Box::pin(settle(store, hub, vec![push])).await;
            }
        }
    }
}

fn refuse(push: Push, error: WireError) {
    push.broken.store(true, Ordering::Release);
    // A session that is gone pushes again.
    let _ = push.reply.send(Err(error));
}

/// Rows first, then outcomes.
fn answer(hub: &Hub, pushes: Vec<Push>, applied: Applied) {
    for changes in applied.rooms {
        hub.committed(changes);
    }
    let mut outcomes = applied.outcomes.into_iter();
    for push in pushes {
        let answers = push
            .ops
            .iter()
            .zip(&mut outcomes)
            .map(|(envelope, outcome)| {
                (
                    envelope.op.room_id(),
                    OpOutcome {
                        op_id: envelope.op_id,
                        outcome,
                    },
                )
            });
        // A session that is gone gets its outcomes when it pushes again.
        let _ = push.reply.send(Ok(answers.collect()));
    }
}

/// Applies a batch, again if what stood in the way may have passed.
async fn apply(store: &Store, hub: &Hub, pushes: &[Push]) -> Result<Applied, RelayError> {
    let mut asked = Vec::new();
    for push in pushes {
        asked.extend(push.ops.iter().map(|envelope| Asked {
            actor: push.actor.clone(),
            envelope: envelope.clone(),
        }));
    }
    let mut tries = 0;
    loop {
        let result = store.apply(&asked, clock::now()).await;
        if tries > 0 || result.is_err() {
            // The commit may have happened and its answer been lost: then nobody has told the subscribers.
            let rooms: BTreeSet<RoomId> =
                asked.iter().map(|one| one.envelope.op.room_id()).collect();
            for room in rooms {
                hub.woken(room);
            }
        }
        tries += 1;
        match result {
            Ok(applied) => return Ok(applied),
            Err(error) if tries >= TRIES || !may_pass(&error) => return Err(error),
            Err(error) => tracing::debug!(%error, tries, "batch is tried again"),
        }
        tokio::time::sleep(Duration::from_millis(20 << tries)).await;
    }
}

/// Another relay was at the same rows, or the connection broke (perhaps after the commit: then the ledger and the rows say so).
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
