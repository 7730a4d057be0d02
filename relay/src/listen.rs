//! Wake-ups for changes that others made, and the reads that follow them.
//!
//! Invariants: a wake-up carries no data, only where to look; after each (re)connect everything is looked at again, so that a missed
//! wake-up costs time and nothing else. Payloads: `r:ROOM[:RELAY]` and `u:USER[:RELAY]`; a relay passes over its own. Beside them `p:…` is
//! what relays tell each other of who is online, which is nowhere stored.

use crate::batch::RoomChanges;
use crate::hub::{Hub, PRESENCE_TICK};
use crate::metrics::metrics;
use crate::store::{Store, queries};
use model::{RoomId, UserId};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};
use tracing::Instrument;
use uuid::Uuid;

/// The pause before a lost connection is opened again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// Rooms that are read at the same time: leaves connections for the sessions.
const READS_MAX: usize = 4;

/// What a wake-up is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WakeUp {
    /// A room changed.
    Room(RoomId),
    /// A person's memberships changed.
    User(UserId),
    /// Who is online at another relay.
    Presence(String),
    /// A watched table changed, or its events were numbered.
    Watch,
}

/// Reads a payload; `None` for our own and for what we don't know.
#[must_use]
pub fn parse(payload: &str, own: Uuid) -> Option<WakeUp> {
    if let Some(message) = payload.strip_prefix("p:") {
        return Some(WakeUp::Presence(message.to_owned()));
    }
    let mut parts = payload.split(':');
    let kind = parts.next()?;
    if kind == "w" {
        return Some(WakeUp::Watch);
    }
    let id: Uuid = parts.next()?.parse().ok()?;
    if parts.next().is_some_and(|relay| relay.parse() == Ok(own)) {
        return None;
    }
    match kind {
        "r" => Some(WakeUp::Room(RoomId(id))),
        "u" => Some(WakeUp::User(UserId(id))),
        _ => None,
    }
}

/// Listens for ever, through lost connections.
pub async fn listen(store: Store, hub: Arc<Hub>) {
    loop {
        if let Err(error) = listen_once(&store, &hub).await {
            tracing::warn!(%error, "not listening for wake-ups; trying again");
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn listen_once(store: &Store, hub: &Hub) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = store.config().connect(NoTls).await?;
    let (sender, mut wake_ups) = mpsc::unbounded_channel();
    // Driving the connection and waiting for LISTEN's answer must go on side by side. The channel is drained as fast as it is
    // filled: the hub never waits.
    let drive = async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(note))) => {
                    let _ = sender.send(note.payload().to_owned());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    };
    let take = async {
        client.batch_execute(queries::LISTEN).await?;
        hub.all_woken();
        while let Some(payload) = wake_ups.recv().await {
            let wake_up = parse(&payload, store.instance);
            if let Some(by) = &wake_up {
                metrics().woken(by);
            }
            match wake_up {
                Some(WakeUp::Room(room)) => hub.woken(room),
                Some(WakeUp::User(user)) => hub.memberships_changed(user),
                Some(WakeUp::Watch) => hub.wake_watch(),
                Some(WakeUp::Presence(message)) => hub.presence_heard(&message),
                None => {}
            }
        }
        Ok::<_, tokio_postgres::Error>(())
    };
    tokio::pin!(drive, take);
    tokio::select! {
        ended = &mut drive => ended,
        ended = &mut take => ended,
    }
}

/// Tells who is online a few times a second: the sessions at once, the other relays as fast as Postgres takes it.
pub async fn tell_presence(store: Store, hub: Arc<Hub>) {
    let tick = async {
        let mut ticks = tokio::time::interval(PRESENCE_TICK);
        loop {
            ticks.tick().await;
            hub.tell_presence();
        }
    };
    let publish = async {
        let mut ticks = tokio::time::interval(PRESENCE_TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let messages = hub.presence_messages();
            let payloads: Vec<String> = messages.iter().map(|one| format!("p:{one}")).collect();
            if payloads.is_empty() {
                continue;
            }
            // The others see by the numbers that they have missed something.
            if let Err(error) = store.notify(&payloads).await {
                tracing::debug!(%error, "who is online was not told to the other relays");
            }
        }
    };
    tokio::join!(tick, publish);
}

/// Reads the rooms that the hub wants to be read.
pub async fn read_rooms(store: Store, hub: Arc<Hub>, mut wanted: mpsc::UnboundedReceiver<RoomId>) {
    let permits = Arc::new(tokio::sync::Semaphore::new(READS_MAX));
    while let Some(room) = wanted.recv().await {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let (store, hub) = (store.clone(), Arc::clone(&hub));
        tokio::spawn(async move {
            let span = tracing::debug_span!("room.read", %room);
            read_room(&store, &hub, room).instrument(span).await;
            drop(permit);
        });
    }
}

async fn read_room(store: &Store, hub: &Hub, room: RoomId) {
    let Some(from) = hub.cursor(room) else {
        return hub.was_not_read(room, false);
    };
    match store.changes(room, from, None).await {
        Ok(Some(page)) if page.through > from => {
            let changes = RoomChanges {
                room,
                from,
                through: page.through,
                rows: page.rows,
            };
            hub.was_read(changes, page.more);
        }
        Ok(_) => hub.was_not_read(room, false),
        Err(error) => {
            tracing::warn!(%error, "a room could not be read; trying again");
            tokio::time::sleep(RECONNECT_PAUSE).await;
            hub.was_not_read(room, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_wake_ups_and_nonsense_are_passed_over() {
        let (own, other, id) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        assert_eq!(
            parse(&format!("r:{id}"), own),
            Some(WakeUp::Room(RoomId(id)))
        );
        assert_eq!(
            parse(&format!("u:{id}:{other}"), own),
            Some(WakeUp::User(UserId(id)))
        );
        assert_eq!(parse(&format!("r:{id}:{own}"), own), None);
        for nonsense in [
            "",
            "r",
            "r:",
            "r:x",
            "x:00000000-0000-0000-0000-000000000003",
        ] {
            assert_eq!(parse(nonsense, own), None, "{nonsense}");
        }
    }
}
