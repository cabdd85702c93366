-- Names of cipher keys, of their owners' choice.

CREATE TABLE cipher_aliases (
    account    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    key        TEXT   NOT NULL REFERENCES cipher_keys (id),
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);
