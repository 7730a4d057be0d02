//! Connectors: changes of any table of the database become events on a channel. [`install`] keeps the triggers as the configuration wants
//! them, [`number`] gives committed events their positions, [`channels`] hands them to subscribers.
//!
//! Invariants:
//! - A writer's transaction never fails and never waits for another one because its table is watched: what is done in it takes no lock
//!   that others want, and sends no NOTIFY.
//! - Events are delivered at least once, in the order of their positions; positions are in commit order ([`number`]), and the events of a
//!   transaction follow each other.
//! - What could not be kept, or happened while a table was not watched, is told as such: nothing is left out in silence.
//! - A wake-up carries nothing; events are always read from the table, so their size is nobody's limit but the frame's.

pub mod channels;
pub mod install;
pub mod number;

use crate::RelayError;
use crate::accounts::folded;
use serde::{Deserialize, Serialize};

/// Who may follow a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Readers {
    /// Admins, or everyone with an account.
    Group(Group),
    /// These accounts, by name.
    Names(Vec<String>),
}

/// A group of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Admins of the relay.
    Admins,
    /// Everyone with an account.
    Everyone,
}

/// What a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Operation {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// One `[[watch]]` of the configuration. Names are the database's, letter for letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchConfig {
    /// The schema.
    #[serde(default = "public")]
    pub schema: String,
    /// The table.
    pub table: String,
    /// Which changes.
    #[serde(default = "all")]
    pub operations: Vec<Operation>,
    /// The channel on which they are told.
    pub channel: String,
    /// Which columns; without it all.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// What a row is known by; without it the primary key.
    #[serde(default)]
    pub key: Option<Vec<String>>,
    /// Who may follow the channel.
    #[serde(default = "admins")]
    pub readers: Readers,
}

fn public() -> String {
    "public".to_owned()
}

fn all() -> Vec<Operation> {
    use Operation::{Delete, Insert, Truncate, Update};
    vec![Insert, Update, Delete, Truncate]
}

fn admins() -> Readers {
    Readers::Group(Group::Admins)
}

impl WatchConfig {
    /// Whether somebody may follow the channel.
    #[must_use]
    pub fn admits(&self, name: &str, is_admin: bool) -> bool {
        match &self.readers {
            Readers::Group(Group::Everyone) => true,
            Readers::Group(Group::Admins) => is_admin,
            Readers::Names(names) => names.iter().any(|one| folded(one) == folded(name)),
        }
    }

    /// Its table, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// Looks at all entries together.
///
/// # Errors
/// [`RelayError::Watch`].
pub fn check(entries: &[WatchConfig]) -> Result<(), RelayError> {
    for entry in entries {
        let bad = |what: &str| {
            let table = entry.shown();
            Err(RelayError::Watch(format!("[[watch]] of {table}: {what}")))
        };
        if entry.channel.is_empty() || entry.channel.len() > 100 {
            return bad("a channel's name has 1 to 100 bytes");
        }
        if entry.operations.is_empty() {
            return bad("no operation is named");
        }
        let same = |other: &&WatchConfig| {
            (&other.schema, &other.table, &other.channel)
                == (&entry.schema, &entry.table, &entry.channel)
        };
        if entries.iter().filter(same).count() > 1 {
            return bad("it is on that channel twice");
        }
        let others = entries
            .iter()
            .filter(|other| other.channel == entry.channel);
        if others
            .map(|other| &other.readers)
            .any(|readers| *readers != entry.readers)
        {
            return bad("the entries of one channel must have the same readers");
        }
    }
    Ok(())
}
