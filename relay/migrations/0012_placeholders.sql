-- People of another chat whose words were imported: an account that nobody can sign in to, until it is claimed with an invite of its own.
ALTER TABLE account ADD COLUMN placeholder boolean NOT NULL DEFAULT false;
ALTER TABLE invite ADD COLUMN claims uuid REFERENCES account ON DELETE CASCADE;
