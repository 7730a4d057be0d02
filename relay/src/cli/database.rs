//! Which database a command works on, and what must be started and stopped for it.

use clap::Args;
use relay::RelayError;
use relay::backup::BackupError;
use relay::cluster::{Cluster, Owned};
use relay::config::Config;
use relay::store::{Store, migrate};
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Database {
    /// The database, as postgres://user:password@host/name; without it a private Postgres runs in the data folder.
    #[arg(long, env = "AMEND_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
pub(crate) struct Data {
    /// The folder of the private Postgres.
    #[arg(long, env = "AMEND_DATA")]
    data: Option<PathBuf>,
}

impl Data {
    /// This, or else what the configuration says.
    pub(crate) fn over(self, mut config: Config) -> Config {
        config.data = self.data.or(config.data);
        config
    }
}

/// The private Postgres of this configuration.
pub(crate) fn cluster(config: &Config) -> anyhow::Result<Cluster> {
    Ok(Cluster::locate(&config.data_folder()?)?)
}

/// A database that answers, and what must be stopped when we are done with it.
pub(crate) struct Opened {
    pub(crate) url: String,
    cluster: Option<(Cluster, Owned)>,
}

impl Database {
    /// The flags win over the configuration.
    pub(crate) fn over(self, config: Config) -> Config {
        let mut config = self.data.over(config);
        config.database_url = self.database_url.or(config.database_url);
        config
    }
}

impl Opened {
    /// Connects to the database that the configuration names, or runs the private one; `serving`: this process must own it.
    pub(crate) fn new(config: &Config, serving: bool) -> anyhow::Result<Self> {
        if let Some(url) = config.database_url.clone() {
            return Ok(Self { url, cluster: None });
        }
        anyhow::ensure!(
            config.listen_url.is_none(),
            "listen_url is set, but there is no database URL beside it. Set database_url, or take listen_url away."
        );
        let cluster = cluster(config)?;
        let url = cluster.url();
        match cluster.own()? {
            // Somebody started it by hand: it is theirs to stop.
            Some(_) if !serving && cluster.is_running()? => Ok(Self { url, cluster: None }),
            Some(owned) => {
                cluster.start()?;
                Ok(Self {
                    url,
                    cluster: Some((cluster, owned)),
                })
            }
            None if serving => {
                let folder = url.split("host=").nth(1).unwrap_or_default();
                let folder = folder.split_whitespace().next().unwrap_or_default();
                Err(RelayError::DataInUse(PathBuf::from(folder)).into())
            }
            // A relay is serving from it: use it beside that.
            None => Ok(Self { url, cluster: None }),
        }
    }

    /// As [`Self::new`], for a database that must be there already: no cluster is made.
    pub(crate) fn existing(config: &Config) -> anyhow::Result<Self> {
        if config.database_url.is_none() && !cluster(config)?.is_made() {
            return Err(BackupError::NothingThere.into());
        }
        Self::new(config, false)
    }

    /// Does something with the database, and then stops what was started for it.
    pub(crate) async fn with<T>(
        self,
        config: &Config,
        act: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let done = async { act(&config.store(&self.url)?).await }.await;
        let closed = self.close();
        done.and_then(|done| closed.map(|()| done))
    }

    pub(crate) fn close(self) -> anyhow::Result<()> {
        match self.cluster {
            Some((cluster, _owned)) => Ok(cluster.stop()?),
            None => Ok(()),
        }
    }
}

pub(crate) async fn with_store<T>(
    database: Database,
    config: Config,
    act: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let config = database.over(config);
    let opened = Opened::new(&config, false)?;
    opened
        .with(&config, async |store| {
            migrate::run(store, &config.before_migrations()).await?;
            act(store).await
        })
        .await
}
