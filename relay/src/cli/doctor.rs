//! `doctor`.

use super::database::{self, Database, Opened};
use clap::Args;
use relay::config::Config;
use relay::doctor::{self as examining, Level, Place};
use std::time::Duration;

#[derive(Args)]
pub(crate) struct Doctor {
    /// Where the relay listens, if not where the configuration says.
    #[arg(long, env = "AMEND_LISTEN")]
    listen: Option<String>,
    /// How long one look at the database may take.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    #[command(flatten)]
    database: Database,
}

pub(crate) async fn doctor(config: Config, how: Doctor) -> anyhow::Result<()> {
    let mut config = how.database.over(config);
    if let Some(listen) = how.listen {
        config.listen = listen;
    }
    let opened = open(&config);
    let place = Place {
        database: match &opened {
            Ok(opened) => Ok(opened.url.clone()),
            Err(error) => Err(error.to_string()),
        },
        data: match &config.database_url {
            Some(_) => None,
            None => config.data_folder().ok(),
        },
        backups: config.backup_folder()?,
        patience: Duration::from_secs(how.seconds),
    };
    let worst = examining::examine(&config, &place, |check| println!("{check}")).await;
    if let Ok(opened) = opened {
        opened.close()?;
    }
    anyhow::ensure!(worst < Level::Bad, "Something is bad; see above.");
    Ok(())
}

/// Nothing is made by looking: a private Postgres that is not there yet stays so.
fn open(config: &Config) -> anyhow::Result<Opened> {
    if config.database_url.is_none() && !database::cluster(config)?.is_made() {
        anyhow::bail!(
            "there is no database yet: `amend-relay serve` makes a private Postgres in the data folder, or give --database-url."
        );
    }
    Opened::new(config, false)
}
