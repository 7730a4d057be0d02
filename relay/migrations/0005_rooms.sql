-- People who were put out of a room stay as rows, so that they do not come back by themselves.
ALTER TABLE member DROP CONSTRAINT member_role_check;
ALTER TABLE member ADD CONSTRAINT member_role_check
    CHECK (role IN ('owner', 'moderator', 'member', 'reader') OR (role = 'removed' AND left_at IS NOT NULL));
