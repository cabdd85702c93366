-- Who acts for an account beside its owner, and which keys are theirs.

CREATE TABLE sub_users (
    account      TEXT   NOT NULL REFERENCES accounts (id),
    id           TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    comments     TEXT   NOT NULL,
    created_ms   BIGINT NOT NULL,
    updated_ms   BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);

-- Null for a key of the account's owner.
ALTER TABLE access_keys ADD COLUMN sub_user TEXT REFERENCES sub_users (id);

CREATE INDEX access_keys_by_holder ON access_keys (account, sub_user, created_ms, id);

-- What the operator calls an account.
ALTER TABLE accounts ADD COLUMN label TEXT NOT NULL DEFAULT '';
