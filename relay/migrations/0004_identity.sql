-- People of the host's own identity provider, by issuer and subject.
CREATE TABLE identity (
    issuer     text NOT NULL,
    subject    text NOT NULL,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account_id);
