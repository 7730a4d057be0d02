//! Statements for the list of rooms, for what the person prefers, and for people.

pub(crate) const IS_LAST_OWNER: &str = "SELECT
    EXISTS (SELECT 1 FROM member WHERE room_id = ?1 AND user_id <> ?2 AND left_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM member WHERE room_id = ?1 AND user_id <> ?2 AND left_at IS NULL AND role = 'owner')";

/// Counting ends here: more is shown as "999+".
macro_rules! unread_max {
    () => {
        "1000"
    };
}

/// Where reading begins: after the read marker, or while there is none, after we came.
macro_rules! read_to {
    () => {
        "coalesce(k.position, me.seq, 0)"
    };
}

/// Beyond this are pending messages: see `rows::pending_sort`.
macro_rules! positions_end {
    () => {
        "4611686018427387904"
    };
}

macro_rules! rooms {
    () => {
        concat!(
    "SELECT r.id, CASE r.kind WHEN 'direct' THEN coalesce((SELECT group_concat(o.name, ', ') FROM
        (SELECT m.name FROM member m WHERE m.room_id = r.id AND m.user_id <> a.user_id ORDER BY m.name) o),
        r.name) ELSE r.name END AS shown, r.topic, r.delivery, r.kind, r.edit_policy, r.archived_at IS NOT NULL,
        me.role, coalesce(p.muted, 0), coalesce(p.favourite, 0), coalesce(p.opened_at, 0),
        (SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.room_id = r.id AND m.sort > ",
    read_to!(),
    " AND m.sort < ",
    positions_end!(),
    " AND m.deleted_at IS NULL AND m.author_id <> a.user_id LIMIT ",
    unread_max!(),
    ")),
        (SELECT count(*) FROM (SELECT 1 FROM mention n WHERE n.room_id = r.id AND n.sort > ",
    read_to!(),
    " AND n.sort < ",
    positions_end!(),
    " LIMIT ",
    unread_max!(),
    ")),
        (SELECT m.created_at FROM message m WHERE m.room_id = r.id ORDER BY m.sort DESC LIMIT 1),
        EXISTS (SELECT 1 FROM draft d WHERE d.room_id = r.id AND d.message_id IS NULL AND d.text <> '')
    FROM account a JOIN room r
    LEFT JOIN cursor c ON c.room_id = r.id AND ",
    fits!(cursor "c"),
    "
    LEFT JOIN member me ON me.room_id = r.id AND me.user_id = a.user_id AND ",
    fits!(member "me"),
    "
    LEFT JOIN read_marker k ON k.room_id = r.id AND k.user_id = a.user_id AND ",
    fits!(read_marker "k"),
    "
    LEFT JOIN room_pref p ON p.room_id = r.id
    WHERE (c.joined IS 1 OR r.delivery <> 0) AND (me.left_at IS NULL OR r.delivery = 2) AND ",
    fits!(room "r"),
    " ORDER BY shown COLLATE NOCASE, r.id"
)
    };
}
pub(crate) const ROOMS: &str = rooms!();
pub(crate) const ROOMS_PLAN: &str = concat!("EXPLAIN QUERY PLAN ", rooms!());
pub(crate) const NEWEST_POSITION: &str = concat!(
    "SELECT max(sort) FROM message WHERE room_id = ?1 AND sort < ",
    positions_end!()
);

pub(crate) const PEOPLE: &str = concat!(
    "SELECT m.user_id, m.name, EXISTS (SELECT 1 FROM presence p WHERE p.user_id = m.user_id), m.role,
        EXISTS (SELECT 1 FROM typing t WHERE t.room_id = m.room_id AND t.user_id = m.user_id)
    FROM member m WHERE m.room_id IS ?1 AND m.left_at IS NULL AND ",
    fits!(member "m"),
    " ORDER BY m.name COLLATE NOCASE, m.user_id"
);
pub(crate) const OTHERS: &str = concat!(
    "SELECT m.user_id, m.name, EXISTS (SELECT 1 FROM presence p WHERE p.user_id = m.user_id), m.role, 0
    FROM member m WHERE m.room_id IS ?1 AND m.user_id IS NOT (SELECT user_id FROM account) AND ",
    fits!(member "m"),
    " ORDER BY m.name COLLATE NOCASE, m.user_id"
);
// Whoever is deactivated is in no list of the relay; who is known from a room only is known all the same while the relay has not told.
pub(crate) const EVERYBODY: &str =
    "SELECT e.user_id, e.name, EXISTS (SELECT 1 FROM presence p WHERE p.user_id = e.user_id) FROM (
        SELECT user_id, name FROM person
        UNION ALL
        SELECT user_id, max(name) FROM member WHERE NOT EXISTS (SELECT 1 FROM person) GROUP BY user_id
    ) e ORDER BY e.name COLLATE NOCASE, e.user_id";
