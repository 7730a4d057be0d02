//! Every SQL statement of the relay. Times cross as milliseconds since 1970.

macro_rules! ms {
    ($column:literal) => {
        concat!("(extract(epoch FROM ", $column, ") * 1000)::bigint")
    };
}

macro_rules! room_columns {
    () => {
        concat!(
            "id, seq, name, topic, kind, edit_policy, ",
            ms!("archived_at"),
            ", created_by, ",
            ms!("created_at")
        )
    };
}

macro_rules! member_columns {
    () => {
        concat!(
            "room_id, user_id, seq, name, role, ",
            ms!("joined_at"),
            ", ",
            ms!("left_at")
        )
    };
}

macro_rules! message_columns {
    () => {
        concat!(
            "room_id, id, seq, position, author_id, body, reply_to, rev, ",
            ms!("created_at"),
            ", ",
            ms!("edited_at"),
            ", edited_by, ",
            ms!("deleted_at"),
            ", ",
            ms!("pinned_at"),
            ", attachments::text"
        )
    };
}

macro_rules! reaction_columns {
    () => {
        concat!(
            "room_id, message_id, user_id, emoji, seq, ",
            ms!("removed_at")
        )
    };
}

macro_rules! read_marker_columns {
    () => {
        "room_id, user_id, seq, position"
    };
}

pub(crate) mod admin;
pub(crate) mod backup;
pub(crate) mod blobs;
pub(crate) mod doctor;

pub(crate) const PING: &str = "SELECT 1";
pub(crate) const LISTEN: &str = "LISTEN amend";
pub(crate) const TAKES_WRITES: &str =
    "SELECT NOT pg_is_in_recovery(), NOT current_setting('transaction_read_only')::boolean";

// Migrations.
pub(crate) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(724361)";
pub(crate) const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration
    (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
pub(crate) const MIGRATION_TABLE_EXISTS: &str =
    "SELECT to_regclass('schema_migration') IS NOT NULL";
pub(crate) const MIGRATION_VERSION: &str = "SELECT coalesce(max(version), 0) FROM schema_migration";
pub(crate) const MIGRATION_DONE: &str = "INSERT INTO schema_migration (version) VALUES ($1)";
/// The store's identity: another one after `UPDATE store SET epoch = …`, and by itself after a restore into another database or
/// cluster, and on another timeline (recovery to a point in time, a promoted standby, whose control file lags behind).
pub(crate) const EPOCH: &str = "SELECT md5(concat_ws(':', epoch,
        (SELECT system_identifier FROM pg_control_system()),
        (SELECT CASE WHEN pg_is_in_recovery() THEN timeline_id
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer END
            FROM pg_control_checkpoint()),
        (SELECT oid FROM pg_database WHERE datname = current_database())))::uuid FROM store";
/// As [`EPOCH`], but the same on every timeline.
pub(crate) const BUS_KEY: &str = "SELECT md5(concat_ws(':', epoch,
        (SELECT system_identifier FROM pg_control_system()),
        (SELECT oid FROM pg_database WHERE datname = current_database())))::uuid FROM store";

// Apply.
// A row that an open transaction elsewhere keeps locked must not stop all rooms.
pub(crate) const APPLY_ON: &str =
    "SELECT set_config('amend.apply', 'on', true), set_config('lock_timeout', '250ms', true)";
