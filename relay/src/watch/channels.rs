//! The task that keeps the triggers, numbers events and wakes the subscribers of channels that have moved on.

use super::{WatchConfig, install, number};
use crate::RelayError;
use crate::hub::Hub;
use crate::store::{Store, queries};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A wake-up that was missed costs so much time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How soon a table that was made again is watched again.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);

const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Runs for ever, through lost connections; without entries only until what earlier ones left behind is removed.
pub async fn serve(store: Store, hub: Arc<Hub>, entries: Arc<[WatchConfig]>, keep_days: u32) {
    while let Err(error) = reconcile(&store, &entries, true).await {
        tracing::warn!(%error, "the watched tables could not be looked at; trying again");
        tokio::time::sleep(RECONCILE_EVERY).await;
    }
    if entries.is_empty() {
        return;
    }
    let mut positions = BTreeMap::new();
    let (mut reconciled, mut pruned) = (Instant::now(), None::<Instant>);
    loop {
        let _ = tokio::time::timeout(LOOK_EVERY, hub.watch_woken()).await;
        if let Err(error) = look(&store, &hub, &mut positions).await {
            tracing::warn!(%error, "the events of watched tables could not be read; trying again");
        }
        if reconciled.elapsed() > RECONCILE_EVERY {
            reconciled = Instant::now();
            if let Err(error) = reconcile(&store, &entries, false).await {
                tracing::warn!(%error, "the watched tables could not be looked at; trying again");
            }
        }
        if pruned.is_none_or(|at| at.elapsed() > PRUNE_EVERY) {
            pruned = Some(Instant::now());
            if let Err(error) = number::prune(&store, keep_days).await {
                tracing::warn!(%error, "old events could not be removed");
            }
        }
    }
}

async fn reconcile(store: &Store, entries: &[WatchConfig], remove: bool) -> Result<(), RelayError> {
    for trouble in install::reconcile(store, entries, remove).await? {
        if remove {
            tracing::warn!(trouble, "not watching");
        } else {
            tracing::debug!(trouble, "not watching");
        }
    }
    Ok(())
}

async fn look(
    store: &Store,
    hub: &Hub,
    positions: &mut BTreeMap<String, i64>,
) -> Result<(), RelayError> {
    number::number(store).await?;
    let connection = store.connection().await?;
    for row in connection.query(queries::WATCH_POSITIONS, &[]).await? {
        let (channel, last): (String, i64) = (row.get(0), row.get(1));
        if positions.insert(channel.clone(), last) != Some(last) {
            hub.channel_moved(&channel);
        }
    }
    Ok(())
}
