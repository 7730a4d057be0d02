//! Backup and restore. Statements that name a table are put together by Postgres itself (`format` with `%I`), always for the schema that
//! `search_path` begins with.

/// Before the snapshot: values are written so that every server reads them back as the same; nothing ends a long read.
pub(crate) const SETTINGS: &str = "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC';
    SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex';
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '60s'";
/// What is there of the wanted tables, and how each is read.
pub(crate) const TABLES: &str = "SELECT t.name, format('COPY %I.%I (%s) TO STDOUT', current_schema(), t.name, a.quoted), a.names
    FROM unnest($1::text[]) WITH ORDINALITY AS t (name, nr)
    JOIN pg_class c ON c.relname = t.name AND c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r',
    LATERAL (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS quoted,
            array_agg(attname::text ORDER BY attnum) AS names
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') a
    ORDER BY t.nr";
pub(crate) const LOCK_TABLES: &str =
    "SELECT format('LOCK TABLE %s IN ACCESS SHARE MODE', string_agg(
    format('%I.%I', current_schema(), name), ', ')) FROM unnest($1::text[]) AS t (name)";
pub(crate) const HEADER: &str = "SELECT (SELECT coalesce(max(version), 0) FROM schema_migration),
    (extract(epoch FROM now()) * 1000)::bigint, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"'),
    current_setting('server_version')";
pub(crate) const COUNTERS: &str = "SELECT c.relname::text, a.attname::text,
        pg_sequence_last_value(pg_get_serial_sequence(format('%I.%I', current_schema(), c.relname), a.attname))
    FROM unnest($1::text[]) AS t (name)
    JOIN pg_class c ON c.relname = t.name AND c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE pg_get_serial_sequence(format('%I.%I', current_schema(), c.relname), a.attname) IS NOT NULL";

// Restore.
pub(crate) const SERVED: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'amend-relay' AND pid <> pg_backend_pid()";
pub(crate) const HOLDS: &str = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM room), (SELECT count(*) FROM message)";
pub(crate) const WATCH_TRIGGERS: &str = "SELECT format('DROP TRIGGER %I ON %I.%I', t.tgname, n.nspname, c.relname),
        pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.proname = 'amend_watch_event' AND p.pronamespace = to_regnamespace(quote_ident(current_schema()))
        AND NOT t.tgisinternal AND t.tgparentid = 0";
pub(crate) const DROP_TABLES: &str = "SELECT format('DROP TABLE %s', string_agg(format('%I.%I', current_schema(), c.relname), ', '))
    FROM unnest($1::text[]) AS t (name)
    JOIN pg_class c ON c.relname = t.name AND c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r'";
pub(crate) const DROP_FUNCTIONS: &str = "SELECT coalesce(string_agg(format('DROP FUNCTION %s', p.oid::regprocedure), '; '), 'SELECT 1')
    FROM pg_proc p WHERE p.pronamespace = to_regnamespace(quote_ident(current_schema())) AND p.proname LIKE 'amend\\_%'";
pub(crate) const TRIGGERS_OFF: &str = "SELECT string_agg(format('ALTER TABLE %I.%I DISABLE TRIGGER USER', current_schema(), name), '; ')
    FROM unnest($1::text[]) AS t (name)";
pub(crate) const TRIGGERS_ON: &str = "SELECT string_agg(format('ALTER TABLE %I.%I ENABLE TRIGGER USER', current_schema(), name), '; ')
    FROM unnest($1::text[]) AS t (name)";
pub(crate) const EMPTY: &str =
    "SELECT format('TRUNCATE %s', string_agg(format('%I.%I', current_schema(), name), ', '))
    FROM unnest($1::text[]) AS t (name)";
pub(crate) const ANALYZE: &str =
    "SELECT format('ANALYZE %s', string_agg(format('%I.%I', current_schema(), name), ', '))
    FROM unnest($1::text[]) AS t (name)";
pub(crate) const COPY_IN: &str = "SELECT format('COPY %I.%I (%s) FROM STDIN', current_schema(), $1::text,
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY nr) FROM unnest($2::text[]) WITH ORDINALITY AS c (name, nr)))";
pub(crate) const SET_COUNTER: &str = "SELECT setval(pg_get_serial_sequence(format('%I.%I', current_schema(), $1::text), $2::text), $3, $4)";
pub(crate) const NEW_EPOCH: &str = "UPDATE store SET epoch = gen_random_uuid()";

// A look into a backup: a schema of its own, which is rolled back.
pub(crate) const SCRATCH: &str =
    "SELECT format('CREATE SCHEMA %I; SET LOCAL search_path = %I, pg_temp', $1::text, $1::text)";
