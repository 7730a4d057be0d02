-- Reactions, read markers and pins. Like the other rows of a room they carry its change counter, and plain SQL is as good a
-- way to write them as the relay.

ALTER TABLE message ADD COLUMN pinned_at timestamptz;

CREATE TABLE reaction (
    room_id    uuid NOT NULL,
    message_id uuid NOT NULL,
    user_id    uuid NOT NULL,
    emoji      text NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    seq        bigint NOT NULL DEFAULT 0,
    removed_at timestamptz,
    PRIMARY KEY (room_id, message_id, user_id, emoji)
);
CREATE INDEX reaction_seq ON reaction (room_id, seq);

CREATE TABLE read_marker (
    room_id  uuid NOT NULL,
    user_id  uuid NOT NULL,
    seq      bigint NOT NULL DEFAULT 0,
    position bigint NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX read_marker_seq ON read_marker (room_id, seq);

CREATE FUNCTION amend_reaction_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE reaction SET removed_at = now() WHERE room_id = OLD.room_id AND message_id = OLD.message_id
            AND user_id = OLD.user_id AND emoji = OLD.emoji AND removed_at IS NULL;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.room_id, NEW.message_id, NEW.user_id, NEW.emoji)
            IS DISTINCT FROM (OLD.room_id, OLD.message_id, OLD.user_id, OLD.emoji) THEN
            RAISE EXCEPTION 'A reaction keeps its message, its person and its emoji. Insert a new one and delete this one.';
        END IF;
        NEW.seq := OLD.seq;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    NEW.seq := amend_next_seq(NEW.room_id);
    PERFORM pg_notify('amend', 'r:' || NEW.room_id);
    RETURN NEW;
END $$;

-- A read marker is never removed: a DELETE puts it back to the beginning.
CREATE FUNCTION amend_read_marker_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE read_marker SET position = 0 WHERE room_id = OLD.room_id AND user_id = OLD.user_id AND position <> 0;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.room_id, NEW.user_id) IS DISTINCT FROM (OLD.room_id, OLD.user_id) THEN
            RAISE EXCEPTION 'A read marker keeps its room and its person.';
        END IF;
        NEW.seq := OLD.seq;
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    NEW.seq := amend_next_seq(NEW.room_id);
    PERFORM pg_notify('amend', 'r:' || NEW.room_id);
    RETURN NEW;
END $$;

CREATE TRIGGER amend_reaction_write BEFORE INSERT OR UPDATE OR DELETE ON reaction FOR EACH ROW
    WHEN (current_setting('amend.apply', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION amend_reaction_write();
CREATE TRIGGER amend_read_marker_write BEFORE INSERT OR UPDATE OR DELETE ON read_marker FOR EACH ROW
    WHEN (current_setting('amend.apply', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION amend_read_marker_write();
CREATE TRIGGER amend_reaction_truncate BEFORE TRUNCATE ON reaction EXECUTE FUNCTION amend_refuse_truncate();
CREATE TRIGGER amend_read_marker_truncate BEFORE TRUNCATE ON read_marker EXECUTE FUNCTION amend_refuse_truncate();
