//! What is the store's: every table that a migration makes, since which version, in an order in which a row comes after
//! what it refers to.
//!
//! Invariant: `tests/tests/backup.rs` holds this list against what each version's migrations make, so that none is forgotten.

/// A table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, without a schema: that is whatever the connection's `search_path` begins with.
    pub name: &'static str,
    /// The schema version that brought it.
    pub since: i32,
}

const fn table(name: &'static str, since: i32) -> Table {
    Table { name, since }
}

/// All of them but `schema_migration`, which the file's header stands for.
pub const TABLES: &[Table] = &[
    table("store", 1),
    table("account", 1),
    table("session_token", 1),
    table("identity", 4),
    table("invite", 3),
    table("room", 1),
    table("member", 1),
    table("message", 1),
    table("message_version", 1),
    table("reaction", 2),
    table("read_marker", 2),
    table("op_ledger", 1),
    table("blob_content", 11),
    table("blob", 11),
    table("blob_upload", 11),
    table("watch_channel", 7),
    table("watch_event", 7),
    table("watch_wanted", 9),
    table("watch_table", 9),
];

/// The tables of a version of the schema.
pub fn of(version: i32) -> impl Iterator<Item = &'static str> {
    TABLES
        .iter()
        .filter(move |table| table.since <= version)
        .map(|table| table.name)
}
