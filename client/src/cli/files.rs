//! `amend get`: a message's files, fetched if they are not here, and copied to where the person wants them.

use super::{find_message, wait};
use anyhow::bail;
use client::Client;
use model::view::FileHere;
use model::{Attachment, MessageId, RoomId};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Attaches files to the message that is written next.
pub(crate) async fn attach(client: &Client, room: RoomId, paths: &[PathBuf]) -> anyhow::Result<()> {
    let mut attached = Vec::new();
    for path in paths {
        match client.attach(room, path).await {
            Ok(file) => attached.push(file.hash),
            Err(error) => {
                // All or none.
                for hash in attached {
                    client.detach(room, hash).await?;
                }
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// Copies the files of a message, or the one that is called so, into a folder; prints where they are.
pub(crate) async fn get(
    client: &Client,
    message: MessageId,
    name: Option<&str>,
    folder: &Path,
    time: Duration,
) -> anyhow::Result<()> {
    let (room, row) = find_message(client, message).await?;
    let wanted = |file: &&Attachment| name.is_none_or(|name| file.name == name);
    let files: Vec<&Attachment> = row.attachments.iter().filter(wanted).collect();
    if files.is_empty() {
        bail!("This message has no such file. `amend tail` shows what it has.");
    }
    for file in &files {
        if client.file_here(file.hash).await? != FileHere::Whole {
            client.fetch_file(room, file.hash, file.bytes).await?;
        }
    }
    for file in files {
        match wait::until_here(client, file.hash, time).await? {
            FileHere::Whole => {
                let path = client.save_file(file, folder).await?;
                println!("{}", path.display());
            }
            FileHere::Failed { reason } => bail!("{}: {reason}", file.name),
            FileHere::Coming { received } => bail!(
                "{} is not here yet ({received} of {} bytes). It is fetched further the next time that Amend runs.",
                file.name,
                file.bytes
            ),
            FileHere::Absent => bail!("{} is not here. Try again.", file.name),
        }
    }
    Ok(())
}
