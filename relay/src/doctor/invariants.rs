//! What must be true of every store, each as a statement that counts what breaks it. `tests/tests/doctor.rs` plants each damage.

use crate::RelayError;
use crate::store::queries::doctor as queries;
use tokio_postgres::Transaction;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// What must be true.
    pub name: &'static str,
    /// Counts what breaks it, and names one.
    pub(crate) query: &'static str,
    /// What it means when it isn't, and what to do.
    pub advice: &'static str,
    /// Whether people lose something; else it is only odd.
    pub grave: bool,
}

const fn grave(name: &'static str, query: &'static str, advice: &'static str) -> Invariant {
    Invariant {
        name,
        query,
        advice,
        grave: true,
    }
}

const fn odd(name: &'static str, query: &'static str, advice: &'static str) -> Invariant {
    Invariant {
        name,
        query,
        advice,
        grave: false,
    }
}

const RESTORE: &str = "Rows were changed past the triggers. Restore the newest good backup (`amend-relay verify-backup --deep`), or mend the rows by plain SQL with the triggers on";
const ORPHANS: &str = "Rows were removed past the triggers. Nobody sees these; restore what they belong to, or leave them";

/// All of them.
pub const ALL: &[Invariant] = &[
    grave(
        "a room's counter is not behind its rows",
        queries::ROOM_COUNTER,
        "New changes would get seqs that clients have passed already: raise room.last_seq to the highest seq of the room's rows, with triggers off",
    ),
    grave(
        "a seq is given out once in a room",
        queries::SEQ_ONCE,
        RESTORE,
    ),
    grave(
        "every row has a seq, and a message its position",
        queries::SEQ_GIVEN,
        RESTORE,
    ),
    grave(
        "a position is given out once in a room",
        queries::POSITION_ONCE,
        RESTORE,
    ),
    grave(
        "every earlier text of a message is kept",
        queries::VERSIONS_WHOLE,
        RESTORE,
    ),
    grave(
        "a deleted message has no text",
        queries::DELETED_EMPTY,
        "A deletion did not clear the text: UPDATE message SET body = '' for it, with triggers on",
    ),
    odd(
        "every file of a message was given to its room",
        queries::FILES_THERE,
        "Nobody can open these: the message was written by plain SQL, or comes from a backup that is older than the removal of its files. Send the files again, or take them out of message.attachments",
    ),
    grave("every row's room is there", queries::ROOM_OF, ORPHANS),
    grave(
        "every version's message is there",
        queries::VERSION_OF,
        ORPHANS,
    ),
    odd(
        "every reaction's message is there",
        queries::REACTION_OF,
        ORPHANS,
    ),
    odd(
        "every person has an account",
        queries::ACCOUNT_OF,
        "Accounts are deactivated or erased (`amend-relay user`), never deleted: restore them from a backup, or leave it so",
    ),
    odd(
        "people have one name everywhere",
        queries::NAME_OF,
        "`amend-relay user rename` changes a name everywhere",
    ),
    odd(
        "outcomes are of accounts that are there",
        queries::LEDGER_OF,
        ORPHANS,
    ),
    grave(
        "a channel's counter is not behind its events",
        queries::CHANNEL_COUNTER,
        "New events would get positions that subscribers have passed: raise watch_channel.last to the highest position of its events",
    ),
];

/// What came of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is true.
    True,
    /// So many rows break it; this is one.
    Broken(i64, String),
    /// It took too long.
    Cut,
}

/// Looks at one. In a transaction whose `statement_timeout` is set, a long one is cut.
///
/// # Errors
/// Postgres's own.
pub async fn look(tx: &Transaction<'_>, invariant: &Invariant) -> Result<Outcome, RelayError> {
    match tx.query_typed_one(invariant.query, &[]).await {
        Ok(row) => {
            let count: i64 = row.try_get(0)?;
            let example: Option<String> = row.try_get(1)?;
            Ok(if count == 0 {
                Outcome::True
            } else {
                Outcome::Broken(count, example.unwrap_or_default())
            })
        }
        Err(error) if was_cut(&error) => Ok(Outcome::Cut),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn was_cut(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&tokio_postgres::error::SqlState::QUERY_CANCELED)
}

/// What is broken of all that is grave, for people.
///
/// # Errors
/// Postgres's own.
pub async fn all(tx: &Transaction<'_>) -> Result<Vec<String>, RelayError> {
    let mut broken = Vec::new();
    for invariant in ALL.iter().filter(|invariant| invariant.grave) {
        if let Outcome::Broken(count, example) = look(tx, invariant).await? {
            broken.push(format!(
                "not so: {} ({count}, such as {example})",
                invariant.name
            ));
        }
    }
    Ok(broken)
}
