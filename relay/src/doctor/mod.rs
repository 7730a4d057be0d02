//! `amend-relay doctor`: looks at the whole installation and says of each thing whether it is good, and what to do if it is not.
//!
//! Invariants: it only reads; each look at the database is bounded in time and says so when it was cut; no message text, name of a
//! person or secret is printed.

mod database;
mod files;
mod host;
pub mod invariants;
mod triggers;

pub use triggers::TRIGGERS;

use crate::config::Config;
use std::path::PathBuf;
use std::time::Duration;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// To be looked at; people can work.
    Warn,
    /// People can't work, or something gets lost.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it is.
    pub level: Level,
    /// What was looked at.
    pub what: String,
    /// What was found, and what to do.
    pub says: String,
}

impl Check {
    fn new(level: Level, what: &str, says: impl Into<String>) -> Self {
        Self {
            level,
            what: what.to_owned(),
            says: says.into(),
        }
    }

    fn good(what: &str, says: impl Into<String>) -> Self {
        Self::new(Level::Good, what, says)
    }

    fn warn(what: &str, says: impl Into<String>) -> Self {
        Self::new(Level::Warn, what, says)
    }

    fn bad(what: &str, says: impl Into<String>) -> Self {
        Self::new(Level::Bad, what, says)
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = match self.level {
            Level::Good => "good",
            Level::Warn => "WARN",
            Level::Bad => "BAD ",
        };
        write!(to, "{level}  {}: {}", self.what, self.says)
    }
}

/// What is looked at beside the configuration.
#[derive(Clone, Debug)]
pub struct Place {
    /// The database; none when there is none to look at, and why.
    pub database: Result<String, String>,
    /// The data folder, if the relay runs its own Postgres.
    pub data: Option<PathBuf>,
    /// Where backups are.
    pub backups: PathBuf,
    /// How long one look at the database may take.
    pub patience: Duration,
}

/// Looks at everything; `told` hears each thing as soon as it is known.
pub async fn examine(config: &Config, place: &Place, mut told: impl FnMut(&Check)) -> Level {
    let mut worst = Level::Good;
    let mut tell = |check: Check| {
        worst = worst.max(check.level);
        told(&check);
    };
    host::configuration(config).into_iter().for_each(&mut tell);
    match &place.database {
        Ok(url) => {
            let looked = database::examine(config, url, place.patience, &mut tell).await;
            if let Err(error) = looked {
                tell(Check::bad("database", error.to_string()));
            }
        }
        Err(why) => tell(Check::bad("database", why.clone())),
    }
    host::folders(place).into_iter().for_each(&mut tell);
    tell(host::running(config));
    worst
}
