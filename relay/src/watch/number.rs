//! Positions for committed events, and reading them.
//!
//! Order: the relay that holds the lock numbers all committed events that have no position yet, transaction by transaction, in the order of
//! each transaction's last event. A transaction that had to wait for a row of another one wrote its event after that one's commit, so its
//! last event has the higher id; what is committed after this look gets a higher position anyway.

use crate::RelayError;
use crate::store::{Store, queries};
use model::Millis;
use model::wire::ChannelEvent;

/// Events of one read.
pub const EVENTS_MAX: i64 = 200;

/// Gives committed events their positions; `true`: there were some.
///
/// # Errors
/// Postgres's own.
pub async fn number(store: &Store) -> Result<bool, RelayError> {
    let mut connection = store.connection().await?;
    let tx = connection.transaction().await?;
    tx.batch_execute(queries::WATCH_LOCK).await?;
    let numbered = tx.execute(queries::WATCH_NUMBER, &[]).await?;
    if numbered > 0 {
        tx.execute(queries::NOTIFY, &[&vec!["w:n"]]).await?;
    }
    tx.commit().await?;
    Ok(numbered > 0)
}

/// Forgets events that are older than so many days.
///
/// # Errors
/// Postgres's own.
pub async fn prune(store: &Store, days: u32) -> Result<(), RelayError> {
    let connection = store.connection().await?;
    connection
        .execute(queries::WATCH_PRUNE, &[&f64::from(days)])
        .await?;
    Ok(())
}

/// The events of a channel after a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsPage {
    /// In order.
    pub events: Vec<ChannelEvent>,
    /// How far they go.
    pub through: i64,
    /// There are more.
    pub more: bool,
}

/// Rows beyond this are not put into frames: as text within a text each quote takes two bytes.
const FRAME_ROW_MAX: usize = model::limits::CHANGES_MAX_BYTES / 2;

impl EventsPage {
    /// Without the rows that do not fit a frame.
    #[must_use]
    pub fn for_frame(mut self) -> Self {
        for event in &mut self.events {
            if event
                .row
                .as_ref()
                .is_some_and(|row| row.len() > FRAME_ROW_MAX)
            {
                event.row = None;
                event.large = true;
            }
            if event
                .key
                .as_ref()
                .is_some_and(|key| key.len() > FRAME_ROW_MAX / 4)
            {
                event.key = None;
                event.large = true;
            }
        }
        self
    }
}

/// Reads on; `after: None` asks for nothing but the present end. `None`: what was asked for is kept no more, or never was.
///
/// # Errors
/// Postgres's own.
pub async fn read(
    store: &Store,
    channel: &str,
    after: Option<i64>,
) -> Result<Option<EventsPage>, RelayError> {
    let connection = store.connection().await?;
    let state = connection
        .query_opt(queries::WATCH_STATE, &[&channel])
        .await?;
    let (last, pruned): (i64, i64) = state.map_or((0, 0), |row| (row.get(0), row.get(1)));
    let Some(after) = after else {
        return Ok(Some(EventsPage {
            events: Vec::new(),
            through: last,
            more: false,
        }));
    };
    if after < pruned || after > last {
        return Ok(None);
    }
    let rows = connection
        .query(queries::WATCH_EVENTS, &[&channel, &after, &EVENTS_MAX])
        .await?;
    let mut events = Vec::new();
    let (mut bytes, mut cut) = (0, i64::try_from(rows.len()).unwrap_or(0) == EVENTS_MAX);
    for row in &rows {
        let event = event(row);
        let size = 200
            + event.key.as_ref().map_or(0, String::len)
            + event.row.as_ref().map_or(0, String::len);
        if !events.is_empty() && bytes + size > model::limits::CHANGES_MAX_BYTES {
            cut = true;
            break;
        }
        bytes += size;
        events.push(event);
    }
    let through = events.last().map_or(after, |event| event.position);
    Ok(Some(EventsPage {
        events,
        through,
        more: cut,
    }))
}

fn event(row: &tokio_postgres::Row) -> ChannelEvent {
    ChannelEvent {
        position: row.get(0),
        operation: row.get(1),
        schema: row.get(2),
        table: row.get(3),
        key: row.get(4),
        row: row.get(5),
        large: false,
        at: Millis(row.get(6)),
    }
}