pub(crate) const LOCK_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    ", last_seq FROM room WHERE id = ANY($1) ORDER BY id FOR UPDATE"
);
pub(crate) const LOCK_FREE_ROOMS: &str = concat!(
    "SELECT ",
    room_columns!(),
    ", last_seq FROM room WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED"
);
pub(crate) const ROOMS_THERE: &str = "SELECT id FROM room WHERE id = ANY($1)";
pub(crate) const MEMBERS_OF: &str = concat!(
    "SELECT ", member_columns!(), " FROM member
    JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (r, u) ON member.room_id = wanted.r AND member.user_id = wanted.u"
);
pub(crate) const MESSAGES_OF: &str = concat!(
    "SELECT ", message_columns!(), " FROM message
    JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (r, m) ON message.room_id = wanted.r AND message.id = wanted.m"
);
pub(crate) const REACTIONS_BY_KEY: &str = concat!(
    "SELECT ", reaction_columns!(), " FROM reaction
    JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS wanted (r, m, u, e) ON reaction.room_id = wanted.r
        AND reaction.message_id = wanted.m AND reaction.user_id = wanted.u AND reaction.emoji = wanted.e"
);
pub(crate) const READ_MARKERS_OF: &str = concat!(
    "SELECT ", read_marker_columns!(), " FROM read_marker
    JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (r, u) ON read_marker.room_id = wanted.r AND read_marker.user_id = wanted.u"
);
pub(crate) const ACCOUNT_NAMES: &str =
    "SELECT id, name FROM account WHERE id = ANY($1) AND deactivated_at IS NULL";
pub(crate) const ROOM_COUNTS: &str = "SELECT t.id,
        (SELECT count(*) FROM member m WHERE m.user_id = t.id AND m.left_at IS NULL),
        (SELECT count(*) FROM room r WHERE r.created_by = t.id)
    FROM unnest($1::uuid[]) AS t (id)";
pub(crate) const PRESENT: &str =
    "SELECT room_id, count(*), count(*) FILTER (WHERE role = 'owner') FROM member
    WHERE room_id = ANY($1) AND left_at IS NULL GROUP BY room_id";
pub(crate) const LEDGER_OF: &str =
    "SELECT op_id, account_id, seq, code, reason FROM op_ledger WHERE op_id = ANY($1)";

// A room that is new here and not new to the database is another relay's: the violation makes us look again.
pub(crate) const INSERT_ROOMS: &str = "INSERT INTO room
    (id, seq, last_seq, name, topic, kind, edit_policy, archived_at, created_by, created_at)
    SELECT id, seq, last_seq, name, topic, kind, edit_policy, to_timestamp(archived_at / 1000.0), created_by,
        to_timestamp(created_at / 1000.0)
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
        $9::uuid[], $10::bigint[])
        AS t (id, seq, last_seq, name, topic, kind, edit_policy, archived_at, created_by, created_at)";
pub(crate) const PUT_ROOMS: &str =
    "UPDATE room SET seq = t.seq, name = t.name, topic = t.topic, edit_policy = t.edit_policy,
        archived_at = to_timestamp(t.archived_at / 1000.0)
    FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
        AS t (id, seq, name, topic, edit_policy, archived_at) WHERE room.id = t.id";
pub(crate) const ADVANCE_ROOMS: &str = "UPDATE room SET last_seq = t.last_seq
    FROM unnest($1::uuid[], $2::bigint[]) AS t (id, last_seq) WHERE room.id = t.id";
pub(crate) const PUT_MEMBERS: &str = "INSERT INTO member (room_id, user_id, seq, name, role, joined_at, left_at)
    SELECT room_id, user_id, seq, name, role, to_timestamp(joined_at / 1000.0), to_timestamp(left_at / 1000.0)
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
        AS t (room_id, user_id, seq, name, role, joined_at, left_at)
    ON CONFLICT (room_id, user_id) DO UPDATE SET seq = excluded.seq, name = excluded.name, role = excluded.role,
        joined_at = excluded.joined_at, left_at = excluded.left_at";
