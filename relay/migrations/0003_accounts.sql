-- Admins, deactivated accounts, invites, and sessions that their owner can list and end.

ALTER TABLE account
    ADD COLUMN is_admin boolean NOT NULL DEFAULT false,
    ADD COLUMN deactivated_at timestamptz;
UPDATE account SET is_admin = true WHERE id = (SELECT id FROM account ORDER BY created_at, id LIMIT 1);

ALTER TABLE session_token
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN label text NOT NULL DEFAULT '',
    ADD COLUMN last_used_at timestamptz;
CREATE INDEX session_token_account ON session_token (account_id);

-- The code itself is not kept, only its hash. created_by is NULL when it was made on the host's command line.
CREATE TABLE invite (
    hash       bytea PRIMARY KEY,
    created_by uuid REFERENCES account ON DELETE SET NULL,
    uses_left  integer NOT NULL CHECK (uses_left >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

-- A live session is told by the same wake-up that tells of changed memberships: it then looks at its token again.
CREATE FUNCTION amend_session_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'account' THEN
        PERFORM pg_notify('amend', 'u:' || OLD.id);
    ELSE
        PERFORM pg_notify('amend', 'u:' || OLD.account_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER amend_session_revoked AFTER UPDATE OF revoked_at, expires_at OR DELETE ON session_token
    FOR EACH ROW EXECUTE FUNCTION amend_session_end();
CREATE TRIGGER amend_account_deactivated AFTER UPDATE OF deactivated_at ON account
    FOR EACH ROW EXECUTE FUNCTION amend_session_end();
