//! What only the host does. Everything is written as plain SQL is: the triggers number the rows and wake the relays.

/// Locks in the order of ids, as the relay's batches do, so that neither waits for the other in a ring.
pub(crate) const LOCK_ROOMS_OF: &str = "SELECT id FROM room WHERE id IN (
        SELECT room_id FROM member WHERE user_id = $1) ORDER BY id FOR UPDATE";
pub(crate) const LOCK_ROOM: &str = "SELECT id FROM room WHERE id = $1 FOR UPDATE";

// Rooms.
pub(crate) const ROOMS: &str = "SELECT r.id, r.name, r.kind, r.archived_at IS NOT NULL,
        (SELECT count(*) FROM member m WHERE m.room_id = r.id AND m.left_at IS NULL),
        (SELECT count(*) FROM message m WHERE m.room_id = r.id AND m.deleted_at IS NULL),
        to_char(greatest(r.created_at, (SELECT max(greatest(m.created_at, m.edited_at)) FROM message m WHERE m.room_id = r.id))
            AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
    FROM room r ORDER BY r.kind, lower(r.name), r.id";
pub(crate) const FIND_ROOM: &str = "SELECT id, name, kind FROM room WHERE id::text = lower($1) OR lower(name) = lower($1) ORDER BY id";
pub(crate) const ROOM_MEMBERS: &str = "SELECT name, user_id, role, left_at IS NULL FROM member
    WHERE room_id = $1 ORDER BY left_at IS NOT NULL, lower(name), user_id";
pub(crate) const SET_ARCHIVED: &str =
    "UPDATE room SET archived_at = CASE WHEN $2 THEN coalesce(archived_at, now()) END
    WHERE id = $1";
pub(crate) const ADD_MEMBER: &str = "INSERT INTO member AS m (room_id, user_id, name, role)
    SELECT $1, id, name, $3 FROM account WHERE id = $2
    ON CONFLICT (room_id, user_id) DO UPDATE SET name = excluded.name, role = excluded.role, left_at = NULL,
        joined_at = CASE WHEN m.left_at IS NULL THEN m.joined_at ELSE now() END";
pub(crate) const REMOVE_MEMBER: &str =
    "UPDATE member SET role = 'removed', left_at = coalesce(left_at, now())
    WHERE room_id = $1 AND user_id = $2";
pub(crate) const SET_ROLE: &str =
    "UPDATE member SET role = $3 WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL";

// A new name, on everyone's screen.
pub(crate) const NAME_TAKEN: &str = "SELECT EXISTS (SELECT FROM account WHERE amend_name_key(name) = amend_name_key($2) AND id <> $1)";
pub(crate) const OTHER_NAMES: &str = "SELECT name FROM account WHERE id <> $1";
pub(crate) const RENAME_ACCOUNT: &str = "UPDATE account SET name = $2 WHERE id = $1";
pub(crate) const RENAME_MEMBER: &str =
    "UPDATE member SET name = $2 WHERE user_id = $1 AND name <> $2";
pub(crate) const WAKE_PERSON: &str = "SELECT pg_notify('amend', 'u:' || $1)";

// All that is kept of one person, as JSON objects with their kind.
pub(crate) const EXPORT: &[&str] = &[
    concat!("SELECT json_build_object('kind', 'account', 'id', id, 'name', name, 'is_admin', is_admin, 'created_at', ",
        ms!("created_at"), ", 'deactivated_at', ", ms!("deactivated_at"), ")::text FROM account WHERE id = $1"),
    "SELECT json_build_object('kind', 'identity', 'issuer', issuer, 'subject', subject)::text
        FROM identity WHERE account_id = $1 ORDER BY issuer, subject",
    concat!("SELECT json_build_object('kind', 'session', 'id', id, 'label', label, 'created_at', ", ms!("created_at"),
        ", 'last_used_at', ", ms!("last_used_at"), ", 'expires_at', ", ms!("expires_at"), ", 'revoked_at', ", ms!("revoked_at"),
        ")::text FROM session_token WHERE account_id = $1 ORDER BY created_at, id"),
    concat!("SELECT json_build_object('kind', 'invite', 'uses_left', uses_left, 'created_at', ", ms!("created_at"),
        ", 'expires_at', ", ms!("expires_at"), ")::text FROM invite WHERE created_by = $1 ORDER BY created_at"),
    concat!("SELECT json_build_object('kind', 'membership', 'room_id', m.room_id, 'room', r.name, 'room_kind', r.kind,
        'name', m.name, 'role', m.role, 'joined_at', ", ms!("m.joined_at"), ", 'left_at', ", ms!("m.left_at"),
        ")::text FROM member m JOIN room r ON r.id = m.room_id WHERE m.user_id = $1 ORDER BY m.joined_at, m.room_id"),
    concat!("SELECT json_build_object('kind', 'message', 'room_id', room_id, 'id', id, 'position', position, 'rev', rev,
        'body', body, 'reply_to', reply_to, 'created_at', ", ms!("created_at"), ", 'edited_at', ", ms!("edited_at"),
        ", 'deleted_at', ", ms!("deleted_at"), ", 'pinned_at', ", ms!("pinned_at"),
        ", 'attachments', attachments)::text FROM message WHERE author_id = $1 ORDER BY room_id, position"),
    // Earlier texts of their messages, and texts that they gave to others' messages.
    concat!("SELECT json_build_object('kind', 'version', 'room_id', v.room_id, 'message_id', v.message_id, 'rev', v.rev,
        'body', v.body, 'edited_at', ", ms!("v.edited_at"), ", 'own_message', m.author_id = $1, 'own_text', v.editor_id = $1)::text
        FROM message_version v JOIN message m ON m.room_id = v.room_id AND m.id = v.message_id
        WHERE m.author_id = $1 OR v.editor_id = $1 ORDER BY v.room_id, v.message_id, v.seq"),
    concat!("SELECT json_build_object('kind', 'edit', 'room_id', room_id, 'message_id', id, 'rev', rev, 'body', body,
        'edited_at', ", ms!("edited_at"), ")::text FROM message WHERE edited_by = $1 AND author_id <> $1 ORDER BY room_id, position"),
    concat!("SELECT json_build_object('kind', 'reaction', 'room_id', room_id, 'message_id', message_id, 'emoji', emoji,
        'removed_at', ", ms!("removed_at"), ")::text FROM reaction WHERE user_id = $1 ORDER BY room_id, seq"),
    "SELECT json_build_object('kind', 'read_marker', 'room_id', room_id, 'position', position)::text
        FROM read_marker WHERE user_id = $1 ORDER BY room_id",
    concat!("SELECT json_build_object('kind', 'file', 'room_id', b.room_id, 'hash', encode(b.hash, 'hex'), 'bytes', c.bytes,
        'created_at', ", ms!("b.created_at"), ")::text FROM blob b JOIN blob_content c ON c.hash = b.hash
        WHERE b.account_id = $1 ORDER BY b.room_id, b.created_at, b.hash"),
];

// Erasure.
pub(crate) const SHUT_OUT: &str =
    "UPDATE account SET deactivated_at = coalesce(deactivated_at, now()), password_hash = '!',
    is_admin = false WHERE id = $1";
pub(crate) const ERASE_SESSIONS: &str = "DELETE FROM session_token WHERE account_id = $1";
pub(crate) const ERASE_INVITES: &str = "DELETE FROM invite WHERE created_by = $1";
pub(crate) const ERASE_IDENTITY: &str = "DELETE FROM identity WHERE account_id = $1";
/// What they sent and no message has any more: its content goes with the next collection.
pub(crate) const ERASE_BLOBS: &str = "DELETE FROM blob b WHERE b.account_id = $1 AND NOT EXISTS (
    SELECT FROM message m WHERE m.room_id = b.room_id
        AND m.attachments @> jsonb_build_array(jsonb_build_object('hash', encode(b.hash, 'hex'))))";
