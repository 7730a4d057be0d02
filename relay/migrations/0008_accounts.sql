-- Names that a person takes for the same are one name; short-lived tokens end with the session that made them; what the identity
-- provider said last, and not what it said before, makes an admin.

-- What two names have in common that differ only in case, width or how an accent is written, whatever the database's own locale.
DO $$
DECLARE
    v_name text := 'p_name';
BEGIN
    IF EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace) THEN
        v_name := 'p_name COLLATE pg_catalog."und-x-icu"';
    END IF;
    IF current_setting('server_encoding') = 'UTF8' THEN
        v_name := format('normalize(lower(upper(normalize(%s, NFKC))), NFKC)', v_name);
    ELSE
        v_name := format('lower(upper(%s))', v_name);
    END IF;
    EXECUTE format('CREATE FUNCTION amend_name_key(p_name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        AS $f$ SELECT %s $f$', v_name);
END $$;

DO $$
DECLARE
    v_names text;
BEGIN
    SELECT string_agg(names, '; ') INTO v_names
        FROM (SELECT string_agg(format('%s (%s)', name, id), ', ') AS names FROM account
            GROUP BY amend_name_key(name) HAVING count(*) > 1) AS same;
    IF v_names IS NOT NULL THEN
        RAISE EXCEPTION 'These accounts have names that are written differently and look the same: %.', v_names
            USING HINT = 'Rename all but one of them (UPDATE account SET name = … WHERE id = …) and start the relay again.';
    END IF;
END $$;
CREATE UNIQUE INDEX account_name_key ON account (amend_name_key(name));
DROP INDEX account_name;

-- Good while its parent is, if it has one.
ALTER TABLE session_token
    ADD COLUMN short boolean NOT NULL DEFAULT false,
    ADD COLUMN parent uuid REFERENCES session_token (id) ON DELETE CASCADE;
CREATE INDEX session_token_parent ON session_token (parent) WHERE parent IS NOT NULL;

-- When the provider's token was made that said last who is an admin, in seconds since 1970.
ALTER TABLE identity ADD COLUMN said_at double precision NOT NULL DEFAULT 0;
