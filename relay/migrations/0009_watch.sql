-- Watched tables: nothing in the writer's transaction waits or can fail because of us, positions are in commit order, a row's former key
-- is told, and whoever made no trigger of ours can't forge an event.

-- bytes: of key and row. first: the first event of its transaction. turn: taken from the ids at the transaction's end.
ALTER TABLE watch_event
    ADD COLUMN old_key json,
    ADD COLUMN bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN first boolean NOT NULL DEFAULT false,
    ADD COLUMN turn bigint;
UPDATE watch_event SET bytes = coalesce(octet_length(key::text), 0) + coalesce(octet_length(data::text), 0);

-- The relay that started last says what is watched; all of them keep to it, so that two configurations do not fight during a restart.
CREATE TABLE watch_wanted (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    entries text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);

-- Tables that were watched once: one that is watched again has had changes that nobody was told.
CREATE TABLE watch_table (
    channel text,
    schema  text,
    name    text,
    PRIMARY KEY (channel, schema, name)
);

-- Arguments: channel, columns and key (JSON arrays of names, or null), schema and table as configured: a partition is told as its table.
-- No NOTIFY: it makes all who commit wait for each other, fails when its queue is full, and forbids a two-phase commit. Relays look.
CREATE OR REPLACE FUNCTION amend_watch_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    v_xid text;
    v_first boolean;
    v_row json;
    v_key json;
    v_old json;
    v_data json;
BEGIN
    BEGIN
        v_xid := pg_current_xact_id()::text;
        -- Undone with a savepoint, like the event.
        v_first := current_setting('amend.watch_xid', true) IS DISTINCT FROM v_xid;
        IF v_first THEN
            PERFORM set_config('amend.watch_xid', v_xid, true);
        END IF;
        IF TG_LEVEL = 'ROW' THEN
            v_row := CASE TG_OP WHEN 'DELETE' THEN row_to_json(OLD) ELSE row_to_json(NEW) END;
            SELECT json_object_agg(e.key, e.value) INTO v_key FROM json_each(v_row) e
                WHERE e.key IN (SELECT json_array_elements_text(TG_ARGV[2]::json));
            IF TG_ARGV[1] = 'null' THEN
                v_data := v_row;
            ELSE
                SELECT json_object_agg(e.key, e.value) INTO v_data FROM json_each(v_row) e
                    WHERE e.key IN (SELECT json_array_elements_text(TG_ARGV[1]::json));
            END IF;
            IF TG_OP = 'UPDATE' THEN
                SELECT json_object_agg(e.key, e.value) INTO v_old FROM json_each(row_to_json(OLD)) e
                    WHERE e.key IN (SELECT json_array_elements_text(TG_ARGV[2]::json));
                IF v_old::text = v_key::text THEN
                    v_old := NULL;
                END IF;
            END IF;
        END IF;
        INSERT INTO watch_event (channel, operation, schema, name, key, old_key, data, bytes, first)
            VALUES (TG_ARGV[0], lower(TG_OP), TG_ARGV[3], TG_ARGV[4], v_key, v_old, v_data,
                coalesce(octet_length(v_key::text), 0) + coalesce(octet_length(v_data::text), 0), v_first);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'amend: a change of %.% could not be kept in full: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM;
        BEGIN
            IF v_first THEN
                PERFORM set_config('amend.watch_xid', v_xid, true);
            END IF;
            INSERT INTO watch_event (channel, operation, schema, name, first)
                VALUES (TG_ARGV[0], lower(TG_OP), TG_ARGV[3], TG_ARGV[4], coalesce(v_first, false));
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'amend: a change of %.% could not be kept: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM;
        END;
    END;
    RETURN NULL;
END $$;

-- Runs when the transaction commits, and takes a number behind those of all that have committed: no lock, nobody waits.
CREATE FUNCTION amend_watch_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    BEGIN
        UPDATE watch_event SET turn = nextval('watch_event_id_seq') WHERE id = NEW.id;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'amend: the turn of a transaction could not be kept: %', SQLERRM;
    END;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER amend_turn AFTER INSERT ON watch_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.first) EXECUTE FUNCTION amend_watch_commit();

-- A value is written the same way whatever the writer has set for itself, and the functions find our tables and nobody else's.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION amend_watch_event() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION amend_watch_commit() SET search_path = %I, pg_temp', current_schema());
END $$;
ALTER FUNCTION amend_watch_event() SET bytea_output = 'hex';
ALTER FUNCTION amend_watch_event() SET extra_float_digits = 1;
ALTER FUNCTION amend_watch_event() SET "IntervalStyle" = 'postgres';
ALTER FUNCTION amend_watch_event() SET "DateStyle" = 'ISO, YMD';
ALTER FUNCTION amend_watch_event() SET "TimeZone" = 'UTC';

-- A trigger runs whatever the writer may; to make one, and so to say what is on a channel, one needs this right.
REVOKE EXECUTE ON FUNCTION amend_watch_event() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION amend_watch_commit() FROM PUBLIC;