pub(crate) const PUT_MESSAGES: &str = "INSERT INTO message
    (room_id, id, seq, position, author_id, body, reply_to, rev, created_at, edited_at, edited_by, deleted_at, pinned_at, attachments)
    SELECT room_id, id, seq, position, author_id, body, reply_to, rev, to_timestamp(created_at / 1000.0),
        to_timestamp(edited_at / 1000.0), edited_by, to_timestamp(deleted_at / 1000.0), to_timestamp(pinned_at / 1000.0), attachments::jsonb
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::uuid[], $8::integer[],
        $9::bigint[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[], $14::text[])
        AS t (room_id, id, seq, position, author_id, body, reply_to, rev, created_at, edited_at, edited_by, deleted_at,
            pinned_at, attachments)
    ON CONFLICT (room_id, id) DO UPDATE SET seq = excluded.seq, body = excluded.body, rev = excluded.rev,
        edited_at = excluded.edited_at, edited_by = excluded.edited_by, deleted_at = excluded.deleted_at,
        pinned_at = excluded.pinned_at, attachments = excluded.attachments";
pub(crate) const PUT_REACTIONS: &str = "INSERT INTO reaction (room_id, message_id, user_id, emoji, seq, removed_at)
    SELECT room_id, message_id, user_id, emoji, seq, to_timestamp(removed_at / 1000.0)
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
        AS t (room_id, message_id, user_id, emoji, seq, removed_at)
    ON CONFLICT (room_id, message_id, user_id, emoji) DO UPDATE SET seq = excluded.seq, removed_at = excluded.removed_at";
pub(crate) const PUT_READ_MARKERS: &str =
    "INSERT INTO read_marker (room_id, user_id, seq, position)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
    ON CONFLICT (room_id, user_id) DO UPDATE SET seq = excluded.seq, position = excluded.position";
pub(crate) const INSERT_VERSIONS: &str = "INSERT INTO message_version
    (room_id, message_id, seq, rev, body, editor_id, edited_at)
    SELECT room_id, message_id, seq, rev, body, editor_id, to_timestamp(edited_at / 1000.0)
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::text[], $6::uuid[], $7::bigint[])
        AS t (room_id, message_id, seq, rev, body, editor_id, edited_at)";
pub(crate) const INSERT_LEDGER: &str =
    "INSERT INTO op_ledger (op_id, account_id, seq, code, reason)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[])";
pub(crate) const NOTIFY: &str =
    "SELECT pg_notify('amend', payload) FROM unnest($1::text[]) AS t (payload)";

// Reads.
pub(crate) const LAST_SEQ: &str = "SELECT last_seq FROM room WHERE id = $1";
pub(crate) const MOVED_ON: &str =
    "SELECT room.id FROM room JOIN unnest($1::uuid[], $2::bigint[]) AS known (id, seq) ON room.id = known.id
    WHERE room.last_seq > known.seq";
pub(crate) const ROOM: &str = concat!("SELECT ", room_columns!(), " FROM room WHERE id = $1");
pub(crate) const ROOM_AFTER: &str = concat!(
    "SELECT ",
    room_columns!(),
    " FROM room WHERE id = $1 AND seq > $2"
);
pub(crate) const MEMBERS: &str = concat!(
    "SELECT ",
    member_columns!(),
    " FROM member WHERE room_id = $1 ORDER BY seq"
);
pub(crate) const MEMBERS_AFTER: &str = concat!(
    "SELECT ",
    member_columns!(),
    " FROM member WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
);
pub(crate) const REACTIONS_AFTER: &str = concat!(
    "SELECT ",
    reaction_columns!(),
    " FROM reaction WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
);
pub(crate) const READ_MARKERS_AFTER: &str = concat!(
    "SELECT ",
    read_marker_columns!(),
    " FROM read_marker WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
);
pub(crate) const READ_MARKERS: &str = concat!(
    "SELECT ",
    read_marker_columns!(),
    " FROM read_marker WHERE room_id = $1 ORDER BY seq"
);
pub(crate) const REACTIONS_OF: &str = concat!(
    "SELECT ",
    reaction_columns!(),
    " FROM reaction WHERE room_id = $1 AND message_id = ANY($2) ORDER BY seq"
);
pub(crate) const MESSAGES_AFTER: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM message WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
);
pub(crate) const MESSAGES_BEFORE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM message WHERE room_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3"
);
pub(crate) const MESSAGES_BEHIND: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM message WHERE room_id = $1 AND position > $2 ORDER BY position LIMIT $3"
);
pub(crate) const IS_MEMBER: &str =
    "SELECT FROM member WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL";
