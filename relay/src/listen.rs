//! Wake-ups for changes that others made, and the reads that follow them.
//!
//! Invariants: a wake-up carries no data, only where to look; after each (re)connect everything is looked at again, so that a missed
//! wake-up costs time and nothing else. Payloads: `r:ROOM[:RELAY]` and `u:USER[:RELAY]`; a relay passes over its own. Beside them `p:…` (and `q:…`,
//! a copy for those without NATS) is what relays tell each other of who is online, which is nowhere stored.

use crate::batch::RoomChanges;
use crate::bus::{Buses, Heard};
use crate::hub::{Hub, PRESENCE_TICK};
use crate::metrics::metrics;
use crate::store::Store;
use model::{RoomId, UserId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tracing::Instrument;
use uuid::Uuid;

/// The pause before a room that could not be read is tried again.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// How long a lost wake-up can go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Rooms of one look.
const LOOK_MAX: usize = 2000;

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
    let presence = payload
        .strip_prefix("p:")
        .or_else(|| payload.strip_prefix("q:"));
    if let Some(message) = presence {
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
pub async fn listen(bus: Arc<Buses>, hub: Arc<Hub>, own: Uuid) {
    // Drained as fast as it is filled: the hub never waits.
    let (ear, mut heard) = mpsc::unbounded_channel();
    let take = async {
        while let Some((by, heard)) = heard.recv().await {
            match heard {
                Heard::Connected => hub.all_woken(),
                Heard::Payload(payload) => {
                    let payload = bus.sort(by, payload);
                    if let Some(wake_up) = payload.and_then(|payload| parse(&payload, own)) {
                        metrics().woken(&wake_up, by);
                        wake(&hub, wake_up);
                    }
                }
            }
        }
    };
    tokio::join!(bus.listen(ear), take);
}

fn wake(hub: &Hub, wake_up: WakeUp) {
    match wake_up {
        WakeUp::Room(room) => hub.woken(room),
        WakeUp::User(user) => hub.memberships_changed(user),
        WakeUp::Watch => hub.wake_watch(),
        WakeUp::Presence(message) => hub.presence_heard(&message),
    }
}

/// Looks for rooms that have moved on without a wake-up: one whose relay died after its commit, or that a bus lost.
pub async fn look_again(store: Store, hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for some in hub.cursors().chunks(LOOK_MAX) {
            match store.moved_on(some).await {
                Ok(rooms) => {
                    for room in rooms {
                        metrics().found_behind.inc();
                        hub.woken(room);
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "could not look for rooms that have moved on");
                    break;
                }
            }
        }
    }
}

/// Tells who is online a few times a second: the sessions at once, the other relays as fast as the bus takes it.
pub async fn tell_presence(bus: Arc<Buses>, hub: Arc<Hub>) {
    let tick = async {
        let mut ticks = tokio::time::interval(PRESENCE_TICK);
        loop {
            ticks.tick().await;
            hub.tell_presence();
        }
    };
    let announce = async {
        let mut ticks = tokio::time::interval(PRESENCE_TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let messages = hub.presence_messages();
            bus.announce(messages.into_iter().map(|message| format!("p:{message}")));
        }
    };
    tokio::join!(tick, announce);
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
            tokio::time::sleep(READ_PAUSE).await;
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
