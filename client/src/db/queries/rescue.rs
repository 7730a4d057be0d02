//! Statements for finding damage and for getting out of it.

/// What is kept in the rescue files, and salvaged from a damaged database: forwards, and from the other end.
pub(crate) const KEPT_OUTBOX: [&str; 2] = [
    concat!(
        "SELECT id, ",
        is_right!(outbox "outbox"),
        ", op_id, room_id, message_id, part, op, at FROM outbox ORDER BY id"
    ),
    concat!(
        "SELECT id, ",
        is_right!(outbox "outbox"),
        ", op_id, room_id, message_id, part, op, at FROM outbox ORDER BY id DESC"
    ),
];
pub(crate) const KEPT_RECOVERED: [&str; 2] = [
    concat!(
        "SELECT id, ",
        is_right!(recovered "recovered"),
        ", op_id, room_id, message_id, part, op, at, author_id, code, reason, recovered_at FROM recovered ORDER BY id"
    ),
    concat!(
        "SELECT id, ",
        is_right!(recovered "recovered"),
        ", op_id, room_id, message_id, part, op, at, author_id, code, reason, recovered_at FROM recovered ORDER BY id DESC"
    ),
];
pub(crate) const KEPT_DRAFTS: [&str; 2] = [
    concat!(
        "SELECT rowid, ",
        is_right!(draft "draft"),
        ", room_id, message_id, base, text, changed_at FROM draft ORDER BY rowid"
    ),
    concat!(
        "SELECT rowid, ",
        is_right!(draft "draft"),
        ", room_id, message_id, base, text, changed_at FROM draft ORDER BY rowid DESC"
    ),
];
pub(crate) const KEPT_CURSORS: [&str; 2] = [
    concat!(
        "SELECT rowid, ",
        is_right!(cursor "cursor"),
        ", room_id, joined FROM cursor ORDER BY rowid"
    ),
    concat!(
        "SELECT rowid, ",
        is_right!(cursor "cursor"),
        ", room_id, joined FROM cursor ORDER BY rowid DESC"
    ),
];
pub(crate) const KEPT_ROOMS: [&str; 2] = [
    "SELECT rowid, delivery = 0, id FROM room ORDER BY rowid",
    "SELECT rowid, delivery = 0, id FROM room ORDER BY rowid DESC",
];
pub(crate) const KEPT_MEMBERS: [&str; 2] = [
    "SELECT rowid, delivery = 0, room_id, user_id FROM member ORDER BY rowid",
    "SELECT rowid, delivery = 0, room_id, user_id FROM member ORDER BY rowid DESC",
];
pub(crate) const LAST_OUTBOX_ID: &str =
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";
/// An id is never used twice, in whatever database the operation stood before.
pub(crate) const DROP_OUTBOX_SEQUENCE: &str = "DELETE FROM sqlite_sequence WHERE name = 'outbox'";
pub(crate) const SET_OUTBOX_SEQUENCE: &str =
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?1)";
pub(crate) const RESTORE_OP: &str =
    "INSERT INTO outbox (id, op_id, room_id, message_id, part, op, at, state, sent, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'queued', 1, crc(?2, ?3, ?4, ?5, ?6, ?7, 'queued', NULL, NULL, NULL, NULL, NULL))";
pub(crate) const RESTORE_RECOVERED: &str = "INSERT INTO recovered
    (id, op_id, room_id, message_id, part, op, at, author_id, code, reason, recovered_at, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
        crc(?2, ?3, ?4, ?5, ?6, ?7, 'failed', NULL, ?9, ?10, ?8, ?11))";
/// Wherever it is by now.
pub(crate) const OP_IS_KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM outbox WHERE op_id = ?1)
    OR EXISTS (SELECT 1 FROM recovered WHERE op_id = ?1)
    OR EXISTS (SELECT 1 FROM journal WHERE op_id = ?1)";
pub(crate) const RESTORE_ACCOUNT: &str =
    "INSERT INTO account (rowid, relay, user_id, name, signed_in) VALUES (1, ?1, ?2, ?3, ?4)";

pub(crate) const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
pub(crate) const SEAL: &str =
    "SELECT generation, schema, account, fits(checksum, generation, schema, account) FROM seal";
pub(crate) const SET_SEAL: &str =
    "UPDATE seal SET generation = ?1, schema = ?2, account = ?3, checksum = crc(?1, ?2, ?3)
    WHERE rowid = 1";
pub(crate) const ACCOUNT_CHECKSUM: &str =
    "SELECT crc(relay, user_id, name, signed_in, epoch) FROM account";

pub(crate) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
// More than one line, as the first may be about the full-text index, which is the least of troubles.
pub(crate) const CHECK_ALL: &str = "PRAGMA integrity_check(10)";
/// The same but for the full-text index, whose own check takes as long as everything else; table by table, as it is the database
/// as a whole that has it looked at.
pub(crate) const CHECK_PAGES: &str = "SELECT c.quick_check FROM sqlite_schema t, pragma_quick_check(t.name) c
    WHERE t.type = 'table' AND t.name NOT GLOB 'search*' AND t.name NOT GLOB 'sqlite_*' AND c.quick_check <> 'ok'";
pub(crate) const CHECK_KEPT: [&str; 3] = [
    "PRAGMA quick_check(outbox)",
    "PRAGMA quick_check(recovered)",
    "PRAGMA quick_check(draft)",
];

/// Fails as damaged if a row of the table does not fit; the messages, of which there are many, last.
pub(crate) const CHECK_ROWS: [&str; 11] = [
    concat!("SELECT count(*) FROM outbox WHERE ", fits!(outbox "outbox")),
    concat!(
        "SELECT count(*) FROM recovered WHERE ",
        fits!(recovered "recovered")
    ),
    concat!("SELECT count(*) FROM draft WHERE ", fits!(draft "draft")),
    concat!("SELECT count(*) FROM cursor WHERE ", fits!(cursor "cursor")),
    concat!("SELECT count(*) FROM room WHERE ", fits!(room "room")),
    concat!("SELECT count(*) FROM member WHERE ", fits!(member "member")),
    concat!(
        "SELECT count(*) FROM confirmed WHERE ",
        fits!(confirmed "confirmed")
    ),
    concat!(
        "SELECT count(*) FROM journal WHERE ",
        fits!(journal "journal")
    ),
    concat!(
        "SELECT count(*) FROM reaction WHERE ",
        fits!(reaction "reaction")
    ),
    concat!(
        "SELECT count(*) FROM read_marker WHERE ",
        fits!(read_marker "read_marker")
    ),
    concat!(
        "SELECT count(*) FROM message_version WHERE ",
        fits!(message_version "message_version")
    ),
];
pub(crate) const CHECK_MESSAGES: &str = concat!(
    "SELECT count(*) FROM message WHERE ",
    fits!(message "message")
);

/// Putting a database under another key: see `db/cipher.rs`.
pub(crate) const ATTACH_FRESH: &str = "ATTACH DATABASE ?1 AS fresh KEY ?2";
pub(crate) const DETACH_FRESH: &str = "DETACH DATABASE fresh";
pub(crate) const EXPORT_FRESH: &str = "SELECT sqlcipher_export('fresh')";
pub(crate) const CHECK_FRESH: &str = "PRAGMA fresh.quick_check(1)";
pub(crate) const FRESH_IS_COMPLETE: &str = "SELECT count(*) > 0 AND total(new.name IS NULL) = 0
    FROM main.sqlite_schema AS old
    LEFT JOIN fresh.sqlite_schema AS new ON new.type = old.type AND new.name = old.name
    WHERE old.name NOT LIKE 'sqlite_%'";
