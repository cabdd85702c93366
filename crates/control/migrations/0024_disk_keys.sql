-- Keys that an instance's files are sealed with; the newest seals. An instance without any is not sealed.

CREATE TABLE disk_keys (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    instance   TEXT   NOT NULL REFERENCES instances (id),
    number     BIGINT NOT NULL,
    -- The key of its owner that encrypts this one, and which version of it; empty where the store itself seals it.
    cipher_key TEXT   NOT NULL,
    version    TEXT   NOT NULL,
    -- Encrypted, or sealed.
    wrapped    TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, number)
);
