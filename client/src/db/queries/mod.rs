//! Every SQL statement of the client, so that none stands between the lines of logic.

use model::view::Table;

macro_rules! columns {
    ($t:literal, $first:literal $(, $other:literal)*) => { concat!($t, ".", $first $(, ", ", $t, ".", $other)*) };
}

/// What a row's checksum covers, beside its seq where it has one.
macro_rules! covered {
    (room $t:literal) => {
        columns!(
            $t,
            "id",
            "name",
            "topic",
            "kind",
            "edit_policy",
            "archived_at",
            "created_by",
            "created_at",
            "delivery"
        )
    };
    (member $t:literal) => {
        columns!(
            $t,
            "room_id",
            "user_id",
            "name",
            "role",
            "joined_at",
            "left_at",
            "delivery"
        )
    };
    (message $t:literal) => {
        concat!(
            columns!($t, "room_id", "id", "position", "sort", "author_id"),
            // Its files belong to the text, so that what was written before there were any keeps its checksum.
            ", iif(",
            $t,
            ".attachments IS NULL, ",
            $t,
            ".body, ",
            $t,
            ".body || char(0) || ",
            $t,
            ".attachments), ",
            columns!(
                $t,
                "reply_to",
                "rev",
                "created_at",
                "edited_at",
                "edited_by",
                "deleted_at",
                "pinned_at",
                "delivery"
            )
        )
    };
    (reaction $t:literal) => {
        columns!(
            $t,
            "room_id",
            "message_id",
            "user_id",
            "emoji",
            "removed_at",
            "delivery"
        )
    };
    (read_marker $t:literal) => {
        columns!($t, "room_id", "user_id", "position", "delivery")
    };
    (confirmed $t:literal) => {
        columns!($t, "kind", "room_id", "id", "data")
    };
    (cursor $t:literal) => {
        columns!($t, "room_id", "joined", "seq", "before", "sweep")
    };
    (draft $t:literal) => {
        columns!($t, "room_id", "message_id", "base", "text", "changed_at")
    };
    (message_version $t:literal) => {
        columns!(
            $t,
            "room_id",
            "message_id",
            "rev",
            "body",
            "editor_id",
            "edited_at"
        )
    };
    (journal $t:literal) => {
        columns!(
            $t,
            "op_id",
            "room_id",
            "message_id",
            "part",
            "op",
            "at",
            "settled_at"
        )
    };
    // Those of the outbox and of recovered cover the same, as one view shows both.
    (operation $t:literal) => {
        columns!(
            $t,
            "op_id",
            "room_id",
            "message_id",
            "part",
            "op",
            "at",
            "state",
            "acked_seq",
            "code",
            "reason",
            "author_id",
            "recovered_at"
        )
    };
    (outbox $t:literal) => {
        concat!(
            columns!(
                $t,
                "op_id",
                "room_id",
                "message_id",
                "part",
                "op",
                "at",
                "state",
                "acked_seq",
                "code",
                "reason"
            ),
            ", NULL, NULL"
        )
    };
    (recovered $t:literal) => {
        concat!(
            columns!($t, "op_id", "room_id", "message_id", "part", "op", "at"),
            ", 'failed', NULL, ",
            columns!($t, "code", "reason", "author_id", "recovered_at")
        )
    };
}

/// True, or the statement fails as damaged: see `checksum`. Beside it a column is compared by `IS`: after `column = constant` SQLite
/// puts the constant in the column's place in the whole WHERE, and a row that another term would have left out looks damaged
/// (the simulator found that).
macro_rules! fits {
    (room $t:literal) => { fits!(numbered room $t) };
    (member $t:literal) => { fits!(numbered member $t) };
    (message $t:literal) => { fits!(numbered message $t) };
    (reaction $t:literal) => { fits!(numbered reaction $t) };
    (read_marker $t:literal) => { fits!(numbered read_marker $t) };
    (message_version $t:literal) => { fits!(numbered message_version $t) };
    (numbered $table:ident $t:literal) => {
        concat!("fits(", $t, ".checksum - ", $t, ".seq, ", covered!($table $t), ")")
    };
    ($table:ident $t:literal) => {
        concat!("fits(", $t, ".checksum, ", covered!($table $t), ")")
    };
}

