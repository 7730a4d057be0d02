//! Rooms and their members, by the host. The host stands above the rules of [`model::decide`], but for direct rooms: who is in one is
//! what it is.

use super::run;
use crate::RelayError;
use crate::store::queries::admin as queries;
use crate::store::{RawParam, Store};
use model::{Role, RoomId, UserId};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A room, as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomEntry {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// `channel` or `direct`.
    pub kind: String,
    /// Nobody can write in it.
    pub archived: bool,
    /// People in it now.
    pub members: i64,
    /// Messages that are not deleted.
    pub messages: i64,
    /// When something was written last, in UTC.
    pub active: String,
}

/// Somebody who is or was in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    /// Their name.
    pub name: String,
    /// Their id.
    pub id: UserId,
    /// What they may do.
    pub role: String,
    /// They are in it now.
    pub present: bool,
}

/// All rooms.
///
/// # Errors
/// Postgres's own.
pub async fn list(store: &Store) -> Result<Vec<RoomEntry>, RelayError> {
    let connection = store.raw().await?;
    let rows = connection.query_typed(queries::ROOMS, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| RoomEntry {
            id: RoomId(row.get(0)),
            name: row.get(1),
            kind: row.get(2),
            archived: row.get(3),
            members: row.get(4),
            messages: row.get(5),
            active: row.get(6),
        })
        .collect())
}

/// The one room of this name (in any case of letters) or id.
///
/// # Errors
/// [`RelayError::NoSuchRoom`], [`RelayError::ManyRooms`] with their ids.
pub async fn find(store: &Store, name: &str) -> Result<(RoomId, bool), RelayError> {
    let connection = store.raw().await?;
    let rows = connection
        .query_typed(queries::FIND_ROOM, &[(&name, Type::TEXT)])
        .await?;
    match rows.as_slice() {
        [] => Err(RelayError::NoSuchRoom(name.to_owned())),
        [row] => Ok((RoomId(row.get(0)), row.get::<_, &str>(2) == "direct")),
        rows => {
            let ids: Vec<String> = rows
                .iter()
                .map(|row| RoomId(row.get(0)).to_string())
                .collect();
            Err(RelayError::ManyRooms(name.to_owned(), ids.join(", ")))
        }
    }
}

/// Who is and was in a room.
///
/// # Errors
/// Postgres's own.
pub async fn members(store: &Store, room: RoomId) -> Result<Vec<MemberEntry>, RelayError> {
    let connection = store.raw().await?;
    let rows = connection
        .query_typed(queries::ROOM_MEMBERS, &[(&room.0, Type::UUID)])
        .await?;
    Ok(rows
        .iter()
        .map(|row| MemberEntry {
            name: row.get(0),
            id: UserId(row.get(1)),
            role: row.get(2),
            present: row.get(3),
        })
        .collect())
}

/// Closes a room for writing, or opens it again.
///
/// # Errors
/// Postgres's own.
pub async fn set_archived(store: &Store, room: RoomId, archived: bool) -> Result<(), RelayError> {
    let params: [(RawParam<'_>, Type); 2] = [(&room.0, Type::UUID), (&archived, Type::BOOL)];
    write(store, room, queries::SET_ARCHIVED, &params).await?;
    Ok(())
}

/// Brings somebody into a room, whoever they were there before.
///
/// # Errors
/// Postgres's own.
pub async fn add_member(
    store: &Store,
    room: RoomId,
    user: UserId,
    role: Role,
) -> Result<(), RelayError> {
    let role = role.as_str();
    let params: [(RawParam<'_>, Type); 3] = [
        (&room.0, Type::UUID),
        (&user.0, Type::UUID),
        (&role, Type::TEXT),
    ];
    write(store, room, queries::ADD_MEMBER, &params).await?;
    Ok(())
}

/// Puts somebody out of a room; they come back by invitation only.
///
/// # Errors
/// [`RelayError::NotInRoom`], or Postgres's own.
pub async fn remove_member(store: &Store, room: RoomId, user: UserId) -> Result<(), RelayError> {
    let params: [(RawParam<'_>, Type); 2] = [(&room.0, Type::UUID), (&user.0, Type::UUID)];
    match write(store, room, queries::REMOVE_MEMBER, &params).await? {
        0 => Err(RelayError::NotInRoom),
        _ => Ok(()),
    }
}

/// Gives somebody who is in a room another role.
///
/// # Errors
/// [`RelayError::NotInRoom`], or Postgres's own.
pub async fn set_role(
    store: &Store,
    room: RoomId,
    user: UserId,
    role: Role,
) -> Result<(), RelayError> {
    let role = role.as_str();
    let params: [(RawParam<'_>, Type); 3] = [
        (&room.0, Type::UUID),
        (&user.0, Type::UUID),
        (&role, Type::TEXT),
    ];
    match write(store, room, queries::SET_ROLE, &params).await? {
        0 => Err(RelayError::NotInRoom),
        _ => Ok(()),
    }
}

/// One statement under the room's lock, which comes first as everywhere.
async fn write(
    store: &Store,
    room: RoomId,
    query: &str,
    params: &[(RawParam<'_>, Type)],
) -> Result<u64, RelayError> {
    let mut connection = store.raw().await?;
    let client: &mut Client = &mut connection;
    let tx = client.transaction().await?;
    run(&tx, queries::LOCK_ROOM, &[(&room.0, Type::UUID)]).await?;
    let changed = run(&tx, query, params).await?;
    tx.commit().await?;
    Ok(changed)
}
