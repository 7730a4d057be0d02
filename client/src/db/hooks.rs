//! SQLite's update, commit and rollback hooks, gathered into one batch a transaction.
//!
//! Contract: the update hook collects `(table, rowid)`; the rollback hook drops what it collected; the batch may be taken
//! only after COMMIT has returned, as a commit can still fail after the commit hook. Inside a hook the connection is not used.
//! Hooks do not fire for WITHOUT ROWID tables, for rows removed by REPLACE, or for a DELETE without WHERE; the schema
//! and the queries avoid all three.

use rusqlite::Connection;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// One row that a transaction touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The table's name.
    pub table: String,
    /// The row's rowid; the row may be gone.
    pub rowid: i64,
}

#[derive(Default)]
struct Batch {
    open: BTreeSet<Touched>,
    committing: BTreeSet<Touched>,
}

/// The hooks of one writing connection.
#[derive(Clone, Default)]
pub struct Hooks(Arc<Mutex<Batch>>);

impl Hooks {
    /// Installs the hooks on the writing connection.
    ///
    /// # Errors
    /// When SQLite does not take them.
    pub fn install(connection: &mut Connection) -> rusqlite::Result<Self> {
        let hooks = Self::default();
        let on_update = hooks.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, rowid| {
            if is_of_the_index(table) {
                return;
            }
            on_update.with(|batch| {
                batch.open.insert(Touched {
                    table: table.to_owned(),
                    rowid,
                });
            });
        }))?;
        let on_commit = hooks.clone();
        connection.commit_hook(Some(move || {
            on_commit.with(|batch| {
                let open = std::mem::take(&mut batch.open);
                batch.committing.extend(open);
            });
            false
        }))?;
        let on_rollback = hooks.clone();
        connection.rollback_hook(Some(move || {
            on_rollback.with(|batch| *batch = Batch::default());
        }))?;
        Ok(hooks)
    }

    /// Whether the open transaction has touched one of these tables.
    #[must_use]
    pub fn touches(&self, tables: &[&str]) -> bool {
        self.with(|batch| {
            let touched = |row: &Touched| tables.contains(&row.table.as_str());
            batch.open.iter().any(touched)
        })
    }

    /// Takes what the transaction touched. Call it only after COMMIT has returned.
    #[must_use]
    pub fn take_committed(&self) -> BTreeSet<Touched> {
        self.with(|batch| std::mem::take(&mut batch.committing))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Batch) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The tables below the full-text index: each message writes several of their rows, and no screen shows them.
fn is_of_the_index(table: &str) -> bool {
    table.starts_with("search_") && table != "search_state"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (Connection, Hooks) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE message (rowid INTEGER PRIMARY KEY, body TEXT)")
            .unwrap();
        let hooks = Hooks::install(&mut connection).unwrap();
        (connection, hooks)
    }

    #[test]
    fn a_commit_yields_each_touched_row_once() {
        let (mut connection, hooks) = open();
        let tx = connection.transaction().unwrap();
        tx.execute("INSERT INTO message (rowid, body) VALUES (7, 'a')", [])
            .unwrap();
        tx.execute("UPDATE message SET body = 'b' WHERE rowid = 7", [])
            .unwrap();
        assert!(
            hooks.take_committed().is_empty(),
            "published before the commit"
        );
        tx.commit().unwrap();
        let touched: Vec<_> = hooks.take_committed().into_iter().collect();
        assert_eq!(
            touched,
            [Touched {
                table: "message".into(),
                rowid: 7
            }]
        );
        assert!(hooks.take_committed().is_empty());
    }

    #[test]
    fn a_rollback_yields_nothing() {
        let (mut connection, hooks) = open();
        let tx = connection.transaction().unwrap();
        tx.execute("INSERT INTO message (rowid, body) VALUES (7, 'a')", [])
            .unwrap();
        drop(tx);
        assert!(hooks.take_committed().is_empty());
        connection
            .execute("INSERT INTO message (rowid, body) VALUES (8, 'b')", [])
            .unwrap();
        assert_eq!(
            hooks.take_committed().len(),
            1,
            "only the second transaction's row"
        );
    }
}
