-- What the person is told of the connection and of what waits.

-- in_step_at: when we were last known to be level with the relay, before now. level, rooms: how many rooms are, of how many.
ALTER TABLE connection ADD COLUMN in_step_at INTEGER;
ALTER TABLE connection ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connection ADD COLUMN rooms INTEGER NOT NULL DEFAULT 0;

-- sent: it may have reached the relay, on a connection that ended before the answer. What is here already may have.
ALTER TABLE outbox ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET sent = 1 WHERE sent = 0;
