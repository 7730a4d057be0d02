//! Reading what is kept: from the living database for the backup, and from a damaged one for what is still in it.
//!
//! Invariant: of a damaged database only rows that fit their checksums are taken; a page that can't be read ends the reading
//! from one side, and it is begun again from the other.

use super::{Header, Kept, KeptAccount, KeptDraft, KeptOp, Refused, check};
use crate::ClientError;
use crate::db::rows::{self, Blob};
use crate::db::{checksum, cipher, migrate, queries, seal::Seal};
use crate::vault::Key;
use crate::views;
use model::{Op, RoomId, Row, Seq, UserId};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// What was found in a damaged database.
#[derive(Debug, Default)]
pub(crate) struct Salvaged {
    pub(crate) kept: Kept,
    /// Rooms and members, with seq 0: they are the relay's, and here only until it has told them again.
    pub(crate) rows: Vec<Row>,
    /// The rooms that we are in.
    pub(crate) joined: Vec<Uuid>,
}

/// What the backup holds, read from the living database.
///
/// # Errors
/// [`ClientError::Damaged`] if a row of it can't be read; SQLite's own.
pub(crate) fn keep(connection: &Connection) -> Result<Kept, ClientError> {
    let kept = read(connection)?;
    if kept.whole {
        Ok(kept)
    } else {
        Err(ClientError::Damaged(
            "a row of the outbox, a draft or a refused text can't be read".to_owned(),
        ))
    }
}

/// What can be read of a damaged database, from a copy of it, as reading a log writes beside it.
pub(crate) fn salvage(path: &Path, key: Option<&Key>) -> Salvaged {
    let folder = path.with_extension("salvage");
    let _ = std::fs::remove_dir_all(&folder);
    let found = copy(path, &folder).and_then(|copy| {
        let mut connection = Connection::open(&copy)?;
        cipher::unlock(&connection, key)?;
        checksum::install(&connection)?;
        // One from before the checksums; if that can't be done, the queries say so.
        let _ = migrate::apply(&mut connection);
        let mut kept = read(&connection)?;
        kept.ops
            .retain(|op| serde_json::from_str::<Op>(&op.op).is_ok());
        kept.whole &= structure_holds(&connection);
        Ok(Salvaged {
            kept,
            rows: rooms_and_members(&connection),
            joined: joined(&connection),
        })
    });
    let _ = std::fs::remove_dir_all(&folder);
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "nothing could be salvaged from the damaged database");
        Salvaged::default()
    })
}

fn copy(path: &Path, folder: &Path) -> Result<std::path::PathBuf, ClientError> {
    let copy = folder.join("copy.db");
    let all = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::copy(path, &copy)?;
        let log = check::beside(path, "-wal");
        if log.exists() {
            std::fs::copy(log, check::beside(&copy, "-wal"))?;
        }
        Ok(())
    };
    all().map_err(|error| ClientError::file(path, error))?;
    Ok(copy)
}

/// Pages can be lost without an error, so that a table only looks shorter.
fn structure_holds(connection: &Connection) -> bool {
    queries::CHECK_KEPT.iter().all(|query| {
        let said = connection.query_row(query, [], |row| row.get::<_, String>(0));
        said.is_ok_and(|said| said == "ok")
    })
}

