//! Files of messages: which are here, which are on their way.

pub(crate) const LIMITS: &str = "SELECT limits FROM blob_limits";
pub(crate) const SET_LIMITS: &str = "INSERT INTO blob_limits (rowid, limits) VALUES (1, ?1) ON CONFLICT (rowid) DO UPDATE SET limits = excluded.limits";

pub(crate) const BLOB: &str = "SELECT bytes, state, received, reason FROM blob WHERE hash = ?1";
pub(crate) const PUT_HERE: &str = "INSERT INTO blob (hash, bytes, state, received, used_at) VALUES (?1, ?2, 'here', ?2, ?3)
    ON CONFLICT (hash) DO UPDATE SET state = 'here', received = excluded.bytes, bytes = excluded.bytes, reason = NULL,
        used_at = excluded.used_at";
pub(crate) const WANT: &str = "INSERT INTO blob (hash, bytes, state, room_id, used_at) VALUES (?1, ?2, 'wanted', ?3, ?4)
    ON CONFLICT (hash) DO UPDATE SET state = 'wanted', room_id = excluded.room_id, bytes = excluded.bytes, reason = NULL,
        used_at = excluded.used_at
    WHERE blob.state <> 'here'";
pub(crate) const UNWANT: &str = "UPDATE blob SET state = 'absent', received = 0, reason = NULL WHERE hash = ?1 AND state <> 'here'";
pub(crate) const NEXT_WANTED: &str = "SELECT hash, bytes, room_id FROM blob WHERE state = 'wanted' AND room_id IS NOT NULL ORDER BY used_at DESC LIMIT 1";
pub(crate) const SET_RECEIVED: &str =
    "UPDATE blob SET received = ?2 WHERE hash = ?1 AND state = 'wanted'";
pub(crate) const SET_FAILED: &str =
    "UPDATE blob SET state = 'failed', reason = ?2 WHERE hash = ?1 AND state = 'wanted'";
pub(crate) const GONE: &str =
    "UPDATE blob SET state = 'absent', received = 0 WHERE hash = ?1 AND state = 'here'";
pub(crate) const TOUCH: &str =
    "UPDATE blob SET used_at = ?2 WHERE hash = ?1 AND used_at < ?2 - 60000";
pub(crate) const ALL_HERE: &str =
    "SELECT hash, bytes FROM blob WHERE state = 'here' ORDER BY used_at DESC";

pub(crate) const QUEUED_POSTS: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, NULL, NULL FROM outbox
    WHERE state IS 'queued' AND instr(op, '\"attachments\"') > 0 AND ",
    fits!(outbox "outbox"),
    " ORDER BY id"
);
pub(crate) const KEPT_POSTS: &str =
    "SELECT op FROM operation WHERE instr(op, '\"attachments\"') > 0";
pub(crate) const IS_DONE: &str =
    "SELECT 1 FROM upload WHERE room_id = ?1 AND hash = ?2 AND state = 'done'";
pub(crate) const QUEUE_UPLOAD: &str =
    "INSERT INTO upload (room_id, hash, bytes, media_type, state) VALUES (?1, ?2, ?3, ?4, 'queued')
    ON CONFLICT DO NOTHING";
pub(crate) const UPLOAD: &str =
    "SELECT state, sent, reason, tries FROM upload WHERE room_id = ?1 AND hash = ?2";
pub(crate) const NEXT_UPLOAD: &str = "SELECT room_id, hash, bytes, media_type FROM upload
    WHERE state = 'queued' AND NOT EXISTS (SELECT 1 FROM room r WHERE r.id = upload.room_id AND r.delivery <> 0)
    ORDER BY rowid LIMIT 1";
pub(crate) const SET_SENT: &str = "UPDATE upload SET sent = ?3 WHERE room_id = ?1 AND hash = ?2 AND state = 'queued' AND sent <> ?3";
pub(crate) const UPLOAD_DONE: &str = "UPDATE upload SET state = 'done', sent = bytes, reason = NULL WHERE room_id = ?1 AND hash = ?2";
pub(crate) const UPLOAD_FAILED: &str =
    "UPDATE upload SET state = 'failed', reason = ?3 WHERE room_id = ?1 AND hash = ?2";
pub(crate) const UPLOAD_AGAIN: &str =
    "UPDATE upload SET state = 'queued', sent = 0, tries = tries + 1, reason = NULL
    WHERE room_id = ?1 AND hash = ?2 AND tries < ?3";
pub(crate) const RETRY_UPLOAD: &str =
    "UPDATE upload SET state = 'queued', sent = 0, tries = 0, reason = NULL
    WHERE room_id = ?1 AND hash = ?2 AND state = 'failed'";
pub(crate) const FORGET_UPLOADS: &str =
    "DELETE FROM upload WHERE state = 'done' AND (?1 IS NULL OR room_id = ?1)";

pub(crate) const PUT_DRAFT_FILE: &str =
    "INSERT INTO draft_file (room_id, hash, file) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(crate) const DRAFT_FILES: &str = "SELECT room_id, file FROM draft_file ORDER BY rowid";
pub(crate) const DRAFT_FILES_OF: &str =
    "SELECT room_id, file FROM draft_file WHERE room_id = ?1 ORDER BY rowid";
pub(crate) const REMOVE_DRAFT_FILE: &str =
    "DELETE FROM draft_file WHERE room_id = ?1 AND hash = ?2";
pub(crate) const CLEAR_DRAFT_FILES: &str = "DELETE FROM draft_file WHERE room_id = ?1";
