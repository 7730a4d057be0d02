-- Full-text search over the messages, kept by triggers: whatever writes a message writes its index in the same transaction.
-- spaced(...) and scope(...) are this program's own functions: see client/src/search/text.rs. After a change of what they
-- say, search_state.version makes old databases index anew.

-- Which messages are in the index. key: the rowid in the index, by which it is read newest first: the milliseconds of
-- created_at, then 20 bits that count within one. reacted: somebody's reaction is on it.
CREATE TABLE search_doc (
    key     INTEGER PRIMARY KEY,
    message INTEGER NOT NULL UNIQUE,
    reacted INTEGER NOT NULL
);

-- One row: what is still to be indexed, by rowids of message, downwards from todo; NULL: nothing. total: where it began.
CREATE TABLE search_state (
    rowid   INTEGER PRIMARY KEY CHECK (rowid = 1),
    version INTEGER NOT NULL,
    todo    INTEGER,
    total   INTEGER NOT NULL
);
INSERT INTO search_state (rowid, version, todo, total)
    SELECT 1, 1, max(rowid), coalesce(max(rowid), 0) FROM message;

-- What is indexed of a message: its text with the names of its files, and words for what it is filtered by.
CREATE VIEW search_text (key, body, scope) AS
    SELECT d.key, spaced(m.body, m.attachments), scope(m.room_id, m.author_id, m.body, m.pinned_at, m.attachments, d.reacted)
    FROM search_doc d JOIN message m ON m.rowid = d.message;

-- categories: also what is neither letter nor number but a picture, as people search for those.
CREATE VIRTUAL TABLE search USING fts5(
    body, scope, content = 'search_text', content_rowid = 'key', prefix = '2 3 4',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);
CREATE VIRTUAL TABLE search_word USING fts5vocab(search, instance);

-- A key for a message: the next one of its millisecond, or of the next that has room.
CREATE VIEW search_new_doc (message, key, reacted) AS
    SELECT m.rowid,
        (WITH RECURSIVE slot (base) AS (
            SELECT min(max(m.created_at, 0), 4398046511103) << 20
            UNION ALL
            SELECT base + (1 << 20) FROM slot WHERE EXISTS (SELECT 1 FROM search_doc WHERE key = base + (1 << 20) - 1)
        )
        SELECT coalesce((SELECT max(key) + 1 FROM search_doc
            WHERE key >= (SELECT max(base) FROM slot) AND key < (SELECT max(base) FROM slot) + (1 << 20)),
            (SELECT max(base) FROM slot))),
        EXISTS (SELECT 1 FROM reaction r WHERE r.room_id = m.room_id AND r.message_id = m.id AND r.removed_at IS NULL)
    FROM message m;

CREATE TRIGGER search_posted AFTER INSERT ON message WHEN new.deleted_at IS NULL
BEGIN
    INSERT INTO search_doc (key, message, reacted)
        SELECT key, message, reacted FROM search_new_doc WHERE message = new.rowid;
    INSERT INTO search (rowid, body, scope) SELECT key, body, scope FROM search_text
        WHERE key = (SELECT key FROM search_doc WHERE message = new.rowid);
END;

CREATE TRIGGER search_changed
AFTER UPDATE OF room_id, id, author_id, body, created_at, deleted_at, pinned_at, attachments ON message
WHEN old.body IS NOT new.body OR old.deleted_at IS NOT new.deleted_at OR old.created_at IS NOT new.created_at
    OR old.pinned_at IS NOT new.pinned_at OR old.author_id IS NOT new.author_id OR old.room_id IS NOT new.room_id
    OR old.id IS NOT new.id OR old.attachments IS NOT new.attachments
BEGIN
    INSERT INTO search (search, rowid, body, scope)
        SELECT 'delete', key, spaced(old.body, old.attachments),
            scope(old.room_id, old.author_id, old.body, old.pinned_at, old.attachments, reacted)
        FROM search_doc WHERE message = old.rowid;
    DELETE FROM search_doc WHERE message = old.rowid;
    INSERT INTO search_doc (key, message, reacted)
        SELECT key, message, reacted FROM search_new_doc WHERE message = new.rowid AND new.deleted_at IS NULL;
    INSERT INTO search (rowid, body, scope) SELECT key, body, scope FROM search_text
        WHERE key = (SELECT key FROM search_doc WHERE message = new.rowid);
END;

CREATE TRIGGER search_removed AFTER DELETE ON message
BEGIN
    INSERT INTO search (search, rowid, body, scope)
        SELECT 'delete', key, spaced(old.body, old.attachments),
            scope(old.room_id, old.author_id, old.body, old.pinned_at, old.attachments, reacted)
        FROM search_doc WHERE message = old.rowid;
    DELETE FROM search_doc WHERE message = old.rowid;
END;

-- Reactions: the message's document changes only with the first one and the last one.
CREATE VIEW search_reacted (room_id, message_id, key, was, is_now) AS
    SELECT m.room_id, m.id, d.key, d.reacted,
        EXISTS (SELECT 1 FROM reaction r WHERE r.room_id = m.room_id AND r.message_id = m.id AND r.removed_at IS NULL)
    FROM message m JOIN search_doc d ON d.message = m.rowid;

CREATE TRIGGER search_reaction_put AFTER INSERT ON reaction
WHEN EXISTS (SELECT 1 FROM search_reacted
    WHERE room_id = new.room_id AND message_id = new.message_id AND was <> is_now)
BEGIN
    INSERT INTO search (search, rowid, body, scope) SELECT 'delete', t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = new.room_id AND s.message_id = new.message_id;
    UPDATE search_doc SET reacted = 1 - reacted WHERE key =
        (SELECT key FROM search_reacted WHERE room_id = new.room_id AND message_id = new.message_id);
    INSERT INTO search (rowid, body, scope) SELECT t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = new.room_id AND s.message_id = new.message_id;
END;

CREATE TRIGGER search_reaction_changed AFTER UPDATE OF removed_at ON reaction
WHEN EXISTS (SELECT 1 FROM search_reacted
    WHERE room_id = new.room_id AND message_id = new.message_id AND was <> is_now)
BEGIN
    INSERT INTO search (search, rowid, body, scope) SELECT 'delete', t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = new.room_id AND s.message_id = new.message_id;
    UPDATE search_doc SET reacted = 1 - reacted WHERE key =
        (SELECT key FROM search_reacted WHERE room_id = new.room_id AND message_id = new.message_id);
    INSERT INTO search (rowid, body, scope) SELECT t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = new.room_id AND s.message_id = new.message_id;
END;

CREATE TRIGGER search_reaction_removed AFTER DELETE ON reaction
WHEN EXISTS (SELECT 1 FROM search_reacted
    WHERE room_id = old.room_id AND message_id = old.message_id AND was <> is_now)
BEGIN
    INSERT INTO search (search, rowid, body, scope) SELECT 'delete', t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = old.room_id AND s.message_id = old.message_id;
    UPDATE search_doc SET reacted = 1 - reacted WHERE key =
        (SELECT key FROM search_reacted WHERE room_id = old.room_id AND message_id = old.message_id);
    INSERT INTO search (rowid, body, scope) SELECT t.key, t.body, t.scope FROM search_reacted s
        JOIN search_text t ON t.key = s.key WHERE s.room_id = old.room_id AND s.message_id = old.message_id;
END;
