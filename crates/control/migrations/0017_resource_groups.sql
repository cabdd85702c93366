-- Groups that an owner sorts things into, beside the one that every account has.

CREATE TABLE resource_groups (
    account    TEXT   NOT NULL REFERENCES accounts (id),
    id         TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name)
);

-- Null for one in the account's own group, or in one that is kept elsewhere.
ALTER TABLE instances ADD COLUMN resource_group TEXT REFERENCES resource_groups (id);
