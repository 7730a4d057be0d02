//! The triggers on watched tables: put there, kept, and taken away again, as the configuration says.
//!
//! Invariants: a trigger is ours by its name's beginning, and its comment holds what it was made from; statements that name a table are put
//! together by Postgres itself (`format` with `%I` and `%L`); a table that somebody keeps locked is tried again later.

use super::{Operation, WatchConfig};
use crate::RelayError;
use crate::store::{Store, Transaction, queries};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What became of an entry, or of a trigger that belongs to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The triggers are as they should be.
    Installed,
    /// They are to be made, or made anew.
    Missing,
    /// There is no such table.
    NoTable,
    /// A column that there is not.
    NoColumn(String),
    /// Without a primary key and a `key`, events do not say which row.
    NoKey,
    /// The relay's role may not make triggers there.
    NoRight,
}

/// The triggers of one entry: name and definition's hash, for rows and for TRUNCATE.
fn triggers(entry: &WatchConfig, key: &[String]) -> Vec<(String, bool, String)> {
    let id = digest(&[&entry.channel]);
    let rows = entry
        .operations
        .iter()
        .any(|one| *one != Operation::Truncate);
    let truncate = entry.operations.contains(&Operation::Truncate);
    let definition = digest(&[
        &entry.channel,
        &format!("{:?} {:?} {key:?}", entry.operations, entry.columns),
    ]);
    let mut triggers = Vec::new();
    if rows {
        triggers.push((format!("amend_watch_{id}_row"), true, definition.clone()));
    }
    if truncate {
        triggers.push((format!("amend_watch_{id}_all"), false, definition));
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

/// Looks at one entry without changing anything; also returns the key that its events would carry.
///
/// # Errors
/// Postgres's own.
pub(crate) async fn look(
    tx: &Transaction<'_>,
    entry: &WatchConfig,
) -> Result<(Found, Vec<String>), RelayError> {
    let table = tx
        .query_opt(queries::WATCH_TABLE, &[&entry.schema, &entry.table])
        .await?;
    let Some(table) = table else {
        return Ok((Found::NoTable, Vec::new()));
    };
    let (columns, primary, may): (Vec<String>, Vec<String>, bool) =
        (table.get(0), table.get(1), table.get(2));
    let key = entry.key.clone().unwrap_or(primary);
    let named = key.iter().chain(entry.columns.iter().flatten());
    if let Some(unknown) = named.into_iter().find(|name| !columns.contains(name)) {
        return Ok((Found::NoColumn(unknown.clone()), key));
    }
    if key.is_empty() {
        return Ok((Found::NoKey, key));
    }
    let present = installed(tx).await?;
    let as_wanted = triggers(entry, &key).iter().all(|(name, _, definition)| {
        let place = (entry.schema.clone(), entry.table.clone(), name.clone());
        present.get(&place) == Some(definition)
    });
    let found = match (as_wanted, may) {
        (true, _) => Found::Installed,
        (false, true) => Found::Missing,
        (false, false) => Found::NoRight,
    };
    Ok((found, key))
}

type Place = (String, String, String);

async fn installed(tx: &Transaction<'_>) -> Result<BTreeMap<Place, String>, RelayError> {
    let rows = tx.query(queries::WATCH_TRIGGERS, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| ((row.get(0), row.get(1), row.get(2)), row.get(3)))
        .collect())
}

/// Makes the triggers that are missing; at the start of a relay also removes those that belong to no entry (any more). Returns what
/// could not be done, for people.
///
/// # Errors
/// Postgres's own.
pub async fn reconcile(
    store: &Store,
    entries: &[WatchConfig],
    remove: bool,
) -> Result<Vec<String>, RelayError> {
    let mut troubles = Vec::new();
    for entry in entries {
        match install(store, entry).await {
            Ok(Found::Installed | Found::Missing) => {}
            Ok(found) => troubles.push(format!("{}: {}", entry.shown(), why(&found))),
            Err(error) => troubles.push(format!("{}: {error}", entry.shown())),
        }
    }
    if remove {
        remove_others(store, entries, &mut troubles).await?;
    }
    Ok(troubles)
}

/// What a finding means, and what to do.
#[must_use]
pub fn why(found: &Found) -> String {
    match found {
        Found::Installed => "its triggers are in place.".to_owned(),
        Found::Missing => "its triggers will be made when a relay starts.".to_owned(),
        Found::NoTable => {
            "there is no such table. Create it; a running relay looks again every few seconds."
                .to_owned()
        }
        Found::NoColumn(name) => {
            format!("there is no column \"{name}\". Names are taken letter for letter.")
        }
        Found::NoKey => {
            "it has no primary key, so say with `key` which columns make a row.".to_owned()
        }
        Found::NoRight => {
            "the relay's role may not make triggers on it. GRANT TRIGGER on it to that role."
                .to_owned()
        }
    }
}

async fn install(store: &Store, entry: &WatchConfig) -> Result<Found, RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    tx.batch_execute(queries::WATCH_LOCK).await?;
    let (found, key) = look(&tx, entry).await?;
    if found != Found::Missing {
        return Ok(found);
    }
    let json = |names: &Option<Vec<String>>| serde_json::to_string(names).unwrap_or_default();
    let (columns, key_json) = (json(&entry.columns), json(&Some(key.clone())));
    let present = installed(&tx).await?;
    for (name, rows, definition) in triggers(entry, &key) {
        let place = (entry.schema.clone(), entry.table.clone(), name.clone());
        if present.contains_key(&place) {
            drop_trigger(&tx, &place).await?;
        }
        let events: Vec<&str> = entry
            .operations
            .iter()
            .filter_map(|one| match one {
                Operation::Insert => Some("INSERT"),
                Operation::Update => Some("UPDATE"),
                Operation::Delete => Some("DELETE"),
                Operation::Truncate => None,
            })
            .collect();
        let (events, level) = if rows {
            (events.join(" OR "), "ROW")
        } else {
            ("TRUNCATE".to_owned(), "STATEMENT")
        };
        let statement = tx
            .query_one(
                queries::WATCH_CREATE,
                &[
                    &name,
                    &events,
                    &entry.schema,
                    &entry.table,
                    &level,
                    &entry.channel,
                    &columns,
                    &key_json,
                ],
            )
            .await?;
        tx.batch_execute(statement.get(0)).await?;
        let comment = tx
            .query_one(
                queries::WATCH_COMMENT,
                &[&name, &entry.schema, &entry.table, &definition],
            )
            .await?;
        tx.batch_execute(comment.get(0)).await?;
    }
    tx.execute(queries::WATCH_CHANNEL, &[&entry.channel])
        .await?;
    tx.commit().await?;
    tracing::info!(table = entry.shown(), channel = entry.channel, "watching");
    Ok(Found::Missing)
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
    for place in present.into_keys() {
        let wanted = entries.iter().any(|entry| {
            (&entry.schema, &entry.table) == (&place.0, &place.1)
                && triggers(entry, &[])
                    .iter()
                    .any(|(name, ..)| *name == place.2)
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
        let (found, key) = look(&tx, entry).await?;
        told.good &= matches!(found, Found::Installed | Found::Missing);
        let _ = writeln!(
            text,
            "{} on channel {}: {}",
            entry.shown(),
            entry.channel,
            why(&found)
        );
        for (name, rows, _) in triggers(entry, &key) {
            let when = if rows {
                "after each changed row"
            } else {
                "after TRUNCATE"
            };
            let _ = writeln!(
                text,
                "  trigger {name}, {when}; events carry the key {key:?}"
            );
        }
    }
    let _ = writeln!(
        text,
        "The triggers run amend_watch_event() with the rights of its owner: writers need no right to Amend's tables. The relay needs \
        TRIGGER on each table, and must own it to remove its triggers again."
    );
    tx.commit().await?;
    Ok(told)
}
