//! The host's commands for one person's name and data.

use super::accounts::Who;
use super::database::with_store;
use anyhow::Context;
use clap::{Args, ValueEnum};
use relay::admin;
use relay::admin::erase::Messages;
use relay::config::Config;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Rename {
    #[command(flatten)]
    who: Who,
    /// The new name.
    new: String,
}

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    who: Who,
    /// Write it to this file; without it to standard output.
    #[arg(long)]
    to: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    who: Who,
    /// What becomes of what they wrote.
    #[arg(long, value_enum, default_value_t = Choice::Clear)]
    messages: Choice,
    /// Do it; it can't be undone.
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    /// The texts go, with all their versions, on every device.
    Clear,
    /// They stay, under the name of nobody.
    Keep,
}

pub(crate) async fn rename(config: Config, how: Rename) -> anyhow::Result<()> {
    with_store(how.who.database, config, async |store| {
        let account = admin::find(store, &how.who.name).await?;
        admin::rename(store, account.id, &how.new).await?;
        println!("{} is now called {}.", account.name, how.new);
        Ok(())
    })
    .await
}

pub(crate) async fn export(config: Config, how: Export) -> anyhow::Result<()> {
    with_store(how.who.database, config, async |store| {
        let account = admin::find(store, &how.who.name).await?;
        let Some(path) = &how.to else {
            let mut out = std::io::stdout().lock();
            admin::export::export(store, account.id, &mut out).await?;
            return Ok(());
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| {
                format!(
                    "{} could not be made. Choose a file that is not there yet.",
                    path.display()
                )
            })?;
        let mut file = BufWriter::new(file);
        let lines = admin::export::export(store, account.id, &mut file).await?;
        file.flush()?;
        println!("Wrote {lines} lines to {}.", path.display());
        Ok(())
    })
    .await
}

pub(crate) async fn erase(config: Config, how: Erase) -> anyhow::Result<()> {
    with_store(how.who.database, config, async |store| {
        let account = admin::find(store, &how.who.name).await?;
        let messages = match how.messages {
            Choice::Clear => Messages::Clear,
            Choice::Keep => Messages::Keep,
        };
        anyhow::ensure!(
            how.yes,
            "This erases {} ({}) for good: account, sessions, name, reactions{}. Nothing was changed. Add --yes to do it; `amend-relay user export` first keeps a copy.",
            account.name,
            account.id,
            if messages == Messages::Clear {
                " and all that they wrote"
            } else {
                "; what they wrote stays under the name of nobody"
            }
        );
        let done = admin::erase::erase(store, account.id, messages).await?;
        println!(
            "Erased. In {} rooms stands \"{}\" now; {} messages were cleared.",
            done.rooms, done.name, done.messages
        );
        if done.edits_left > 0 {
            println!(
                "{} messages of others have a text that they edited last; these stay.",
                done.edits_left
            );
        }
        println!(
            "Backups from before still hold the data: remove them in their time, and erase again after restoring one."
        );
        Ok(())
    })
    .await
}
