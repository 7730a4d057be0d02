//! Statements about the connection and about what waits for it.

pub(crate) const CONNECTION: &str =
    "SELECT state, reason, since, in_step_at, level, rooms FROM connection";
pub(crate) const SET_CONNECTION: &str =
    "UPDATE connection SET since = CASE WHEN state = ?1 THEN since ELSE ?3 END,
    in_step_at = CASE WHEN state = 'online' AND ?1 <> 'online' THEN ?3 ELSE in_step_at END,
    state = ?1, reason = ?2 WHERE state <> ?1 OR reason <> ?2";
pub(crate) const SET_PROGRESS: &str =
    "UPDATE connection SET level = ?1, rooms = ?2 WHERE level <> ?1 OR rooms <> ?2";
/// What a process that ended without a word left: when it was still level is known only from what it settled.
pub(crate) const BEGIN_OFFLINE: &str =
    "UPDATE connection SET since = CASE WHEN state = 'offline' THEN since ELSE ?2 END,
    in_step_at = CASE WHEN state = 'online' THEN max(since, coalesce((SELECT max(settled_at) FROM journal), 0))
        ELSE in_step_at END,
    level = 0, rooms = 0, state = 'offline', reason = ?1";
/// While there was a connection, everything that waited may have gone over it.
pub(crate) const MARK_SENT: &str = "UPDATE outbox SET sent = 1 WHERE state = 'queued' AND sent = 0
    AND EXISTS (SELECT 1 FROM connection WHERE state IN ('catching_up', 'online'))";
pub(crate) const IS_CONNECTED: &str = "SELECT state IN ('catching_up', 'online') FROM connection";

pub(crate) const WAITING_SINCE: &str = "SELECT min(at) FROM outbox WHERE part <> 'read_marker'";
/// Positions of rooms whose older messages are still to be fetched, and how many are here.
pub(crate) const BACKFILL: &str = concat!(
    "SELECT count(*), coalesce(sum(max(seq - before, 0)), 0), coalesce(sum(seq), 0) FROM cursor
    WHERE joined IS 1 AND before IS NOT NULL AND seq IS NOT NULL AND ",
    fits!(cursor "cursor")
);
pub(crate) const WAITING: &str = concat!(
    "SELECT id, op_id, op, at, state, acked_seq, NULL, NULL, sent FROM outbox WHERE part <> 'read_marker' AND ",
    fits!(outbox "outbox"),
    " ORDER BY id LIMIT ?1"
);
/// How far one had read in a room, said while there was no connection: nobody but this device knows of it.
pub(crate) const FORGET_READ_MARKS: &str =
    "DELETE FROM outbox WHERE room_id = ?1 AND part = 'read_marker'
    AND state = 'queued' AND sent = 0
    AND NOT EXISTS (SELECT 1 FROM connection WHERE state IN ('catching_up', 'online'))";
