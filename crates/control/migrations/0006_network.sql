-- Networks and what is in them: records that instances refer to. They isolate and filter nothing.

CREATE TABLE networks (
    account                 TEXT   NOT NULL REFERENCES accounts (id),
    region                  TEXT   NOT NULL,
    id                      TEXT   NOT NULL UNIQUE,
    name                    TEXT   NOT NULL,
    description             TEXT   NOT NULL,
    cidr                    TEXT   NOT NULL,
    -- JSON lists of blocks.
    cidrs_further           TEXT   NOT NULL,
    cidrs_user              TEXT   NOT NULL,
    host_names              BIGINT NOT NULL,
    resource_group          TEXT   NOT NULL,
    router                  TEXT   NOT NULL UNIQUE,
    route_table             TEXT   NOT NULL UNIQUE,
    route_table_name        TEXT   NOT NULL,
    route_table_description TEXT   NOT NULL,
    route_propagation       BIGINT NOT NULL,
    created_ms              BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE TABLE subnets (
    account     TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    id          TEXT   NOT NULL UNIQUE,
    network     TEXT   NOT NULL REFERENCES networks (id),
    zone        TEXT   NOT NULL,
    cidr        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE TABLE security_groups (
    account        TEXT   NOT NULL REFERENCES accounts (id),
    region         TEXT   NOT NULL,
    id             TEXT   NOT NULL UNIQUE,
    network        TEXT   REFERENCES networks (id),
    name           TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    inner_access   BIGINT NOT NULL,
    resource_group TEXT   NOT NULL,
    created_ms     BIGINT NOT NULL,
    PRIMARY KEY (account, region, id)
);

-- Tags of all three; their ids differ between kinds.
CREATE TABLE network_tags (
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    resource  TEXT NOT NULL,
    tag_key   TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (account, region, resource, tag_key)
);

-- Which subnets and security groups an instance was deployed with. The broker is in the first subnet.
CREATE TABLE placements (
    account  TEXT   NOT NULL,
    region   TEXT   NOT NULL,
    instance TEXT   NOT NULL REFERENCES instances (id),
    resource TEXT   NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (account, region, instance, resource)
);

CREATE INDEX placements_by_resource ON placements (account, region, resource);

-- What a caller's token made the first time, so that a repeated call gives the same again.
CREATE TABLE client_tokens (
    account    TEXT   NOT NULL REFERENCES accounts (id),
    region     TEXT   NOT NULL,
    command    TEXT   NOT NULL,
    token      TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    result     TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, command, token)
);