/// Whether a row fits, as a value: for those who look at damage.
macro_rules! is_right {
    ($table:ident $t:literal) => {
        concat!("(", $t, ".checksum IS NULL OR ", $t, ".checksum = crc(", covered!($table $t), "))")
    };
}

pub(crate) mod blobs;
mod exchange;
mod lookout;
mod rescue;
mod rooms;
mod search;
mod status;
mod timeline;

pub(crate) use exchange::*;
pub(crate) use lookout::*;
pub(crate) use rescue::*;
pub(crate) use rooms::*;
pub(crate) use search::*;
pub(crate) use status::*;
pub(crate) use timeline::*;

/// The room of a touched row, where the table has one.
#[must_use]
pub fn room_of(table: Table) -> Option<&'static str> {
    match table {
        Table::Member => Some("SELECT room_id FROM member WHERE rowid = ?1"),
        Table::Message => Some("SELECT room_id FROM message WHERE rowid = ?1"),
        Table::Presence => Some("SELECT room_id FROM presence WHERE rowid = ?1"),
        Table::Typing => Some("SELECT room_id FROM typing WHERE rowid = ?1"),
        Table::Cursor => Some("SELECT room_id FROM cursor WHERE rowid = ?1"),
        Table::Room => Some("SELECT id FROM room WHERE rowid = ?1"),
        Table::Reaction => Some("SELECT room_id FROM reaction WHERE rowid = ?1"),
        Table::ReadMarker => Some("SELECT room_id FROM read_marker WHERE rowid = ?1"),
        Table::MessageVersion => Some("SELECT room_id FROM message_version WHERE rowid = ?1"),
        Table::Upload => Some("SELECT room_id FROM upload WHERE rowid = ?1"),
        Table::Account
        | Table::Outbox
        | Table::Recovered
        | Table::Draft
        | Table::DraftFile
        | Table::Blob
        | Table::Notice
        | Table::Setting
        | Table::RoomPref
        | Table::Person
        | Table::Index
        | Table::Exchange
        | Table::Directory
        | Table::Connection => None,
    }
}

pub(crate) const ROOM: &str = concat!(
    "SELECT id, seq, name, topic, kind, edit_policy, archived_at, created_by, created_at
    FROM room WHERE id IS ?1 AND ",
    fits!(room "room")
);
pub(crate) const MEMBER: &str = concat!(
    "SELECT room_id, user_id, seq, name, role, joined_at, left_at
    FROM member WHERE room_id IS ?1 AND user_id IS ?2 AND ",
    fits!(member "member")
);
pub(crate) const MESSAGE: &str = concat!("SELECT room_id, id, seq, position, author_id, body, reply_to, rev, created_at, edited_at, edited_by, deleted_at,
        pinned_at, attachments
    FROM message WHERE room_id IS ?1 AND id IS ?2 AND ",
    fits!(message "message"));
pub(crate) const REACTION: &str = concat!(
    "SELECT room_id, message_id, user_id, emoji, seq, removed_at FROM reaction
    WHERE room_id IS ?1 AND message_id IS ?2 AND user_id IS ?3 AND emoji IS ?4 AND ",
    fits!(reaction "reaction")
);
pub(crate) const READ_MARKER: &str = concat!(
    "SELECT room_id, user_id, seq, position FROM read_marker WHERE room_id IS ?1 AND user_id IS ?2 AND ",
    fits!(read_marker "read_marker")
);

// ?10: delivery; a confirmed row is stored only if it is newer, an optimistic one always (?11 = 1).
pub(crate) const PUT_ROOM: &str = "INSERT INTO room
    (id, seq, name, topic, kind, edit_policy, archived_at, created_by, created_at, delivery, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
        crc(?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) + ?2)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, name = excluded.name, topic = excluded.topic, kind = excluded.kind,
        edit_policy = excluded.edit_policy, archived_at = excluded.archived_at, created_by = excluded.created_by,
        created_at = excluded.created_at, delivery = excluded.delivery,
        checksum = excluded.checksum
    WHERE ?11 OR excluded.seq > room.seq";
