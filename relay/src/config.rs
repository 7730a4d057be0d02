//! The configuration. A flag wins over the environment, the environment over the file, the file over the defaults; a key that nobody
//! knows is an error, so that a misspelt limit is not silently none.
//!
//! The environment: `AMEND_` and the key in capitals, a section's name before it with two underscores between: `AMEND_LISTEN`,
//! `AMEND_LIMITS__FRAMES`. The value is read as TOML (`true`, `8`, `["a"]`), and as a text where it is none.

use crate::RelayError;
use crate::accounts::{Identity, IdentityConfig};
use crate::backup::BackupConfig;
use crate::batch::RoomLimits;
use crate::blobs::BlobsConfig;
use crate::bus::BusConfig;
use crate::cluster;
use crate::front::address::{ForwardedHeader, Net};
use crate::front::origin::Origin;
use crate::front::tls::{self, TlsConfig};
use crate::limits::Limits;
use crate::logs::LogConfig;
use crate::store::Store;
use crate::store::migrate::Before;
use crate::traces::TracesConfig;
use crate::watch::{self, WatchConfig};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A commented file with every key at its default.
pub const DEFAULT_FILE: &str = include_str!("../default-config.toml");

/// Where the file is looked for when none is named.
pub const DEFAULT_PATH: &str = "/etc/amend-relay/config.toml";

/// The data folder of a relay that is the system's.
const SYSTEM_DATA: &str = "/var/lib/amend-relay";

/// What the keys' names begin with in the environment.
const PREFIX: &str = "AMEND_";

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

/// What a relay and its host's commands need to know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: String,
    /// The database; without it a private Postgres runs in the data folder.
    pub database_url: Option<String>,
    /// Seconds that a starting relay waits for its database.
    pub database_wait_seconds: u32,
    /// A direct connection for LISTEN, where the database URL leads through a pooler in transaction mode.
    pub listen_url: Option<String>,
    /// The CA of Postgres's certificate, in PEM.
    pub database_ca: Option<PathBuf>,
    /// The folder of the private Postgres.
    pub data: Option<PathBuf>,
    /// Seconds between saying that it is not ready and taking no more connections, when the relay stops.
    pub drain_seconds: u32,
    /// When and where backups are made.
    pub backup: BackupConfig,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// Files of messages.
    pub blobs: BlobsConfig,
    /// How relays wake each other.
    pub bus: BusConfig,
    /// Web pages that may use the relay, beside its own host's.
    pub origins: Vec<Origin>,
    /// Proxies that are believed whom they ask for.
    pub trusted_proxies: Vec<Net>,
    /// Which header they write.
    pub forwarded_header: ForwardedHeader,
    /// What one peer may make the relay do and hold.
    pub limits: Limits,
    /// The certificate; without it the relay speaks clear text.
    pub tls: Option<TlsConfig>,
    /// The host's own identity provider.
    pub identity: Option<IdentityConfig>,
    /// Where to serve `/metrics`; without it they are served nowhere.
    pub metrics_listen: Option<String>,
    /// The log.
    pub log: LogConfig,
    /// Traces for a collector; without it there are none.
    pub traces: Option<TracesConfig>,
    /// Days that the events of watched tables are kept.
    pub watch_keep_days: u32,
    /// Watched tables.
    pub watch: Vec<WatchConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7420".to_owned(),
            database_url: None,
            database_wait_seconds: 60,
            listen_url: None,
            database_ca: None,
            data: None,
            drain_seconds: 0,
            backup: BackupConfig::default(),
            registration: Registration::Closed,
            blobs: BlobsConfig::default(),
            bus: BusConfig::default(),
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::XForwardedFor,
            limits: Limits::default(),
            tls: None,
            identity: None,
            metrics_listen: None,
            log: LogConfig::default(),
            traces: None,
            watch_keep_days: 7,
            watch: Vec::new(),
        }
    }
}

impl Config {
    /// The store at a URL, reached as the configuration says.
    ///
    /// # Errors
    /// A URL that is none, a CA's file that can't be used.
    pub fn store(&self, url: &str) -> Result<Store, RelayError> {
        let store = Store::open(url, self.listen_url.as_deref(), self.database_ca.as_deref())?;
        Ok(store.limited(RoomLimits {
            member_of: self.limits.rooms_per_account,
            made: self.limits.rooms_made_per_account,
        }))
    }

