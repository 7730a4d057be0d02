-- Files of messages. Their bytes are in the folder "blobs" beside the database; here stands how much of each is there.

-- JSON; NULL: none. Covered by the message's checksum together with its text.
ALTER TABLE message ADD COLUMN attachments TEXT;

-- state: here (whole), wanted (to be fetched from room_id), absent (nobody has asked), failed (with the reason).
CREATE TABLE blob (
    rowid    INTEGER PRIMARY KEY,
    hash     BLOB    NOT NULL UNIQUE,
    bytes    INTEGER NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('here', 'wanted', 'absent', 'failed')),
    received INTEGER NOT NULL DEFAULT 0,
    room_id  BLOB,
    reason   TEXT,
    used_at  INTEGER NOT NULL
);

-- Files on their way to the relay, and those that are there. It can be made again from the outbox.
CREATE TABLE upload (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    hash       BLOB    NOT NULL,
    bytes      INTEGER NOT NULL,
    media_type TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'done', 'failed')),
    sent       INTEGER NOT NULL DEFAULT 0,
    tries      INTEGER NOT NULL DEFAULT 0,
    reason     TEXT,
    UNIQUE (room_id, hash)
);

-- Files attached to a message that is not written yet, in their order. file: JSON.
CREATE TABLE draft_file (
    rowid   INTEGER PRIMARY KEY,
    room_id BLOB NOT NULL,
    hash    BLOB NOT NULL,
    file    TEXT NOT NULL,
    UNIQUE (room_id, hash)
);

-- What the relay takes, as it last said: JSON; NULL: none.
CREATE TABLE blob_limits (
    rowid  INTEGER PRIMARY KEY CHECK (rowid = 1),
    limits TEXT
);