pub(crate) const PUT_MEMBER: &str = "INSERT INTO member
    (room_id, user_id, seq, name, role, joined_at, left_at, delivery, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
        crc(?1, ?2, ?4, ?5, ?6, ?7, ?8) + ?3)
    ON CONFLICT (room_id, user_id) DO UPDATE SET seq = excluded.seq, name = excluded.name, role = excluded.role,
        joined_at = excluded.joined_at, left_at = excluded.left_at, delivery = excluded.delivery,
        checksum = excluded.checksum
    WHERE ?9 OR excluded.seq > member.seq";
pub(crate) const PUT_MESSAGE: &str = "INSERT INTO message
    (room_id, id, seq, position, sort, author_id, body, reply_to, rev, created_at, edited_at, edited_by, deleted_at, pinned_at,
        delivery, attachments, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?17,
        crc(?1, ?2, ?4, ?5, ?6, iif(?17 IS NULL, ?7, ?7 || char(0) || ?17), ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) + ?3)
    ON CONFLICT (room_id, id) DO UPDATE SET seq = excluded.seq, position = excluded.position, sort = excluded.sort,
        author_id = excluded.author_id, body = excluded.body, reply_to = excluded.reply_to, rev = excluded.rev,
        created_at = excluded.created_at, edited_at = excluded.edited_at, edited_by = excluded.edited_by,
        deleted_at = excluded.deleted_at, pinned_at = excluded.pinned_at, delivery = excluded.delivery,
        attachments = excluded.attachments, checksum = excluded.checksum
    WHERE ?16 OR excluded.seq > message.seq";
pub(crate) const PUT_REACTION: &str =
    "INSERT INTO reaction (room_id, message_id, user_id, emoji, seq, removed_at, delivery, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, crc(?1, ?2, ?3, ?4, ?6, ?7) + ?5)
    ON CONFLICT (room_id, message_id, user_id, emoji) DO UPDATE SET seq = excluded.seq, removed_at = excluded.removed_at,
        delivery = excluded.delivery, checksum = excluded.checksum
    WHERE ?8 OR excluded.seq > reaction.seq";
pub(crate) const PUT_READ_MARKER: &str =
    "INSERT INTO read_marker (room_id, user_id, seq, position, delivery, checksum) VALUES (?1, ?2, ?3, ?4, ?5, crc(?1, ?2, ?4, ?5) + ?3)
    ON CONFLICT (room_id, user_id) DO UPDATE SET seq = excluded.seq, position = excluded.position,
        delivery = excluded.delivery, checksum = excluded.checksum
    WHERE ?6 OR excluded.seq > read_marker.seq";

pub(crate) const REMOVE_ROOM: &str = "DELETE FROM room WHERE id = ?1";
pub(crate) const REMOVE_MEMBER: &str = "DELETE FROM member WHERE room_id = ?1 AND user_id = ?2";
pub(crate) const REMOVE_MESSAGE: &str = "DELETE FROM message WHERE room_id = ?1 AND id = ?2";
pub(crate) const REMOVE_REACTION: &str = "DELETE FROM reaction
    WHERE room_id = ?1 AND message_id = ?2 AND user_id = ?3 AND emoji = ?4";
pub(crate) const REMOVE_READ_MARKER: &str =
    "DELETE FROM read_marker WHERE room_id = ?1 AND user_id = ?2";

pub(crate) const CONFIRMED: &str = concat!(
    "SELECT data FROM confirmed WHERE kind IS ?1 AND room_id IS ?2 AND id IS ?3 AND ",
    fits!(confirmed "confirmed")
);
pub(crate) const PUT_CONFIRMED: &str =
    "INSERT INTO confirmed (kind, room_id, id, data, checksum) VALUES (?1, ?2, ?3, ?4, crc(?1, ?2, ?3, ?4))
    ON CONFLICT (kind, room_id, id) DO UPDATE SET data = excluded.data, checksum = excluded.checksum";
pub(crate) const REMOVE_CONFIRMED: &str =
    "DELETE FROM confirmed WHERE kind = ?1 AND room_id = ?2 AND id = ?3";
