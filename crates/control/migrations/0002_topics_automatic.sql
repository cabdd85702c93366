-- A topic that a Kafka client made gets a row once there is something to remember about it: a remark or tags.
-- It still was made by a client.
ALTER TABLE topics ADD COLUMN automatic BIGINT NOT NULL DEFAULT 0;
