-- Keys that encrypt what their owners send.

CREATE TABLE cipher_keys (
    account         TEXT   NOT NULL REFERENCES accounts (id),
    region          TEXT   NOT NULL,
    id              TEXT   NOT NULL UNIQUE,
    description     TEXT   NOT NULL,
    enabled         BIGINT NOT NULL,
    -- When it goes for good; null unless that was asked for.
    deletion_ms     BIGINT,
    protected       BIGINT NOT NULL,
    protection_note TEXT   NOT NULL,
    rotates         BIGINT NOT NULL,
    -- How often; 0 where none was ever given.
    rotation_ms     BIGINT NOT NULL,
    -- The same as its owner wrote it.
    rotation_text   TEXT   NOT NULL,
    -- When the interval under way began.
    rotation_since_ms BIGINT NOT NULL,
    -- As JSON, by key. They are never looked for without their owner's other keys.
    tags            TEXT   NOT NULL,
    created_ms      BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

-- What encrypts: the newest version of a key. The others still decrypt.
CREATE TABLE cipher_key_versions (
    account    TEXT   NOT NULL,
    key        TEXT   NOT NULL REFERENCES cipher_keys (id),
    id         TEXT   NOT NULL UNIQUE,
    number     BIGINT NOT NULL,
    -- Sealed.
    material   TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, key, number)
);
