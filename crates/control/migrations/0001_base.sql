-- Every table that a caller can see starts its key with account and region, so that the scope of a
-- statement is also its index. Only types and functions that SQLite and PostgreSQL share; flags are 0 or 1,
-- structures are JSON, secrets are sealed text.

CREATE TABLE accounts (
    id         TEXT   NOT NULL PRIMARY KEY,
    created_ms BIGINT NOT NULL
);

-- Keys that secrets are sealed with, themselves sealed with the master key.
CREATE TABLE data_keys (
    number     BIGINT NOT NULL PRIMARY KEY,
    wrapped    TEXT   NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE access_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    account    TEXT   NOT NULL REFERENCES accounts (id),
    secret     TEXT   NOT NULL,
    active     BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE instances (
    account        TEXT   NOT NULL REFERENCES accounts (id),
    region         TEXT   NOT NULL,
    id             TEXT   NOT NULL UNIQUE,
    order_id       TEXT   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    state_since_ms BIGINT NOT NULL,
    billing        TEXT   NOT NULL,
    created_ms     BIGINT NOT NULL,
    expires_ms     BIGINT NOT NULL,
    version        TEXT   NOT NULL,
    slot           BIGINT UNIQUE,
    limits         TEXT   NOT NULL,
    settings       TEXT   NOT NULL,
    details        TEXT   NOT NULL,
    failure        TEXT,
    PRIMARY KEY (account, region, id),
    UNIQUE (account, region, name)
);

CREATE INDEX instances_by_age ON instances (account, region, created_ms, id);

-- What the engine does not know about its topics. A row in state creating is an intent.
CREATE TABLE topics (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    instance   TEXT   NOT NULL REFERENCES instances (id),
    name       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    partitions BIGINT NOT NULL,
    remark     TEXT   NOT NULL,
    local      BIGINT NOT NULL,
    compact    BIGINT NOT NULL,
    config     TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, name)
);

CREATE TABLE consumer_groups (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    instance   TEXT   NOT NULL REFERENCES instances (id),
    name       TEXT   NOT NULL,
    remark     TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, name)
);

-- Tags of instances (resource is empty), topics and groups (resource is their name).
CREATE TABLE tags (
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    instance  TEXT NOT NULL REFERENCES instances (id),
    resource  TEXT NOT NULL,
    tag_key   TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, instance, resource, tag_key)
);

-- Work that is under way. A row goes in with the intent and away with the last step.
CREATE TABLE operations (
    id            TEXT   NOT NULL PRIMARY KEY,
    kind          TEXT   NOT NULL,
    account       TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    instance      TEXT   NOT NULL REFERENCES instances (id),
    subject       TEXT   NOT NULL,
    step          TEXT   NOT NULL,
    payload       TEXT   NOT NULL,
    attempts      BIGINT NOT NULL,
    last_error    TEXT,
    access_key_id TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    created_ms    BIGINT NOT NULL,
    -- One change at a time of one thing.
    UNIQUE (account, region, instance, subject)
);

-- Records are only ever added; each carries the hash of the one before.
CREATE TABLE audit (
    sequence      BIGINT NOT NULL PRIMARY KEY,
    time_ms       BIGINT NOT NULL,
    account       TEXT   NOT NULL,
    access_key_id TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    action        TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    outcome       TEXT   NOT NULL,
    details       TEXT   NOT NULL,
    previous      TEXT   NOT NULL,
    hash          TEXT   NOT NULL
);

-- The newest record's number and hash, so that records cut off the end are missed.
CREATE TABLE audit_head (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash     TEXT   NOT NULL
);

INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '');
