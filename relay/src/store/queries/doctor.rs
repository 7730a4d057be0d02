//! What `doctor` asks: only reads. An invariant's statement returns how many rows break it, and one of them for people.

pub(crate) const BOUNDED: &str =
    "SELECT set_config('statement_timeout', $1::bigint::text || 'ms', true)";
/// What the server is and how it is set.
pub(crate) const SERVER: &str = "SELECT current_setting('server_version'), current_setting('server_version_num')::integer,
    current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
    current_setting('server_encoding'), pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'
        OR current_setting('default_transaction_read_only') = 'on',
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
    (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND application_name <> 'amend-relay')";
pub(crate) const CLOCK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
pub(crate) const RIGHTS: &str = "SELECT current_user::text, coalesce(current_schema()::text, ''),
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
    has_function_privilege('pg_control_system()', 'EXECUTE') AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')";
pub(crate) const NOT_OWNED: &str = "SELECT c.relname::text FROM unnest($1::text[]) AS t (name)
    JOIN pg_class c ON c.relname = t.name AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
    WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1";
pub(crate) const DATA_FOLDER: &str = "SELECT current_setting('data_directory')";
pub(crate) const TABLES_HERE: &str = "SELECT c.relname::text FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r' AND c.relname = ANY($1)";
pub(crate) const TRIGGERS: &str = "SELECT c.relname::text, t.tgname::text, t.tgenabled IN ('O', 'A')
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND NOT t.tgisinternal AND t.tgname LIKE 'amend\\_%'
        AND t.tgname NOT LIKE 'amend\\_watch\\_%'";
pub(crate) const BAD_INDEXES: &str = "SELECT count(*), min(i.indexrelid::regclass::text) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
    WHERE NOT i.indisvalid";

pub(crate) const ROOM_COUNTER: &str = "SELECT count(*), min(r.id::text) FROM room r LEFT JOIN (
        SELECT room_id, max(seq) AS seq FROM (
            SELECT room_id, max(seq) AS seq FROM member GROUP BY room_id
            UNION ALL SELECT room_id, max(seq) FROM message GROUP BY room_id
            UNION ALL SELECT room_id, max(seq) FROM message_version GROUP BY room_id
            UNION ALL SELECT room_id, max(seq) FROM reaction GROUP BY room_id
            UNION ALL SELECT room_id, max(seq) FROM read_marker GROUP BY room_id) AS each GROUP BY room_id
    ) AS highest ON highest.room_id = r.id
    WHERE r.last_seq < greatest(r.seq, highest.seq)";
pub(crate) const SEQ_ONCE: &str = "SELECT count(*), min(room_id::text || ' seq ' || seq) FROM (
        SELECT room_id, seq FROM (
            SELECT id AS room_id, seq FROM room UNION ALL SELECT room_id, seq FROM member
            UNION ALL SELECT room_id, seq FROM message UNION ALL SELECT room_id, seq FROM reaction
            UNION ALL SELECT room_id, seq FROM read_marker) AS one
        GROUP BY room_id, seq HAVING count(*) > 1) AS twice";
pub(crate) const SEQ_GIVEN: &str = "SELECT count(*), min(place) FROM (
        SELECT 'room ' || id AS place FROM room WHERE seq < 1 UNION ALL SELECT 'member of ' || room_id FROM member WHERE seq < 1
        UNION ALL SELECT 'message ' || id FROM message WHERE seq < 1 OR position < 1 OR position > seq
        UNION ALL SELECT 'reaction in ' || room_id FROM reaction WHERE seq < 1
        UNION ALL SELECT 'read marker in ' || room_id FROM read_marker WHERE seq < 1) AS without";
pub(crate) const POSITION_ONCE: &str = "SELECT count(*), min(room_id::text || ' position ' || position) FROM (
        SELECT room_id, position FROM message GROUP BY room_id, position HAVING count(*) > 1) AS twice";
pub(crate) const VERSIONS_WHOLE: &str = "SELECT count(*), min(m.id::text) FROM message m LEFT JOIN (
        SELECT room_id, message_id, count(DISTINCT rev) AS revs, max(rev) AS last FROM message_version GROUP BY room_id, message_id
    ) AS kept ON kept.room_id = m.room_id AND kept.message_id = m.id
    WHERE coalesce(kept.revs, 0) < m.rev - 1 OR coalesce(kept.last, 0) > m.rev
        OR (m.deleted_at IS NULL AND coalesce(kept.last, 0) >= m.rev)";
pub(crate) const VERSION_OF: &str =
    "SELECT count(*), min(v.message_id::text) FROM message_version v
    WHERE NOT EXISTS (SELECT FROM message m WHERE m.room_id = v.room_id AND m.id = v.message_id)";
pub(crate) const DELETED_EMPTY: &str = "SELECT count(*), min(id::text) FROM message WHERE deleted_at IS NOT NULL AND (body <> '' OR attachments IS NOT NULL)";
pub(crate) const FILES_THERE: &str = "SELECT count(*), min(m.id::text) FROM message m, jsonb_array_elements(m.attachments) AS f (one)
    WHERE m.attachments IS NOT NULL AND NOT EXISTS (
        SELECT FROM blob b WHERE b.room_id = m.room_id AND encode(b.hash, 'hex') = one->>'hash')";
pub(crate) const ROOM_OF: &str = "SELECT count(*), min(place) FROM (
        SELECT 'member ' || user_id AS place, room_id FROM member UNION ALL SELECT 'message ' || id, room_id FROM message
        UNION ALL SELECT 'reaction on ' || message_id, room_id FROM reaction
        UNION ALL SELECT 'read marker of ' || user_id, room_id FROM read_marker) AS one
    WHERE NOT EXISTS (SELECT FROM room r WHERE r.id = one.room_id)";
pub(crate) const REACTION_OF: &str = "SELECT count(*), min(a.message_id::text) FROM reaction a
    WHERE NOT EXISTS (SELECT FROM message m WHERE m.room_id = a.room_id AND m.id = a.message_id)";
pub(crate) const ACCOUNT_OF: &str = "SELECT count(*), min(user_id::text) FROM (
        SELECT user_id FROM member UNION SELECT author_id FROM message UNION SELECT user_id FROM reaction
        UNION SELECT user_id FROM read_marker UNION SELECT created_by FROM room) AS one
    WHERE NOT EXISTS (SELECT FROM account a WHERE a.id = one.user_id)";
pub(crate) const NAME_OF: &str =
    "SELECT count(*), min(m.user_id::text) FROM member m JOIN account a ON a.id = m.user_id
    WHERE m.name <> a.name";
pub(crate) const LEDGER_OF: &str = "SELECT count(*), min(op_id::text) FROM op_ledger l
    WHERE l.seq < 1 OR NOT EXISTS (SELECT FROM account a WHERE a.id = l.account_id)";
pub(crate) const CHANNEL_COUNTER: &str = "SELECT count(*), min(e.channel) FROM (
        SELECT channel, max(position) AS last FROM watch_event WHERE position IS NOT NULL GROUP BY channel) AS e
    LEFT JOIN watch_channel c ON c.channel = e.channel WHERE c.last IS NULL OR c.last < e.last";
