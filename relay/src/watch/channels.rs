//! The task that keeps the triggers, numbers events and wakes the subscribers of channels that have moved on.

use super::{WatchConfig, install, number};
use crate::RelayError;
use crate::hub::Hub;
use crate::store::{Store, queries};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often is looked for new events: writers wake nobody, so that they never wait. The relay that numbers them wakes the others.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How soon a table that was made again is watched again, and a trigger removed that could not be before.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);

const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Runs for ever, through lost connections. Without entries it takes away what earlier ones left behind, and then only forgets old events.
pub async fn serve(store: Store, hub: Arc<Hub>, entries: Arc<[WatchConfig]>, keep_days: u32) {
    while let Err(error) = install::want(&store, &entries).await {
        tracing::warn!(%error, "the watched tables could not be looked at; trying again");
        tokio::time::sleep(RECONCILE_EVERY).await;
    }
    let mut positions = BTreeMap::new();
    let (mut reconciled, mut pruned) = (None::<Instant>, None::<Instant>);
    let mut troubles = Vec::new();
    loop {
        if reconciled.is_none_or(|at| at.elapsed() > RECONCILE_EVERY) {
            reconciled = Some(Instant::now());
            troubles = reconcile(&store, troubles).await;
        }
        if let Err(error) = look(&store, &hub, &mut positions).await {
            tracing::warn!(%error, "the events of watched tables could not be read; trying again");
        }
        if pruned.is_none_or(|at| at.elapsed() > PRUNE_EVERY) {
            pruned = Some(Instant::now());
            if let Err(error) = number::prune(&store, keep_days).await {
                tracing::warn!(%error, "old events could not be removed");
            }
        }
        if entries.is_empty() {
            let clean = troubles.is_empty();
            let pause = if clean { PRUNE_EVERY } else { RECONCILE_EVERY };
            tokio::time::sleep(pause).await;
        } else {
            let _ = tokio::time::timeout(LOOK_EVERY, hub.watch_woken()).await;
        }
    }
}

/// Says each trouble once; returns those that there are.
async fn reconcile(store: &Store, before: Vec<String>) -> Vec<String> {
    let troubles = match install::reconcile(store).await {
        Ok(troubles) => troubles,
        Err(error) => vec![error.to_string()],
    };
    for trouble in troubles.iter().filter(|one| !before.contains(one)) {
        tracing::warn!(trouble, "not watched as wanted; trying again");
    }
    troubles
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
