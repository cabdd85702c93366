-- What sub-users may do, in their owner's words.

CREATE TABLE policies (
    account     TEXT   NOT NULL REFERENCES accounts (id),
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    updated_ms  BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);

-- Which policies apply to whom. A standing policy is one that every account has; it is in no table.
CREATE TABLE policy_attachments (
    account    TEXT   NOT NULL,
    sub_user   TEXT   NOT NULL REFERENCES sub_users (id),
    standing   BIGINT NOT NULL,
    policy     TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (account, sub_user, standing, policy)
);

CREATE INDEX policy_attachments_by_policy ON policy_attachments (account, standing, policy);