pub(crate) const POSITION_OF: &str = "SELECT position FROM message WHERE room_id = $1 AND id = $2";
// By the index on the date; the lowest position of all that follow would take reading them all.
pub(crate) const POSITION_SINCE: &str = "SELECT position FROM message
    WHERE room_id = $1 AND created_at >= to_timestamp($2::bigint / 1000.0) ORDER BY created_at, position LIMIT 1";
pub(crate) const IS_DELETED_FOR: &str =
    "SELECT deleted_at IS NOT NULL AND author_id <> $3 FROM message
    WHERE room_id = $1 AND id = $2";
// Ordered, so that it is answered by the index: EXISTS alone may read the room from its beginning.
pub(crate) const BEYOND: &str =
    "SELECT (SELECT true FROM message WHERE room_id = $1 AND position < $2 ORDER BY position DESC LIMIT 1) IS NOT NULL,
        (SELECT true FROM message WHERE room_id = $1 AND position > $3 ORDER BY position LIMIT 1) IS NOT NULL";
pub(crate) const VERSIONS: &str = concat!(
    "SELECT seq, rev, body, editor_id, ",
    ms!("edited_at"),
    " FROM message_version WHERE room_id = $1 AND message_id = $2 AND seq > $3 ORDER BY seq LIMIT $4"
);
pub(crate) const MEMBERSHIPS: &str =
    "SELECT room_id FROM member WHERE user_id = $1 AND left_at IS NULL ORDER BY room_id";
pub(crate) const DIRECTORY: &str = "SELECT r.id, r.name, r.topic,
        (SELECT count(*) FROM member m WHERE m.room_id = r.id AND m.left_at IS NULL)
    FROM room r WHERE r.kind = 'channel' AND r.archived_at IS NULL ORDER BY lower(r.name), r.id LIMIT $1";

// Accounts.
// The first account that the host makes is an admin.
pub(crate) const ADD_ACCOUNT: &str = "INSERT INTO account (id, name, password_hash, is_admin)
    VALUES ($1, $2, $3, $4 AND NOT EXISTS (SELECT FROM account WHERE is_admin)) ON CONFLICT DO NOTHING
    RETURNING is_admin";
// One account is added at a time: two first ones must not both be the admin's, nor two names that look the same both be free.
pub(crate) const ACCOUNTS_LOCK: &str = "SELECT pg_advisory_xact_lock(724363)";
// A name in plain Latin can only be taken for one that is not.
pub(crate) const NAMES_TO_COMPARE: &str =
    "SELECT name FROM account WHERE NOT $1 OR name ~ '[^ -~]'";
pub(crate) const ACCOUNT_BY_NAME: &str =
    "SELECT id, name, password_hash, is_admin, deactivated_at IS NOT NULL FROM account
    WHERE amend_name_key(name) = amend_name_key($1)";
pub(crate) const ACCOUNTS: &str = concat!(
    "SELECT id, name, is_admin, deactivated_at IS NOT NULL, ",
    ms!("created_at"),
    " FROM account ORDER BY lower(name)"
);
pub(crate) const PEOPLE: &str =
    "SELECT id, name FROM account WHERE deactivated_at IS NULL ORDER BY lower(name) LIMIT 10000";
pub(crate) const SET_PASSWORD: &str =
    "UPDATE account SET password_hash = $2, placeholder = false WHERE id = $1";
pub(crate) const SET_ADMIN: &str = "UPDATE account SET is_admin = $2 WHERE id = $1";
pub(crate) const SET_DEACTIVATED: &str = "UPDATE account
    SET deactivated_at = CASE WHEN $2 THEN coalesce(deactivated_at, now()) END WHERE id = $1";