pub(crate) const ALL_CONFIRMED: &str = concat!(
    "SELECT rowid, data FROM confirmed WHERE data IS NOT NULL AND (?1 IS NULL OR room_id IS ?1) AND ",
    fits!(confirmed "confirmed")
);
pub(crate) const SET_CONFIRMED_DATA: &str =
    "UPDATE confirmed SET data = ?2, checksum = crc(kind, room_id, id, ?2) WHERE rowid = ?1";

pub(crate) const APPEND_OP: &str = "INSERT INTO outbox (op_id, room_id, message_id, part, op, at, state, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued',
        crc(?1, ?2, ?3, ?4, ?5, ?6, 'queued', NULL, NULL, NULL, NULL, NULL))";
pub(crate) const OPS_OF_TARGET: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, code, reason FROM operation
    WHERE room_id IS ?1 AND message_id IS ?2 AND part IS ?3 AND ",
    fits!(operation "operation"),
    " ORDER BY id"
);
pub(crate) const OPS_OF_ROOM: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, code, reason FROM operation WHERE room_id IS ?1 AND ",
    fits!(operation "operation"),
    " ORDER BY id"
);
pub(crate) const OP_BY_ID: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, code, reason FROM operation WHERE op_id IS ?1 AND ",
    fits!(operation "operation")
);
pub(crate) const QUEUED_OPS: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, NULL, NULL FROM outbox
    WHERE state IS 'queued' AND ",
    fits!(outbox "outbox"),
    " ORDER BY id LIMIT ?1"
);
pub(crate) const SET_OP_ACKED: &str = concat!("UPDATE outbox SET state = 'acked', acked_seq = ?2,
        checksum = crc(op_id, room_id, message_id, part, op, at, 'acked', ?2, code, reason, NULL, NULL)
    WHERE id IS ?1 AND ",
    fits!(outbox "outbox"));
pub(crate) const REMOVE_OP: &str = "DELETE FROM outbox WHERE id = ?1";
pub(crate) const SETTLED_OPS: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, NULL, NULL FROM outbox
    WHERE state IS 'acked' AND room_id IS ?1 AND acked_seq <= ?2 AND ",
    fits!(outbox "outbox"),
    " ORDER BY id"
);
pub(crate) const ACKED_ELSEWHERE: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, NULL, NULL FROM outbox
    WHERE state IS 'acked' AND room_id NOT IN (SELECT room_id FROM cursor WHERE joined IS 1) AND ",
    fits!(outbox "outbox"),
    " ORDER BY id"
);
pub(crate) const ANY_OP: &str = "SELECT 1 FROM operation LIMIT 1";
pub(crate) const COUNT_OPS: &str = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM recovered WHERE author_id IS NULL)";
pub(crate) const FIRST_FAILED_OF_TARGET: &str = concat!(
    "SELECT id, op_id, op, at, 'failed', NULL, code, reason FROM recovered
    WHERE room_id IS ?1 AND message_id IS ?2 AND part IS ?3 AND author_id IS NULL AND ",
    fits!(recovered "recovered"),
    " ORDER BY id LIMIT 1"
);
/// Acknowledgements of a store that is no longer there say nothing: the operations are pushed again.
pub(crate) const REQUEUE_ACKED: &str = concat!("UPDATE outbox SET state = 'queued', acked_seq = NULL,
        checksum = crc(op_id, room_id, message_id, part, op, at, 'queued', NULL, code, reason, NULL, NULL)
    WHERE state IS 'acked' AND (?1 IS NULL OR room_id IS ?1) AND ",
    fits!(outbox "outbox"));

