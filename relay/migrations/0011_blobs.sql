-- Files of messages. A message's row names them; their bytes are in the blob store (on disk, or an S3).

-- NULL: no files. So a message without any costs what it did.
CREATE FUNCTION amend_are_attachments(p_files jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(p_files) <> 'array' THEN false
        ELSE jsonb_array_length(p_files) BETWEEN 1 AND 10 AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(p_files) AS t (one)
            WHERE NOT (jsonb_typeof(one) = 'object' AND coalesce(one->>'hash', '') ~ '^[0-9a-f]{64}$'
                AND coalesce(one->>'name', '') <> '' AND coalesce(one->>'media_type', '') LIKE '%_/_%'
                AND coalesce(one->>'bytes', '') ~ '^[0-9]{1,18}$'
                AND coalesce(one->>'width', '1') ~ '^[0-9]{1,9}$' AND coalesce(one->>'height', '1') ~ '^[0-9]{1,9}$'))
        END
$$;
ALTER TABLE message ADD COLUMN attachments jsonb
    CHECK (attachments IS NULL OR amend_are_attachments(attachments));
-- Which messages have a file: whether it may be read, and whether it is to be kept.
CREATE INDEX message_attachments ON message USING gin (attachments jsonb_path_ops) WHERE attachments IS NOT NULL;

-- A content that the blob store has, as the object of that name: a new one each time, so that removing an old object never meets a new one.
CREATE TABLE blob_content (
    hash       bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    bytes      bigint NOT NULL CHECK (bytes >= 0),
    object     uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Who has shown for which room that they have a content: by sending it, or because they could read it already.
-- orphaned_at: since when no message of the room has it.
CREATE TABLE blob (
    room_id     uuid NOT NULL,
    hash        bytea NOT NULL REFERENCES blob_content,
    account_id  uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz NOT NULL DEFAULT now(),
    checked_at  timestamptz NOT NULL DEFAULT now(),
    orphaned_at timestamptz,
    posted      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (room_id, hash, account_id)
);
CREATE INDEX blob_hash ON blob (hash);
CREATE INDEX blob_account ON blob (account_id);
CREATE INDEX blob_checked ON blob (checked_at);

-- A file that is being sent. parts: its objects so far, in order.
CREATE TABLE blob_upload (
    id         uuid PRIMARY KEY,
    room_id    uuid NOT NULL,
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
    account_id uuid NOT NULL,
    bytes      bigint NOT NULL CHECK (bytes >= 0),
    received   bigint NOT NULL DEFAULT 0,
    parts      uuid[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, room_id, hash)
);
CREATE INDEX blob_upload_changed ON blob_upload (changed_at);

CREATE OR REPLACE FUNCTION amend_message_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE message SET deleted_at = now()
            WHERE room_id = OLD.room_id AND id = OLD.id AND deleted_at IS NULL;
        RETURN NULL;
    END IF;
    IF NEW.deleted_at IS NOT NULL THEN
        NEW.body := '';
        NEW.attachments := NULL;
    ELSIF NEW.attachments = '[]' THEN
        NEW.attachments := NULL;
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
