-- Checksums of rows, so that a changed byte is noticed before anybody reads it; and what a lost write-ahead log is noticed by.

-- crc32 of a row's content; where there is a seq, the seq is added, so that it can change without the content being read.
-- NULL: written by an older version, not checked.
ALTER TABLE room ADD COLUMN checksum INTEGER;
ALTER TABLE member ADD COLUMN checksum INTEGER;
ALTER TABLE message ADD COLUMN checksum INTEGER;
ALTER TABLE reaction ADD COLUMN checksum INTEGER;
ALTER TABLE read_marker ADD COLUMN checksum INTEGER;
ALTER TABLE confirmed ADD COLUMN checksum INTEGER;
ALTER TABLE cursor ADD COLUMN checksum INTEGER;
ALTER TABLE outbox ADD COLUMN checksum INTEGER;
ALTER TABLE recovered ADD COLUMN checksum INTEGER;
ALTER TABLE journal ADD COLUMN checksum INTEGER;
ALTER TABLE draft ADD COLUMN checksum INTEGER;

-- All that is replayed on a row, in local order; now with what its checksum covers.
DROP VIEW operation;
CREATE VIEW operation AS
    SELECT id, op_id, room_id, message_id, part, op, at, state, acked_seq, code, reason,
        NULL AS author_id, NULL AS recovered_at, checksum
    FROM outbox
    UNION ALL
    SELECT id, op_id, room_id, message_id, part, op, at, 'failed', NULL, code, reason, author_id, recovered_at, checksum
    FROM recovered WHERE author_id IS NULL;

-- One row. generation: counts the transactions that touched account, outbox, recovered or draft; the rescue file beside the
-- database holds the same number, so a database with a lower one has lost something.
-- schema, account: checksums of the schema's text and of the account's row.
CREATE TABLE seal (
    rowid      INTEGER PRIMARY KEY CHECK (rowid = 1),
    generation INTEGER NOT NULL,
    schema     INTEGER,
    account    INTEGER,
    checksum   INTEGER
);
INSERT INTO seal (rowid, generation) VALUES (1, 0);
