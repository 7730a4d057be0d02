-- The store. Every row of a room carries the room's change counter (seq); plain SQL is as good a way to write as the relay:
-- the triggers below give its rows their seqs, keep earlier texts, turn DELETE into a tombstone and wake the relays.

CREATE TABLE store (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch uuid NOT NULL
);
INSERT INTO store (epoch) VALUES (gen_random_uuid());

CREATE TABLE account (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX account_name ON account (lower(name));

CREATE TABLE session_token (
    hash       bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- last_seq is the room's counter; its row lock, held to commit, makes commit order seq order.
CREATE TABLE room (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seq         bigint NOT NULL DEFAULT 0,
    last_seq    bigint NOT NULL DEFAULT 0,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    topic       text NOT NULL DEFAULT '' CHECK (length(topic) <= 250),
    kind        text NOT NULL DEFAULT 'channel' CHECK (kind IN ('channel', 'direct')),
    edit_policy text NOT NULL DEFAULT 'author' CHECK (edit_policy IN ('author', 'moderators', 'everyone')),
    archived_at timestamptz,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE member (
    room_id   uuid NOT NULL,
    user_id   uuid NOT NULL,
    seq       bigint NOT NULL DEFAULT 0,
    name      text NOT NULL,
    role      text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'moderator', 'member', 'reader')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    left_at   timestamptz,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX member_seq ON member (room_id, seq);
CREATE INDEX member_user ON member (user_id) WHERE left_at IS NULL;

CREATE TABLE message (
    room_id    uuid NOT NULL,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    seq        bigint NOT NULL DEFAULT 0,
    position   bigint NOT NULL DEFAULT 0,
    author_id  uuid NOT NULL,
    body       text NOT NULL CHECK (octet_length(body) <= 32768),
    reply_to   uuid,
    rev        integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at  timestamptz,
    edited_by  uuid,
    deleted_at timestamptz,
    PRIMARY KEY (room_id, id)
);
CREATE INDEX message_seq ON message (room_id, seq);
CREATE INDEX message_position ON message (room_id, position);

-- Every earlier text. seq is that of the change that replaced it.
CREATE TABLE message_version (
    room_id    uuid NOT NULL,
    message_id uuid NOT NULL,
    seq        bigint NOT NULL,
    rev        integer NOT NULL,
    body       text NOT NULL,
    editor_id  uuid NOT NULL,
    edited_at  timestamptz NOT NULL,
    PRIMARY KEY (room_id, message_id, seq)
);

-- What became of operations, by idempotency key. Posts are not in it: their row is their outcome.
CREATE TABLE op_ledger (
    op_id      uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    seq        bigint,
    code       text,
    reason     text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((seq IS NULL) <> (code IS NULL))
);

-- The next seq of a room. Its own UPDATE is no change of the room's row, so it is done in the relay's name.
CREATE FUNCTION amend_next_seq(p_room uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_next bigint;
BEGIN
    PERFORM set_config('amend.apply', 'on', true);
    UPDATE room SET last_seq = last_seq + 1 WHERE id = p_room RETURNING last_seq INTO v_next;
    PERFORM set_config('amend.apply', '', true);
    IF v_next IS NULL THEN
        RAISE EXCEPTION 'There is no room %. Insert the room first.', p_room USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN v_next;
END $$;

CREATE FUNCTION amend_room_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE room SET archived_at = now() WHERE id = OLD.id AND archived_at IS NULL;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.seq := 1;
        NEW.last_seq := 1;
    ELSE
        IF NEW.id IS DISTINCT FROM OLD.id THEN
            RAISE EXCEPTION 'A room keeps its id.';
        END IF;
        NEW.seq := OLD.seq;
        NEW.last_seq := OLD.last_seq;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
        NEW.last_seq := OLD.last_seq + 1;
        NEW.seq := NEW.last_seq;
    END IF;
    PERFORM pg_notify('amend', 'r:' || NEW.id);
    RETURN NEW;
END $$;

CREATE FUNCTION amend_member_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE member SET left_at = now()
            WHERE room_id = OLD.room_id AND user_id = OLD.user_id AND left_at IS NULL;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.name IS NULL THEN
            SELECT name INTO NEW.name FROM account WHERE id = NEW.user_id;
            IF NEW.name IS NULL THEN
                RAISE EXCEPTION 'There is no account %. Add it first.', NEW.user_id USING ERRCODE = 'foreign_key_violation';
            END IF;
        END IF;
    ELSE
        IF (NEW.room_id, NEW.user_id) IS DISTINCT FROM (OLD.room_id, OLD.user_id) THEN
            RAISE EXCEPTION 'A membership keeps its room and its person.';
        END IF;
        NEW.seq := OLD.seq;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    NEW.seq := amend_next_seq(NEW.room_id);
    PERFORM pg_notify('amend', 'r:' || NEW.room_id);
    PERFORM pg_notify('amend', 'u:' || NEW.user_id);
    RETURN NEW;
END $$;

CREATE FUNCTION amend_message_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE message SET deleted_at = now()
            WHERE room_id = OLD.room_id AND id = OLD.id AND deleted_at IS NULL;
        RETURN NULL;
    END IF;
    IF NEW.deleted_at IS NOT NULL THEN
        NEW.body := '';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.seq := amend_next_seq(NEW.room_id);
        NEW.position := NEW.seq;
        NEW.rev := 1;
    ELSE
        IF (NEW.room_id, NEW.id) IS DISTINCT FROM (OLD.room_id, OLD.id) THEN
            RAISE EXCEPTION 'A message keeps its id and its room. Insert a new one and delete this one.';
        END IF;
        NEW.seq := OLD.seq;
        NEW.position := OLD.position;
        NEW.rev := OLD.rev;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
        NEW.seq := amend_next_seq(NEW.room_id);
        IF NEW.body IS DISTINCT FROM OLD.body THEN
            INSERT INTO message_version (room_id, message_id, seq, rev, body, editor_id, edited_at)
                VALUES (OLD.room_id, OLD.id, NEW.seq, OLD.rev, OLD.body,
                    coalesce(OLD.edited_by, OLD.author_id), coalesce(OLD.edited_at, OLD.created_at));
            IF NEW.deleted_at IS NULL THEN
                NEW.rev := OLD.rev + 1;
                IF NEW.edited_at IS NOT DISTINCT FROM OLD.edited_at THEN
                    NEW.edited_at := now();
                END IF;
            END IF;
        END IF;
    END IF;
    PERFORM pg_notify('amend', 'r:' || NEW.room_id);
    RETURN NEW;
END $$;

CREATE FUNCTION amend_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE would remove rows that clients still hold. Use DELETE, which leaves tombstones.';
END $$;

CREATE TRIGGER amend_room_write BEFORE INSERT OR UPDATE OR DELETE ON room FOR EACH ROW
    WHEN (current_setting('amend.apply', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION amend_room_write();
CREATE TRIGGER amend_member_write BEFORE INSERT OR UPDATE OR DELETE ON member FOR EACH ROW
    WHEN (current_setting('amend.apply', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION amend_member_write();
CREATE TRIGGER amend_message_write BEFORE INSERT OR UPDATE OR DELETE ON message FOR EACH ROW
    WHEN (current_setting('amend.apply', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION amend_message_write();
CREATE TRIGGER amend_room_truncate BEFORE TRUNCATE ON room EXECUTE FUNCTION amend_refuse_truncate();
CREATE TRIGGER amend_member_truncate BEFORE TRUNCATE ON member EXECUTE FUNCTION amend_refuse_truncate();
CREATE TRIGGER amend_message_truncate BEFORE TRUNCATE ON message EXECUTE FUNCTION amend_refuse_truncate();