    /// Looks at what the sections say, beyond what parsing them shows.
    ///
    /// # Errors
    /// What can't be used, and why.
    pub fn check(&self) -> Result<(), RelayError> {
        watch::check(&self.watch)?;
        self.log.filter()?;
        self.bus.check()?;
        self.blobs.check()?;
        if let Some(identity) = &self.identity {
            Identity::new(identity.clone())?;
        }
        self.store(self.database_url.as_deref().unwrap_or_default())?;
        self.limits.check()?;
        if let Some(config) = &self.tls {
            tls::check(config)?;
        }
        Ok(())
    }

    /// The folder of the private Postgres: what is set, or else `/var/lib/amend-relay` for root and a folder below the user's own for
    /// data.
    ///
    /// # Errors
    /// [`RelayError::NoHome`].
    pub fn data_folder(&self) -> Result<PathBuf, RelayError> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if cluster::is_root() {
            return Ok(PathBuf::from(SYSTEM_DATA));
        }
        set("XDG_DATA_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("amend-relay"))
            .ok_or(RelayError::NoHome)
    }

    /// Where backups go: what is set, or else `backups` in the data folder, also where the database is elsewhere.
    ///
    /// # Errors
    /// [`RelayError::NoHome`].
    pub fn backup_folder(&self) -> Result<PathBuf, RelayError> {
        match &self.backup.folder {
            Some(folder) => Ok(folder.clone()),
            None => Ok(self.data_folder()?.join("backups")),
        }
    }

    /// What is to be done before an older database is migrated.
    #[must_use]
    pub fn before_migrations(&self) -> Before {
        if !self.backup.before_migrations {
            return Before::Nothing;
        }
        // Without a home there may still be nothing to save; if there is, the folder is named where it fails.
        let folder = self.backup_folder();
        Before::Backup(folder.unwrap_or_else(|_| PathBuf::from(SYSTEM_DATA).join("backups")))
    }

