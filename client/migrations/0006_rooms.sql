-- What the list of rooms shows: counts of what is unread, what the person prefers, who types; and the people of the relay.

-- Messages that name us, for counting the unread ones. Derived from message; sort is the message's.
CREATE TABLE mention (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB    NOT NULL,
    message_id BLOB    NOT NULL,
    sort       INTEGER NOT NULL,
    UNIQUE (room_id, message_id)
);
CREATE INDEX mention_sort ON mention (room_id, sort);
CREATE TRIGGER mention_gone AFTER DELETE ON message BEGIN
    DELETE FROM mention WHERE room_id = OLD.room_id AND message_id = OLD.id;
END;

-- Counting reads nothing but this.
CREATE INDEX message_unread ON message (room_id, sort, author_id, deleted_at) WHERE deleted_at IS NULL;

-- Of this device only. opened_at: when the person was there last, by their clock.
CREATE TABLE room_pref (
    rowid     INTEGER PRIMARY KEY,
    room_id   BLOB    NOT NULL UNIQUE,
    muted     INTEGER NOT NULL DEFAULT 0,
    favourite INTEGER NOT NULL DEFAULT 0,
    opened_at INTEGER NOT NULL DEFAULT 0
);

-- The sections of the list that are folded up.
CREATE TABLE folded (
    rowid   INTEGER PRIMARY KEY,
    section TEXT NOT NULL UNIQUE
);

-- Who is typing; forgotten with the connection.
CREATE TABLE typing (
    rowid   INTEGER PRIMARY KEY,
    room_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    UNIQUE (room_id, user_id)
);
CREATE INDEX presence_user ON presence (user_id);

-- Everybody who has an account at the relay, as it last told.
CREATE TABLE person (
    rowid   INTEGER PRIMARY KEY,
    user_id BLOB NOT NULL UNIQUE,
    name    TEXT NOT NULL
);

INSERT INTO mention (room_id, message_id, sort)
    SELECT m.room_id, m.id, m.sort FROM account a JOIN message m
    WHERE m.deleted_at IS NULL AND m.author_id <> a.user_id AND mentions(m.body, a.name)
        AND m.sort > coalesce((SELECT k.position FROM read_marker k WHERE k.room_id = m.room_id AND k.user_id = a.user_id), 0);
