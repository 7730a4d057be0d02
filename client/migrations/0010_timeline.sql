-- What the timeline asks for: by date, by pin, earlier texts, and where a person was in each room.

CREATE INDEX message_written ON message (room_id, created_at, sort);
CREATE INDEX message_pinned ON message (room_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- Earlier texts of messages, kept from when they were asked for; the relay has them all.
CREATE TABLE message_version (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    message_id BLOB    NOT NULL,
    rev        INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    editor_id  BLOB    NOT NULL,
    edited_at  INTEGER NOT NULL,
    checksum   INTEGER,
    UNIQUE (room_id, message_id, rev)
);

-- What is deleted is not kept here in its earlier words.
CREATE TRIGGER message_version_ends AFTER UPDATE OF deleted_at ON message WHEN new.deleted_at IS NOT NULL
BEGIN
    DELETE FROM message_version WHERE room_id = new.room_id AND message_id = new.id;
END;

-- Where the person was in a room: the first message in sight (NULL: at the end), how far below the top; and when they
-- were last there, so that the next start opens the same room.
CREATE TABLE place (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL UNIQUE,
    message_id BLOB,
    distance   INTEGER NOT NULL,
    at         INTEGER NOT NULL
);
