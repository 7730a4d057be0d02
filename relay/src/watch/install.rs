//! The triggers on watched tables: put there, kept, and taken away again, as the configuration says.
//!
//! Invariants: a trigger is ours by its function and by its name, which holds a hash of its channel and one of what it was made from;
//! statements that name a table are put together by Postgres itself (`format` with `%I` and `%L`); a table that somebody keeps locked is
//! tried again later; what the relay that started last wants is what all relays keep.

use super::{Operation, WatchConfig};
use crate::RelayError;
use crate::store::{Param, Store, Transaction, queries};
use sha2::{Digest, Sha256};

/// What became of an entry, or of a trigger that belongs to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The triggers are as they should be.
    Installed,
    /// They are to be made, or made anew.
    Missing,
    /// There is no such table.
    NoTable,
    /// It is something else: a view, say.
    NotTable(String),
    /// A column that there is not.
    NoColumn(String),
    /// Without a primary key and a `key`, events do not say which row.
    NoKey,
    /// The relay's role may not make triggers there.
    NoRight,
}

/// A trigger as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    name: String,
    /// `INSERT OR …`, or `TRUNCATE`.
    events: String,
    /// `ROW` or `STATEMENT`.
    level: &'static str,
}

/// What the names of one channel's triggers begin with.
fn prefix(entry: &WatchConfig) -> String {
    format!("amend_watch_{}_", digest(&[&entry.channel]))
}

