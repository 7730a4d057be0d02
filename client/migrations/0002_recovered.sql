-- Reactions, read markers and pins; drafts; what was refused (recovered) and what was accepted (journal); notices.

ALTER TABLE message ADD COLUMN pinned_at INTEGER;

CREATE TABLE reaction (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    message_id BLOB    NOT NULL,
    user_id    BLOB    NOT NULL,
    emoji      TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    removed_at INTEGER,
    delivery   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, message_id, user_id, emoji)
);

CREATE TABLE read_marker (
    rowid    INTEGER PRIMARY KEY,
    room_id  BLOB    NOT NULL,
    user_id  BLOB    NOT NULL,
    seq      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    delivery INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, user_id)
);

-- Text that is not written yet: of a new message, or of an edit of message_id that began from base.
CREATE TABLE draft (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    message_id BLOB,
    base       TEXT,
    text       TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX draft_of ON draft (room_id, coalesce(message_id, x''));

-- part: which row beside the message or the room an operation is about ('' itself, 'reaction:EMOJI', 'read_marker').
ALTER TABLE outbox ADD COLUMN part TEXT NOT NULL DEFAULT '';

-- Operations that the relay refused, with their texts: kept until the person decides. id: the local order, as in the outbox.
-- author_id: set on other people's messages that a restored store does not hold any more.
CREATE TABLE recovered (
    id           INTEGER PRIMARY KEY,
    op_id        BLOB    NOT NULL UNIQUE,
    room_id      BLOB    NOT NULL,
    message_id   BLOB,
    part         TEXT    NOT NULL DEFAULT '',
    op           TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    author_id    BLOB,
    code         TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    recovered_at INTEGER NOT NULL
);
CREATE INDEX recovered_target ON recovered (room_id, message_id);
INSERT INTO recovered (id, op_id, room_id, message_id, op, at, code, reason, recovered_at)
    SELECT id, op_id, room_id, message_id, op, at, coalesce(code, 'unknown'), coalesce(reason, ''), at
    FROM outbox WHERE state = 'failed';
DELETE FROM outbox WHERE state = 'failed';

-- Own operations that the relay accepted: offered again to a store that was restored from an older backup.
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY,
    op_id      BLOB    NOT NULL UNIQUE,
    room_id    BLOB    NOT NULL,
    message_id BLOB,
    part       TEXT    NOT NULL,
    op         TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    settled_at INTEGER NOT NULL
);
CREATE INDEX journal_settled ON journal (settled_at);

-- All that is replayed on a row, in local order.
CREATE VIEW operation AS
    SELECT id, op_id, room_id, message_id, part, op, at, state, acked_seq, code, reason FROM outbox
    UNION ALL
    SELECT id, op_id, room_id, message_id, part, op, at, 'failed', NULL, code, reason FROM recovered
    WHERE author_id IS NULL;

-- sweep: the store was restored; rows that it has not confirmed again are to go when the room is whole.
ALTER TABLE cursor ADD COLUMN sweep INTEGER NOT NULL DEFAULT 0;

-- What the person should read once.
CREATE TABLE notice (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT,
    text  TEXT    NOT NULL,
    at    INTEGER NOT NULL
);
