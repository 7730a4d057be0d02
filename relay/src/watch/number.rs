//! Positions for committed events, and reading them.
//!
//! Order: a transaction takes a number when it commits (a deferred trigger, without a lock), higher than those of all that have committed
//! before it began to; the relay that holds the lock numbers all committed events that have no position yet, transaction by transaction, in
//! that order. What becomes visible after a look gets a higher position anyway. Two transactions that commit at the same instant may
//! come in either order, unless one waited for the other or saw what it wrote.

use crate::RelayError;
use crate::store::{Param, Store, queries};
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
    let waiting = connection.query_one(queries::WATCH_UNNUMBERED, &[]).await?;
    if !waiting.get::<_, bool>(0) {
        return Ok(false);
    }
    let tx = connection.transaction().await?;
    let locked = tx.query_one(queries::WATCH_NUMBER_LOCK, &[]).await?;
    if !locked.get::<_, bool>(0) {
        return Ok(false);
    }
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

/// What a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A frame: larger rows are left out.
    Frame,
    /// HTTP: a row may be of any size, and then it comes alone.
    Http,
}

impl For {
    /// The bytes within which the last event begins, and those of the largest row.
    fn limits(self) -> (i64, i64) {
        let bytes = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        match self {
            Self::Frame => (bytes(FRAME_ROW_MAX / 2), bytes(FRAME_ROW_MAX)),
            Self::Http => (bytes(FRAME_ROW_MAX), i64::MAX),
        }
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
    page: For,
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
    let (bytes, row_bytes) = page.limits();
    let wanted: [Param<'_>; 5] = [&channel, &after, &EVENTS_MAX, &bytes, &row_bytes];
    let rows = connection.query(queries::WATCH_EVENTS, &wanted).await?;
    // What was pruned since the state was read leaves a gap, which is no history.
    let joins_on = |(event, position): &(ChannelEvent, i64)| event.position == *position;
    let events: Vec<ChannelEvent> = rows
        .iter()
        .map(|row| event(row, page))
        .zip(after.saturating_add(1)..)
        .take_while(joins_on)
        .map(|(event, _)| event)
        .collect();
    if events.is_empty() && after < last {
        return Ok(None);
    }
    let through = events.last().map_or(after, |event| event.position);
    Ok(Some(EventsPage {
        events,
        through,
        more: through < last,
    }))
}

fn event(row: &tokio_postgres::Row, page: For) -> ChannelEvent {
    let key = |text: Option<String>| {
        text.filter(|text| page == For::Http || text.len() <= FRAME_ROW_MAX / 4)
    };
    ChannelEvent {
        position: row.get(0),
        operation: row.get(1),
        schema: row.get(2),
        table: row.get(3),
        key: key(row.get(4)),
        row: row.get(5),
        at: Millis(row.get(6)),
        large: row.get(7),
        old_key: key(row.get(8)),
    }
}
