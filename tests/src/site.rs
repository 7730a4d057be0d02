//! Several relays on one database, in each of the ways in which a host can set them up.

use crate::database::Database;
use crate::relay_process::RelayProcess;
use crate::servers::{Nats, Pooler, metric, write_config};
use std::path::PathBuf;
use tempfile::TempDir;

/// How the relays reach each other and the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// NOTIFY, as without any configuration.
    Postgres,
    /// NATS.
    Nats,
    /// NOTIFY, with all but LISTEN through a PgBouncer in transaction mode.
    Pooled,
    /// Both at once.
    PooledNats,
}

impl Way {
    /// What metrics call the bus on which wake-ups of the relays' own commits travel.
    #[must_use]
    pub fn bus(self) -> &'static str {
        match self {
            Self::Postgres | Self::Pooled => "bus=\"postgres\"",
            Self::Nats | Self::PooledNats => "bus=\"nats\"",
        }
    }
}

/// The relays, and what they stand on.
pub struct Site {
    /// The relays.
    pub relays: Vec<RelayProcess>,
    /// The port of each one's metrics.
    pub metrics: Vec<u16>,
    /// The NATS server, if there is one.
    pub nats: Option<Nats>,
    /// The PgBouncer, if there is one.
    pub pooler: Option<Pooler>,
    database: Database,
    extra: String,
    folder: TempDir,
}

impl Site {
    /// Starts so many relays on a fresh database, with accounts by these names.
    ///
    /// # Panics
    /// When something does not come up.
    pub async fn start(way: Way, relays: usize, names: &[&str]) -> Self {
        Self::with(way, relays, names, "").await
    }

    /// As [`Self::start`], with more in the configuration.
    ///
    /// # Panics
    /// When something does not come up.
    pub async fn with(way: Way, relays: usize, names: &[&str], extra: &str) -> Self {
        let database = Database::create().await;
        let nats = match way {
            Way::Nats | Way::PooledNats => Some(Nats::start().await),
            Way::Postgres | Way::Pooled => None,
        };
        let pooler = match way {
            Way::Pooled | Way::PooledNats => Some(Pooler::start(&database.url).await),
            Way::Postgres | Way::Nats => None,
        };
        let mut site = Self {
            relays: Vec::new(),
            metrics: Vec::new(),
            nats,
            pooler,
            database,
            extra: extra.to_owned(),
            folder: tempfile::tempdir().unwrap(),
        };
        for _ in 0..relays {
            let section = site.nats.as_ref().map(Nats::section).unwrap_or_default();
            site.add(&section).await;
        }
        for name in names {
            site.relays[0].add_user(name);
        }
        site
    }

    /// Starts one more relay, with this `[bus]`, and waits until it hears the others.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn add(&mut self, bus: &str) {
        let config = self.config(self.relays.len());
        let listen = match &self.pooler {
            Some(_) => format!("listen_url = \"{}\"\n", self.database.url),
            None => String::new(),
        };
        let port = write_config(&config, &format!("{listen}{}{bus}", self.extra));
        let reach = self
            .pooler
            .as_ref()
            .map(|pooler| pooler.url(&self.database.url));
        let relay = RelayProcess::reaching(self.database.clone(), &config, reach).await;
        self.relays.push(relay);
        self.metrics.push(port);
        self.hears(self.relays.len() - 1).await;
    }

    /// Waits until a relay hears all of its buses.
    ///
    /// # Panics
    /// When it does not.
    pub async fn hears(&self, relay: usize) {
        let config = std::fs::read_to_string(self.config(relay)).unwrap();
        let buses = if config.contains("kind = \"nats\"") {
            2.0
        } else {
            1.0
        };
        self.until_metric(relay, "bus_up", "", buses).await;
    }

    /// Waits until a relay's metric has this value.
    ///
    /// # Panics
    /// When it does not get there.
    pub async fn until_metric(&self, relay: usize, name: &str, labels: &str, value: f64) {
        let what = format!("{name}{{{labels}}} of relay {relay} is {value}");
        let look = async || self.metric(relay, name, labels);
        crate::wait::until(&what, look, |found| (*found - value).abs() < 0.5).await;
    }

    /// A relay's metric, all that have these labels together.
    #[must_use]
    pub fn metric(&self, relay: usize, name: &str, labels: &str) -> f64 {
        metric(self.metrics[relay], name, labels)
    }

    /// The database, directly.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn config(&self, relay: usize) -> PathBuf {
        self.folder.path().join(format!("relay-{relay}.toml"))
    }
}
