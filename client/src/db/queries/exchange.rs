//! Imports and exports.

pub(crate) const ADD_EXCHANGE: &str =
    "INSERT INTO exchange (kind, state, data) VALUES (?1, ?2, ?3)";
pub(crate) const PUT_EXCHANGE: &str = "UPDATE exchange SET state = ?2, data = ?3 WHERE id = ?1";
pub(crate) const EXCHANGE: &str = "SELECT id, kind, state, data FROM exchange WHERE id = ?1";
pub(crate) const EXCHANGES: &str = "SELECT id, kind, state, data FROM exchange ORDER BY id DESC";
pub(crate) const REMOVE_EXCHANGE: &str = "DELETE FROM exchange WHERE id = ?1";

// What is exported: rows that the relay has. ?2, ?3: from when and until when.
pub(crate) const EXPORT_ROOMS: &str = concat!(
    "SELECT r.id, r.seq, r.name, r.topic, r.kind, r.edit_policy, r.archived_at, r.created_by, r.created_at,
        coalesce(c.before IS NOT NULL OR c.seq IS NULL, 0)
    FROM room r LEFT JOIN cursor c ON c.room_id = r.id AND c.joined IS 1 WHERE r.seq > 0 AND ",
    fits!(room "r"),
    " ORDER BY r.created_at, r.id"
);
pub(crate) const EXPORT_MEMBERS: &str = concat!(
    "SELECT room_id, user_id, seq, name, role, joined_at, left_at FROM member WHERE room_id IS ?1 AND seq > 0 AND ",
    fits!(member "member"),
    " ORDER BY joined_at, user_id"
);
pub(crate) const EXPORT_COUNT: &str = "SELECT count(*) FROM message
    WHERE room_id = ?1 AND position IS NOT NULL AND created_at >= ?2 AND created_at < ?3";
pub(crate) const EXPORT_PENDING: &str =
    "SELECT count(*) FROM message WHERE room_id = ?1 AND position IS NULL";
pub(crate) const EXPORT_MESSAGES: &str = concat!(
    "SELECT room_id, id, seq, position, author_id, body, reply_to, rev, created_at, edited_at, edited_by, deleted_at,
        pinned_at, attachments, sort
    FROM message WHERE room_id IS ?1 AND sort > ?4 AND position IS NOT NULL AND created_at >= ?2 AND created_at < ?3 AND ",
    fits!(message "message"),
    " ORDER BY sort LIMIT ?5"
);
pub(crate) const EXPORT_REACTIONS: &str = concat!(
    "SELECT room_id, message_id, user_id, emoji FROM reaction
    WHERE room_id IS ?1 AND message_id IS ?2 AND removed_at IS NULL AND seq > 0 AND ",
    fits!(reaction "reaction"),
    " ORDER BY seq"
);
