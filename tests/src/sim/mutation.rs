//! Mistakes that the simulator must notice: each is planted alone, and a run of seeds must find it. A simulator that finds
//! nothing in a broken system would find nothing in ours.

use client::ClientError;
use client::db::rows::{self, Key, Put, Stored};
use model::wire::RelayFrame;
use model::{Row, Seq};
use rusqlite::Transaction;

/// A planted mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The store forgets which operations it has applied.
    SkipIdempotency,
    /// A relay tells its sessions before the commit.
    BroadcastBeforeCommit,
    /// Seqs come from a sequence, not from a counter that is locked to the commit.
    SeqFromPlainSequence,
    /// A session whose queue has overflowed is not told that it missed something.
    DropOnOverflow,
    /// A device stores the relay's rows over its own pending changes.
    LoseRebase,
    /// An outcome is sent before the rows that it made.
    AckBeforeRows,
    /// A device does not offer its operations to a restored store again.
    ForgetJournal,
    /// A device moves its cursor on over a gap.
    JumpOverGaps,
    /// A device drops what was refused.
    DropRefused,
    /// A relay does not read a room that it was woken for.
    MissWakeUps,
}

/// All of them.
pub const ALL: [Mutation; 10] = [
    Mutation::SkipIdempotency,
    Mutation::BroadcastBeforeCommit,
    Mutation::SeqFromPlainSequence,
    Mutation::DropOnOverflow,
    Mutation::LoseRebase,
    Mutation::AckBeforeRows,
    Mutation::ForgetJournal,
    Mutation::JumpOverGaps,
    Mutation::DropRefused,
    Mutation::MissWakeUps,
];

/// Does to a frame what the mistake would have done, before it is stored.
pub fn plant_in_frame(mutation: Option<Mutation>, frame: &mut RelayFrame) {
    if let (Some(Mutation::JumpOverGaps), RelayFrame::Changes { from, .. }) = (mutation, frame) {
        // Not looked at: whatever comes joins on.
        *from = Seq::ZERO;
    }
}

/// Does to a device's database what the mistake would have done, in the transaction that stored a frame.
///
/// # Errors
/// SQLite's own.
pub fn plant_in_device(
    mutation: Option<Mutation>,
    tx: &Transaction<'_>,
    frame: &RelayFrame,
) -> Result<(), ClientError> {
    match (mutation, frame) {
        (Some(Mutation::LoseRebase), RelayFrame::Changes { rows, .. }) => {
            for row in rows {
                if let (Row::Message(_), Some(key)) = (row, Key::of(row))
                    && key.confirmed(tx)?.is_some()
                {
                    let over = Put::Optimistic {
                        delivery: Stored::Pending,
                        pending_sort: 0,
                    };
                    rows::put(tx, row, over)?;
                }
            }
        }
        (Some(Mutation::ForgetJournal), RelayFrame::Welcome { .. }) => {
            tx.execute("DELETE FROM journal WHERE id > 0", [])?;
        }
        (Some(Mutation::ForgetJournal), RelayFrame::Outcomes { .. }) => {
            tx.execute("DELETE FROM journal WHERE id > 0", [])?;
        }
        (Some(Mutation::DropRefused), RelayFrame::Outcomes { .. }) => {
            tx.execute("DELETE FROM recovered WHERE id > 0", [])?;
        }
        _ => {}
    }
    Ok(())
}
