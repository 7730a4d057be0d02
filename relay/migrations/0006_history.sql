-- Pages of the history from a date.
CREATE INDEX message_created ON message (room_id, created_at);