/// The triggers of one entry: for rows and for TRUNCATE.
fn triggers(entry: &WatchConfig, key: &[String]) -> Vec<Wanted> {
    let made_from = format!("{:?} {:?} {key:?}", entry.operations, entry.columns);
    let definition = digest(&[&entry.schema, &entry.table, &made_from]);
    let named = |what: &str| format!("{}{definition}_{what}", prefix(entry));
    let word = |operation: &Operation| match operation {
        Operation::Insert => Some("INSERT"),
        Operation::Update => Some("UPDATE"),
        Operation::Delete => Some("DELETE"),
        Operation::Truncate => None,
    };
    let rows: Vec<&str> = entry.operations.iter().filter_map(word).collect();
    let mut triggers = Vec::new();
    if !rows.is_empty() {
        triggers.push(Wanted {
            name: named("row"),
            events: rows.join(" OR "),
            level: "ROW",
        });
    }
    if entry.operations.contains(&Operation::Truncate) {
        triggers.push(Wanted {
            name: named("all"),
            events: "TRUNCATE".to_owned(),
            level: "STATEMENT",
        });
    }
    triggers
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What there is to know of an entry's table.
pub(crate) struct Look {
    pub(crate) found: Found,
    key: Vec<String>,
    /// Whether we own it, and so can remove triggers again.
    owned: bool,
    /// Triggers of ours for this channel.
    present: Vec<Place>,
}

/// Looks at one entry without changing anything.
pub(crate) async fn look(tx: &Transaction<'_>, entry: &WatchConfig) -> Result<Look, RelayError> {
    let mut look = Look {
        found: Found::NoTable,
        key: Vec::new(),
        owned: false,
        present: Vec::new(),
    };
    let table = tx
        .query_opt(queries::WATCH_TABLE, &[&entry.schema, &entry.table])
        .await?;
    let Some(table) = table else { return Ok(look) };
    let (columns, primary): (Vec<String>, Vec<String>) = (table.get(0), table.get(1));
    let (may, kind): (bool, String) = (table.get(2), table.get(4));
    look.owned = table.get(3);
    look.key = entry.key.clone().unwrap_or(primary);
    let of_channel = |place: &Place| {
        (&place.0, &place.1) == (&entry.schema, &entry.table) && place.2.starts_with(&prefix(entry))
    };
    look.present = installed(tx)
        .await?
        .into_iter()
        .filter(of_channel)
        .collect();
    let mut named = look.key.iter().chain(entry.columns.iter().flatten());
    let unknown = named.find(|name| !columns.contains(name));
    let wanted = triggers(entry, &look.key);
    let as_wanted = wanted.len() == look.present.len()
        && wanted
            .iter()
            .all(|one| look.present.iter().any(|place| place.2 == one.name));
    look.found = if !kind.is_empty() {
        Found::NotTable(kind)
    } else if let Some(unknown) = unknown {
        Found::NoColumn(unknown.clone())
    } else if look.key.is_empty() {
        Found::NoKey
    } else if as_wanted {
        Found::Installed
    } else if may {
        Found::Missing
    } else {
        Found::NoRight
    };
    Ok(look)
}

/// Schema, table and trigger.
type Place = (String, String, String);

async fn installed(tx: &Transaction<'_>) -> Result<Vec<Place>, RelayError> {
    let rows = tx.query(queries::WATCH_TRIGGERS, &[]).await?;
    let place = |row: &tokio_postgres::Row| (row.get(0), row.get(1), row.get(2));
    Ok(rows.iter().map(place).collect())
}

/// Says what is to be watched from now on: by this relay and by those that started before it.
///
/// # Errors
/// Postgres's own.
pub async fn want(store: &Store, entries: &[WatchConfig]) -> Result<(), RelayError> {
    let text = serde_json::to_string(entries).unwrap_or_default();
    let connection = store.connection().await?;
    connection.execute(queries::WATCH_WANT, &[&text]).await?;
    Ok(())
}

/// Makes the triggers that are missing, and removes those that belong to no entry (any more). Returns what could not be done, for people.
///
/// # Errors
/// Postgres's own.
pub async fn reconcile(store: &Store) -> Result<Vec<String>, RelayError> {
    let wanted = store
        .connection()
        .await?
        .query_opt(queries::WATCH_WANTED, &[])
        .await?;
    let Some(wanted) = wanted else {
        return Ok(Vec::new());
    };
    let entries: Vec<WatchConfig> = serde_json::from_str(wanted.get(0)).map_err(|error| {
        let why = format!("what a newer relay wants to be watched is not understood ({error})");
        RelayError::Watch(why)
    })?;
    let mut troubles = Vec::new();
    for entry in &entries {
        match install(store, entry).await {
            Ok(Found::Installed | Found::Missing) => {}
            Ok(found) => troubles.push(format!("{}: {}", entry.shown(), why(&found))),
            Err(error) => troubles.push(format!("{}: {error}", entry.shown())),
        }
    }
    remove_others(store, &entries, &mut troubles).await?;
    Ok(troubles)
}

/// What a finding means, and what to do.
#[must_use]
pub fn why(found: &Found) -> String {
    match found {
        Found::Installed => "its triggers are in place.".to_owned(),
        Found::Missing => "its triggers are made within seconds by a running relay, or when one starts.".to_owned(),
        Found::NoTable => {
            "there is no such table. Create it; a running relay looks again every few seconds."
                .to_owned()
        }
        Found::NotTable(what) => {
            format!("it is {what}, whose changes can't be watched. Name the tables behind it.")
        }
        Found::NoColumn(name) => {
            format!("there is no column \"{name}\". Names are taken letter for letter.")
        }
        Found::NoKey => {
            "it has no primary key, so say with `key` which columns make a row.".to_owned()
        }
        Found::NoRight => {
            "the relay's role may not make triggers on it. GRANT TRIGGER on it, and USAGE on its schema, to that role."
                .to_owned()
        }
    }
}

async fn install(store: &Store, entry: &WatchConfig) -> Result<Found, RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    tx.batch_execute(queries::WATCH_LOCK).await?;
    let look = look(&tx, entry).await?;
    if look.found != Found::Missing {
        return Ok(look.found);
    }
    let wanted = triggers(entry, &look.key);
    // Those of another definition: the row would be told twice.
    for place in &look.present {
        if !wanted.iter().any(|one| one.name == place.2) {
            drop_trigger(&tx, place).await?;
        }
    }
    for one in &wanted {
        if !look.present.iter().any(|place| place.2 == one.name) {
            let statement = statement(&tx, entry, &look.key, one).await?;
            tx.batch_execute(&statement).await?;
        }
    }
    tx.execute(queries::WATCH_CHANNEL, &[&entry.channel])
        .await?;
    let table: [Param<'_>; 3] = [&entry.channel, &entry.schema, &entry.table];
    let is_new = tx.execute(queries::WATCH_REMEMBER, &table).await? > 0;
    if !is_new && look.present.is_empty() {
        tx.execute(queries::WATCH_AGAIN, &table).await?;
    }
    tx.commit().await?;
    tracing::info!(table = entry.shown(), channel = entry.channel, "watching");
    Ok(Found::Missing)
}

/// What makes a trigger.
async fn statement(
    tx: &Transaction<'_>,
    entry: &WatchConfig,
    key: &[String],
    wanted: &Wanted,
) -> Result<String, RelayError> {
    let columns = serde_json::to_string(&entry.columns).unwrap_or_default();
    let key = serde_json::to_string(key).unwrap_or_default();
    let values: [Param<'_>; 8] = [
        &wanted.name,
        &wanted.events,
        &entry.schema,
        &entry.table,
        &wanted.level,
        &entry.channel,
        &columns,
        &key,
    ];
    Ok(tx.query_one(queries::WATCH_CREATE, &values).await?.get(0))
}

async fn drop_trigger(
    tx: &Transaction<'_>,
    (schema, table, name): &Place,
) -> Result<(), RelayError> {
    let statement = tx
        .query_one(queries::WATCH_DROP, &[name, schema, table])
        .await?;
    tx.batch_execute(statement.get(0)).await?;
    Ok(())
}

async fn remove_others(
    store: &Store,
    entries: &[WatchConfig],
    troubles: &mut Vec<String>,
) -> Result<(), RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    let present = installed(&tx).await?;
    tx.commit().await?;
    for place in present {
        let wanted = entries.iter().any(|entry| {
            (&entry.schema, &entry.table) == (&place.0, &place.1)
                && place.2.starts_with(&prefix(entry))
        });
        if wanted {
            continue;
        }
        let removed = async {
            let tx = connection.transaction().await?;
            tx.batch_execute(queries::WATCH_LOCK).await?;
            drop_trigger(&tx, &place).await?;
            Ok::<_, RelayError>(tx.commit().await?)
        };
        match removed.await {
            Ok(()) => tracing::info!(schema = place.0, table = place.1, "no longer watching"),
            Err(error) => troubles.push(format!("{}.{}: {error}", place.0, place.1)),
        }
    }
    Ok(())
}