pub(crate) const ADD_TOKEN: &str = concat!(
    "INSERT INTO session_token (hash, account_id, label, expires_at, short, parent)
    SELECT $1, a.id, $3, now() + $4 * interval '1 second', $5, $6 FROM account a
    WHERE a.id = $2 AND ($7::text IS NULL OR a.password_hash = $7) FOR SHARE RETURNING ",
    ms!("expires_at")
);
pub(crate) const PRUNE_TOKENS: &str = "DELETE FROM session_token WHERE account_id = $1
    AND (expires_at < now() - interval '1 day' OR revoked_at < now() - interval '1 day')";
pub(crate) const TOKEN: &str =
    "SELECT a.id, a.name, t.expires_at <= now(), t.revoked_at IS NOT NULL OR p.revoked_at IS NOT NULL, t.id, a.is_admin,
        a.deactivated_at IS NOT NULL, extract(epoch FROM t.expires_at - now())::float8, t.short
    FROM session_token t JOIN account a ON a.id = t.account_id LEFT JOIN session_token p ON p.id = t.parent
    WHERE t.hash = $1";
pub(crate) const TOKEN_USED: &str = "UPDATE session_token SET last_used_at = now()
    WHERE hash = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')";
pub(crate) const SESSIONS: &str = concat!(
    "SELECT id, label, ",
    ms!("created_at"),
    ", ",
    ms!("last_used_at"),
    ", ",
    ms!("expires_at"),
    " FROM session_token WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
        AND NOT EXISTS (SELECT FROM session_token p WHERE p.id = session_token.parent AND p.revoked_at IS NOT NULL)
    ORDER BY session_token.created_at DESC, id"
);
pub(crate) const REVOKE_SESSION: &str = "UPDATE session_token SET revoked_at = now()
    WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL";
pub(crate) const REVOKE_OTHER_SESSIONS: &str = "UPDATE session_token SET revoked_at = now()
    WHERE account_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL";
pub(crate) const ADD_INVITE: &str = concat!(
    "INSERT INTO invite (hash, created_by, uses_left, expires_at, claims)
    VALUES ($1, $2, $3, now() + $4 * interval '1 day', $5) RETURNING ",
    ms!("expires_at")
);
pub(crate) const INVITES: &str = concat!(
    "SELECT encode(substring(i.hash from 1 for 16), 'hex')::uuid, a.name, i.uses_left, ",
    ms!("i.created_at"),
    ", ",
    ms!("i.expires_at"),
    " FROM invite i LEFT JOIN account a ON a.id = i.created_by WHERE i.uses_left > 0 AND i.expires_at > now()
    ORDER BY i.created_at DESC, i.hash"
);
pub(crate) const REVOKE_INVITE: &str =
    "DELETE FROM invite WHERE encode(substring(hash from 1 for 16), 'hex')::uuid = $1";
pub(crate) const USE_INVITE: &str = "UPDATE invite SET uses_left = uses_left - 1
    WHERE hash = $1 AND uses_left > 0 AND expires_at > now()";
/// Whose account the invite gives; NULL: a new one.
pub(crate) const INVITE_CLAIMS: &str = "SELECT claims FROM invite WHERE hash = $1";
pub(crate) const IS_PLACEHOLDER: &str =
    "SELECT FROM account WHERE id = $1 AND placeholder AND deactivated_at IS NULL";
pub(crate) const CLAIM: &str = "UPDATE account SET password_hash = $2, placeholder = false
    WHERE id = $1 AND placeholder AND deactivated_at IS NULL RETURNING name";
pub(crate) const INVITE_IS_GOOD: &str =
    "SELECT FROM invite WHERE hash = $1 AND uses_left > 0 AND expires_at > now()";
pub(crate) const EXTERNAL: &str =
    "SELECT a.id, a.name, a.is_admin, a.deactivated_at IS NOT NULL, i.said_at
    FROM identity i JOIN account a ON a.id = i.account_id WHERE i.issuer = $1 AND i.subject = $2";
