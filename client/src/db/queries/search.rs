//! Statements of the full-text index: see migration 0007.

/// ?1: the expression, ?2: before this key, ?3: from this key on, ?4: how many. The index is read newest first, and only as far as
/// it is needed. Nothing but keys: the index is asked once, and the rows of a page by their keys.
pub(crate) const FOUND_KEYS: &str = "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid < ?2 AND rowid >= ?3 ORDER BY rowid DESC LIMIT ?4";
/// What is shown of a key, and what the index was made of.
pub(crate) const HIT: &str = concat!(
    "SELECT d.key, m.room_id, m.id, m.author_id, coalesce(p.name, ''), m.body, m.created_at, m.edited_at IS NOT NULL,
        m.delivery <> 0, coalesce(m.attachments, ''), spaced(m.body, m.attachments),
        scope(m.room_id, m.author_id, m.body, m.pinned_at, m.attachments, d.reacted)
    FROM search_doc d CROSS JOIN message m ON m.rowid = d.message
    LEFT JOIN member p ON p.room_id = m.room_id AND p.user_id = m.author_id AND ",
    fits!(member "p"),
    " WHERE d.key = ?1 AND ",
    fits!(message "m")
);
/// What the index was made of, alone.
pub(crate) const ENTRY: &str = "SELECT body, scope FROM search_text WHERE key = ?1";

/// An index of a few texts, in memory: made as the large one is.
pub(crate) const SMALL_INDEX: &str = "CREATE VIRTUAL TABLE small USING fts5(body, scope,
    tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\")";
pub(crate) const SMALL_ADD: &str = "INSERT INTO small (rowid, body, scope) VALUES (?1, ?2, ?3)";
pub(crate) const SMALL_MARKED: &str =
    "SELECT rowid, highlight(small, 0, char(2), char(3)) FROM small WHERE small MATCH ?1";
/// How well they fit; lower is better.
pub(crate) const SMALL_SCORES: &str =
    "SELECT rowid, bm25(small, 1.0, 0.0) FROM small WHERE small MATCH ?1";

/// The first word of the index from ?1 on that is before ?2.
pub(crate) const NEXT_WORD: &str =
    "SELECT term FROM search_word WHERE term >= ?1 AND term < ?2 LIMIT 1";

pub(crate) const NAMES: &str = concat!(
    "SELECT DISTINCT user_id, name FROM member WHERE ",
    fits!(member "member")
);
pub(crate) const ROOM_NAMES: &str = concat!(
    "SELECT r.id, CASE r.kind WHEN 'direct' THEN coalesce((SELECT group_concat(o.name, ', ') FROM
        (SELECT m.name FROM member m WHERE m.room_id = r.id AND m.user_id <> (SELECT user_id FROM account) ORDER BY m.name) o),
        r.name) ELSE r.name END FROM room r WHERE (?1 IS NULL OR r.id IS ?1) AND ",
    fits!(room "r")
);
pub(crate) const FETCHING: &str = concat!(
    "SELECT room_id FROM cursor WHERE joined IS 1 AND (before IS NOT NULL OR seq IS NULL) AND ",
    fits!(cursor "cursor")
);

pub(crate) const INDEX_STATE: &str = "SELECT version, todo, total FROM search_state";
pub(crate) const SET_INDEX_TODO: &str = "UPDATE search_state SET todo = ?1 WHERE rowid = 1";
pub(crate) const RESTART_INDEX: &str = "UPDATE search_state SET version = ?1,
    (todo, total) = (SELECT max(rowid), coalesce(max(rowid), 0) FROM message) WHERE rowid = 1";
pub(crate) const FORGET_INDEX: &str = "INSERT INTO search (search) VALUES ('delete-all')";
pub(crate) const FORGET_DOCS: &str = "DELETE FROM search_doc";
pub(crate) const TO_INDEX: &str =
    "SELECT rowid, deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM search_doc d WHERE d.message = m.rowid)
    FROM message m WHERE rowid <= ?1 ORDER BY rowid DESC LIMIT ?2";
pub(crate) const ADD_DOC: &str = "INSERT INTO search_doc (key, message, reacted)
    SELECT key, message, reacted FROM search_new_doc WHERE message = ?1";
pub(crate) const INDEX_DOC: &str =
    "INSERT INTO search (rowid, body, scope) SELECT key, body, scope FROM search_text
    WHERE key = (SELECT key FROM search_doc WHERE message = ?1)";

/// Fails as damaged if the index and what it is made of are not the same.
pub(crate) const CHECK_INDEX: &str =
    "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)";
/// Messages that are not in the index, and entries without a message.
pub(crate) const COUNT_ASTRAY: &str = "SELECT
    (SELECT count(*) FROM message m WHERE m.deleted_at IS NULL AND m.rowid > coalesce((SELECT todo FROM search_state), 0)
        AND NOT EXISTS (SELECT 1 FROM search_doc d WHERE d.message = m.rowid)),
    (SELECT count(*) FROM search_doc d WHERE NOT EXISTS
        (SELECT 1 FROM message m WHERE m.rowid = d.message AND m.deleted_at IS NULL))";
