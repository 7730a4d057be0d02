-- The local database. Every table that a screen shows has rowids: update hooks fire for nothing else.

-- One row: whose data this is.
CREATE TABLE account (
    rowid     INTEGER PRIMARY KEY CHECK (rowid = 1),
    relay     TEXT    NOT NULL,
    user_id   BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    signed_in INTEGER NOT NULL,
    epoch     BLOB            -- the store's identity, once known
);

-- One row: the connection, so that even that reaches the screen as a row.
CREATE TABLE connection (
    rowid  INTEGER PRIMARY KEY CHECK (rowid = 1),
    state  TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    since  INTEGER NOT NULL
);

-- delivery: 0 the relay has it, 1 pending, 2 refused (see outbox).
CREATE TABLE room (
    rowid       INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    seq         INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    edit_policy TEXT    NOT NULL,
    archived_at INTEGER,
    created_by  BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    delivery    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE member (
    rowid     INTEGER PRIMARY KEY,
    room_id   BLOB    NOT NULL,
    user_id   BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    joined_at INTEGER NOT NULL,
    left_at   INTEGER,
    delivery  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, user_id)
);

-- sort: the position, or while there is none 2^62 + the outbox id: pending messages stand after all others.
CREATE TABLE message (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    position   INTEGER,
    sort       INTEGER NOT NULL,
    author_id  BLOB    NOT NULL,
    body       TEXT    NOT NULL,
    reply_to   BLOB,
    rev        INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at  INTEGER,
    edited_by  BLOB,
    deleted_at INTEGER,
    delivery   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, id)
);
CREATE INDEX message_timeline ON message (room_id, sort);

-- The relay's version of each row that has operations in the outbox; data is JSON, NULL where the relay has none.
CREATE TABLE confirmed (
    rowid   INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    room_id BLOB NOT NULL,
    id      BLOB NOT NULL,
    data    TEXT,
    UNIQUE (kind, room_id, id)
);

-- Operations that the relay has not settled. id is the local order; it is never used twice.
-- state: queued (to be pushed), acked (applied, its rows not yet here), failed (refused, waits for the person).
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    op_id      BLOB    NOT NULL UNIQUE,
    room_id    BLOB    NOT NULL,
    message_id BLOB,
    op         TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'acked', 'failed')),
    acked_seq  INTEGER,
    code       TEXT,
    reason     TEXT
);
CREATE INDEX outbox_target ON outbox (room_id, message_id);
CREATE INDEX outbox_state ON outbox (state);

-- Which rooms we are in and how much of each is here. seq NULL: nothing yet. before: where backfill goes on; NULL: done.
CREATE TABLE cursor (
    rowid   INTEGER PRIMARY KEY,
    room_id BLOB    NOT NULL UNIQUE,
    joined  INTEGER NOT NULL,
    seq     INTEGER,
    before  INTEGER
);

-- Who is online; forgotten with the connection.
CREATE TABLE presence (
    rowid   INTEGER PRIMARY KEY,
    room_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    UNIQUE (room_id, user_id)
);

-- The channels that could be joined, as the relay last told.
CREATE TABLE directory (
    rowid   INTEGER PRIMARY KEY,
    room_id BLOB    NOT NULL UNIQUE,
    name    TEXT    NOT NULL,
    topic   TEXT    NOT NULL,
    members INTEGER NOT NULL
);

INSERT INTO connection (rowid, state, reason, since) VALUES (1, 'offline', 'Not connected yet.', 0);
