//! A NATS server as a bus: one subject, which all relays of a database publish to and subscribe to.
//!
//! Invariants: two databases never share a subject unless their hosts say so: it ends with the store's own name. NATS is never waited for:
//! a relay starts, commits and serves without it.

use super::{Bus, BusConfig, BusKind, Ear, Heard};
use crate::RelayError;
use crate::metrics::metrics;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How soon a server that is silent is found out.
const PING_EVERY: Duration = Duration::from_secs(5);

/// How long connecting, or handing over what is to be published, may take.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// A fiftieth of how long a starting relay waits for NATS.
const GREETING: Duration = Duration::from_millis(20);

/// The longest pause before a lost connection is opened again.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// NATS as a bus.
pub struct NatsBus {
    client: Client,
    subject: String,
    events: Mutex<Option<mpsc::UnboundedReceiver<Event>>>,
}

/// The servers of a URL.
pub(super) fn addresses(url: Option<&str>) -> Result<Vec<ServerAddr>, RelayError> {
    let servers = url.unwrap_or_default().split(',').map(|one| {
        let one = one.trim();
        let known = ["nats://", "tls://"].iter().any(|how| one.starts_with(how));
        let address: ServerAddr = one.parse().ok()?;
        (known && !address.host().is_empty()).then_some(address)
    });
    // What is wrong is not shown: it may hold a password.
    let bad = |what: &str| RelayError::BusConfig(what.to_owned());
    let servers: Vec<ServerAddr> = servers
        .collect::<Option<_>>()
        .ok_or_else(|| bad("kind \"nats\" needs a url like \"nats://127.0.0.1:4222\""))?;
    if servers.iter().any(|one| one.username().is_some()) {
        return Err(bad(
            "user, password and token have keys of their own; take them out of the url",
        ));
    }
    Ok(servers)
}

impl NatsBus {
    /// Connects in the background, for ever; a server that is there is waited for.
    ///
    /// # Errors
    /// A URL that is none.
    pub async fn new(config: &BusConfig, store: Uuid) -> Result<Self, RelayError> {
        let (sender, events) = mpsc::unbounded_channel();
        let mut options = ConnectOptions::new()
            .name("amend-relay")
            .no_echo()
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING_EVERY)
            .connection_timeout(WAIT_MAX)
            .reconnect_delay_callback(|attempts| {
                let doubled = u32::try_from(attempts.min(5)).unwrap_or(5);
                PAUSE_MAX.min(Duration::from_millis(100) * 2_u32.pow(doubled))
            })
            .event_callback(move |event| {
                let _ = sender.send(event);
                std::future::ready(())
            });
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            options = options.user_and_password(user.clone(), password.clone());
        }
        if let Some(token) = &config.token {
            options = options.token(token.clone());
        }
        if let Some(ca) = &config.ca {
            options = options.add_root_certificates(ca.clone()).require_tls(true);
        }
        let servers = addresses(config.url.as_deref())?;
        let client = options
            .connect(servers)
            .await
            .map_err(|error| RelayError::BusConfig(error.kind().to_string()))?;
        // A relay that speaks by NOTIFY first makes the others do so for a while.
        for _ in 0..50 {
            if client.connection_state() == State::Connected {
                break;
            }
            tokio::time::sleep(GREETING).await;
        }
        let prefix = config.subject.as_deref().unwrap_or("amend");
        Ok(Self {
            client,
            subject: format!("{prefix}.{}", store.simple()),
            events: Mutex::new(Some(events)),
        })
    }

    async fn hand_over(&self, payloads: &[String]) -> Result<(), async_nats::Error> {
        for payload in payloads {
            let bytes = payload.clone().into_bytes().into();
            self.client.publish(self.subject.clone(), bytes).await?;
        }
        Ok(self.client.flush().await?)
    }

    /// Whether what was missed must be made good for.
    async fn happened(&self, event: Event) -> bool {
        metrics().bus_is(BusKind::Nats, self.is_up());
        match event {
            Event::Connected => {
                tracing::info!("connected to NATS");
                // The subscription is said again before us.
                let _ = tokio::time::timeout(WAIT_MAX, self.client.flush()).await;
                true
            }
            Event::Disconnected => {
                tracing::warn!("NATS is not connected; wake-ups go by NOTIFY until it is");
                false
            }
            Event::SlowConsumer(_) => true,
            Event::ServerError(error) => {
                tracing::warn!(%error, "NATS refused something");
                false
            }
            Event::ClientError(error) => {
                tracing::debug!(%error, "NATS could not be reached");
                false
            }
            Event::LameDuckMode | Event::Draining | Event::Closed => false,
        }
    }

    async fn listen_once(
        &self,
        ear: &Ear,
        events: &mut mpsc::UnboundedReceiver<Event>,
    ) -> Result<(), async_nats::Error> {
        let mut heard = self.client.subscribe(self.subject.clone()).await?;
        loop {
            tokio::select! {
                message = heard.next() => {
                    let Some(message) = message else { return Ok(()) };
                    if let Ok(payload) = std::str::from_utf8(&message.payload) {
                        let _ = ear.send((BusKind::Nats, Heard::Payload(payload.to_owned())));
                    }
                }
                Some(event) = events.recv() => {
                    if self.happened(event).await {
                        let _ = ear.send((BusKind::Nats, Heard::Connected));
                    }
                }
            }
        }
    }
}

impl Bus for NatsBus {
    fn kind(&self) -> BusKind {
        BusKind::Nats
    }

    fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    fn publish<'a>(&'a self, payloads: &'a [String]) -> BoxFuture<'a, Result<(), RelayError>> {
        Box::pin(async move {
            match tokio::time::timeout(WAIT_MAX, self.hand_over(payloads)).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(RelayError::Nats(error.to_string())),
                Err(_) => Err(RelayError::Nats("it does not take anything".to_owned())),
            }
        })
    }

    fn listen(&self, ear: Ear) -> BoxFuture<'_, ()> {
        let events = self
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Box::pin(async move {
            // One listener a bus.
            let Some(mut events) = events else { return };
            loop {
                if let Err(error) = self.listen_once(&ear, &mut events).await {
                    tracing::warn!(%error, "NATS can't be listened to; trying again");
                }
                tokio::time::sleep(PAUSE_MAX).await;
            }
        })
    }
}
