-- Events of watched tables. The trigger below writes them in the writer's own transaction; a relay numbers them once they are
-- committed, so that positions are in commit order and no writer ever waits for another one.

CREATE TABLE watch_event (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel   text NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    operation text NOT NULL,
    schema    text NOT NULL,
    name      text NOT NULL,
    key       json,
    data      json,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    position  bigint
);
CREATE UNIQUE INDEX watch_event_position ON watch_event (channel, position);
CREATE INDEX watch_event_unnumbered ON watch_event (id) WHERE position IS NULL;
CREATE INDEX watch_event_at ON watch_event (at);

-- last: the highest position that was given out; pruned: the highest that is kept no more.
CREATE TABLE watch_channel (
    channel text PRIMARY KEY,
    last    bigint NOT NULL DEFAULT 0,
    pruned  bigint NOT NULL DEFAULT 0
);

-- Arguments: channel, columns and key, as JSON arrays of names or NULL. Whatever goes wrong here, the writer's own transaction goes on:
-- then the event says that something happened, without saying what. SECURITY DEFINER: writers need no right to our tables.
CREATE FUNCTION amend_watch_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    v_row json;
    v_key json;
    v_data json;
BEGIN
    BEGIN
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
        END IF;
        INSERT INTO watch_event (channel, operation, schema, name, key, data)
            VALUES (TG_ARGV[0], lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME, v_key, v_data);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'amend: a change of %.% could not be kept in full: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM;
        BEGIN
            INSERT INTO watch_event (channel, operation, schema, name)
                VALUES (TG_ARGV[0], lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'amend: a change of %.% could not be kept: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM;
        END;
    END;
    PERFORM pg_notify('amend', 'w:');
    RETURN NULL;
END $$;

-- The function runs as its owner, so it must find our tables and nobody else's.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION amend_watch_event() SET search_path = %I, pg_temp', current_schema());
END $$;

-- Channels may be for admins only, so that losing the office is told to live sessions like losing an account.
CREATE TRIGGER amend_account_admin AFTER UPDATE OF is_admin ON account
    FOR EACH ROW EXECUTE FUNCTION amend_session_end();
