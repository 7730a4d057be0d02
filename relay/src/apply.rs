//! Group commit: one task gathers the operations of all sessions and applies what is there in one transaction, then the next.
//!
//! Invariants: the room's changes reach the hub before their outcomes reach a session, and both only after the commit; operations of
//! one session keep their order; a batch that fails for a reason that may pass is tried again, and if that does not help its
//! operations are answered with "try again later", never with an outcome.

use crate::hub::Hub;
use crate::store::Store;
use crate::store::apply::Asked;
use crate::{RelayError, clock};
use model::wire::{OpOutcome, WireError};
use model::{Actor, Envelope, RoomId};
use std::sync::Arc;
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
    reply: oneshot::Sender<Answer>,
}

/// Where sessions hand in their pushes. Cheap to clone.
#[derive(Clone)]
pub struct Applier(mpsc::Sender<Push>);

impl Applier {
    /// Starts the task; it ends when all handles are dropped and what was handed in is done.
    #[must_use]
    pub fn spawn(store: Store, hub: Arc<Hub>) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        (Self(sender), tokio::spawn(run(store, hub, queue)))
    }

    /// Hands in a push; the receiver gets its outcomes.
    pub async fn submit(&self, actor: Actor, ops: Vec<Envelope>) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        // A stopped task drops the reply, which the session reads as "try again later".
        let _ = self.0.send(Push { actor, ops, reply }).await;
        answer
    }
}

async fn run(store: Store, hub: Arc<Hub>, mut queue: mpsc::Receiver<Push>) {
    let mut pushes = Vec::new();
    while queue.recv_many(&mut pushes, 1).await > 0 {
        let mut ops: usize = pushes.iter().map(|push| push.ops.len()).sum();
        while ops < BATCH_MAX {
            match queue.try_recv() {
                Ok(push) => {
                    ops += push.ops.len();
                    pushes.push(push);
                }
                Err(_) => break,
            }
        }
        settle(&store, &hub, std::mem::take(&mut pushes)).await;
    }
}

async fn settle(store: &Store, hub: &Hub, pushes: Vec<Push>) {
    let mut asked = Vec::new();
    for push in &pushes {
        asked.extend(push.ops.iter().map(|envelope| Asked {
            actor: push.actor.clone(),
            envelope: envelope.clone(),
        }));
    }
    match apply(store, &asked).await {
        Ok(applied) => {
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
        Err(error) => {
            tracing::warn!(%error, ops = asked.len(), "batch not applied");
            for push in pushes {
                let _ = push.reply.send(Err(error.to_wire()));
            }
        }
    }
}

/// Applies a batch, again if what stood in the way may have passed.
async fn apply(store: &Store, asked: &[Asked]) -> Result<crate::store::apply::Applied, RelayError> {
    let mut tries = 0;
    loop {
        let error = match store.apply(asked, clock::now()).await {
            Ok(applied) => return Ok(applied),
            Err(error) => error,
        };
        tries += 1;
        if tries >= TRIES || !may_pass(&error) {
            return Err(error);
        }
        tracing::debug!(%error, tries, "batch is tried again");
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
