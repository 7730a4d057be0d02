//! What must outlive the local database, as nobody else has it: the outbox, what was refused (recovered), and drafts; and whose
//! they are.
//!
//! - [`file`]: the rolling backup of exactly these, beside the database.
//! - [`salvage`]: what can still be read of them in a damaged database.
//! - [`check`] and [`wal`]: is it damaged?
//! - [`rebuild`]: the damaged files are set aside, and a new database begins with what was kept and salvaged.
//!
//! Invariant: an operation, a draft or a refused text is gone only if its row left the database in a committed transaction;
//! coming back once too often is harmless (idempotency keys), getting lost is not.

pub(crate) mod check;
pub(crate) mod file;
pub(crate) mod rebuild;
pub(crate) mod salvage;
pub(crate) mod wal;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Tables whose rows are kept, and the one that says whose they are.
pub(crate) const TABLES: [&str; 4] = ["account", "outbox", "recovered", "draft"];

/// What was kept or salvaged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) header: Header,
    pub(crate) ops: Vec<KeptOp>,
    pub(crate) drafts: Vec<KeptDraft>,
    /// Everything that was in there could be read.
    pub(crate) whole: bool,
}

/// Whose it is, and when it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The database's, when this was written.
    pub(crate) generation: i64,
    /// The last id of the outbox: none is used twice.
    pub(crate) last_id: i64,
    /// The rows that follow.
    pub(crate) rows: usize,
    pub(crate) account: Option<KeptAccount>,
}

/// The account's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptAccount {
    pub(crate) relay: String,
    pub(crate) user_id: Uuid,
    pub(crate) name: String,
    pub(crate) signed_in: bool,
}

/// A row of the outbox, or of recovered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptOp {
    pub(crate) id: i64,
    pub(crate) op_id: Uuid,
    pub(crate) room_id: Uuid,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) part: String,
    pub(crate) op: String,
    pub(crate) at: i64,
    /// Set on those of recovered.
    pub(crate) refused: Option<Refused>,
}

/// Why an operation is in recovered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) author_id: Option<Uuid>,
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) recovered_at: i64,
}

/// A row of draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptDraft {
    pub(crate) room_id: Uuid,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) base: Option<String>,
    pub(crate) text: String,
    pub(crate) changed_at: i64,
}

impl Kept {
    /// Whether there is anything in it that a new database should begin with.
    pub(crate) fn is_empty(&self) -> bool {
        self.header.account.is_none() && self.ops.is_empty() && self.drafts.is_empty()
    }
}

/// Puts together what two sources have. The later one alone is right if all of it could be read; else what only the other one
/// has is taken too.
pub(crate) fn merge(one: Kept, other: Kept) -> Kept {
    let (later, earlier) = if one.header.generation >= other.header.generation {
        (one, other)
    } else {
        (other, one)
    };
    let mut header = Header {
        generation: later.header.generation,
        last_id: later.header.last_id.max(earlier.header.last_id),
        rows: 0,
        account: later.header.account.or(earlier.header.account),
    };
    let (mut ops, mut drafts) = (later.ops, later.drafts);
    if !later.whole {
        let known: BTreeSet<Uuid> = ops.iter().map(|op| op.op_id).collect();
        ops.extend(
            earlier
                .ops
                .into_iter()
                .filter(|op| !known.contains(&op.op_id)),
        );
        drafts.extend(earlier.drafts);
    }
    header.last_id = ops.iter().map(|op| op.id).fold(header.last_id, i64::max);
    number(&mut ops, &mut header.last_id);
    let mut newest: BTreeMap<(Uuid, Option<Uuid>), KeptDraft> = BTreeMap::new();
    for draft in drafts {
        let key = (draft.room_id, draft.message_id);
        if newest
            .get(&key)
            .is_none_or(|known| known.changed_at < draft.changed_at)
        {
            newest.insert(key, draft);
        }
    }
    let mut drafts: Vec<KeptDraft> = newest.into_values().collect();
    drafts.sort_by_key(|draft| draft.changed_at);
    header.rows = ops.len() + drafts.len();
    Kept {
        header,
        ops,
        drafts,
        whole: true,
    }
}

/// Local order is kept; where two operations of different databases have the same id, the second gets a new one.
fn number(ops: &mut [KeptOp], last_id: &mut i64) {
    ops.sort_by_key(|op| op.id);
    let mut used = BTreeSet::new();
    for op in ops {
        if !used.insert(op.id) {
            *last_id = last_id.saturating_add(1);
            op.id = *last_id;
            used.insert(op.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(id: i64, key: u128) -> KeptOp {
        KeptOp {
            id,
            op_id: Uuid::from_u128(key),
            room_id: Uuid::nil(),
            message_id: None,
            part: String::new(),
            op: String::new(),
            at: 0,
            refused: None,
        }
    }

    fn kept(generation: i64, whole: bool, ops: Vec<KeptOp>) -> Kept {
        Kept {
            header: Header {
                generation,
                ..Header::default()
            },
            ops,
            drafts: Vec::new(),
            whole,
        }
    }

    #[test]
    fn a_whole_later_source_is_right_alone_and_a_broken_one_is_filled_up() {
        let earlier = kept(3, true, vec![op(1, 1), op(2, 2)]);
        let keys =
            |kept: &Kept| -> Vec<u128> { kept.ops.iter().map(|op| op.op_id.as_u128()).collect() };
        let later = merge(earlier.clone(), kept(4, true, vec![op(2, 2), op(3, 3)]));
        assert_eq!(keys(&later), [2, 3]);
        let later = merge(kept(4, false, vec![op(3, 3)]), earlier);
        assert_eq!(keys(&later), [1, 2, 3]);
        assert_eq!((later.header.generation, later.header.last_id), (4, 3));
    }

    #[test]
    fn an_id_that_two_operations_have_is_given_to_one_of_them() {
        let merged = merge(
            kept(4, false, vec![op(1, 1), op(2, 2)]),
            kept(3, true, vec![op(2, 9)]),
        );
        let ids: BTreeSet<i64> = merged.ops.iter().map(|op| op.id).collect();
        assert_eq!(
            (merged.ops.len(), ids.len(), merged.header.last_id),
            (3, 3, 3)
        );
    }
}