pub(crate) const RECOVER_OP: &str = concat!("INSERT INTO recovered
    (id, op_id, room_id, message_id, part, op, at, code, reason, recovered_at, checksum)
    SELECT id, op_id, room_id, message_id, part, op, at, ?2, ?3, ?4,
        crc(op_id, room_id, message_id, part, op, at, 'failed', NULL, ?2, ?3, NULL, ?4) FROM outbox WHERE id IS ?1 AND ",
    fits!(outbox "outbox"),
    "
    ON CONFLICT DO NOTHING");
pub(crate) const SET_RECOVERED_AUTHOR: &str = concat!("UPDATE recovered SET author_id = ?2,
        checksum = crc(op_id, room_id, message_id, part, op, at, 'failed', NULL, code, reason, ?2, recovered_at)
    WHERE op_id IS ?1 AND ",
    fits!(recovered "recovered"));
pub(crate) const REMOVE_RECOVERED: &str = "DELETE FROM recovered WHERE id = ?1";
pub(crate) const ANY_RECOVERED_MESSAGE: &str =
    "SELECT 1 FROM recovered WHERE message_id IS NOT NULL LIMIT 1";
pub(crate) const SET_RECOVERED_OP: &str = concat!("UPDATE recovered SET op = ?2,
        checksum = crc(op_id, room_id, message_id, part, ?2, at, 'failed', NULL, code, reason, author_id, recovered_at)
    WHERE id IS ?1 AND ",
    fits!(recovered "recovered"));
pub(crate) const OF_OTHERS_BY_OP: &str =
    "SELECT id FROM recovered WHERE op_id = ?1 AND author_id IS NOT NULL";
pub(crate) const REMOVE_OF_OTHERS: &str = "DELETE FROM recovered
    WHERE author_id IS NOT NULL AND room_id = ?1 AND message_id = ?2";
pub(crate) const RECOVERED: &str = concat!("SELECT r.op_id, r.room_id, coalesce(o.name, ''), r.message_id, r.op, r.at, r.recovered_at, r.code, r.reason,
        r.author_id, coalesce(p.name, '')
    FROM recovered r LEFT JOIN room o ON o.id = r.room_id AND ",
    fits!(room "o"),
    "
    LEFT JOIN member p ON p.room_id = r.room_id AND p.user_id = r.author_id AND ",
    fits!(member "p"),
    "
   WHERE ",
    fits!(recovered "r"),
    "
    ORDER BY r.recovered_at DESC, r.id DESC LIMIT ?1");

pub(crate) const KEEP_IN_JOURNAL: &str = concat!(
    "INSERT INTO journal (id, op_id, room_id, message_id, part, op, at, settled_at, checksum)
    SELECT id, op_id, room_id, message_id, part, op, at, ?2,
        crc(op_id, room_id, message_id, part, op, at, ?2) FROM outbox WHERE id IS ?1 AND ",
    fits!(outbox "outbox"),
    "
    ON CONFLICT DO NOTHING"
);
pub(crate) const PRUNE_JOURNAL: &str = "DELETE FROM journal WHERE settled_at < ?1";
pub(crate) const JOURNALED: &str = concat!(
    "SELECT id, op FROM journal WHERE (?1 IS NULL OR room_id IS ?1) AND ",
    fits!(journal "journal"),
    " ORDER BY id"
);
pub(crate) const REOFFER: &str = concat!("INSERT INTO outbox (id, op_id, room_id, message_id, part, op, at, state, sent, checksum)
    SELECT id, op_id, room_id, message_id, part, op, at, 'queued', 1,
        crc(op_id, room_id, message_id, part, op, at, 'queued', NULL, NULL, NULL, NULL, NULL) FROM journal WHERE id IS ?1 AND ",
    fits!(journal "journal"),
    "
    ON CONFLICT DO NOTHING");
pub(crate) const REMOVE_FROM_JOURNAL: &str = "DELETE FROM journal WHERE id = ?1";

pub(crate) const PUT_DRAFT: &str =
    "INSERT INTO draft (room_id, message_id, base, text, changed_at, checksum) VALUES (?1, ?2, ?3, ?4, ?5, crc(?1, ?2, ?3, ?4, ?5))
    ON CONFLICT (room_id, coalesce(message_id, x'')) DO UPDATE SET base = excluded.base, text = excluded.text,
        changed_at = excluded.changed_at, checksum = excluded.checksum";
pub(crate) const REMOVE_DRAFT: &str = "DELETE FROM draft WHERE room_id = ?1 AND message_id IS ?2";
pub(crate) const DRAFTS: &str = concat!(
    "SELECT room_id, message_id, base, text FROM draft WHERE ",
    fits!(draft "draft"),
    " ORDER BY changed_at, rowid"
);
pub(crate) const DRAFT_OF_ROOM: &str = concat!(
    "SELECT text FROM draft WHERE room_id IS ?1 AND message_id IS NULL AND ",
    fits!(draft "draft")
);
pub(crate) const PUT_DRAFT_REPLY: &str =
    "INSERT INTO draft_reply (room_id, message_id) VALUES (?1, ?2)
    ON CONFLICT (room_id) DO UPDATE SET message_id = excluded.message_id";
/// ?2: only if it is this one.
pub(crate) const REMOVE_DRAFT_REPLY: &str =
    "DELETE FROM draft_reply WHERE room_id = ?1 AND (?2 IS NULL OR message_id = ?2)";
pub(crate) const DRAFT_REPLIES: &str = "SELECT room_id, message_id FROM draft_reply ORDER BY rowid";

pub(crate) const PUT_CHOICE: &str = "INSERT INTO choice (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
pub(crate) const CHOICES: &str = "SELECT name, value FROM choice ORDER BY name";

pub(crate) const ADD_NOTICE: &str = "INSERT INTO notice (text, at) VALUES (?1, ?2)";
pub(crate) const NOTICES: &str = "SELECT rowid, text, at FROM notice ORDER BY rowid";
pub(crate) const REMOVE_NOTICE: &str = "DELETE FROM notice WHERE rowid = ?1";

pub(crate) const MARK_FOR_SWEEP: &str = concat!(
    "UPDATE cursor SET sweep = 1, checksum = crc(room_id, joined, seq, before, 1)
    WHERE (?1 IS NULL OR room_id IS ?1) AND sweep IS 0 AND ",
    fits!(cursor "cursor")
);
pub(crate) const TO_SWEEP: &str = concat!(
    "SELECT 1 FROM cursor WHERE room_id IS ?1 AND sweep IS 1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const SWEPT: &str = concat!(
    "UPDATE cursor SET sweep = 0, checksum = crc(room_id, joined, seq, before, 0) WHERE room_id IS ?1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const UNCONFIRMED_MESSAGES: &str =
    "SELECT m.id FROM message m WHERE m.room_id = ?1 AND m.seq = 0 AND NOT EXISTS
        (SELECT 1 FROM confirmed c WHERE c.kind = 'message' AND c.room_id = m.room_id AND c.id = m.id)
    ORDER BY m.sort";
pub(crate) const SWEEP_MEMBERS: &str =
    "DELETE FROM member WHERE room_id = ?1 AND seq = 0 AND NOT EXISTS
        (SELECT 1 FROM confirmed c WHERE c.kind = 'member' AND c.room_id = member.room_id AND c.id = member.user_id)";
pub(crate) const SWEEP_REACTIONS: &str =
    "DELETE FROM reaction WHERE room_id = ?1 AND seq = 0 AND delivery = 0";
pub(crate) const SWEEP_READ_MARKERS: &str =
    "DELETE FROM read_marker WHERE room_id = ?1 AND seq = 0 AND delivery = 0";

pub(crate) const CURSORS: &str = concat!(
    "SELECT room_id, seq, before FROM cursor WHERE joined IS 1 AND ",
    fits!(cursor "cursor"),
    " ORDER BY room_id"
);
pub(crate) const CURSOR: &str = concat!(
    "SELECT seq FROM cursor WHERE room_id IS ?1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const CURSOR_AND_JOINED: &str = concat!(
    "SELECT seq, joined FROM cursor WHERE room_id IS ?1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const JOINED: &str = concat!(
    "SELECT room_id FROM cursor WHERE joined IS 1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const SET_JOINED: &str = concat!(
    "INSERT INTO cursor (room_id, joined, checksum) VALUES (?1, ?2, crc(?1, ?2, NULL, NULL, 0))
    ON CONFLICT (room_id) DO UPDATE SET joined = excluded.joined,
        checksum = crc(cursor.room_id, excluded.joined, cursor.seq, cursor.before, cursor.sweep)
    WHERE cursor.joined <> excluded.joined AND ",
    fits!(cursor "cursor")
);
pub(crate) const ADVANCE_CURSOR: &str = concat!(
    "UPDATE cursor SET seq = ?3, checksum = crc(room_id, joined, ?3, before, sweep)
    WHERE room_id IS ?1 AND seq IS NOT NULL AND seq >= ?2 AND seq < ?3 AND ",
    fits!(cursor "cursor")
);
pub(crate) const START_CURSOR: &str = concat!(
    "UPDATE cursor SET seq = ?2, before = ?3, checksum = crc(room_id, joined, ?2, ?3, sweep)
    WHERE room_id IS ?1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const SET_BEFORE: &str = concat!(
    "UPDATE cursor SET before = ?2, checksum = crc(room_id, joined, seq, ?2, sweep)
    WHERE room_id IS ?1 AND ",
    fits!(cursor "cursor")
);

pub(crate) const FORGET_CURSORS: &str = concat!("UPDATE cursor SET seq = NULL, before = NULL, checksum = crc(room_id, joined, NULL, NULL, sweep)
    WHERE (?1 IS NULL OR room_id IS ?1) AND ",
    fits!(cursor "cursor"));
pub(crate) const FORGET_ROOM_SEQS: &str =
    "UPDATE room SET seq = 0, checksum = checksum - seq WHERE ?1 IS NULL OR id = ?1";
pub(crate) const FORGET_MEMBER_SEQS: &str =
    "UPDATE member SET seq = 0, checksum = checksum - seq WHERE ?1 IS NULL OR room_id = ?1";
pub(crate) const FORGET_MESSAGE_SEQS: &str =
    "UPDATE message SET seq = 0, checksum = checksum - seq WHERE ?1 IS NULL OR room_id = ?1";
pub(crate) const FORGET_REACTION_SEQS: &str =
    "UPDATE reaction SET seq = 0, checksum = checksum - seq WHERE ?1 IS NULL OR room_id = ?1";
pub(crate) const FORGET_READ_MARKER_SEQS: &str =
    "UPDATE read_marker SET seq = 0, checksum = checksum - seq WHERE ?1 IS NULL OR room_id = ?1";

pub(crate) const ACCOUNT: &str = "SELECT relay, user_id, name, signed_in, epoch FROM account";
pub(crate) const PUT_ACCOUNT: &str = "INSERT INTO account (rowid, relay, user_id, name, signed_in)
    VALUES (1, ?1, ?2, ?3, 1)
    ON CONFLICT (rowid) DO UPDATE SET relay = excluded.relay, name = excluded.name, signed_in = 1";
pub(crate) const SIGN_OUT: &str = "UPDATE account SET signed_in = 0 WHERE signed_in = 1";
pub(crate) const SET_EPOCH: &str = "UPDATE account SET epoch = ?1 WHERE epoch IS NOT ?1";
pub(crate) const SET_ACCOUNT_NAME: &str = "UPDATE account SET name = ?1 WHERE name <> ?1";

pub(crate) const ADD_PRESENCE: &str =
    "INSERT INTO presence (room_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(crate) const REMOVE_PRESENCE: &str = "DELETE FROM presence WHERE room_id = ?1 AND user_id = ?2";
pub(crate) const CLEAR_PRESENCE: &str = "DELETE FROM presence WHERE ?1 IS NULL OR room_id = ?1";

// The condition keeps the hooks: a DELETE without WHERE fires none.
pub(crate) const CLEAR_DIRECTORY: &str = "DELETE FROM directory WHERE rowid > 0";
pub(crate) const DIRECTORY_ENTRY: &str =
    "SELECT room_id, name, topic FROM directory WHERE room_id = ?1";
pub(crate) const PUT_DIRECTORY: &str =
    "INSERT INTO directory (room_id, name, topic, members) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (room_id) DO UPDATE SET name = excluded.name, topic = excluded.topic, members = excluded.members";

pub(crate) const DIRECTORY: &str =
    "SELECT d.room_id, d.name, d.topic, d.members, coalesce(c.joined, 0) FROM directory d
    LEFT JOIN cursor c ON c.room_id = d.room_id ORDER BY d.name COLLATE NOCASE, d.room_id";
pub(crate) const BACKFILLING: &str = concat!(
    "SELECT before IS NOT NULL OR seq IS NULL FROM cursor WHERE room_id IS ?1 AND joined IS 1 AND ",
    fits!(cursor "cursor")
);
pub(crate) const FIND_MESSAGE: &str = "SELECT room_id FROM message WHERE id = ?1";
