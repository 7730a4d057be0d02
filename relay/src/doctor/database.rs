//! What is looked at in the database.

use super::invariants::{self, Outcome};
use super::triggers::TRIGGERS;
use super::{Check, host};
use crate::backup::tables;
use crate::config::Config;
use crate::store::queries::doctor as queries;
use crate::store::{POOL_SIZE, Store, migrate};
use crate::watch::install;
use crate::{RelayError, clock};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, Row};

/// A version that has `xid8` and `gen_random_uuid`.
const POSTGRES_MIN: i32 = 130_000;

/// Clocks may differ so much, and so much if they must.
const SKEW_LITTLE_MS: i64 = 2_000;
const SKEW_MUCH_MS: i64 = 60_000;

pub(super) async fn examine(
    config: &Config,
    url: &str,
    patience: Duration,
    tell: &mut impl FnMut(Check),
) -> Result<(), RelayError> {
    let store = config.store(url)?;
    let mut connection = store.raw().await?;
    let client: &mut Client = &mut connection;
    server(client, tell).await?;
    let version = migrate::version(client).await?;
    rights(client, version, tell).await?;
    clocks(client, tell).await?;
    data_folder(client, tell).await;
    if !schema(version, tell) {
        return Ok(());
    }
    missing_tables(client, version, tell).await?;
    triggers(client, version, tell).await?;
    for invariant in invariants::ALL {
        let check = invariant_holds(client, invariant, patience).await;
        tell(check);
    }
    let row = client.query_typed_one(queries::BAD_INDEXES, &[]).await?;
    let what = "indexes";
    tell(match row.get::<_, i64>(0) {
        0 => Check::good(what, "all are valid"),
        bad => Check::bad(
            what,
            format!(
                "{bad} are not valid, such as {}. REINDEX them.",
                row.get::<_, String>(1)
            ),
        ),
    });
    drop(connection);
    tell(super::files::examine(config, &store).await);
    watched(&store, config, tell).await
}

async fn server(client: &Client, tell: &mut impl FnMut(Check)) -> Result<(), RelayError> {
    let row = client.query_typed_one(queries::SERVER, &[]).await?;
    let (version, number): (String, i32) = (row.get(0), row.get(1));
    let what = "Postgres";
    tell(if number < POSTGRES_MIN {
        Check::bad(
            what,
            format!("{version} is too old. Update it to 13 or later."),
        )
    } else {
        Check::good(what, format!("{version} answers"))
    });
    settings(&row, tell);
    let encoding: String = row.get(5);
    tell(if encoding == "UTF8" {
        Check::good("encoding", "UTF8")
    } else {
        Check::bad(
            "encoding",
            format!(
                "the database is {encoding}, which can't hold every message. Make one with ENCODING 'UTF8' and restore a backup into it."
            ),
        )
    });
    let what = "connections";
    let (may, others): (i32, i32) = (row.get(7), row.get(8));
    let needs = i32::try_from(POOL_SIZE).unwrap_or(i32::MAX) + 1;
    let says = format!(
        "a relay uses up to {needs}; Postgres takes {may}, of which others have {others} now"
    );
    tell(if may - others < needs {
        Check::warn(
            what,
            format!("{says}. Raise max_connections, or put a PgBouncer between."),
        )
    } else {
        Check::good(what, says)
    });
    Ok(())
}

/// Settings that lose what was acknowledged.
fn settings(row: &Row, tell: &mut impl FnMut(Check)) {
    let what = "durability";
    let before = [
        (2, "fsync", "A power cut can destroy the database."),
        (
            3,
            "full_page_writes",
            "A power cut can leave torn pages in the database.",
        ),
    ];
    let mut good = true;
    for (at, name, harm) in before {
        if row.get::<_, String>(at) == "off" {
            good = false;
            tell(Check::bad(
                what,
                format!("{name} is off. {harm} Set it to on."),
            ));
        }
    }
    if row.get::<_, String>(4) == "off" {
        good = false;
        tell(Check::warn(
            what,
            "synchronous_commit is off: a crash of Postgres can lose the last words that were acknowledged. Set it to on.",
        ));
    }
    if good {
        tell(Check::good(
            what,
            "what was acknowledged survives a power cut",
        ));
    }
    let what = "writing";
    tell(if row.get(6) {
        Check::bad(
            what,
            "the database is read-only (a standby, or default_transaction_read_only). Connect to the primary.",
        )
    } else {
        Check::good(what, "the database takes writes")
    });
}

