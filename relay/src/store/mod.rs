//! Everything that is said to Postgres: [`queries`] holds the SQL, the other modules the logic.

pub mod accounts;
pub mod apply;
pub mod history;
pub mod migrate;
pub mod queries;
pub mod read;

use crate::RelayError;
use crate::batch::RoomLimits;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};
use uuid::Uuid;

/// Connections of one relay: one applies, one listens (outside of the pool), the others read.
pub(crate) const POOL_SIZE: usize = 16;

/// How long a session waits for a free connection before it is told to try again.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// A statement's parameter.
pub(crate) type Param<'a> = &'a (dyn ToSql + Sync);

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// Shared, as each session has a clone of the store.
    config: Arc<Config>,
    rooms: RoomLimits,
    /// This relay's name in wake-ups, so that it passes over its own.
    pub instance: Uuid,
}

impl Store {
    /// A pool of connections to the database; none is opened yet.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn new(url: &str) -> Result<Self, RelayError> {
        let mut config =
            Config::from_str(url).map_err(|error| RelayError::DatabaseUrl(error.to_string()))?;
        config.application_name("amend-relay");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(POOL_WAIT);
        }
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, recycling))
            .max_size(POOL_SIZE)
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(POOL_WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| RelayError::Pool(error.to_string()))?;
        Ok(Self {
            pool,
            config: Arc::new(config),
            rooms: RoomLimits::default(),
            instance: Uuid::now_v7(),
        })
    }

    /// The same, with limits on the rooms of an account.
    #[must_use]
    pub fn limited(self, rooms: RoomLimits) -> Self {
        Self { rooms, ..self }
    }

    /// How to connect outside of the pool: for LISTEN, which needs a connection of its own.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) async fn connection(&self) -> Result<Object, RelayError> {
        Ok(self.pool.get().await?)
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
