//! A real client in a process of its own, to be killed at any moment: takes one command a line and answers one line once the
//! local transaction has committed. See [`system_tests::soak::device`].

use anyhow::{Context, Result};
use client::Client;
use model::MessageId;
use std::path::PathBuf;
use system_tests::soak::device::{Answer, Command};

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().context("no folder")?);
    let (relay, name, password) = (
        args.next().context("no relay")?,
        args.next().context("no name")?,
        args.next().context("no password")?,
    );
    let client = Client::open(&folder).await?;
    if client.account().await?.is_none() {
        client.sign_in(&relay, &name, &password).await?;
    }
    // Reading blocks this thread alone; the client lives on the others.
    for line in std::io::stdin().lines() {
        let line = line?;
        let answer = perform(&client, serde_json::from_str(&line)?).await;
        println!("{}", serde_json::to_string(&answer)?);
    }
    client.close().await;
    Ok(())
}

async fn perform(client: &Client, command: Command) -> Answer {
    match try_perform(client, command).await {
        Ok(message) => Answer {
            written: message.is_some(),
            message,
        },
        Err(_) => Answer::default(),
    }
}

/// The message that was written, if there is one to write.
async fn try_perform(client: &Client, command: Command) -> Result<Option<MessageId>> {
    Ok(match command {
        Command::Post { room, text } => Some(client.post(room, &text).await?),
        Command::Edit { room, back, token } => {
            let Some(item) = pick(client, room, back).await? else {
                return Ok(None);
            };
            let mut words: Vec<&str> = item.body.split(' ').collect();
            let at = back % words.len();
            // Words that are put in go together with others'; words that are replaced by two people are a conflict.
            if back % 2 == 0 {
                words.insert(at, &token);
            } else {
                words[at] = &token;
            }
            let base = (item.rev, item.body.as_str());
            client
                .edit(room, item.id, base, &words.join(" "), None)
                .await?;
            Some(item.id)
        }
        Command::Delete { room, back } => {
            let Some(item) = pick(client, room, back).await? else {
                return Ok(None);
            };
            client.delete(room, item.id).await?;
            Some(item.id)
        }
        Command::React { room, back, on } => {
            let Some(item) = pick(client, room, back).await? else {
                return Ok(None);
            };
            client.react(room, item.id, "👍", on).await?;
            Some(item.id)
        }
        Command::MarkRead { room } => {
            let items = client.timeline(room, None, 1).await?.items;
            let Some(position) = items.last().and_then(|item| item.position) else {
                return Ok(None);
            };
            client.mark_read(room, position).await?;
            items.last().map(|item| item.id)
        }
        Command::Join { room } => {
            client.browse().await?;
            client.join(room).await?;
            Some(MessageId(room.0))
        }
        Command::CreateRoom { name } => Some(MessageId(client.create_room(&name, "").await?.0)),
        Command::Wake => {
            client.network_changed().await;
            None
        }
    })
}

/// The message so far back from the newest.
async fn pick(
    client: &Client,
    room: model::RoomId,
    back: usize,
) -> Result<Option<model::view::TimelineItem>> {
    let mut items = client.timeline(room, None, 8).await?.items;
    items.retain(|item| !item.deleted);
    let at = items.len().checked_sub(1 + back % 8);
    Ok(at.map(|at| items.swap_remove(at)))
}
