//! Statements for the timeline: windows of it, and what hangs on its messages. Each is one descent of an index and a bounded walk,
//! however many messages a room has.

/// What a message is shown with.
macro_rules! shown {
    () => {
        "SELECT m.id, m.position, m.author_id, coalesce(p.name, ''), m.body, m.rev, m.created_at, m.edited_at,
        m.edited_by, m.deleted_at IS NOT NULL, m.pinned_at IS NOT NULL, m.reply_to, m.delivery, m.attachments
    FROM message m LEFT JOIN member p ON p.room_id = m.room_id AND p.user_id = m.author_id AND "
    };
}

pub(crate) const TIMELINE_BEFORE: &str = concat!(
    shown!(),
    fits!(member "p"),
    "
    WHERE m.room_id IS ?1 AND m.sort < ?2 AND ",
    fits!(message "m"),
    " ORDER BY m.sort DESC LIMIT ?3"
);
pub(crate) const TIMELINE_FROM: &str = concat!(
    shown!(),
    fits!(member "p"),
    "
    WHERE m.room_id IS ?1 AND m.sort >= ?2 AND ",
    fits!(message "m"),
    " ORDER BY m.sort LIMIT ?3"
);

pub(crate) const MESSAGE_SORT: &str = "SELECT sort FROM message WHERE room_id = ?1 AND id = ?2";
pub(crate) const FIRST_SORT: &str =
    "SELECT sort FROM message WHERE room_id = ?1 ORDER BY sort LIMIT 1";
// Pending messages stand after all positions, from 2^62 on.
pub(crate) const LAST_POSITION: &str = "SELECT sort FROM message WHERE room_id = ?1 AND sort < 4611686018427387904 ORDER BY sort DESC LIMIT 1";
pub(crate) const SORT_AT: &str =
    "SELECT sort FROM message WHERE room_id = ?1 AND sort >= ?2 ORDER BY sort LIMIT 1";
pub(crate) const SORT_SINCE: &str = "SELECT sort FROM message
    WHERE room_id = ?1 AND created_at >= ?2 ORDER BY created_at, sort LIMIT 1";
// The walk is bounded inside: who wrote much elsewhere without reading does not make it long.
pub(crate) const FIRST_UNREAD: &str = "SELECT sort FROM
        (SELECT sort, author_id FROM message WHERE room_id = ?1 AND sort > ?2 ORDER BY sort LIMIT ?4)
    WHERE author_id <> ?3 ORDER BY sort LIMIT 1";
pub(crate) const COUNT_UNREAD: &str = "SELECT count(*) FROM
        (SELECT author_id FROM message WHERE room_id = ?1 AND sort > ?2 AND sort < 4611686018427387904
        ORDER BY sort LIMIT ?4)
    WHERE author_id <> ?3";

pub(crate) const EXCERPT: &str = concat!(
    "SELECT coalesce(p.name, ''), substr(m.body, 1, 200), m.deleted_at IS NOT NULL
    FROM message m LEFT JOIN member p ON p.room_id = m.room_id AND p.user_id = m.author_id AND ",
    fits!(member "p"),
    "
    WHERE m.room_id IS ?1 AND m.id IS ?2 AND ",
    fits!(message "m")
);
pub(crate) const REACTIONS: &str = concat!(
    "SELECT r.emoji, r.user_id, coalesce(p.name, '')
    FROM reaction r LEFT JOIN member p ON p.room_id = r.room_id AND p.user_id = r.user_id AND ",
    fits!(member "p"),
    "
    WHERE r.room_id IS ?1 AND r.message_id IS ?2 AND r.removed_at IS NULL AND ",
    fits!(reaction "r"),
    " ORDER BY r.rowid"
);
pub(crate) const PINS: &str = concat!(
    "SELECT m.id, coalesce(p.name, ''), substr(m.body, 1, 200), m.created_at, m.pinned_at
    FROM message m LEFT JOIN member p ON p.room_id = m.room_id AND p.user_id = m.author_id AND ",
    fits!(member "p"),
    "
    WHERE m.room_id IS ?1 AND m.pinned_at IS NOT NULL AND ",
    fits!(message "m"),
    " ORDER BY m.pinned_at DESC LIMIT ?2"
);

pub(crate) const PUT_VERSION: &str = "INSERT INTO message_version
    (room_id, message_id, rev, seq, body, editor_id, edited_at, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, crc(?1, ?2, ?3, ?5, ?6, ?7) + ?4)
    ON CONFLICT (room_id, message_id, rev) DO UPDATE SET seq = excluded.seq, body = excluded.body,
        editor_id = excluded.editor_id, edited_at = excluded.edited_at, checksum = excluded.checksum
    WHERE excluded.checksum IS NOT message_version.checksum";
pub(crate) const VERSIONS: &str = concat!(
    "SELECT v.rev, v.body, coalesce(p.name, ''), v.edited_at
    FROM message_version v LEFT JOIN member p ON p.room_id = v.room_id AND p.user_id = v.editor_id AND ",
    fits!(member "p"),
    "
    WHERE v.room_id IS ?1 AND v.message_id IS ?2 AND v.rev < ?3 AND ",
    fits!(message_version "v"),
    " ORDER BY v.rev"
);

pub(crate) const PUT_PLACE: &str = "INSERT INTO place (room_id, message_id, distance, at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (room_id) DO UPDATE SET message_id = excluded.message_id, distance = excluded.distance, at = excluded.at";
pub(crate) const PLACES: &str =
    "SELECT room_id, message_id, distance FROM place ORDER BY at DESC, rowid LIMIT ?1";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    /// However many messages a room has: an index leads to the first row, and nothing is sorted.
    #[test]
    fn no_window_walks_through_the_room() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::db::prepare(&mut connection).unwrap();
        let queries = [
            super::TIMELINE_BEFORE,
            super::TIMELINE_FROM,
            super::MESSAGE_SORT,
            super::FIRST_SORT,
            super::LAST_POSITION,
            super::SORT_AT,
            super::SORT_SINCE,
            super::FIRST_UNREAD,
            super::COUNT_UNREAD,
            super::EXCERPT,
            super::PINS,
            super::VERSIONS,
        ];
        for query in queries {
            let plan = plan(&connection, query);
            let inner = plan.iter().any(|step| step.starts_with("SEARCH"));
            assert!(inner, "{query}\n{plan:#?}");
            for step in &plan {
                // What is scanned is the bounded walk inside.
                let scan = step.starts_with("SCAN") && !step.contains("SUBQUERY");
                let scan = scan && !step.starts_with("SCAN (");
                let sort = step.contains("TEMP B-TREE") && !query.starts_with("SELECT sort FROM\n");
                assert!(!scan && !sort, "{query}\n{plan:#?}");
            }
        }
    }

    fn plan(connection: &Connection, query: &str) -> Vec<String> {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
            .unwrap();
        for at in 1..=statement.parameter_count() {
            statement.raw_bind_parameter(at, 1).unwrap();
        }
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get(3).unwrap());
        }
        plan
    }
}