pub(crate) const ERASE_UPLOADS: &str = "DELETE FROM blob_upload WHERE account_id = $1";
pub(crate) const ERASE_LEDGER: &str = "DELETE FROM op_ledger WHERE account_id = $1";
pub(crate) const TRACES: &str = "SELECT room_id FROM member WHERE user_id = $1 UNION SELECT room_id FROM message WHERE author_id = $1
    UNION SELECT room_id FROM message_version WHERE editor_id = $1 UNION SELECT room_id FROM reaction WHERE user_id = $1
    UNION SELECT room_id FROM read_marker WHERE user_id = $1 ORDER BY room_id";
pub(crate) const CLEAR_MESSAGES: &str =
    "UPDATE message SET deleted_at = coalesce(deleted_at, now()), body = '', pinned_at = NULL
    WHERE room_id = $1 AND id IN (SELECT id FROM message WHERE room_id = $1 AND author_id = $2
        AND (deleted_at IS NULL OR body <> '') ORDER BY position LIMIT $3)";
pub(crate) const CLEAR_VERSIONS: &str = "UPDATE message_version SET body = '' WHERE room_id = $1 AND body <> ''
    AND (editor_id = $2 OR message_id IN (SELECT id FROM message WHERE room_id = $1 AND author_id = $2))";
pub(crate) const CLEAR_REACTIONS: &str =
    "DELETE FROM reaction WHERE room_id = $1 AND user_id = $2 AND removed_at IS NULL";
pub(crate) const CLEAR_MARKER: &str = "DELETE FROM read_marker WHERE room_id = $1 AND user_id = $2";
pub(crate) const CLEAR_MEMBER: &str =
    "UPDATE member SET name = $3, left_at = coalesce(left_at, now())
    WHERE room_id = $1 AND user_id = $2";
pub(crate) const EDITS_OF_OTHERS: &str =
    "SELECT count(*) FROM message WHERE edited_by = $1 AND author_id <> $1 AND deleted_at IS NULL";
/// Events of our own tables, if the host watches those: of the person, and of their messages.
pub(crate) const CLEAR_EVENTS: &str = "UPDATE watch_event SET data = NULL
    WHERE data IS NOT NULL AND schema = current_schema() AND name = ANY($2) AND (
        strpos(data::text, $1::uuid::text) > 0 OR strpos(coalesce(key::text, ''), $1::uuid::text) > 0
        OR coalesce(key->>'id', data->>'id', key->>'message_id', data->>'message_id')
            IN (SELECT id::text FROM message WHERE author_id = $1))";
