//! Waiting for conditions of the local database, woken by its row events; never longer than told.

use anyhow::{Context, bail};
use client::{Client, ClientError};
use model::view::{Connection, Delivery, FileHere, Status};
use model::{RoomId, Target};
use std::time::Duration;

/// Waits until `check` says something, looking again after each row event; `None` when the time is up.
async fn until<T, F>(client: &Client, time: Duration, check: F) -> anyhow::Result<Option<T>>
where
    F: AsyncFn() -> Result<Option<T>, ClientError>,
{
    let mut events = client.events();
    let deadline = tokio::time::Instant::now() + time;
    loop {
        if let Some(found) = check().await? {
            return Ok(Some(found));
        }
        // A lagging receiver is told so, which is reason enough to look again; a closed one can't happen while we hold the client.
        if tokio::time::timeout_at(deadline, events.recv())
            .await
            .is_err()
        {
            return Ok(None);
        }
    }
}

/// Waits until everything is pushed and fetched; `false` when that didn't happen in time or can't happen.
pub(crate) async fn until_level(client: &Client, time: Duration) -> anyhow::Result<bool> {
    let level = until(client, time, async || {
        let status = client.status().await?;
        Ok(match status {
            Status {
                connection: Connection::Online,
                waiting: 0,
                ..
            } => Some(true),
            Status {
                connection: Connection::SignedOut { .. },
                ..
            } => Some(false),
            _ => None,
        })
    })
    .await?;
    Ok(level.unwrap_or(false))
}

/// Why [`until_level`] said no.
pub(crate) async fn why_not(client: &Client) -> Result<String, ClientError> {
    let status = client.status().await?;
    let state = match status.connection {
        Connection::Online => "The relay is slow to answer.".to_owned(),
        Connection::CatchingUp => "There is more to fetch than fitted into the time.".to_owned(),
        Connection::Connecting => "The relay has not answered yet.".to_owned(),
        Connection::Offline { reason } | Connection::SignedOut { reason } => reason,
    };
    Ok(format!(
        "Not level with the relay: {state} {} changes are waiting in the outbox.",
        status.waiting
    ))
}

/// Waits until the relay has answered everything about a row, and says what became of it.
pub(crate) async fn until_answered(
    client: &Client,
    target: Target,
    time: Duration,
) -> anyhow::Result<Delivery> {
    let answered = until(client, time, async || {
        let delivery = delivery(client, target.clone()).await?;
        Ok(Some(delivery).filter(|delivery| *delivery != Delivery::Pending))
    })
    .await?;
    Ok(answered.unwrap_or(Delivery::Pending))
}

/// Waits until a file is here, or can't be had.
pub(crate) async fn until_here(
    client: &Client,
    hash: model::BlobHash,
    time: Duration,
) -> anyhow::Result<FileHere> {
    let settled = until(client, time, async || {
        let here = client.file_here(hash).await?;
        Ok(Some(here).filter(|here| !matches!(here, FileHere::Coming { .. })))
    })
    .await?;
    match settled {
        Some(here) => Ok(here),
        None => Ok(client.file_here(hash).await?),
    }
}

async fn delivery(client: &Client, target: Target) -> Result<Delivery, ClientError> {
    client
        .db()
        .read(move |db| {
            if let Some(failed) = client::outbox::Entry::first_failed(db, &target)? {
                return Ok(Delivery::Failed(failed));
            }
            let waiting = !client::outbox::Entry::of_target(db, &target)?.is_empty();
            Ok(if waiting {
                Delivery::Pending
            } else {
                Delivery::Sent
            })
        })
        .await
}

/// Finds a channel in the directory, asking the relay for a fresh one.
pub(crate) async fn directory_room(
    client: &Client,
    wanted: &str,
    time: Duration,
) -> anyhow::Result<RoomId> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    client.browse().await?;
    let found = until(client, time, async || {
        let directory = client.directory().await?;
        let named: Vec<RoomId> = directory
            .iter()
            .filter(|room| room.name.eq_ignore_ascii_case(wanted.trim()))
            .map(|room| room.id)
            .collect();
        Ok(Some(named).filter(|named| !named.is_empty()))
    })
    .await?
    .with_context(|| {
        format!("The relay has no channel \"{wanted}\". Check the name, or make it with `amend rooms create \"{wanted}\"`.")
    })?;
    match found.as_slice() {
        [one] => Ok(*one),
        _ => {
            bail!("Several channels are called \"{wanted}\". Give the id of the one that you mean.")
        }
    }
}
