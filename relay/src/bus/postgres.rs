//! NOTIFY and LISTEN.
//!
//! Invariant: that we listen is known from hearing ourselves, not from LISTEN's answer: a connection whose other end is gone says nothing,
//! and a pooler in transaction mode answers LISTEN and then passes nothing on.

use super::{Bus, BusKind, Ear, Heard};
use crate::RelayError;
use crate::metrics::metrics;
use crate::store::{Store, queries};
use futures_util::future::BoxFuture;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_postgres::AsyncMessage;

/// The pause before a lost connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// How often we say something to ourselves.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// How long it may take to be heard.
const PROBE_MAX: Duration = Duration::from_secs(10);

/// Postgres as a bus.
pub struct PostgresBus {
    store: Store,
    probe: String,
    up: AtomicBool,
    heard_ourselves: Notify,
}

impl PostgresBus {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            probe: format!("h:{}", store.instance),
            store,
            up: AtomicBool::new(false),
            heard_ourselves: Notify::new(),
        }
    }

    fn set_up(&self, up: bool) {
        self.up.store(up, Ordering::Relaxed);
        metrics().bus_is(BusKind::Postgres, up);
    }

    async fn listen_once(&self, ear: &Ear) -> Result<(), RelayError> {
        let (client, mut connection) = self.store.connect_to_listen().await?;
        // Driving the connection and waiting for LISTEN's answer must go on side by side.
        let drive = async {
            loop {
                match poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(note))) => {
                        if note.payload() == self.probe {
                            self.heard_ourselves.notify_one();
                        } else {
                            let heard = Heard::Payload(note.payload().to_owned());
                            let _ = ear.send((BusKind::Postgres, heard));
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(RelayError::from(error)),
                    None => return Ok(()),
                }
            }
        };
        let probe = async {
            client.batch_execute(queries::LISTEN).await?;
            let _ = ear.send((BusKind::Postgres, Heard::Connected));
            let probe = [self.probe.clone()];
            loop {
                // Where nothing can be said, nothing is to be heard.
                if self.store.notify(&probe).await.is_ok() {
                    let heard = self.heard_ourselves.notified();
                    tokio::time::timeout(PROBE_MAX, heard)
                        .await
                        .map_err(|_| RelayError::Deaf)?;
                    self.set_up(true);
                }
                tokio::time::sleep(PROBE_EVERY).await;
            }
        };
        tokio::pin!(drive, probe);
        tokio::select! {
            ended = &mut drive => ended,
            ended = &mut probe => ended,
        }
    }
}

impl Bus for PostgresBus {
    fn kind(&self) -> BusKind {
        BusKind::Postgres
    }

    fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    fn publish<'a>(&'a self, payloads: &'a [String]) -> BoxFuture<'a, Result<(), RelayError>> {
        Box::pin(self.store.notify(payloads))
    }

    fn listen(&self, ear: Ear) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                if let Err(error) = self.listen_once(&ear).await {
                    tracing::warn!(%error, "not listening for wake-ups; trying again");
                }
                self.set_up(false);
                tokio::time::sleep(RECONNECT_PAUSE).await;
            }
        })
    }
}
