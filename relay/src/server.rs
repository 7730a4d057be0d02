//! Puts the parts together, and takes them apart again in the order in which nothing is lost: first the sessions, then the batch
//! under way, then the ears ([`crate::drain`]).

use crate::accounts::Identity;
use crate::apply::Applier;
use crate::config::Config;
use crate::drain::{self, Stage};
use crate::hub::Hub;
use crate::session::shell::Shared;
use crate::store::{Store, health, migrate};
use crate::watch::{self, WatchConfig};
use crate::{RelayError, http, listen, metrics};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch as changing;
use tokio::task::JoinHandle;

/// How long stopping may take before what is left is dropped; operations that were not answered are pushed again.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long the other relays are tried to be told; they notice by themselves a little later.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// The longest pause between two tries while the relay waits for its database.
const WAIT_PAUSE_MAX: Duration = Duration::from_secs(2);

/// A relay that serves.
pub struct Relay {
    address: SocketAddr,
    stage: changing::Sender<Stage>,
    drain: Duration,
    http: JoinHandle<std::io::Result<()>>,
    helpers: Vec<JoinHandle<()>>,
    applier: JoinHandle<()>,
    store: Store,
    hub: Arc<Hub>,
}

impl Relay {
    /// Migrates the database, which the configuration names, and starts to serve.
    ///
    /// # Errors
    /// An address that can't be listened on, a database that can't be used.
    pub async fn start(config: &Config) -> Result<Self, RelayError> {
        let identity = config
            .identity
            .clone()
            .map(Identity::new)
            .transpose()?
            .map(Arc::new);
        watch::check(&config.watch)?;
        let watch: Arc<[WatchConfig]> = config.watch.clone().into();
        let url = config.database_url.as_deref().unwrap_or_default();
        let store = config.store(url)?;
        prepare(&store, config).await?;
        let busy = |source| RelayError::Listen {
            address: config.listen.clone(),
            source,
        };
        let listener = TcpListener::bind(&config.listen).await.map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let (hub, wanted) = Hub::new(store.instance);
        store.health().tells(hub.clone());
        let (applier, applying) = Applier::spawn(store.clone(), hub.clone());
        let (stage, at_stage) = changing::channel(Stage::Serving);
        let mut helpers = vec![
            tokio::spawn(listen::listen(store.clone(), hub.clone())),
            tokio::spawn(health::watch_over(store.clone(), hub.clone())),
            tokio::spawn(listen::read_rooms(store.clone(), hub.clone(), wanted)),
            tokio::spawn(watch::channels::serve(
                store.clone(),
                hub.clone(),
                Arc::clone(&watch),
                config.watch_keep_days,
            )),
            tokio::spawn(listen::tell_presence(store.clone(), hub.clone())),
        ];
        if let Some(listen) = &config.metrics_listen {
            helpers.push(serve_metrics(listen, store.clone(), hub.clone()).await?);
        }
        let shared = Shared {
            store: store.clone(),
            hub: Arc::clone(&hub),
            applier,
            registration: config.registration,
            identity,
            watch: Arc::clone(&watch),
            stage: at_stage,
        };
        let mut stopped = stage.subscribe();
        let service =
            axum::serve(listener, http::routes(shared)).with_graceful_shutdown(async move {
                drain::stopping(&mut stopped).await;
            });
        let http = tokio::spawn(service.into_future());
        tracing::info!(%address, "serving");
        Ok(Self {
            address,
            stage,
            drain: Duration::from_secs(config.drain_seconds.into()),
            http,
            helpers,
            applier: applying,
            store,
            hub,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says that it is not ready, tells the sessions, finishes what they have pushed, and ends.
    pub async fn stop(self) {
        metrics::metrics().stopping.set(1);
        self.stage.send_replace(Stage::NotReady);
        tokio::time::sleep(self.drain).await;
        self.stage.send_replace(Stage::Stopping);
        if let Some(bye) = self.hub.presence_bye() {
            let bye = [format!("p:{bye}")];
            let told = self.store.notify(&bye);
            let _ = tokio::time::timeout(GOODBYE_MAX, told).await;
        }
        // The applier ends when the last session has dropped its handle.
        let drained = async {
            let _ = self.http.await;
            let _ = self.applier.await;
        };
        if tokio::time::timeout(DRAIN_MAX, drained).await.is_err() {
            tracing::warn!("some connections did not end in time and were dropped");
        }
        // Last: what they read was still to be sent to the sessions.
        for helper in &self.helpers {
            helper.abort();
        }
    }
}

/// Migrates the database; waits for it, so that the two can be started at once, and so that the relay outlives a restart of it.
async fn prepare(store: &Store, config: &Config) -> Result<(), RelayError> {
    let until = Instant::now() + Duration::from_secs(config.database_wait_seconds.into());
    let before = config.before_migrations();
    let mut pause = Duration::from_millis(250);
    loop {
        let error = match migrate::run(store, &before).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !error.may_come_up() || Instant::now() + pause > until {
            return Err(error);
        }
        tracing::warn!(%error, "waiting for the database");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(WAIT_PAUSE_MAX);
    }
}

/// Metrics have a listener of their own, so that opening the relay to the world does not open them.
async fn serve_metrics(
    listen: &str,
    store: Store,
    hub: Arc<Hub>,
) -> Result<JoinHandle<()>, RelayError> {
    let busy = |source| RelayError::Listen {
        address: listen.to_owned(),
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(busy)?;
    tracing::info!(address = listen, "serving metrics");
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, metrics::routes(store, hub)).await {
            tracing::warn!(%error, "metrics are not served any more");
        }
    }))
}
