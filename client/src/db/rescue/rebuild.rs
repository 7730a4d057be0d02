//! Out of a damaged database into a new one.
//!
//! In this order, so that a power cut at any point leaves a state that the next opening takes for damaged and rescues again:
//! salvage; write all that was found into the backup, with a generation above every other; set the damaged files aside; begin
//! a new database with what was found, in one transaction.
//!
//! Invariant: the damaged files are moved, never written to.

use super::{Kept, KeptAccount, KeptDraft, KeptOp, check, file, merge, salvage};
use crate::db::live::Live;
use crate::db::rows::{self, Blob, Put};
use crate::db::{queries, seal};
use crate::vault::Key;
use crate::{ClientError, clock, drafts, rebase};
use model::view::DraftView;
use model::{Actor, Op, UserId};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// Sets the damaged files aside and begins a new database with what was salvaged and what the backup holds.
///
/// # Errors
/// A folder that can't be written, a full disk: then nothing is lost, and opening tries again.
pub(crate) fn rebuild(
    path: &Path,
    why: &str,
    backup: Kept,
    key: Option<&Key>,
) -> Result<Live, ClientError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    tracing::error!(why, "the local database is damaged and is made anew");
    let mut found = salvage::salvage(path, key);
    let mut kept = merge(std::mem::take(&mut found.kept), backup);
    kept.header.generation = kept.header.generation.saturating_add(1);
    file::write(folder, kept.clone(), key)?;
    let aside = set_aside(path).map_err(|error| ClientError::file(path, error))?;
    let mut live = Live::open(path, key)?;
    let text = sentence(aside.as_deref(), &kept);
    live.transact(|tx| {
        fill(tx, &kept, &found)?;
        drafts::notify(tx, &text, clock::now())?;
        seal::start_at(tx, kept.header.generation)
    })?;
    Ok(live)
}

/// Moves what there is of the database into a folder of its own; `None` if there is nothing.
fn set_aside(path: &Path) -> std::io::Result<Option<PathBuf>> {
    // The main file last: while it is there, the generation tells that it is not to be used any more.
    let files: Vec<PathBuf> = ["-wal", "-shm", ""]
        .map(|suffix| check::beside(path, suffix))
        .into_iter()
        .filter(|file| file.exists())
        .collect();
    if files.is_empty() {
        return Ok(None);
    }
    let mut stamp = clock::now().0;
    let aside = loop {
        let aside = path.with_file_name(format!("damaged-{stamp}"));
        match std::fs::create_dir(&aside) {
            Ok(()) => break aside,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => stamp += 1,
            Err(error) => return Err(error),
        }
    };
    for from in files {
        if let Some(name) = from.file_name() {
            std::fs::rename(&from, aside.join(name))?;
        }
    }
    file::sync_folder(&aside)?;
    file::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    Ok(Some(aside))
}

/// What the person reads.
fn sentence(aside: Option<&Path>, kept: &Kept) -> String {
    let refused = kept.ops.iter().filter(|op| op.refused.is_some()).count();
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let what = match aside {
        Some(folder) => format!(
            "The local database was damaged: it was set aside in {}",
            folder.display()
        ),
        None => "The local database was missing: a new one was made".to_owned(),
    };
    format!(
        "{what}; {}, {} and {} were saved, and everything else is fetched from the relay again.",
        count(kept.ops.len() - refused, "unsent change"),
        count(kept.drafts.len(), "draft"),
        count(refused, "refused text"),
    )
}

/// Rooms and people are shown as they were last known, and what waits to be sent with them.
fn fill(
    connection: &Connection,
    kept: &Kept,
    found: &salvage::Salvaged,
) -> Result<(), ClientError> {
    for row in &found.rows {
        rows::put(connection, row, Put::Confirmed)?;
    }
    for room in &found.joined {
        connection.execute(queries::SET_JOINED, params![Blob(*room), true])?;
    }
    // If the relay does not know them any more, they go when their room is whole.
    connection.execute(queries::MARK_FOR_SWEEP, [None::<Blob>])?;
    connection.execute(queries::DROP_OUTBOX_SEQUENCE, [])?;
    connection.execute(queries::SET_OUTBOX_SEQUENCE, [kept.header.last_id])?;
    put_ops(connection, &kept.ops)?;
    put_drafts(connection, &kept.drafts)?;
    let Some(account) = &kept.header.account else {
        return Ok(());
    };
    put_account(connection, account)?;
    replay(connection, account, &kept.ops)
}

