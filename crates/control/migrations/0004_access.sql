-- From where an instance may be used: the addresses of one way in, in the order in which they were added. One that
-- has none lets nobody in.
CREATE TABLE allowed_addresses (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    instance   TEXT   NOT NULL REFERENCES instances (id),
    access     TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, access, address)
);

CREATE INDEX allowed_addresses_by_instance ON allowed_addresses (instance);

-- Instances that are deployed let everybody in, and go on doing so.
INSERT INTO allowed_addresses (account, region, instance, access, address, position)
SELECT account, region, id, access, '0.0.0.0/0', 1
FROM instances
CROSS JOIN (SELECT 'plain' AS access UNION ALL SELECT 'public_tls' UNION ALL SELECT 'private_login'
            UNION ALL SELECT 'private_tls') AS accesses
WHERE state <> 'ordered';

-- Who may log in. A name can be there twice, once for each kind of login; passwords are sealed.
CREATE TABLE users (
    account    TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    instance   TEXT   NOT NULL REFERENCES instances (id),
    name       TEXT   NOT NULL,
    login      TEXT   NOT NULL,
    mechanism  TEXT   NOT NULL,
    password   TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, name, login)
);

-- What users may do, and may not. The spelling columns hold the words of whoever made the rule.
CREATE TABLE access_rules (
    account       TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    instance      TEXT   NOT NULL REFERENCES instances (id),
    user_name     TEXT   NOT NULL,
    resource_kind TEXT   NOT NULL,
    resource_name TEXT   NOT NULL,
    pattern       TEXT   NOT NULL,
    operation     TEXT   NOT NULL,
    permission    TEXT   NOT NULL,
    host          TEXT   NOT NULL,
    spelling      TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, user_name, resource_kind, resource_name, pattern, operation,
                 permission, host)
);
