//! Puts the parts together, and takes them apart again in the order in which nothing is lost: first the sessions, then the batch
//! under way, then the ears ([`crate::drain`]).

use crate::accounts::Identity;
use crate::apply::Applier;
use crate::blobs::{self, Blobs};
use crate::bus::Buses;
use crate::config::Config;
use crate::drain::Stage;
use crate::front::gate::Gate;
use crate::front::{Front, tls};
use crate::hub::Hub;
use crate::session::shell::Shared;
use crate::store::{Store, health, migrate};
use crate::watch::{self, WatchConfig};
use crate::{RelayError, listen, metrics};
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
    front: JoinHandle<()>,
    helpers: Vec<JoinHandle<()>>,
    applier: JoinHandle<()>,
    publisher: JoinHandle<()>,
    bus: Arc<Buses>,
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
        config.limits.check()?;
        let tls = config.tls.as_ref().map(tls::open).transpose()?;
        let watch: Arc<[WatchConfig]> = config.watch.clone().into();
        let url = config.database_url.as_deref().unwrap_or_default();
        let store = config.store(url)?;
        prepare(&store, config).await?;
        let blobs = Blobs::open(config)?;
        let busy = |source| RelayError::Listen {
            address: config.listen.clone(),
            source,
        };
        let listener = TcpListener::bind(&config.listen).await.map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let (bus, announced) = Buses::new(&config.bus, &store).await?;
        let publisher = tokio::spawn(bus.clone().publish(announced));
        let (hub, wanted) = Hub::new(store.instance);
        store.health().tells(hub.clone());
        let (applier, applying) = Applier::spawn(store.clone(), bus.clone(), hub.clone());
        let (stage, at_stage) = changing::channel(Stage::Serving);
        let mut helpers = vec![
            tokio::spawn(listen::listen(bus.clone(), hub.clone(), store.instance)),
            tokio::spawn(listen::look_again(store.clone(), hub.clone())),
            tokio::spawn(health::watch_over(store.clone(), hub.clone())),
            tokio::spawn(listen::read_rooms(store.clone(), hub.clone(), wanted)),
            tokio::spawn(watch::channels::serve(
                store.clone(),
                hub.clone(),
                Arc::clone(&watch),
                config.watch_keep_days,
            )),
            tokio::spawn(listen::tell_presence(bus.clone(), hub.clone())),
        ];
        if let Some(blobs) = &blobs {
            helpers.push(tokio::spawn(blobs::collect::serve(
                blobs.clone(),
                store.clone(),
            )));
        }
        if let Some(listen) = &config.metrics_listen {
            helpers.push(serve_metrics(listen, store.clone(), hub.clone()).await?);
        }
        let shared = Shared {
            store: store.clone(),
            hub: Arc::clone(&hub),
            bus: Arc::clone(&bus),
            applier,
            registration: config.registration,
            identity,
            blobs,
            watch: Arc::clone(&watch),
            gate: Arc::new(Gate::new(config)),
            stage: at_stage,
        };
        let (acceptor, reload) = tls.unzip();
        helpers.push(match reload {
            Some(reload) => tokio::spawn(reload.run()),
            None => tokio::spawn(tls::nothing_to_reload()),
        });
        let front = tokio::spawn(Front::new(shared, acceptor).serve(listener));
        tracing::info!(%address, "serving");
        Ok(Self {
            address,
            stage,
            drain: Duration::from_secs(config.drain_seconds.into()),
            front,
            helpers,
            applier: applying,
            publisher,
            bus,
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
        let bye = self.hub.presence_bye();
        self.bus.announce(bye.map(|bye| format!("p:{bye}")));
        let _ = tokio::time::timeout(GOODBYE_MAX, self.bus.flush()).await;
        // The applier ends when the last session has dropped its handle.
        let drained = async {
            let _ = self.front.await;
            let _ = self.applier.await;
        };
        if tokio::time::timeout(DRAIN_MAX, drained).await.is_err() {
            tracing::warn!("some connections did not end in time and were dropped");
        }
        // Last: what they read was still to be sent to the sessions.
        for helper in &self.helpers {
            helper.abort();
        }
        // What the last batch did is still to be told.
        let _ = tokio::time::timeout(GOODBYE_MAX, self.bus.flush()).await;
        self.publisher.abort();
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
