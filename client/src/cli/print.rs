//! Printing, for people and for programs.

use client::Client;
use model::RoomId;
use model::view::{Connection, Delivery, Table, TimelineItem};
use std::collections::HashMap;
use std::io::Write;
use tokio::sync::broadcast::error::RecvError;

/// Prints the rooms, a line each.
pub(crate) async fn rooms(client: &Client) -> anyhow::Result<()> {
    let rooms = client.rooms().await?;
    if rooms.is_empty() {
        eprintln!(
            "You are in no room yet. Make one with `amend rooms create NAME`, or join one with `amend rooms join NAME`."
        );
    }
    for room in rooms {
        let state = match (&room.failed, room.pending) {
            (Some(failed), _) => format!("  (refused: {})", failed.reason),
            (None, true) => "  (waiting for the relay)".to_owned(),
            (None, false) => String::new(),
        };
        line(&format!("{}  {}{state}", room.id, plain(&room.name)))?;
    }
    Ok(())
}

/// Prints where the account is signed in, a line each.
pub(crate) async fn sessions(client: &Client) -> anyhow::Result<()> {
    for session in client.sessions().await? {
        let current = if session.current { "  (this one)" } else { "" };
        line(&format!(
            "{}  {}{current}",
            session.id,
            plain(&session.label)
        ))?;
    }
    Ok(())
}

/// Prints account, connection and outbox.
pub(crate) async fn status(client: &Client) -> anyhow::Result<()> {
    let Some(account) = client.account().await? else {
        line("Signed out.")?;
        return Ok(());
    };
    line(&format!(
        "Account:    {} at {}",
        plain(&account.name),
        account.relay
    ))?;
    // What a fresh start finds says nothing; give the first try its time.
    super::wait::until_level(client, std::time::Duration::from_secs(3)).await?;
    let status = client.status().await?;
    let connection = match status.connection {
        Connection::Online => "online".to_owned(),
        Connection::CatchingUp => "catching up".to_owned(),
        Connection::Connecting => "connecting".to_owned(),
        Connection::Offline { reason } => format!("offline. {reason}"),
        Connection::SignedOut { reason } => format!("signed out. {reason}"),
    };
    line(&format!("Connection: {connection}"))?;
    line(&format!(
        "Outbox:     {} waiting, {} refused",
        status.waiting, status.failed
    ))?;
    if let Some(fetching) = status.fetching {
        line(&format!(
            "History:    older messages of {} rooms are still to be fetched (about {} % are here)",
            fetching.rooms, fetching.percent
        ))?;
    }
    Ok(())
}

/// Prints a room's newest messages, and with `follow` each one that is new or changes.
pub(crate) async fn tail(
    client: &Client,
    room: RoomId,
    lines: u32,
    follow: bool,
    json: bool,
) -> anyhow::Result<()> {
    let mut events = client.events();
    if !follow {
        super::wait::until_level(client, std::time::Duration::from_secs(3)).await?;
    }
    let mut shown: HashMap<model::MessageId, TimelineItem> = HashMap::new();
    loop {
        for item in client.timeline(room, None, lines).await?.items {
            if shown.get(&item.id) != Some(&item) {
                line(&if json {
                    as_json(&item)?
                } else {
                    as_text(&item)
                })?;
                shown.insert(item.id, item);
            }
        }
        if !follow {
            return Ok(());
        }
        // Wait for something that this room's timeline can show.
        loop {
            match events.recv().await {
                Ok(event) if !event.tables.contains(&Table::Message) => {}
                Ok(event) if !event.rooms_unknown && !event.rooms.contains(&room) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}

fn as_json(item: &TimelineItem) -> anyhow::Result<String> {
    let (delivery, reason) = match &item.delivery {
        Delivery::Sent => ("sent", None),
        Delivery::Pending => ("pending", None),
        Delivery::Failed(failed) => ("failed", Some(failed.reason.clone())),
    };
    Ok(serde_json::to_string(&serde_json::json!({
        "id": item.id,
        "position": item.position,
        "author": item.author_name,
        "body": item.body,
        "edited": item.edited_at.is_some(),
        "deleted": item.deleted,
        "attachments": item.attachments,
        "delivery": delivery,
        "reason": reason,
    }))?)
}

fn as_text(item: &TimelineItem) -> String {
    let mut text = format!("{}  {}: ", item.id, plain(&item.author_name));
    if item.deleted {
        text.push_str("(deleted)");
    } else {
        // Further lines stand under the first one.
        text.push_str(&plain(&item.body).replace('\n', "\n    "));
        if item.edited_at.is_some() {
            text.push_str("  (edited)");
        }
    }
    for file in &item.attachments {
        let (name, bytes) = (plain(&file.name), file.bytes);
        text.push_str(&format!("\n    [{name}, {bytes} bytes]"));
    }
    match &item.delivery {
        Delivery::Sent => {}
        Delivery::Pending => text.push_str("  (waiting for the relay)"),
        Delivery::Failed(failed) => {
            text.push_str(&format!("  (refused: {}", failed.reason));
            match &failed.text {
                Some(refused) if *refused != item.body => {
                    text.push_str(&format!(" Your text: {})", plain(refused)));
                }
                _ => text.push(')'),
            }
        }
    }
    text
}

/// Without what a terminal would take for a command of its own: a message must not move the reader's cursor.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Prints a line; a reader that went away (`| head`) is not an error worth a panic.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}