async fn rights(
    client: &Client,
    version: i32,
    tell: &mut impl FnMut(Check),
) -> Result<(), RelayError> {
    let what = "rights";
    let row = client.query_typed_one(queries::RIGHTS, &[]).await?;
    let (role, schema): (String, String) = (row.get(0), row.get(1));
    let mut good = true;
    if schema.is_empty() || !row.get::<_, bool>(2) {
        good = false;
        tell(Check::bad(
            what,
            format!(
                "the role {role} may not make tables in the schema \"{schema}\": GRANT CREATE, USAGE on it."
            ),
        ));
    }
    if !row.get::<_, bool>(3) {
        good = false;
        tell(Check::bad(
            what,
            format!(
                "the role {role} may not run pg_control_system() and pg_control_checkpoint(): GRANT EXECUTE on them, by which a restored store is noticed."
            ),
        ));
    }
    let names: Vec<&str> = tables::of(version).collect();
    let others = client
        .query_typed(queries::NOT_OWNED, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    if let Some(one) = others.first() {
        good = false;
        tell(Check::bad(
            what,
            format!(
                "{} tables, such as {}, are not owned by {role}, so migrations and restores fail: ALTER TABLE … OWNER TO it.",
                others.len(),
                one.get::<_, String>(0)
            ),
        ));
    }
    if good {
        tell(Check::good(
            what,
            format!("{role} may migrate and make triggers in \"{schema}\""),
        ));
    }
    Ok(())
}

async fn clocks(client: &Client, tell: &mut impl FnMut(Check)) -> Result<(), RelayError> {
    let asked = Instant::now();
    let theirs = client.query_typed_one(queries::CLOCK, &[]).await?;
    let way = i64::try_from(asked.elapsed().as_millis() / 2).unwrap_or(0);
    let ours = clock::now().0 - way;
    let skew = (ours - theirs.get::<_, i64>(0)).abs();
    let what = "clocks";
    let says = format!("this machine's and Postgres's differ by {skew} ms");
    let how = "Run an NTP client on both: sessions expire and messages are stamped by them";
    tell(if skew > SKEW_MUCH_MS {
        Check::bad(what, format!("{says}. {how}."))
    } else if skew > SKEW_LITTLE_MS {
        Check::warn(what, format!("{says}. {how}."))
    } else {
        Check::good(what, says)
    });
    Ok(())
}

/// Only where the role may ask, and the folder is on this machine.
async fn data_folder(client: &Client, tell: &mut impl FnMut(Check)) {
    let Ok(row) = client.query_typed_one(queries::DATA_FOLDER, &[]).await else {
        return;
    };
    let folder = std::path::PathBuf::from(row.get::<_, String>(0));
    if folder.is_dir() {
        tell(host::disk("disk of Postgres", &folder));
    }
}

/// Whether it can be looked into.
fn schema(version: i32, tell: &mut impl FnMut(Check)) -> bool {
    let what = "schema";
    let known = migrate::KNOWN;
    match version {
        0 => tell(Check::warn(
            what,
            "there is no Amend in this database yet; the first start of a relay makes it",
        )),
        version if version > known => tell(Check::bad(
            what,
            format!(
                "version {version} is of a newer amend-relay (this one knows up to {known}). Update it."
            ),
        )),
        version if version < known => tell(Check::warn(
            what,
            format!(
                "version {version} will be migrated to {known} at the next start, after a backup"
            ),
        )),
        version => tell(Check::good(what, format!("version {version}"))),
    }
    (1..=known).contains(&version)
}

async fn missing_tables(
    client: &Client,
    version: i32,
    tell: &mut impl FnMut(Check),
) -> Result<(), RelayError> {
    let names: Vec<&str> = tables::of(version).collect();
    let rows = client
        .query_typed(queries::TABLES_HERE, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    let here: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let missing: Vec<&str> = names
        .into_iter()
        .filter(|name| !here.iter().any(|one| one == name))
        .collect();
    tell(if missing.is_empty() {
        Check::good("tables", "all are there")
    } else {
        Check::bad(
            "tables",
            format!("{} is gone. Restore a backup.", missing.join(", ")),
        )
    });
    Ok(())
}

async fn triggers(
    client: &Client,
    version: i32,
    tell: &mut impl FnMut(Check),
) -> Result<(), RelayError> {
    let rows = client.query_typed(queries::TRIGGERS, &[]).await?;
    let found: BTreeMap<(String, String), bool> = rows
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    let what = "triggers";
    let mut good = true;
    for (table, trigger, since) in TRIGGERS {
        if *since > version {
            continue;
        }
        match found.get(&((*table).to_owned(), (*trigger).to_owned())) {
            Some(true) => {}
            Some(false) => {
                good = false;
                tell(Check::bad(
                    what,
                    format!(
                        "{trigger} on {table} is disabled, so plain SQL reaches nobody and keeps no earlier text: ALTER TABLE {table} ENABLE TRIGGER {trigger}."
                    ),
                ));
            }
            None => {
                good = false;
                tell(Check::bad(
                    what,
                    format!(
                        "{trigger} on {table} is gone. Restore a backup: it makes the triggers anew."
                    ),
                ));
            }
        }
    }
    if good {
        tell(Check::good(what, "all are there and enabled"));
    }
    Ok(())
}

async fn invariant_holds(
    client: &mut Client,
    invariant: &invariants::Invariant,
    patience: Duration,
) -> Check {
    let looked = async {
        let tx = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let bound = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        tx.query_typed(queries::BOUNDED, &[(&bound, Type::INT8)])
            .await?;
        let outcome = invariants::look(&tx, invariant).await?;
        tx.rollback().await?;
        Ok::<_, RelayError>(outcome)
    };
    let what = invariant.name;
    match looked.await {
        Ok(Outcome::True) => Check::good(what, "yes"),
        Ok(Outcome::Cut) => Check::warn(
            what,
            format!(
                "not known: the look was cut after {} s. Give it more with --seconds.",
                patience.as_secs()
            ),
        ),
        Ok(Outcome::Broken(count, example)) => {
            let says = format!("no: {count}, such as {example}. {}.", invariant.advice);
            if invariant.grave {
                Check::bad(what, says)
            } else {
                Check::warn(what, says)
            }
        }
        // An older schema lacks what some look at; everything else is worth telling.
        Err(error) => Check::warn(what, format!("not known: {error}")),
    }
}

async fn watched(
    store: &Store,
    config: &Config,
    tell: &mut impl FnMut(Check),
) -> Result<(), RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    for entry in &config.watch {
        let found = install::look(&tx, entry).await?.found;
        let what = format!("watched table {}", entry.shown());
        let why = install::why(&found);
        tell(match found {
            install::Found::Installed => Check::good(&what, why),
            install::Found::Missing => Check::warn(&what, why),
            _ => Check::bad(&what, why),
        });
    }
    tx.commit().await?;
    Ok(())
}
