-- How many rooms an account has made is asked before it makes another.
CREATE INDEX room_created_by ON room (created_by);
