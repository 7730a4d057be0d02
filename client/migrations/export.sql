-- The schema of an exported SQLite file (docs/import-export.md). Times are UTC, as 2024-05-01T10:02:03Z; ids are UUIDs.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL);
-- complete: 0 where older messages were not on the device.
CREATE TABLE room (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    topic       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    edit_policy TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    archived_at TEXT,
    complete    INTEGER NOT NULL
);
CREATE TABLE member (
    room_id   TEXT NOT NULL REFERENCES room,
    person_id TEXT NOT NULL REFERENCES person,
    role      TEXT NOT NULL,
    joined_at TEXT NOT NULL,
    left_at   TEXT,
    PRIMARY KEY (room_id, person_id)
);
-- position: the order of the timeline.
CREATE TABLE message (
    room_id    TEXT NOT NULL REFERENCES room,
    id         TEXT NOT NULL,
    position   INTEGER NOT NULL,
    author_id  TEXT NOT NULL,
    body       TEXT NOT NULL,
    reply_to   TEXT,
    created_at TEXT NOT NULL,
    edited_at  TEXT,
    edited_by  TEXT,
    deleted_at TEXT,
    pinned_at  TEXT,
    PRIMARY KEY (room_id, id)
);
CREATE INDEX message_position ON message (room_id, position);
CREATE TABLE reaction (
    room_id    TEXT NOT NULL,
    message_id TEXT NOT NULL,
    person_id  TEXT NOT NULL,
    emoji      TEXT NOT NULL,
    PRIMARY KEY (room_id, message_id, person_id, emoji)
);
-- For reading: a line a message.
CREATE VIEW timeline AS
    SELECT r.name AS room, m.created_at, p.name AS author, m.body, m.edited_at, m.deleted_at
    FROM message m JOIN room r ON r.id = m.room_id LEFT JOIN person p ON p.id = m.author_id
    ORDER BY r.name, r.id, m.position;
