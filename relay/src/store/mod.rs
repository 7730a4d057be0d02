//! Everything that is said to Postgres: [`queries`] holds the SQL, the other modules the logic.

pub mod accounts;
pub mod apply;
pub mod blobs;
mod connection;
pub mod health;
pub mod history;
mod import;
pub mod migrate;
pub mod queries;
pub mod read;
pub(crate) mod tls;

use crate::RelayError;
use crate::batch::RoomLimits;
use connection::Connection;
pub(crate) use connection::{Param, Transaction};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use health::Health;
use model::{RoomId, Seq};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tls::{Tls, TlsStream};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Socket};
use uuid::Uuid;

/// Connections of one relay: one applies, one listens (outside of the pool), the others read.
pub(crate) const POOL_SIZE: usize = 16;

/// How long a session waits for a free connection before it is told to try again.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// A host that has vanished without a word is given up after about this long.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// A parameter of a statement on a raw connection; its type stands beside it.
pub(crate) type RawParam<'a> = &'a (dyn ToSql + Sync);

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// Without a detour: for LISTEN, which needs a connection of its own. Shared, as each session has a clone of the store.
    direct: Arc<(Config, Tls)>,
    /// The pool's connections lead through a pooler in transaction mode.
    pooled: bool,
    rooms: RoomLimits,
    health: Arc<Health>,
    /// This relay's name in wake-ups, so that it passes over its own.
    pub instance: Uuid,
}

impl Store {
    /// A pool of connections to the database; none is opened yet.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn new(url: &str) -> Result<Self, RelayError> {
        Self::open(url, None, None)
    }

    /// As [`Self::new`]; with `listen_url` the other one leads through a pooler in transaction mode. `ca` proves the servers of both.
    ///
    /// # Errors
    /// A URL that is none, a CA's file that can't be used.
    pub fn open(
        url: &str,
        listen_url: Option<&str>,
        ca: Option<&Path>,
    ) -> Result<Self, RelayError> {
        let (config, tls) = reach(url, ca)?;
        let direct = match listen_url {
            Some(url) => reach(url, ca)?,
            None => (config.clone(), tls.clone()),
        };
        let health = Arc::new(Health::default());
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(POOL_SIZE)
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(POOL_WAIT))
            .runtime(Runtime::Tokio1)
            .post_create(health::hook(Arc::clone(&health)))
            .build()
            .map_err(|error| RelayError::Pool(error.to_string()))?;
        Ok(Self {
            pool,
            direct: Arc::new(direct),
            pooled: listen_url.is_some(),
            health,
            rooms: RoomLimits::default(),
            instance: Uuid::now_v7(),
        })
    }

    /// The same, with limits on the rooms of an account.
    #[must_use]
    pub fn limited(self, rooms: RoomLimits) -> Self {
        Self { rooms, ..self }
    }

    /// How the database is.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Closes the connections that nobody uses, so that the next ones are fresh.
    fn drop_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Connections: open, in use, and how many wait for one.
    #[must_use]
    pub fn connections(&self) -> (usize, usize, usize) {
        let status = self.pool.status();
        let used = status.size.saturating_sub(status.available);
        (status.size, used, status.waiting)
    }

    /// A connection of its own, outside of the pool and of any pooler.
    pub(crate) async fn connect_to_listen(
        &self,
    ) -> Result<
        (
            Client,
            tokio_postgres::Connection<Socket, TlsStream<Socket>>,
        ),
        RelayError,
    > {
        let (config, tls) = &*self.direct;
        Ok(config.connect(tls.clone()).await?)
    }

    pub(crate) async fn connection(&self) -> Result<Connection, RelayError> {
        Ok(Connection::new(self.pool.get().await?, self.pooled))
    }

    /// What relays of this database know each other by; it stays the same when a standby takes over.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn bus_key(&self) -> Result<Uuid, RelayError> {
        let connection = self.connection().await?;
        Ok(connection.query_one(queries::BUS_KEY, &[]).await?.get(0))
    }

    /// Which of these rooms have moved on from where they are known to be.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn moved_on(&self, rooms: &[(RoomId, Seq)]) -> Result<Vec<RoomId>, RelayError> {
        let ids: Vec<Uuid> = rooms.iter().map(|(room, _)| room.0).collect();
        let seqs: Vec<i64> = rooms.iter().map(|(_, seq)| seq.0).collect();
        let connection = self.connection().await?;
        let rows = connection.query(queries::MOVED_ON, &[&ids, &seqs]).await?;
        Ok(rows.iter().map(|row| RoomId(row.get(0))).collect())
    }

    /// A connection of the pool as it is: for COPY, and for what is put together by Postgres and run once. Whoever takes it sends no statement
    /// that outlives its transaction, and none that needs a session's state, so that a pooler may stand between.
    pub(crate) async fn raw(&self) -> Result<Object, RelayError> {
        Ok(self.pool.get().await?)
    }

    /// Sends payloads to everybody who listens.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn notify(&self, payloads: &[String]) -> Result<(), RelayError> {
        let connection = self.connection().await?;
        connection.execute(queries::NOTIFY, &[&payloads]).await?;
        Ok(())
    }

    /// Whether Postgres answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), RelayError> {
        self.connection()
            .await?
            .batch_execute(queries::PING)
            .await?;
        Ok(())
    }
}

/// How to connect: what the URL says, and TLS as it wants it.
fn reach(url: &str, ca: Option<&Path>) -> Result<(Config, Tls), RelayError> {
    // With us, whoever requires TLS has the certificate checked.
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    let mut config = Config::from_str(&url)
        .map_err(|error| RelayError::DatabaseUrl(connection::reason(&error)))?;
    config.application_name("amend-relay");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(POOL_WAIT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE_MAX);
        config.keepalives_idle(SILENCE_MAX / 2);
        config.keepalives_interval(SILENCE_MAX / 4);
    }
    let unix = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_ssl_mode() == SslMode::Prefer && config.get_hosts().iter().all(unix) {
        // Nobody listens on a Unix socket.
        config.ssl_mode(SslMode::Disable);
    }
    let tls = Tls::new(ca, config.get_ssl_mode() == SslMode::Require)?;
    Ok((config, tls))
}
