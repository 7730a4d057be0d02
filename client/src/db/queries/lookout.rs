//! Statements of the lookout for new messages.

/// Beyond this are pending messages: see `rows::pending_sort`.
macro_rules! positions_end {
    () => {
        "4611686018427387904"
    };
}

pub(crate) const ROOMS_BEGUN: &str = concat!(
    "SELECT c.room_id FROM cursor c WHERE c.seq IS NOT NULL AND c.joined IS 1 AND ",
    fits!(cursor "c")
);

pub(crate) const ROOM_OF_ARRIVALS: &str = concat!(
    "SELECT coalesce(r.name, ''), r.kind, coalesce(me.joined_at, 0), coalesce(k.position, 0), coalesce(p.muted, 0)
    FROM account a JOIN cursor c
    LEFT JOIN room r ON r.id = c.room_id AND ",
    fits!(room "r"),
    "
    LEFT JOIN member me ON me.room_id = c.room_id AND me.user_id = a.user_id AND ",
    fits!(member "me"),
    "
    LEFT JOIN read_marker k ON k.room_id = c.room_id AND k.user_id = a.user_id AND ",
    fits!(read_marker "k"),
    "
    LEFT JOIN room_pref p ON p.room_id = c.room_id
    WHERE c.room_id IS ?1 AND c.joined IS 1 AND c.seq IS NOT NULL AND ",
    fits!(cursor "c")
);

pub(crate) const NEWEST_OF_ROOM: &str = concat!(
    "SELECT coalesce(max(sort), 0) FROM message WHERE room_id IS ?1 AND sort < ",
    positions_end!()
);

/// The newest first, so that a limit leaves out the oldest.
pub(crate) const ARRIVALS: &str = concat!(
    "SELECT m.id, coalesce(who.name, ''), m.body,
        EXISTS (SELECT 1 FROM mention n WHERE n.room_id = m.room_id AND n.message_id = m.id)
    FROM message m
    LEFT JOIN member who ON who.room_id = m.room_id AND who.user_id = m.author_id AND ",
    fits!(member "who"),
    "
    WHERE m.room_id IS ?1 AND m.sort > ?2 AND m.sort < ",
    positions_end!(),
    " AND m.author_id IS NOT ?3 AND m.created_at >= ?4 AND m.deleted_at IS NULL AND ",
    fits!(message "m"),
    " ORDER BY m.sort DESC LIMIT ?5"
);

/// Counting a room ends at a thousand: nobody reads the number beyond.
pub(crate) const UNREAD: &str = concat!(
    "SELECT c.room_id, r.kind, (SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.room_id = c.room_id
        AND m.sort > coalesce(k.position, me.seq, 0) AND m.sort < ",
    positions_end!(),
    " AND m.deleted_at IS NULL AND m.author_id <> a.user_id LIMIT 1000)),
        (SELECT count(*) FROM (SELECT 1 FROM mention n WHERE n.room_id = c.room_id
        AND n.sort > coalesce(k.position, me.seq, 0) AND n.sort < ",
    positions_end!(),
    " LIMIT 1000)), coalesce(p.muted, 0)
    FROM account a JOIN cursor c
    LEFT JOIN room r ON r.id = c.room_id
    LEFT JOIN member me ON me.room_id = c.room_id AND me.user_id = a.user_id
    LEFT JOIN read_marker k ON k.room_id = c.room_id AND k.user_id = a.user_id
    LEFT JOIN room_pref p ON p.room_id = c.room_id
    WHERE c.joined IS 1 AND a.signed_in AND ",
    fits!(cursor "c")
);