// What a newer token says counts, whichever is looked at last: else two of them would contradict each other for ever.
pub(crate) const EXTERNAL_SAYS: &str = "WITH said AS (UPDATE identity SET said_at = $3
        WHERE issuer = $1 AND subject = $2 AND said_at < $3 RETURNING account_id)
    UPDATE account SET is_admin = $4 FROM said WHERE account.id = said.account_id AND is_admin <> $4";
// The first free of name, name 2, name 3 …, from the n-th on; no password fits the hash.
pub(crate) const ADD_EXTERNAL: &str = "INSERT INTO account (id, name, password_hash)
    SELECT $1, free.name, '!' FROM (
        SELECT CASE WHEN n = 1 THEN $2::text ELSE $2::text || ' ' || n END AS name FROM generate_series($3::int, 999) AS n
        ORDER BY n) AS free
    WHERE NOT EXISTS (SELECT FROM account a WHERE amend_name_key(a.name) = amend_name_key(free.name)) LIMIT 1
    ON CONFLICT DO NOTHING";
pub(crate) const ADD_IDENTITY: &str =
    "INSERT INTO identity (issuer, subject, account_id) VALUES ($1, $2, $3)";

// Imports.
pub(crate) const IMPORT_ACCOUNT: &str = "SELECT FROM account WHERE id = $1";
pub(crate) const IMPORT_ACCOUNTS: &str = "SELECT id, name FROM account WHERE id = ANY($1)";
// As ADD_EXTERNAL; whoever is invited in its place claims it.
pub(crate) const ADD_PLACEHOLDER: &str = "INSERT INTO account (id, name, password_hash, placeholder)
    SELECT $1, free.name, '!', true FROM (
        SELECT CASE WHEN n = 1 THEN $2::text ELSE $2::text || ' ' || n END AS name FROM generate_series($3::int, 999) AS n
        ORDER BY n) AS free
    WHERE NOT EXISTS (SELECT FROM account a WHERE amend_name_key(a.name) = amend_name_key(free.name)) LIMIT 1
    ON CONFLICT DO NOTHING";
pub(crate) const UNREAD_MEMBERS: &str = "SELECT m.room_id, m.user_id FROM member m
    WHERE m.room_id = ANY($1) AND m.left_at IS NULL
        AND NOT EXISTS (SELECT FROM read_marker r WHERE r.room_id = m.room_id AND r.user_id = m.user_id)";

// Watched tables.
pub(crate) const ROLE: &str = "SELECT current_user::text";
pub(crate) const WATCH_LOCK: &str =
    "SELECT set_config('lock_timeout', '2s', true); SELECT pg_advisory_xact_lock(724362)";
pub(crate) const WATCH_WANTED: &str = "SELECT entries FROM watch_wanted";
pub(crate) const WATCH_WANT: &str = "INSERT INTO watch_wanted (entries) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET entries = excluded.entries, at = now()";
// Columns, primary key, whether we may make triggers and remove them, what kind of thing it is, and whether it is our own.
pub(crate) const WATCH_TABLE: &str = "SELECT
        ARRAY(SELECT a.attname::text FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
        ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
            WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)),
        has_table_privilege(c.oid, 'TRIGGER') AND has_schema_privilege(n.oid, 'USAGE'), pg_has_role(c.relowner, 'USAGE'),
        CASE WHEN n.nspname = current_schema() AND c.relname LIKE 'watch\\_%' THEN 'one of Amend''s own tables'
            ELSE CASE c.relkind WHEN 'r' THEN '' WHEN 'p' THEN '' WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
                WHEN 'f' THEN 'a foreign table' ELSE 'no table' END END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
