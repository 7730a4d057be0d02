//! Removes files that nobody needs: sent and never posted, left half-way, or of messages that were all deleted a while ago.
//!
//! Invariants: a file that a live message has is never removed, also while that message is being written; any number of relays collect at
//! once; what is cut short is found again.

use super::{Blobs, content_path, object_of, part_path};
use crate::RelayError;
use crate::store::Store;
use futures_util::StreamExt;
use model::Millis;
use object_store::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// Rows of one look, so that none takes long.
const LOOK_MAX: i64 = 500;

/// How often objects are looked for that Postgres does not know: they are left behind by killed relays only.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Objects that are asked about at once.
const SWEEP_MAX: usize = 500;

/// Runs for ever, through lost connections.
pub async fn serve(blobs: Blobs, store: Store) {
    let every = Duration::from_secs(blobs.config.collect_seconds.max(1).into());
    let mut swept = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(every).await;
        if let Err(error) = blobs.collect(&store).await {
            tracing::warn!(%error, "files that nobody needs could not be removed; trying again");
        }
        if swept.elapsed() > SWEEP_EVERY {
            swept = tokio::time::Instant::now();
            if let Err(error) = blobs.sweep(&store, crate::clock::now()).await {
                tracing::warn!(%error, "objects that nobody knows could not be looked for");
            }
        }
    }
}

impl Blobs {
    /// One round.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn collect(&self, store: &Store) -> Result<(), RelayError> {
        let config = &self.config;
        let (wait, keep) = (config.wait_seconds.into(), config.keep_seconds.into());
        let every = i64::from(config.collect_seconds);
        store.drop_orphans(LOOK_MAX, every, wait, keep).await?;
        for (upload, parts) in store.drop_uploads(wait).await? {
            for part in parts {
                self.remove(&part_path(upload, part)).await;
            }
        }
        for object in store.drop_contents(LOOK_MAX).await? {
            self.remove(&content_path(object)).await;
        }
        Ok(())
    }

    /// Removes objects that Postgres does not know, a while after they were made.
    ///
    /// # Errors
    /// Postgres's or the object store's own.
    pub async fn sweep(&self, store: &Store, now: Millis) -> Result<(), RelayError> {
        // Whoever sends a file says so within that time.
        let before = now.0 - 1000 * i64::from(self.config.wait_seconds);
        let mut list = self.objects.list(None);
        let mut old: Vec<(Uuid, Path)> = Vec::new();
        while let Some(meta) = list.next().await {
            let meta = meta?;
            if let Some(object) = object_of(&meta.location)
                && meta.last_modified.timestamp_millis() < before
            {
                old.push((object, meta.location));
            }
            if old.len() >= SWEEP_MAX {
                self.remove_unknown(store, std::mem::take(&mut old)).await?;
            }
        }
        self.remove_unknown(store, old).await
    }

    async fn remove_unknown(
        &self,
        store: &Store,
        objects: Vec<(Uuid, Path)>,
    ) -> Result<(), RelayError> {
        let ids: Vec<Uuid> = objects.iter().map(|(id, _)| *id).collect();
        let known = store.known_objects(&ids).await?;
        for (id, path) in objects {
            if !known.contains(&id) {
                self.remove(&path).await;
            }
        }
        Ok(())
    }
}
