//! Files of messages. `$1` is the room and `$2` the hash throughout, where there are such.

/// Whether a live message of a room (alias `b.room_id`) has a content (alias `b.hash`).
macro_rules! has_message {
    () => {
        "EXISTS (SELECT FROM message m WHERE m.room_id = b.room_id
            AND m.attachments @> jsonb_build_array(jsonb_build_object('hash', encode(b.hash, 'hex'))))"
    };
}

/// Whether the person is in the room, and may write there.
pub(crate) const PLACE: &str =
    "SELECT r.archived_at IS NULL AND m.role IN ('owner', 'moderator', 'member')
    FROM member m JOIN room r ON r.id = m.room_id WHERE m.room_id = $1 AND m.user_id = $2 AND m.left_at IS NULL";
/// For whoever has shown that they have it, or may read it in any room.
pub(crate) const LINK: &str = "INSERT INTO blob (room_id, hash, account_id)
    SELECT $1, c.hash, $3 FROM blob_content c WHERE c.hash = $2 AND c.bytes = $4 AND (
        EXISTS (SELECT FROM blob b WHERE b.hash = c.hash AND b.account_id = $3)
        OR EXISTS (SELECT FROM message x JOIN member m ON m.room_id = x.room_id AND m.user_id = $3 AND m.left_at IS NULL
            WHERE x.attachments @> jsonb_build_array(jsonb_build_object('hash', encode($2, 'hex')))))
    ON CONFLICT (room_id, hash, account_id) DO UPDATE SET used_at = now(), orphaned_at = NULL RETURNING true";
/// What an account has in the store, and what it is sending.
pub(crate) const USED: &str = "SELECT coalesce((SELECT sum(c.bytes) FROM blob_content c
            WHERE c.hash IN (SELECT b.hash FROM blob b WHERE b.account_id = $1)), 0)::bigint
        + coalesce((SELECT sum(u.bytes) FROM blob_upload u WHERE u.account_id = $1), 0)::bigint";
pub(crate) const BEGIN: &str = "INSERT INTO blob_upload (id, room_id, hash, account_id, bytes) VALUES ($5, $1, $2, $3, $4)
    ON CONFLICT (account_id, room_id, hash) DO UPDATE SET changed_at = now() RETURNING id, bytes, received, parts";
pub(crate) const UPLOAD: &str = "SELECT id, bytes, received, parts FROM blob_upload
    WHERE room_id = $1 AND hash = $2 AND account_id = $3";
/// Only what joins on: of two who send the same range one is first.
pub(crate) const ADD_PART: &str =
    "UPDATE blob_upload SET received = received + $3, parts = parts || $4, changed_at = now()
    WHERE id = $1 AND received = $2 RETURNING id, bytes, received, parts";
pub(crate) const PUT_CONTENT: &str =
    "INSERT INTO blob_content (hash, bytes, object) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
pub(crate) const PUT_BLOB: &str = "INSERT INTO blob (room_id, hash, account_id) VALUES ($1, $2, $3)
    ON CONFLICT (room_id, hash, account_id) DO UPDATE SET used_at = now(), orphaned_at = NULL";
pub(crate) const END_UPLOAD: &str = "DELETE FROM blob_upload WHERE id = $1";
/// For a member: what a live message of the room has, or what they have sent there themselves.
pub(crate) const READABLE: &str = "SELECT c.bytes, c.object FROM blob_content c
    WHERE c.hash = $2 AND EXISTS (SELECT FROM member m WHERE m.room_id = $1 AND m.user_id = $3 AND m.left_at IS NULL)
        AND (EXISTS (SELECT FROM blob b WHERE b.room_id = $1 AND b.hash = $2 AND b.account_id = $3)
            OR EXISTS (SELECT FROM message x WHERE x.room_id = $1
                AND x.attachments @> jsonb_build_array(jsonb_build_object('hash', encode($2, 'hex')))))";
/// Touched, so that a collection that has looked before does not take them.
pub(crate) const USE: &str = "UPDATE blob b SET used_at = now(), orphaned_at = NULL, posted = true
    FROM unnest($1::uuid[], $2::bytea[], $3::uuid[]) AS w (r, h, a) JOIN blob_content c ON c.hash = w.h
    WHERE b.room_id = w.r AND b.hash = w.h AND b.account_id = w.a RETURNING b.room_id, b.hash, b.account_id, c.bytes";

// Collecting. Each statement is right beside any number of others of its kind.
pub(crate) const LOOK: &str = concat!(
    "WITH next AS (
        SELECT room_id, hash, account_id FROM blob WHERE checked_at < now() - $2 * interval '1 second'
        ORDER BY checked_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    UPDATE blob b SET checked_at = now(), orphaned_at = CASE WHEN ",
    has_message!(),
    " THEN NULL ELSE coalesce(b.orphaned_at, now()) END
    FROM next WHERE (b.room_id, b.hash, b.account_id) = (next.room_id, next.hash, next.account_id)"
);
/// $1: how long a file may wait for its message; $2: how long it is kept after its last message was deleted.
pub(crate) const DROP_ORPHANS: &str = concat!(
    "DELETE FROM blob b WHERE b.orphaned_at IS NOT NULL
        AND b.used_at < now() - $1 * interval '1 second'
        AND (NOT b.posted OR b.orphaned_at < now() - $2 * interval '1 second') AND NOT ",
    has_message!()
);
pub(crate) const UNUSED_CONTENT: &str = "SELECT c.hash, c.object FROM blob_content c WHERE NOT EXISTS (SELECT FROM blob b WHERE b.hash = c.hash) LIMIT $1";
/// Refused by the reference if somebody took it up in between.
pub(crate) const DROP_CONTENT: &str =
    "DELETE FROM blob_content c WHERE c.hash = $1 AND c.object = $2
    AND NOT EXISTS (SELECT FROM blob b WHERE b.hash = c.hash)";
pub(crate) const DROP_UPLOADS: &str =
    "DELETE FROM blob_upload WHERE changed_at < now() - $1 * interval '1 second'
    RETURNING id, parts";
pub(crate) const KNOWN_OBJECTS: &str = "SELECT object FROM blob_content WHERE object = ANY($1)
    UNION SELECT part FROM blob_upload u, unnest(u.parts) AS p (part) WHERE part = ANY($1)";
pub(crate) const ALL_CONTENT: &str = "SELECT object, bytes FROM blob_content";
