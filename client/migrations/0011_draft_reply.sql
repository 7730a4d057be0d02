-- The message that the one which is being written in a room answers. Kept apart from draft, as there is one before a word is typed; it
-- holds no words, so it has no checksum and is not rescued.
CREATE TABLE draft_reply (
    rowid      INTEGER PRIMARY KEY,
    room_id    BLOB NOT NULL UNIQUE,
    message_id BLOB NOT NULL
);
