//! The one event: which rows of the local database changed.
//!
//! Invariant: an event may say too much, never too little. Batches that pile up while the page is busy go out as one;
//! if some were missed, everything counts as changed.

use crate::{accounts, retitle};
use model::view::{RowEvent, Table};
use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// Passes one account's row events on until its client closes.
pub(crate) async fn forward(app: AppHandle, profile: String, mut events: Receiver<RowEvent>) {
    while let Some(event) = next(&mut events).await {
        let account = event.tables.contains(&Table::Account);
        accounts::rows_changed(&app, &profile, event);
        if account {
            retitle(&app).await;
        }
    }
}

/// Tells the page.
pub(crate) fn emit(app: &AppHandle, event: &RowEvent) {
    if let Err(error) = app.emit("rows", event) {
        tracing::error!(%error, "the page could not be told of changed rows");
    }
}

/// The next event, together with all that wait behind it. None: the client is closed.
async fn next(events: &mut Receiver<RowEvent>) -> Option<RowEvent> {
    let mut event = match events.recv().await {
        Ok(event) => event,
        Err(RecvError::Lagged(_)) => everything(),
        Err(RecvError::Closed) => return None,
    };
    loop {
        match events.try_recv() {
            Ok(more) => event = merge(event, more),
            Err(TryRecvError::Lagged(_)) => event = everything(),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(event),
        }
    }
}

/// Any row may have changed.
pub(crate) fn everything() -> RowEvent {
    RowEvent {
        tables: vec![
            Table::Account,
            Table::Room,
            Table::Member,
            Table::Message,
            Table::Outbox,
            Table::Presence,
            Table::Typing,
            Table::Person,
            Table::RoomPref,
            Table::Directory,
            Table::Connection,
            Table::Cursor,
            Table::Reaction,
            Table::ReadMarker,
            Table::Recovered,
            Table::Draft,
            Table::MessageVersion,
            Table::Exchange,
            Table::DraftFile,
            Table::Blob,
            Table::Upload,
            Table::Notice,
            Table::Index,
            Table::DraftFile,
            Table::Blob,
            Table::Upload,
            Table::Setting,
        ],
        rooms: Vec::new(),
        rooms_unknown: true,
    }
}

fn merge(mut first: RowEvent, second: RowEvent) -> RowEvent {
    first.rooms_unknown |= second.rooms_unknown;
    for room in second.rooms {
        if !first.rooms.contains(&room) {
            first.rooms.push(room);
        }
    }
    for table in second.tables {
        if !first.tables.contains(&table) {
            first.tables.push(table);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::RoomId;
    use tokio::sync::broadcast;

    fn room(n: u8) -> RoomId {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
            .parse()
            .expect("an id")
    }

    fn event(tables: &[Table], rooms: &[RoomId]) -> RowEvent {
        RowEvent {
            tables: tables.to_vec(),
            rooms: rooms.to_vec(),
            rooms_unknown: false,
        }
    }

    #[tokio::test]
    async fn what_piles_up_goes_out_as_one() {
        let (sender, mut events) = broadcast::channel(8);
        for one in [
            event(&[Table::Message], &[room(1)]),
            event(&[Table::Connection], &[]),
            event(&[Table::Message, Table::Outbox], &[room(2), room(1)]),
        ] {
            sender.send(one).expect("a receiver");
        }
        let merged = next(&mut events).await.expect("an event");
        assert_eq!(
            merged,
            event(
                &[Table::Message, Table::Connection, Table::Outbox],
                &[room(1), room(2)]
            )
        );
        drop(sender);
        assert_eq!(next(&mut events).await, None);
    }

    #[tokio::test]
    async fn what_was_missed_counts_as_changed() {
        let (sender, mut events) = broadcast::channel(2);
        for _ in 0..5 {
            sender
                .send(event(&[Table::Message], &[room(1)]))
                .expect("a receiver");
        }
        let event = next(&mut events).await.expect("an event");
        assert!(event.rooms_unknown);
        assert_eq!(event.tables, everything().tables);
    }

    #[test]
    fn rows_of_an_unknown_room_stay_unknown() {
        let mut unknown = event(&[Table::Member], &[]);
        unknown.rooms_unknown = true;
        assert!(merge(unknown, event(&[Table::Message], &[room(1)])).rooms_unknown);
    }
}
