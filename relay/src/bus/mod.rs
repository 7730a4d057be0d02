//! How relays of one database wake each other: [`postgres`] by NOTIFY, [`nats`] by a NATS server, both behind [`Bus`].
//!
//! Invariants:
//! - What is lost on a bus costs time and nothing else: after each (re)connect everything is looked at again, and every few seconds each relay
//!   asks for the rooms that have moved on unheard ([`crate::listen::look_again`]). So a relay that dies between its commit and the
//!   wake-up, too, is made good for.
//! - Every relay listens to Postgres, whatever the bus: triggers notify there for plain SQL, and what is rare and must not wait (somebody
//!   came into a room, a session ended) rides in the commit. NATS takes the frequent ones out of the commit, where NOTIFY's lock lets
//!   one transaction commit at a time: that a room has moved on, and who is online.
//! - Without NATS, wake-ups ride in the commits again; while a relay among us is heard to be without it, they do so everywhere. So
//!   relays of both kinds can serve one database, as during a change from one to the other.

pub mod nats;
pub mod postgres;

use crate::RelayError;
use crate::metrics::metrics;
use crate::store::{Store, tls};
use futures_util::future::BoxFuture;
use nats::NatsBus;
use postgres::PostgresBus;
use serde::Deserialize;
use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// For the log's filter: what the NATS library traces holds user, password and token.
pub(crate) const SILENCED: &str = "async_nats";

/// Payloads that wait to be published; more are dropped, and made good for by looking again.
const QUEUE_MAX: usize = 1024;

/// How long after a relay without NATS was last heard wake-ups go both ways: three of its beats.
const BRIDGE: Duration = Duration::from_secs(12);

/// A longer payload is none: NOTIFY's own limit.
const PAYLOAD_MAX: usize = 8000;

/// Which bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BusKind {
    /// NOTIFY and LISTEN.
    #[default]
    Postgres,
    /// A NATS server.
    Nats,
}

impl BusKind {
    /// Its name in the configuration and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Nats => "nats",
        }
    }
}

/// `[bus]` of the configuration.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusConfig {
    /// Which bus.
    pub kind: BusKind,
    /// NATS servers, separated by commas.
    pub url: Option<String>,
    /// What the subject begins with; without it `amend`.
    pub subject: Option<String>,
    /// Who we are to NATS.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// A token, instead of user and password.
    pub token: Option<String>,
    /// The CA of the NATS servers' certificates, in PEM.
    pub ca: Option<PathBuf>,
}

/// Without the secrets, one of which may be in the URL.
impl fmt::Debug for BusConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BusConfig")
            .field("kind", &self.kind)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl BusConfig {
    /// Looks at all of it together.
    ///
    /// # Errors
    /// [`RelayError::BusConfig`], a CA's file that can't be used.
    pub fn check(&self) -> Result<(), RelayError> {
        let bad = |what: &str| Err(RelayError::BusConfig(what.to_owned()));
        if self.kind == BusKind::Nats {
            nats::addresses(self.url.as_deref())?;
        }
        if self.user.is_some() != self.password.is_some() {
            return bad("user and password go together");
        }
        if self.user.is_some() && self.token.is_some() {
            return bad("either a token or a user and a password is needed, not both");
        }
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|one| one.is_ascii_alphanumeric() || "-_".contains(one))
        };
        if !self
            .subject
            .as_ref()
            .is_none_or(|subject| subject.split('.').all(word))
        {
            return bad("the subject is words of letters, digits, - and _, with dots between them");
        }
        if let Some(ca) = &self.ca {
            tls::checked(Some(ca))?;
        }
        Ok(())
    }
}

/// What is heard on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is listened to (again): whatever was said before may have been missed.
    Connected,
    /// What somebody said, perhaps we ourselves.
    Payload(String),
}

/// Where a bus puts what it hears; the receiver never waits for anything.
pub type Ear = mpsc::UnboundedSender<(BusKind, Heard)>;