fn read(connection: &Connection) -> Result<Kept, ClientError> {
    let mut whole = true;
    let outbox = scan(connection, queries::KEPT_OUTBOX, &mut whole, op);
    let recovered = scan(connection, queries::KEPT_RECOVERED, &mut whole, |row| {
        Ok(KeptOp {
            refused: Some(Refused {
                author_id: row.get::<_, Option<Blob>>(8)?.map(|id| id.0),
                code: row.get(9)?,
                reason: row.get(10)?,
                recovered_at: row.get(11)?,
            }),
            ..op(row)?
        })
    });
    let drafts = scan(connection, queries::KEPT_DRAFTS, &mut whole, |row| {
        Ok(KeptDraft {
            room_id: row.get::<_, Blob>(2)?.0,
            message_id: row.get::<_, Option<Blob>>(3)?.map(|id| id.0),
            base: row.get(4)?,
            text: row.get(5)?,
            changed_at: row.get(6)?,
        })
    });
    let seal = Seal::read(connection);
    let account = views::account(connection);
    whole &= seal.is_ok() && account.is_ok();
    let seal = seal.unwrap_or_default();
    let holds = seal.holds(connection).unwrap_or(false);
    let account = account.ok().flatten().filter(|_| holds);
    Ok(Kept {
        header: Header {
            generation: seal.generation,
            last_id: connection
                .query_row(queries::LAST_OUTBOX_ID, [], |row| row.get(0))
                .unwrap_or_default(),
            rows: 0,
            account: account.map(|row| KeptAccount {
                relay: row.account.relay,
                user_id: row.account.user_id.0,
                name: row.account.name,
                signed_in: row.signed_in,
            }),
        },
        ops: recovered
            .into_values()
            .chain(outbox.into_values())
            .collect(),
        drafts: drafts.into_values().collect(),
        whole: whole && holds,
    })
}

fn op(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeptOp> {
    Ok(KeptOp {
        id: row.get(0)?,
        op_id: row.get::<_, Blob>(2)?.0,
        room_id: row.get::<_, Blob>(3)?.0,
        message_id: row.get::<_, Option<Blob>>(4)?.map(|id| id.0),
        part: row.get(5)?,
        op: row.get(6)?,
        at: row.get(7)?,
        refused: None,
    })
}

/// Reads a table forwards and, if that breaks off, from the other end; `whole` says whether anything was passed over.
/// Column 0 is the rowid, column 1 whether the row fits.
fn scan<T>(
    connection: &Connection,
    [forwards, backwards]: [&str; 2],
    whole: &mut bool,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> BTreeMap<i64, T> {
    let mut found = BTreeMap::new();
    if !scan_one_way(connection, forwards, &mut found, &read).unwrap_or(false) {
        *whole = false;
        let _ = scan_one_way(connection, backwards, &mut found, &read);
    }
    found
}

/// Whether each row was right; an error where the reading broke off.
fn scan_one_way<T>(
    connection: &Connection,
    query: &str,
    found: &mut BTreeMap<i64, T>,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut all = true;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        // A damaged tree can lead in circles.
        if last.replace(id) == Some(id) {
            return Ok(false);
        }
        match (row.get(1), read(row)) {
            (Ok(true), Ok(value)) => {
                found.insert(id, value);
            }
            _ => all = false,
        }
    }
    Ok(all)
}

fn rooms_and_members(connection: &Connection) -> Vec<Row> {
    let mut ignored = true;
    let rooms = scan(connection, queries::KEPT_ROOMS, &mut ignored, |row| {
        Ok(RoomId(row.get::<_, Blob>(2)?.0))
    });
    let members = scan(connection, queries::KEPT_MEMBERS, &mut ignored, |row| {
        let room = RoomId(row.get::<_, Blob>(2)?.0);
        Ok((room, UserId(row.get::<_, Blob>(3)?.0)))
    });
    let rooms = rooms.into_values().filter_map(|id| {
        let mut room = rows::room(connection, id).ok().flatten()?;
        room.seq = Seq::ZERO;
        Some(Row::Room(room))
    });
    let members = members.into_values().filter_map(|(room, user)| {
        let mut member = rows::member(connection, room, user).ok().flatten()?;
        member.seq = Seq::ZERO;
        Some(Row::Member(member))
    });
    rooms.chain(members).collect()
}

fn joined(connection: &Connection) -> Vec<Uuid> {
    let mut ignored = true;
    scan(connection, queries::KEPT_CURSORS, &mut ignored, |row| {
        let joined: bool = row.get(3)?;
        Ok(Some(row.get::<_, Blob>(2)?.0).filter(|_| joined))
    })
    .into_values()
    .flatten()
    .collect()
}