// Those of this store: another one may be in another schema of the database.
pub(crate) const WATCH_TRIGGERS: &str = "SELECT n.nspname::text, c.relname::text, t.tgname::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgname LIKE 'amend\\_watch\\_%' AND NOT t.tgisinternal AND t.tgparentid = 0
        AND p.proname = 'amend_watch_event' AND p.pronamespace = to_regnamespace(quote_ident(current_schema()))";
pub(crate) const WATCH_CREATE: &str =
    "SELECT format('CREATE TRIGGER %I AFTER %s ON %I.%I FOR EACH %s EXECUTE FUNCTION %I.amend_watch_event(%L, %L, %L, %L, %L)',
        $1::text, $2::text, $3::text, $4::text, $5::text, current_schema(), $6::text, $7::text, $8::text, $3::text, $4::text)";
pub(crate) const WATCH_DROP: &str =
    "SELECT format('DROP TRIGGER IF EXISTS %I ON %I.%I', $1::text, $2::text, $3::text)";
pub(crate) const WATCH_REMEMBER: &str =
    "INSERT INTO watch_table (channel, schema, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
pub(crate) const WATCH_AGAIN: &str =
    "INSERT INTO watch_event (channel, operation, schema, name, first)
    VALUES ($1, 'watched', $2, $3, true)";
pub(crate) const WATCH_CHANNEL: &str =
    "INSERT INTO watch_channel (channel) VALUES ($1) ON CONFLICT DO NOTHING";
// One relay numbers at a time; the others do not wait. However many events there are, they are numbered at once.
pub(crate) const WATCH_NUMBER_LOCK: &str =
    "SELECT pg_try_advisory_xact_lock(724364), set_config('statement_timeout', '0', true)";
pub(crate) const WATCH_UNNUMBERED: &str =
    "SELECT EXISTS (SELECT FROM watch_event WHERE position IS NULL)";
pub(crate) const WATCH_NUMBER: &str = "WITH found AS (
        SELECT id, channel, max(greatest(id, turn)) OVER (PARTITION BY xid) AS turn FROM watch_event WHERE position IS NULL
    ), ranked AS (
        SELECT id, channel, row_number() OVER (PARTITION BY channel ORDER BY turn, id) AS rank FROM found
    ), moved AS (
        INSERT INTO watch_channel (channel, last) SELECT channel, count(*) FROM ranked GROUP BY channel
        ON CONFLICT (channel) DO UPDATE SET last = watch_channel.last + excluded.last
        RETURNING channel, last
    ), counted AS (SELECT channel, count(*) AS added FROM ranked GROUP BY channel)
    UPDATE watch_event e SET position = moved.last - counted.added + ranked.rank
    FROM ranked JOIN moved USING (channel) JOIN counted USING (channel) WHERE e.id = ranked.id";
pub(crate) const WATCH_POSITIONS: &str = "SELECT channel, last FROM watch_channel";
pub(crate) const WATCH_STATE: &str = "SELECT last, pruned FROM watch_channel WHERE channel = $1";
// As many as begin within $4 bytes; rows of more than $5 are left out. So never more is held than is sent.
pub(crate) const WATCH_EVENTS: &str = concat!(
    "SELECT position, operation, schema, name, key::text, CASE WHEN bytes <= $5 THEN data::text END, ",
    ms!("at"),
    ", bytes > $5, old_key::text FROM (
        SELECT e.*, coalesce(sum(200 + CASE WHEN bytes <= $5 THEN bytes ELSE 0 END) OVER (ORDER BY position
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM watch_event e WHERE channel = $1 AND position > $2 ORDER BY position LIMIT $3) e
    WHERE before < $4::bigint ORDER BY position"
);
pub(crate) const WATCH_PRUNE: &str = "WITH old AS (
        DELETE FROM watch_event WHERE position IS NOT NULL AND at < now() - $1 * interval '1 day' RETURNING channel, position
    )
    UPDATE watch_channel c SET pruned = greatest(c.pruned, o.position)
    FROM (SELECT channel, max(position) AS position FROM old GROUP BY channel) o WHERE c.channel = o.channel";