/// A way to all relays of a database.
pub trait Bus: Send + Sync {
    /// Which.
    fn kind(&self) -> BusKind;

    /// Whether it is connected, as far as is known.
    fn is_up(&self) -> bool;

    /// Sends payloads to everybody who listens. An error: perhaps nobody heard them.
    fn publish<'a>(&'a self, payloads: &'a [String]) -> BoxFuture<'a, Result<(), RelayError>>;

    /// Listens for ever, through lost connections.
    fn listen(&self, ear: Ear) -> BoxFuture<'_, ()>;
}

enum Outgoing {
    Payload(String),
    /// Answered when everything before it was published.
    Mark(oneshot::Sender<()>),
}

/// The buses of one relay, and which of them says what.
pub struct Buses {
    own: String,
    postgres: PostgresBus,
    nats: Option<NatsBus>,
    /// Until when a relay without NATS is taken to be among us.
    bridge: Mutex<Option<Instant>>,
    queue: mpsc::Sender<Outgoing>,
}

/// What [`Buses::announce`] was given, for [`Buses::publish`].
pub struct Announced(mpsc::Receiver<Outgoing>);

impl Buses {
    /// The buses that the configuration wants; none is connected yet, and none need be for a relay to serve.
    ///
    /// # Errors
    /// A configuration that can't be used; a database that does not answer.
    pub async fn new(
        config: &BusConfig,
        store: &Store,
    ) -> Result<(Arc<Self>, Announced), RelayError> {
        config.check()?;
        let nats = match config.kind {
            BusKind::Postgres => None,
            BusKind::Nats => Some(NatsBus::new(config, store.bus_key().await?).await?),
        };
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let buses = Self {
            own: store.instance.to_string(),
            postgres: PostgresBus::new(store.clone()),
            nats,
            bridge: Mutex::default(),
            queue,
        };
        Ok((Arc::new(buses), Announced(waiting)))
    }

    /// Whether the wake-ups of a commit must ride in it.
    #[must_use]
    pub fn ride_in_commit(&self) -> bool {
        !self.nats.as_ref().is_some_and(Bus::is_up) || self.bridges()
    }

