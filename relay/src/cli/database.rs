//! Which database a command works on, and what must be started and stopped for it.

use anyhow::Context;
use clap::Args;
use relay::RelayError;
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
    pub(crate) fn or(self, configured: Option<PathBuf>) -> Self {
        Self {
            data: self.data.or(configured),
        }
    }

    pub(crate) fn cluster(self) -> anyhow::Result<Cluster> {
        let folder = match self.data {
            Some(folder) => folder,
            None => default_data()?,
        };
        Ok(Cluster::locate(&folder)?)
    }
}

/// `/var/lib/amend-relay` for root, else below the user's folder for data.
fn default_data() -> anyhow::Result<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if relay::cluster::is_root() {
        return Ok(PathBuf::from("/var/lib/amend-relay"));
    }
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("amend-relay"))
        .context("There is no home folder to keep the data in. Choose a folder with --data.")
}

/// A database that answers, and what must be stopped when we are done with it.
pub(crate) struct Opened {
    pub(crate) url: String,
    cluster: Option<(Cluster, Owned)>,
}

impl Database {
    /// Connects to the given database, or runs the private one; `serving`: this process must own it.
    pub(crate) fn open(self, config: Config, serving: bool) -> anyhow::Result<Opened> {
        if let Some(url) = self.database_url.or(config.database_url) {
            return Ok(Opened { url, cluster: None });
        }
        anyhow::ensure!(
            config.listen_url.is_none(),
            "listen_url is set, but there is no database URL beside it. Set database_url, or take listen_url away."
        );
        let cluster = self.data.or(config.data).cluster()?;
        let url = cluster.url();
        match cluster.own()? {
            // Somebody started it by hand: it is theirs to stop.
            Some(_) if !serving && cluster.is_running()? => Ok(Opened { url, cluster: None }),
            Some(owned) => {
                cluster.start()?;
                Ok(Opened {
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
            None => Ok(Opened { url, cluster: None }),
        }
    }
}

impl Opened {
    pub(crate) fn close(self) -> anyhow::Result<()> {
        match self.cluster {
            Some((cluster, _owned)) => Ok(cluster.stop()?),
            None => Ok(()),
        }
    }
}

pub(crate) async fn with_store(
    database: Database,
    config: Config,
    act: impl AsyncFnOnce(&Store) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let opened = database.open(config.clone(), false)?;
    let done = async {
        let store = config.store(&opened.url)?;
        migrate::run(&store).await?;
        act(&store).await
    }
    .await;
    let closed = opened.close();
    done.and(closed)
}
