//! Every SQL statement of the spool.

/// The spool is made anew if it was made by another version or not to its end, so it needs no migrations.
pub(super) const VERSION: i64 = 1;

pub(super) const SCHEMA: &str = "
    CREATE TABLE header (one INTEGER PRIMARY KEY CHECK (one = 1), source TEXT NOT NULL);
    CREATE TABLE person (id TEXT PRIMARY KEY, data TEXT NOT NULL, messages INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE room (rank INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL, messages INTEGER NOT NULL DEFAULT 0,
        first_at INTEGER);
    CREATE TABLE member (room TEXT NOT NULL, person TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (room, person)) WITHOUT ROWID;
    CREATE TABLE message (ord INTEGER PRIMARY KEY, room TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL,
        data TEXT NOT NULL, UNIQUE (room, id));
    CREATE TABLE reaction (ord INTEGER PRIMARY KEY, room TEXT NOT NULL, message TEXT NOT NULL, data TEXT NOT NULL UNIQUE);
    CREATE TABLE skipped (reason TEXT PRIMARY KEY, count INTEGER NOT NULL, example TEXT NOT NULL) WITHOUT ROWID;";

/// When everything is in it; then it is whole.
pub(super) const FINISH: &str = "
    CREATE INDEX message_order ON message (room, at, ord);
    CREATE INDEX reaction_of ON reaction (room, message);
    UPDATE person SET messages = coalesce((SELECT n FROM (SELECT author, count(*) AS n FROM message GROUP BY author) c
        WHERE c.author = person.id), 0);
    UPDATE room SET messages = coalesce((SELECT n FROM (SELECT room, count(*) AS n FROM message GROUP BY room) c
        WHERE c.room = room.id), 0), first_at = (SELECT min(at) FROM message m WHERE m.room = room.id);";

pub(super) const PUT_HEADER: &str = "INSERT INTO header (one, source) VALUES (1, ?1)";
pub(super) const HEADER: &str = "SELECT source FROM header";
pub(super) const PUT_PERSON: &str =
    "INSERT INTO person (id, data) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const PUT_ROOM: &str =
    "INSERT INTO room (id, data) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const PUT_MEMBER: &str =
    "INSERT INTO member (room, person, data) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(super) const PUT_MESSAGE: &str =
    "INSERT INTO message (room, id, at, author, data) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING";
pub(super) const PUT_REACTION: &str =
    "INSERT INTO reaction (room, message, data) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(super) const SKIP: &str = "INSERT INTO skipped (reason, count, example) VALUES (?1, 1, ?2)
    ON CONFLICT DO UPDATE SET count = count + 1";

pub(super) const PEOPLE: &str = "SELECT data, messages FROM person ORDER BY messages DESC, id";
pub(super) const ROOMS: &str = "SELECT rank, data, messages, first_at FROM room ORDER BY rank";
pub(super) const MEMBERS: &str = "SELECT data FROM member WHERE room = ?1 ORDER BY person";
pub(super) const MESSAGES: &str = "SELECT ord, at, data FROM message
    WHERE room = ?1 AND (at, ord) > (?2, ?3) ORDER BY at, ord LIMIT ?4";
pub(super) const TIME_OF: &str = "SELECT at FROM message WHERE room = ?1 AND id = ?2";
pub(super) const REACTIONS: &str =
    "SELECT data FROM reaction WHERE room = ?1 AND message = ?2 ORDER BY ord";
pub(super) const LOST_REACTIONS: &str = "SELECT count(*), min(data) FROM reaction r
    WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.room = r.room AND m.id = r.message)";
pub(super) const LOST_MESSAGES: &str = "SELECT count(*), min(id) FROM message m
    WHERE NOT EXISTS (SELECT 1 FROM room r WHERE r.id = m.room)";
pub(super) const SKIPPED: &str =
    "SELECT reason, count, example FROM skipped ORDER BY count DESC, reason";
pub(super) const COUNTS: &str = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM room),
    (SELECT count(*) FROM message), (SELECT count(*) FROM reaction)";
