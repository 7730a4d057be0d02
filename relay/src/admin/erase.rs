//! Erasure of one person's data: who they were, and by default what they wrote.
//!
//! Invariants: they are shut out first and lose their name last, so what was cut short can be asked for again by the same name;
//! room by room and in short transactions, so that nobody waits long; what goes is a tombstone or an empty text, so that every
//! client's copy goes too. What others wrote, also about them, stays.

use super::{run, wake};
use crate::RelayError;
use crate::backup::tables;
use crate::store::queries::admin as queries;
use crate::store::{RawParam, Store, migrate};
use model::{RoomId, UserId};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// Messages of one transaction: the room is locked as long as that takes.
const MESSAGES_AT_ONCE: i64 = 500;

/// What becomes of what they wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// It goes, with all its versions.
    Clear,
    /// It stays, under the name of nobody.
    Keep,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What stands in place of the name.
    pub name: String,
    /// Rooms in which there was something.
    pub rooms: usize,
    /// Messages that were cleared.
    pub messages: u64,
    /// Others' messages whose present text they edited last; these stay.
    pub edits_left: i64,
}

/// What stands in place of somebody's name.
#[must_use]
pub fn nobody(account: UserId) -> String {
    let id = account.to_string();
    let suffix: String = id
        .chars()
        .rev()
        .take(8)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    format!("deleted user {suffix}")
}

/// Erases it.
///
/// # Errors
/// Postgres's own; then it can be asked for again.
pub async fn erase(
    store: &Store,
    account: UserId,
    messages: Messages,
) -> Result<Erased, RelayError> {
    let mut connection = store.raw().await?;
    let client: &mut Client = &mut connection;
    shut_out(client, account).await?;
    let id: [(RawParam<'_>, Type); 1] = [(&account.0, Type::UUID)];
    let rooms = client.query_typed(queries::TRACES, &id).await?;
    let name = nobody(account);
    let mut cleared = 0;
    for row in &rooms {
        let room = RoomId(row.get(0));
        if messages == Messages::Clear {
            cleared += clear_messages(client, room, account).await?;
        }
        clear_room(client, room, account, messages, &name).await?;
    }
    let edits = client
        .query_typed_one(queries::EDITS_OF_OTHERS, &id)
        .await?;
    forget(client, account, &name).await?;
    Ok(Erased {
        name,
        rooms: rooms.len(),
        messages: cleared,
        edits_left: edits.get(0),
    })
}

/// From here on they can't sign in, and live sessions end.
async fn shut_out(client: &mut Client, account: UserId) -> Result<(), RelayError> {
    let id: [(RawParam<'_>, Type); 1] = [(&account.0, Type::UUID)];
    let tx = client.transaction().await?;
    for query in [
        queries::SHUT_OUT,
        queries::ERASE_SESSIONS,
        queries::ERASE_INVITES,
    ] {
        run(&tx, query, &id).await?;
    }
    Ok(tx.commit().await?)
}

async fn clear_messages(
    client: &mut Client,
    room: RoomId,
    account: UserId,
) -> Result<u64, RelayError> {
    let params: [(RawParam<'_>, Type); 3] = [
        (&room.0, Type::UUID),
        (&account.0, Type::UUID),
        (&MESSAGES_AT_ONCE, Type::INT8),
    ];
    let mut cleared = 0;
    loop {
        let tx = client.transaction().await?;
        run(&tx, queries::LOCK_ROOM, &params[..1]).await?;
        let now = run(&tx, queries::CLEAR_MESSAGES, &params).await?;
        tx.commit().await?;
        cleared += now;
        if now == 0 {
            return Ok(cleared);
        }
    }
}

async fn clear_room(
    client: &mut Client,
    room: RoomId,
    account: UserId,
    messages: Messages,
    name: &str,
) -> Result<(), RelayError> {
    let params: [(RawParam<'_>, Type); 3] = [
        (&room.0, Type::UUID),
        (&account.0, Type::UUID),
        (&name, Type::TEXT),
    ];
    let tx = client.transaction().await?;
    run(&tx, queries::LOCK_ROOM, &params[..1]).await?;
    if messages == Messages::Clear {
        // Also what the triggers have just kept of each text.
        run(&tx, queries::CLEAR_VERSIONS, &params[..2]).await?;
    }
    run(&tx, queries::CLEAR_REACTIONS, &params[..2]).await?;
    run(&tx, queries::CLEAR_MARKER, &params[..2]).await?;
    run(&tx, queries::CLEAR_MEMBER, &params).await?;
    Ok(tx.commit().await?)
}

/// The last: what their name could be found by.
async fn forget(client: &mut Client, account: UserId, name: &str) -> Result<(), RelayError> {
    let named: [(RawParam<'_>, Type); 2] = [(&account.0, Type::UUID), (&name, Type::TEXT)];
    let ours: Vec<&str> = tables::of(migrate::KNOWN).collect();
    let tx = client.transaction().await?;
    run(&tx, queries::ERASE_LEDGER, &named[..1]).await?;
    run(&tx, queries::ERASE_UPLOADS, &named[..1]).await?;
    run(&tx, queries::ERASE_BLOBS, &named[..1]).await?;
    run(&tx, queries::ERASE_IDENTITY, &named[..1]).await?;
    run(&tx, queries::RENAME_ACCOUNT, &named).await?;
    let events: [(RawParam<'_>, Type); 2] = [(&account.0, Type::UUID), (&ours, Type::TEXT_ARRAY)];
    run(&tx, queries::CLEAR_EVENTS, &events).await?;
    wake(&tx, account).await?;
    Ok(tx.commit().await?)
}
