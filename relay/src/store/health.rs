//! How the database is: whether it answers, whether it takes writes, and which state of it (which epoch) answers.
//!
//! Invariants: only a fresh connection says what the epoch is, so that a connection that is left over from a fallen primary can't
//! turn it back; sessions hear of a new epoch after the hub has forgotten what it knew of the old one.

use super::{Store, queries};
use crate::RelayError;
use crate::hub::Hub;
use crate::metrics::metrics;
use deadpool_postgres::{Hook, HookError, PoolError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

/// How often the database is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// When it counts as down.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How often rooms are read again from a standby, where nobody can listen.
const STANDBY_READ_EVERY: u32 = 2;

/// What the database is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Reads and writes.
    Up,
    /// Reads alone: a standby, or `default_transaction_read_only`.
    ReadOnly,
    /// Nothing.
    Down,
}

/// What is known of the database. One a store.
pub struct Health {
    epoch: watch::Sender<Uuid>,
    standing: watch::Sender<Standing>,
    look: Notify,
    hub: OnceLock<Arc<Hub>>,
}

/// What a connection says.
struct Said {
    epoch: Option<Uuid>,
    primary: bool,
    standing: Standing,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            epoch: watch::Sender::new(Uuid::nil()),
            standing: watch::Sender::new(Standing::Down),
            look: Notify::new(),
            hub: OnceLock::new(),
        }
    }
}

impl Health {
    /// The store's epoch, and when it becomes another one.
    #[must_use]
    pub fn epoch(&self) -> watch::Receiver<Uuid> {
        self.epoch.subscribe()
    }

    /// As of the last look.
    #[must_use]
    pub fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Who is to forget what it knows when the epoch changes.
    pub fn tells(&self, hub: Arc<Hub>) {
        // Once a relay.
        let _ = self.hub.set(hub);
    }

    /// Has the database looked at now.
    pub fn look_soon(&self) {
        self.look.notify_one();
    }

    /// Whether this is the epoch that the sessions know.
    ///
    /// # Errors
    /// [`RelayError::EpochChanged`]; then the database is looked at.
    pub(crate) fn is_still(&self, epoch: Uuid) -> Result<(), RelayError> {
        if *self.epoch.borrow() == epoch {
            return Ok(());
        }
        self.look_soon();
        Err(RelayError::EpochChanged)
    }

    /// What a fresh connection says.
    fn take(&self, said: &Said) {
        self.stands(said.standing);
        let Some(epoch) = said.epoch else { return };
        let known = *self.epoch.borrow();
        if known == epoch {
            return;
        }
        if !known.is_nil() {
            tracing::warn!(
                "another state of the database answers than before (restored, or a standby took over); clients start anew"
            );
            metrics().epoch_changes.inc();
        }
        if let Some(hub) = self.hub.get() {
            hub.forget_all();
        }
        self.epoch.send_replace(epoch);
    }

    fn stands(&self, now: Standing) {
        metrics().store_up.set(i64::from(now != Standing::Down));
        metrics().store_writable.set(i64::from(now == Standing::Up));
        if now != Standing::Down {
            metrics().store_reached();
        }
        let before = self.standing.send_replace(now);
        // A command that looks once has nothing to tell.
        if before == now || self.hub.get().is_none() {
            return;
        }
        match now {
            Standing::Up => tracing::info!("the database answers and takes writes"),
            Standing::ReadOnly => tracing::warn!("the database can be read and takes no writes"),
            Standing::Down => tracing::warn!("the database does not answer"),
        }
    }
}

/// Asks each new connection of the pool how the database is.
pub(super) fn hook(health: Arc<Health>) -> Hook {
    Hook::async_fn(move |client, _| {
        let health = Arc::clone(&health);
        Box::pin(async move {
            let said = ask(&**client).await.map_err(HookError::Backend)?;
            health.take(&said);
            Ok(())
        })
    })
}

/// Without named statements: a pooler may stand between.
async fn ask(client: &impl GenericClient) -> Result<Said, tokio_postgres::Error> {
    let row = client.query_typed_one(queries::TAKES_WRITES, &[]).await?;
    let (primary, writes): (bool, bool) = (row.get(0), row.get(1));
    let epoch = match client.query_typed_one(queries::EPOCH, &[]).await {
        Ok(row) => Some(row.get(0)),
        // Not migrated yet, or not ours to read: what needs it will say so.
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => None,
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => None,
        Err(error) => return Err(error),
    };
    let standing = if primary && writes {
        Standing::Up
    } else {
        Standing::ReadOnly
    };
    Ok(Said {
        epoch,
        primary,
        standing,
    })
}

/// Keeps looking, for as long as the relay serves.
pub async fn watch_over(store: Store, hub: Arc<Hub>) {
    let health = Arc::clone(store.health());
    let mut looks = 0_u32;
    loop {
        let standby = look(&store).await;
        looks = looks.wrapping_add(1);
        if standby && looks.is_multiple_of(STANDBY_READ_EVERY) {
            hub.all_woken();
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = health.look.notified() => {}
        }
    }
}

/// One look; whether a standby answers.
async fn look(store: &Store) -> bool {
    let health = store.health();
    if health.standing() == Standing::ReadOnly {
        // Perhaps another host of the URL takes writes by now.
        store.drop_idle();
    }
    let asked = async {
        let connection = store.pool.get().await?;
        Ok::<_, PoolError>(ask(&**connection.as_ref()).await?)
    };
    match tokio::time::timeout(ANSWER_MAX, asked).await {
        Ok(Ok(said)) => {
            health.stands(said.standing);
            if said
                .epoch
                .is_some_and(|epoch| health.is_still(epoch).is_err())
            {
                // The next connection is a fresh one, and says it again.
                store.drop_idle();
            }
            !said.primary
        }
        // All connections are in use: the database answers somebody.
        Ok(Err(PoolError::Timeout(deadpool_postgres::TimeoutType::Wait))) => false,
        Ok(Err(_)) | Err(_) => {
            health.stands(Standing::Down);
            false
        }
    }
}
