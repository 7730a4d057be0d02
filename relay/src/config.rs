//! The configuration file. A flag wins over the environment, the environment over the file, the file over the defaults; a key that
//! nobody knows is an error, so that a misspelt limit is not silently none.

use crate::RelayError;
use crate::accounts::IdentityConfig;
use crate::watch::WatchConfig;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A commented file with every key at its default.
pub const DEFAULT_FILE: &str = include_str!("../default-config.toml");

/// Where the file is looked for when none is named.
pub const DEFAULT_PATH: &str = "/etc/amend-relay/config.toml";

/// Who may make an account by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Whoever has an invite.
    #[default]
    Closed,
    /// Everybody who can reach the relay.
    Open,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Where to listen.
    pub listen: String,
    /// The database; without it a private Postgres runs in the data folder.
    pub database_url: Option<String>,
    /// The folder of the private Postgres.
    pub data: Option<PathBuf>,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// The host's own identity provider.
    pub identity: Option<IdentityConfig>,
    /// Where to serve `/metrics`; without it they are served nowhere.
    pub metrics_listen: Option<String>,
    /// Days that the events of watched tables are kept.
    pub watch_keep_days: u32,
    /// Watched tables.
    pub watch: Vec<WatchConfig>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7420".to_owned(),
            database_url: None,
            data: None,
            registration: Registration::Closed,
            identity: None,
            metrics_listen: None,
            watch_keep_days: 7,
            watch: Vec::new(),
        }
    }
}

impl File {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`RelayError::Config`] with the line and what is wrong with it.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RelayError> {
        toml::from_str(text).map_err(|error| RelayError::Config {
            path: path.to_owned(),
            reason: error.to_string().trim().to_owned(),
        })
    }

    /// Reads the file at `path`; without one, the file at [`DEFAULT_PATH`] if there is one, else the defaults.
    ///
    /// # Errors
    /// A file that can't be read, or [`RelayError::Config`].
    pub fn load(path: Option<&Path>) -> Result<Self, RelayError> {
        let (path, named) = match path {
            Some(path) => (path, true),
            None => (Path::new(DEFAULT_PATH), false),
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if !named && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(RelayError::Config {
                path: path.to_owned(),
                reason: error.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<File, RelayError> {
        File::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn the_default_file_says_the_defaults_and_names_every_key() {
        assert_eq!(parse(DEFAULT_FILE).unwrap(), File::default());
        let uncommented: String = DEFAULT_FILE
            .lines()
            .map(|line| line.strip_prefix("#= ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let all = parse(&uncommented).unwrap();
        assert!(all.database_url.is_some() && all.data.is_some(), "{all:?}");
        for key in ["listen", "database_url", "data", "registration"] {
            assert!(uncommented.contains(&format!("\n{key} = ")), "{key}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, says) in [
            ("listn = \"x\"", "unknown field `listn`"),
            ("listen = 7420", "invalid type"),
            ("a\nregistration = \"maybe\"", "line 1"),
            ("registration = \"maybe\"", "maybe"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("config.toml"),
                "{error}"
            );
        }
    }
}