pub(crate) const PUT_PERSON: &str = "INSERT INTO person (user_id, name) VALUES (?1, ?2)
    ON CONFLICT (user_id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name";
pub(crate) const PERSONS: &str = "SELECT user_id FROM person";
pub(crate) const REMOVE_PERSON: &str = "DELETE FROM person WHERE user_id = ?1";

pub(crate) const SET_MUTED: &str = "INSERT INTO room_pref (room_id, muted) VALUES (?1, ?2)
    ON CONFLICT (room_id) DO UPDATE SET muted = excluded.muted WHERE muted <> excluded.muted";
pub(crate) const SET_FAVOURITE: &str = "INSERT INTO room_pref (room_id, favourite) VALUES (?1, ?2)
    ON CONFLICT (room_id) DO UPDATE SET favourite = excluded.favourite WHERE favourite <> excluded.favourite";
pub(crate) const SET_OPENED: &str = "INSERT INTO room_pref (room_id, opened_at) VALUES (?1, ?2)
    ON CONFLICT (room_id) DO UPDATE SET opened_at = excluded.opened_at";
pub(crate) const FOLD: &str = "INSERT INTO folded (section) VALUES (?1) ON CONFLICT DO NOTHING";
pub(crate) const UNFOLD: &str = "DELETE FROM folded WHERE section = ?1";
pub(crate) const FOLDED: &str = "SELECT section FROM folded ORDER BY section";

pub(crate) const ADD_TYPING: &str =
    "INSERT INTO typing (room_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(crate) const REMOVE_TYPING: &str = "DELETE FROM typing WHERE room_id = ?1 AND user_id = ?2";
pub(crate) const CLEAR_TYPING: &str = "DELETE FROM typing WHERE ?1 IS NULL OR room_id = ?1";

pub(crate) const WHO_WE_ARE: &str = "SELECT user_id, name FROM account";
pub(crate) const PUT_MENTION: &str =
    "INSERT INTO mention (room_id, message_id, sort) VALUES (?1, ?2, ?3)
    ON CONFLICT (room_id, message_id) DO UPDATE SET sort = excluded.sort WHERE sort <> excluded.sort";
pub(crate) const REMOVE_MENTION: &str =
    "DELETE FROM mention WHERE room_id = ?1 AND message_id = ?2";
pub(crate) const CLEAR_MENTIONS: &str =
    "DELETE FROM mention WHERE rowid > 0 AND (?1 IS NULL OR room_id = ?1)";
pub(crate) const MENTIONS_FOUND: &str = "SELECT n.room_id, n.message_id, m.body, a.name
    FROM account a JOIN mention n JOIN message m ON m.room_id = n.room_id AND m.id = n.message_id
    WHERE ?1 IS NULL OR n.room_id = ?1 ORDER BY n.room_id";
pub(crate) const OTHER_NAMES: &str =
    "SELECT name FROM member WHERE room_id = ?1 AND left_at IS NULL
    AND user_id IS NOT (SELECT user_id FROM account)";
pub(crate) const FIND_MENTIONS: &str = "INSERT INTO mention (room_id, message_id, sort)
    SELECT m.room_id, m.id, m.sort FROM account a JOIN message m
    WHERE m.deleted_at IS NULL AND (?1 IS NULL OR m.room_id = ?1)
        AND m.author_id <> a.user_id AND mentions(m.body, a.name)
        AND m.sort > coalesce((SELECT k.position FROM read_marker k WHERE k.room_id = m.room_id AND k.user_id = a.user_id), 0)";
