//! Puts the parts together, and takes them apart again in the order in which nothing is lost: first the ears, then the sessions,
//! then the batch under way.

use crate::accounts::Identity;
use crate::apply::Applier;
use crate::bus::Buses;
use crate::config::Config;
use crate::front::gate::Gate;
use crate::front::{Front, tls};
use crate::hub::Hub;
use crate::session::shell::Shared;
use crate::store::{Store, migrate};
use crate::watch::{self, WatchConfig};
use crate::{RelayError, listen, metrics};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch as changing;
use tokio::task::JoinHandle;

/// How long stopping may take before what is left is dropped; operations that were not answered are pushed again.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long the other relays are tried to be told; they notice by themselves a little later.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// A relay that serves.
pub struct Relay {
    address: SocketAddr,
    stop: changing::Sender<bool>,
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
        let epoch = migrate::run(&store, &config.before_migrations()).await?;
        let busy = |source| RelayError::Listen {
            address: config.listen.clone(),
            source,
        };
        let listener = TcpListener::bind(&config.listen).await.map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let (bus, announced) = Buses::new(&config.bus, &store).await?;
        let publisher = tokio::spawn(bus.clone().publish(announced));
        let (hub, wanted) = Hub::new(store.instance);
        let (applier, applying) = Applier::spawn(store.clone(), bus.clone(), hub.clone());
        let (stop, stopping) = changing::channel(false);
        let mut helpers = vec![
            tokio::spawn(listen::listen(bus.clone(), hub.clone(), store.instance)),
            tokio::spawn(listen::look_again(store.clone(), hub.clone())),
            tokio::spawn(listen::read_rooms(store.clone(), hub.clone(), wanted)),
            tokio::spawn(watch::channels::serve(
                store.clone(),
                hub.clone(),
                Arc::clone(&watch),
                config.watch_keep_days,
            )),
            tokio::spawn(listen::tell_presence(bus.clone(), hub.clone())),
        ];
        if let Some(listen) = &config.metrics_listen {
            helpers.push(serve_metrics(listen, store.clone()).await?);
        }
        let shared = Shared {
            store: store.clone(),
            hub: Arc::clone(&hub),
            bus: Arc::clone(&bus),
            applier,
            epoch,
            registration: config.registration,
            identity,
            watch: Arc::clone(&watch),
            gate: Arc::new(Gate::new(config)),
            stopping,
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
            stop,
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

    /// Tells the sessions, finishes the batch under way, and ends.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for helper in &self.helpers {
            helper.abort();
        }
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
        // What the last batch did is still to be told.
        let _ = tokio::time::timeout(GOODBYE_MAX, self.bus.flush()).await;
        self.publisher.abort();
    }
}

/// Metrics have a listener of their own, so that opening the relay to the world does not open them.
async fn serve_metrics(listen: &str, store: Store) -> Result<JoinHandle<()>, RelayError> {
    let busy = |source| RelayError::Listen {
        address: listen.to_owned(),
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(busy)?;
    tracing::info!(address = listen, "serving metrics");
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, metrics::routes(store)).await {
            tracing::warn!(%error, "metrics are not served any more");
        }
    }))
}