    /// Reads a file's text, and what the environment says beside it.
    ///
    /// # Errors
    /// [`RelayError::Config`] with the line, or the variable, and what is wrong with it.
    pub fn parse(
        text: &str,
        path: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, RelayError> {
        let bad = |reason: &dyn std::fmt::Display| RelayError::Config {
            path: path.to_owned(),
            reason: without_secrets(reason.to_string().trim()),
        };
        // First alone: its errors name the line, which is lost once the environment is laid over it.
        let of_file: Self = toml::from_str(text).map_err(|error| bad(&error))?;
        let mut table: Table = toml::from_str(text).map_err(|error| bad(&error))?;
        let mut changed = false;
        for (name, value) in environment {
            if let Some(keys) = keys_of(&name) {
                changed = true;
                set(&mut table, &keys, &value)
                    .and_then(|()| {
                        Self::deserialize(table.clone()).map_err(|error| error.to_string())
                    })
                    .map_err(|reason| RelayError::Environment {
                        name,
                        reason: reason.trim().to_owned(),
                    })?;
            }
        }
        if changed {
            return Self::deserialize(table).map_err(|error| bad(&error));
        }
        Ok(of_file)
    }

    /// Reads the file at `path`; without one, the file at [`DEFAULT_PATH`] if there is one, else the defaults. The environment wins.
    ///
    /// # Errors
    /// A file that can't be read, [`RelayError::Config`] or [`RelayError::Environment`].
    pub fn load(path: Option<&Path>) -> Result<Self, RelayError> {
        let (path, named) = match path {
            Some(path) => (path, true),
            None => (Path::new(DEFAULT_PATH), false),
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if !named && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(RelayError::Config {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
            }
        };
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(_, value)| !value.is_empty());
        Self::parse(&text, path, environment)
    }
}

/// A mistake is shown with its line, unless that may hold a password.
fn without_secrets(reason: &str) -> String {
    let may_hold_one = |text: &str| text.contains("://") || text.contains("password");
    let is_secret = |line: &&str| {
        let of_file = line.split_once(" | ");
        of_file.is_some_and(|(number, text)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && may_hold_one(text)
        })
    };
    let lines = reason.lines().filter(|line| !is_secret(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The keys that a variable of the environment sets. A top-level key that nobody knows is not ours: other parts of Amend have their
/// variables too. A section's is.
fn keys_of(name: &str) -> Option<Vec<String>> {
    let keys: Vec<String> = name
        .strip_prefix(PREFIX)?
        .split("__")
        .map(str::to_lowercase)
        .collect();
    let default_file = uncommented();
    // Sections stand behind the keys that belong to none.
    let mut top = default_file
        .lines()
        .take_while(|line| !line.starts_with('['));
    let known = keys.len() > 1 || top.any(|line| line.starts_with(&format!("{} = ", keys[0])));
    known.then_some(keys)
}

fn set(table: &mut Table, keys: &[String], text: &str) -> Result<(), String> {
    match keys {
        [] => Ok(()),
        [key] => {
            // A list or a number as TOML; anything else is taken as it stands.
            let value = toml::from_str::<Table>(&format!("value = {text}"))
                .ok()
                .and_then(|mut table| table.remove("value"))
                .unwrap_or_else(|| Value::String(text.to_owned()));
            table.insert(key.clone(), value);
            Ok(())
        }
        [section, rest @ ..] => table
            .entry(section.clone())
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| format!("`{section}` is no section"))
            .and_then(|inner| set(inner, rest, text)),
    }
}

/// The default file with the keys that have no default.
fn uncommented() -> String {
    let lines = DEFAULT_FILE.lines();
    let lines = lines.map(|line| line.strip_prefix("#= ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, RelayError> {
        Config::parse(text, Path::new("config.toml"), [])
    }

    fn with(text: &str, name: &str, value: &str) -> Result<Config, RelayError> {
        let environment = [(name.to_owned(), value.to_owned())];
        Config::parse(text, Path::new("config.toml"), environment)
    }

    #[test]
    fn the_default_file_says_the_defaults_and_names_every_key() {
        assert_eq!(parse(DEFAULT_FILE).unwrap(), Config::default());
        let uncommented = uncommented();
        let all = parse(&uncommented).unwrap();
        assert!(all.database_url.is_some() && all.data.is_some(), "{all:?}");
        // Debug prints every field by its name.
        let printed = format!("{:#?}", Config::default());
        let fields = printed.lines().filter_map(|line| line.strip_prefix("    "));
        for line in fields.filter(|line| !line.starts_with([' ', '}', ']', ')'])) {
            let (key, _) = line.split_once(": ").unwrap();
            let said = [
                format!("\n{key} = "),
                format!("\n[{key}]\n"),
                format!("\n[[{key}]]\n"),
            ];
            assert!(said.iter().any(|one| uncommented.contains(one)), "{key}");
        }
    }

    #[test]
    fn the_default_file_says_every_limit() {
        let written: Table = toml::from_str(DEFAULT_FILE).unwrap();
        let written = written["limits"].as_table().unwrap();
        let printed = format!("{:#?}", Limits::default());
        let keys: Vec<_> = printed
            .lines()
            .filter_map(|line| line.trim().split_once(": "))
            .collect();
        assert_eq!(keys.len(), written.len());
        for (key, value) in keys {
            let said = written[key].as_integer().unwrap().to_string();
            assert_eq!(said, value.trim_end_matches(','), "{key}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, says) in [
            ("listn = \"x\"", "unknown field `listn`"),
            ("listen = 7420", "invalid type"),
            ("a\nregistration = \"maybe\"", "line 1"),
            ("registration = \"maybe\"", "maybe"),
            (
                "trusted_proxies = [\"10.0.0.0/33\"]",
                "neither an address nor a net",
            ),
            ("origins = [\"*\"]", "is no origin"),
            ("[limits]\nconections = 1", "unknown field `conections`"),
            ("[tls]\ncertificate = \"a\"", "missing field `key`"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("config.toml"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_mistake_is_not_told_with_a_password() {
        let text = "database_url = \"postgres://amend:secret@db/amend";
        let error = parse(text).unwrap_err().to_string();
        assert!(
            error.contains("line 1") && !error.contains("secret"),
            "{error}"
        );
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let text = "listen = \"127.0.0.1:1\"\nwatch_keep_days = 3";
        let config = with(text, "AMEND_LISTEN", "127.0.0.1:2").unwrap();
        assert_eq!(
            (config.listen.as_str(), config.watch_keep_days),
            ("127.0.0.1:2", 3)
        );
        assert_eq!(
            with(text, "AMEND_WATCH_KEEP_DAYS", "9")
                .unwrap()
                .watch_keep_days,
            9
        );
        // Another part's.
        assert_eq!(
            with(text, "AMEND_HOME", "/tmp").unwrap(),
            parse(text).unwrap()
        );
        for (name, value) in [
            ("AMEND_WATCH_KEEP_DAYS", "soon"),
            ("AMEND_REGISTRATION", "maybe"),
            ("AMEND_LIMITS__NOBODY_KNOWS", "1"),
            ("AMEND_LISTEN__X", "1"),
        ] {
            let error = with(text, name, value).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