/// What would be installed, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Lines.
    pub text: String,
    /// Every table can be watched.
    pub good: bool,
}

/// Says what would be installed and with which rights, without changing anything.
///
/// # Errors
/// Postgres's own.
pub async fn explain(store: &Store, entries: &[WatchConfig]) -> Result<Explanation, RelayError> {
    use std::fmt::Write;
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    let mut told = Explanation {
        text: String::new(),
        good: true,
    };
    let role: String = tx.query_one(queries::ROLE, &[]).await?.get(0);
    let text = &mut told.text;
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "{} watched tables; the relay's role is {role}.",
        entries.len()
    );
    for entry in entries {
        let look = look(&tx, entry).await?;
        told.good &= matches!(look.found, Found::Installed | Found::Missing);
        let _ = writeln!(
            text,
            "{} on channel {}: {}",
            entry.shown(),
            entry.channel,
            why(&look.found)
        );
        if matches!(look.found, Found::NoTable | Found::NotTable(_)) {
            continue;
        }
        let _ = writeln!(text, "  events carry the key {:?}", look.key);
        if !look.owned {
            let _ = writeln!(
                text,
                "  {role} does not own it, so its triggers can't be removed again by the relay."
            );
        }
        for wanted in triggers(entry, &look.key) {
            let statement = statement(&tx, entry, &look.key, &wanted).await?;
            let _ = writeln!(text, "  {statement};");
        }
    }
    for place in installed(&tx).await? {
        let of_entry = |entry: &&WatchConfig| {
            (&entry.schema, &entry.table) == (&place.0, &place.1)
                && place.2.starts_with(&prefix(entry))
        };
        if !entries.iter().any(|entry| of_entry(&entry)) {
            let values: [Param<'_>; 3] = [&place.2, &place.0, &place.1];
            let drop = tx.query_one(queries::WATCH_DROP, &values).await?;
            let _ = writeln!(
                text,
                "left from another configuration, to be removed:\n  {};",
                drop.get::<_, &str>(0)
            );
        }
    }
    let _ = writeln!(
        text,
        "The triggers run amend_watch_event() with the rights of its owner: writers need no right to Amend's tables. The relay needs \
        TRIGGER on each table and USAGE on its schema, and must own a table to remove triggers from it."
    );
    tx.commit().await?;
    Ok(told)
}