/// Adds what another database of the same person had unsent to one that is in use. What is here already is passed over, so
/// that doing it twice changes nothing.
///
/// # Errors
/// SQLite's own.
pub(crate) fn add(connection: &Connection, found: salvage::Salvaged) -> Result<(), ClientError> {
    let Kept {
        header,
        ops,
        drafts,
        ..
    } = found.kept;
    for row in &found.rows {
        rows::put(connection, row, Put::Confirmed)?;
    }
    for room in &found.joined {
        connection.execute(queries::SET_JOINED, params![Blob(*room), true])?;
    }
    let mut last_id: i64 = connection.query_row(queries::LAST_OUTBOX_ID, [], |row| row.get(0))?;
    let mut new = Vec::new();
    for op in ops {
        let known: bool =
            connection.query_row(queries::OP_IS_KNOWN, [Blob(op.op_id)], |row| row.get(0))?;
        if !known {
            last_id += 1;
            new.push(KeptOp { id: last_id, ..op });
        }
    }
    connection.execute(queries::DROP_OUTBOX_SEQUENCE, [])?;
    connection.execute(queries::SET_OUTBOX_SEQUENCE, [last_id])?;
    put_ops(connection, &new)?;
    let here = drafts::list(connection)?;
    for draft in drafts {
        let is_its = |other: &&DraftView| {
            other.room_id.0 == draft.room_id && other.message_id.map(|id| id.0) == draft.message_id
        };
        let text = here.iter().find(is_its).map(|draft| draft.text.as_str());
        if let Some(draft) = crate::vault::both(text, draft) {
            put_drafts(connection, &[draft])?;
        }
    }
    let Some(account) = header.account else {
        return Ok(());
    };
    if crate::views::account(connection)?.is_none() {
        put_account(connection, &account)?;
    }
    replay(connection, &account, &new)
}

fn put_ops(connection: &Connection, ops: &[KeptOp]) -> Result<(), ClientError> {
    for op in ops {
        let message = op.message_id.map(Blob);
        let (key, room) = (Blob(op.op_id), Blob(op.room_id));
        match &op.refused {
            None => connection.execute(
                queries::RESTORE_OP,
                params![op.id, key, room, message, op.part, op.op, op.at],
            )?,
            Some(refused) => connection.execute(
                queries::RESTORE_RECOVERED,
                params![
                    op.id,
                    key,
                    room,
                    message,
                    op.part,
                    op.op,
                    op.at,
                    refused.author_id.map(Blob),
                    refused.code,
                    refused.reason,
                    refused.recovered_at,
                ],
            )?,
        };
    }
    Ok(())
}

fn put_drafts(connection: &Connection, drafts: &[KeptDraft]) -> Result<(), ClientError> {
    for draft in drafts {
        connection.execute(
            queries::PUT_DRAFT,
            params![
                Blob(draft.room_id),
                draft.message_id.map(Blob),
                draft.base,
                draft.text,
                draft.changed_at
            ],
        )?;
    }
    Ok(())
}

fn put_account(connection: &Connection, account: &KeptAccount) -> Result<(), ClientError> {
    connection.execute(
        queries::RESTORE_ACCOUNT,
        params![
            account.relay,
            Blob(account.user_id),
            account.name,
            account.signed_in
        ],
    )?;
    Ok(())
}

/// Shows what waits to be sent.
fn replay(
    connection: &Connection,
    account: &KeptAccount,
    ops: &[KeptOp],
) -> Result<(), ClientError> {
    let actor = Actor {
        user_id: UserId(account.user_id),
        name: account.name.clone(),
    };
    for op in ops {
        if let Ok(op) = serde_json::from_str::<Op>(&op.op) {
            rebase::rebase(connection, &op.target(), &actor)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_reads_one_sentence() {
        let draft = KeptDraft {
            room_id: uuid::Uuid::nil(),
            message_id: None,
            base: None,
            text: "x".to_owned(),
            changed_at: 0,
        };
        let kept = Kept {
            drafts: vec![draft],
            ..Kept::default()
        };
        assert_eq!(
            sentence(Some(Path::new("/home/ada/damaged-7")), &kept),
            "The local database was damaged: it was set aside in /home/ada/damaged-7; 0 unsent changes, 1 draft and \
             0 refused texts were saved, and everything else is fetched from the relay again."
        );
    }
}
