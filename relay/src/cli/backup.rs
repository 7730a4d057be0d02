//! `backup`, `verify-backup` and `restore`.

use super::database::{Database, Opened};
use clap::Args;
use relay::backup::dump::{self, Taken, Target};
use relay::backup::restore::{self as restoring, Present};
use relay::backup::verify::{self as verifying, Found};
use relay::backup::{BackupError, folder};
use relay::config::Config;
use relay::store::Store;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(crate) struct Backup {
    /// The file; without it one that is named after the time, in the folder.
    #[arg(conflicts_with_all = ["to", "keep"])]
    file: Option<PathBuf>,
    /// The folder; without it that of the configuration.
    #[arg(long)]
    to: Option<PathBuf>,
    /// Remove all regular backups of the folder but the newest so many.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    #[command(flatten)]
    database: Database,
}

#[derive(Args)]
pub(crate) struct VerifyBackup {
    /// The file.
    file: PathBuf,
    /// Also load it into a schema of its own in the database, check what must be true of every store, and roll that back.
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    database: Database,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The file.
    file: PathBuf,
    /// Put it in the place of the Amend that is in the database, which is saved first.
    #[arg(long)]
    replace: bool,
    /// With --replace: do not save what is replaced.
    #[arg(long, requires = "replace")]
    without_backup: bool,
    #[command(flatten)]
    database: Database,
}

pub(crate) async fn backup(config: Config, how: Backup) -> anyhow::Result<()> {
    let config = how.database.over(config);
    let target = match (how.file, how.to) {
        (Some(file), _) => Target::File(file),
        (None, Some(folder)) => Target::Folder(folder),
        (None, None) => Target::Folder(config.backup_folder()?),
    };
    let taken = Opened::existing(&config)?
        .with(&config, async |store| take(store, &target).await)
        .await?;
    say(&taken);
    if let (Some(keep), Target::Folder(folder)) = (how.keep, &target) {
        for path in folder::rotate(folder, usize::from(keep))? {
            println!("Removed {}.", path.display());
        }
    }
    Ok(())
}

pub(crate) async fn verify(config: Config, how: VerifyBackup) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let found = verifying::verify(&how.file, |bytes| progress.say("read", bytes))?;
    progress.end();
    let shown = how.file.display();
    println!("{shown} is whole: {}.", of(&found));
    for (table, rows) in &found.rows {
        println!("{table}\t{rows}");
    }
    if how.deep {
        let config = how.database.over(config);
        Opened::existing(&config)?
            .with(&config, async |store| {
                let mut progress = Progress::new();
                restoring::rehearse(store, &how.file, |bytes| progress.say("loaded", bytes))
                    .await?;
                progress.end();
                Ok(())
            })
            .await?;
        println!(
            "It can be restored, and all that must be true of a store is true of it. Nothing was changed."
        );
    }
    Ok(())
}

pub(crate) async fn restore(config: Config, how: Restore) -> anyhow::Result<()> {
    let config = how.database.over(config);
    // What is wrong with the file is told before anything is started for it.
    verifying::verify(&how.file, |_| {})?;
    let present = if how.replace {
        Present::Replace
    } else {
        Present::Keep
    };
    Opened::new(&config, false)?
        .with(&config, async |store| {
            if present == Present::Replace && !how.without_backup {
                restoring::check_not_served(store).await?;
                save_first(store, &config.backup_folder()?).await?;
            }
            let mut progress = Progress::new();
            let said = |bytes| progress.say("loaded", bytes);
            let done = restoring::restore(store, &how.file, present, said).await?;
            progress.end();
            println!(
                "Restored {} rows of {}. The store's epoch is {} now (it was {}): every client offers again what it has written since.",
                done.rows, how.file.display(), done.epoch, done.header.epoch
            );
            Ok(())
        })
        .await
}

/// What is about to be replaced.
async fn save_first(store: &Store, folder: &Path) -> anyhow::Result<()> {
    match dump::take(store, &Target::Folder(folder.to_owned()), |_, _| {}).await {
        Ok(taken) => {
            say(&taken);
            Ok(())
        }
        Err(BackupError::NothingThere) => Ok(()),
        Err(error) => Err(anyhow::Error::from(error).context(
            "What is in the database could not be saved, so it was not replaced. Mend that, or add --without-backup",
        )),
    }
}

async fn take(store: &Store, target: &Target) -> anyhow::Result<Taken> {
    let mut progress = Progress::new();
    let said = |table: &str, bytes| progress.say(table, bytes);
    let taken = dump::take(store, target, said).await?;
    progress.end();
    Ok(taken)
}

fn say(taken: &Taken) {
    println!(
        "Saved {} rows in {} KiB to {}.",
        total(&taken.rows),
        taken.bytes.div_ceil(1024),
        taken.path.display()
    );
}

fn of(found: &Found) -> String {
    let header = &found.header;
    format!(
        "{} rows in {} KiB, schema version {}, epoch {}, taken {} by amend-relay {} on Postgres {}",
        total(&found.rows),
        found.bytes.div_ceil(1024),
        header.schema_version,
        header.epoch,
        header.made,
        header.program,
        header.postgres
    )
}

fn total(rows: &BTreeMap<String, u64>) -> u64 {
    rows.values().sum()
}

/// How far it is, on a terminal alone.
struct Progress {
    shown: bool,
    last: (String, u64),
}

impl Progress {
    fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            last: (String::new(), 0),
        }
    }

    fn say(&mut self, what: &str, bytes: u64) {
        let mib = bytes >> 20;
        if self.shown && (self.last.0 != what || self.last.1 != mib) {
            self.last = (what.to_owned(), mib);
            let mut to = std::io::stderr();
            let _ = write!(to, "\r\x1b[K{what}: {mib} MiB");
            let _ = to.flush();
        }
    }

    fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