    /// What the host may want to know, in lines; empty when all is well.
    #[must_use]
    pub fn trouble(&self) -> &'static str {
        match &self.nats {
            Some(nats) if !nats.is_up() => "NATS is not connected; wake-ups go by NOTIFY.\n",
            _ if !self.postgres.is_up() => {
                "Wake-ups are not heard; changes of other relays take some seconds.\n"
            }
            _ => "",
        }
    }

    /// Says something to the other relays, soon.
    pub fn announce(&self, payloads: impl IntoIterator<Item = String>) {
        for payload in payloads {
            let _ = self.queue.try_send(Outgoing::Payload(payload));
        }
    }

    /// Waits until what was announced before is published, or could not be.
    pub async fn flush(&self) {
        let (mark, done) = oneshot::channel();
        if self.queue.send(Outgoing::Mark(mark)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// Publishes what is announced, for ever.
    pub async fn publish(self: Arc<Self>, announced: Announced) {
        let mut waiting = announced.0;
        let mut taken = Vec::new();
        while waiting.recv_many(&mut taken, QUEUE_MAX).await > 0 {
            let (mut payloads, mut marks) = (Vec::new(), Vec::new());
            let mut said = HashSet::new();
            for one in taken.drain(..) {
                match one {
                    // A room that has moved on twice is said to have moved on.
                    Outgoing::Payload(payload) if said.insert(payload.clone()) => {
                        payloads.push(payload);
                    }
                    Outgoing::Payload(_) => {}
                    Outgoing::Mark(mark) => marks.push(mark),
                }
            }
            if !payloads.is_empty() {
                self.send(payloads).await;
            }
            for mark in marks {
                let _ = mark.send(());
            }
        }
    }

    async fn send(&self, payloads: Vec<String>) {
        let Some(nats) = self.nats.as_ref().filter(|nats| nats.is_up()) else {
            return send_on(&self.postgres, &payloads).await;
        };
        if let Err(error) = nats.publish(&payloads).await {
            tracing::debug!(%error, "NATS did not take wake-ups; they go by NOTIFY");
            return send_on(&self.postgres, &payloads).await;
        }
        metrics().announced(BusKind::Nats, payloads.len());
        if self.bridges() {
            // Marked, so that whoever heard it on NATS does not hear it twice.
            let copies: Vec<String> = payloads
                .iter()
                .filter_map(|payload| payload.strip_prefix("p:"))
                .map(|message| format!("q:{message}"))
                .collect();
            if !copies.is_empty() {
                send_on(&self.postgres, &copies).await;
            }
        }
    }

    /// Hears all buses, for ever.
    pub async fn listen(&self, ear: Ear) {
        let postgres = self.postgres.listen(ear.clone());
        match &self.nats {
            Some(nats) => {
                tokio::join!(postgres, nats.listen(ear));
            }
            None => postgres.await,
        }
    }

    /// Takes note of who speaks where, and says what is left to be understood.
    #[must_use]
    pub fn sort(&self, by: BusKind, payload: String) -> Option<String> {
        if payload.len() > PAYLOAD_MAX {
            return None;
        }
        let Some(nats) = self.nats.as_ref().filter(|_| by == BusKind::Postgres) else {
            return Some(payload);
        };
        if payload.starts_with("q:") && nats.is_up() {
            return None;
        }
        // Our own comes back as well.
        if payload.starts_with("p:") && !payload.contains(&self.own) {
            let mut bridge = self.bridge.lock().unwrap_or_else(PoisonError::into_inner);
            *bridge = Some(Instant::now() + BRIDGE);
        }
        Some(payload)
    }

    fn bridges(&self) -> bool {
        let bridge = self.bridge.lock().unwrap_or_else(PoisonError::into_inner);
        bridge.is_some_and(|until| Instant::now() < until)
    }
}

async fn send_on(bus: &dyn Bus, payloads: &[String]) {
    match bus.publish(payloads).await {
        Ok(()) => metrics().announced(bus.kind(), payloads.len()),
        Err(error) => {
            tracing::debug!(%error, "the other relays were not told; they look by themselves")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nats(change: impl FnOnce(&mut BusConfig)) -> BusConfig {
        let mut config = BusConfig {
            kind: BusKind::Nats,
            url: Some("nats://127.0.0.1:4222".into()),
            ..BusConfig::default()
        };
        change(&mut config);
        config
    }

    #[test]
    fn what_can_not_be_used_is_told() {
        nats(|_| {}).check().unwrap();
        nats(|config| config.url = Some("nats://a:1,tls://b:2".into()))
            .check()
            .unwrap();
        nats(|config| config.subject = Some("team-one.amend".into()))
            .check()
            .unwrap();
        type Change = fn(&mut BusConfig);
        let wrong: [(Change, &str); 8] = [
            (|config| config.url = None, "url"),
            (|config| config.url = Some("http://x y".into()), "url"),
            (
                |config| config.url = Some("nats://ada:hunter2@b:1".into()),
                "keys of their own",
            ),
            (|config| config.user = Some("ada".into()), "go together"),
            (|config| config.subject = Some("a.>".into()), "subject"),
            (|config| config.subject = Some("a..b".into()), "subject"),
            (
                |config| config.ca = Some("/nowhere/ca.pem".into()),
                "ca.pem",
            ),
            (
                |config| {
                    config.user = Some("ada".into());
                    config.password = Some("x".into());
                    config.token = Some("t".into());
                },
                "not both",
            ),
        ];
        for (change, says) in wrong {
            let error = nats(change).check().unwrap_err().to_string();
            assert!(
                error.contains(says) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = nats(|config| {
            config.url = Some("nats://ada:hunter2@host".into());
            config.password = Some("hunter2".into());
            config.token = Some("hunter2".into());
        });
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
