-- What the engine recognises a user's password by, so that opening a cluster costs no work for each of its users. It is
-- sealed like the password itself.
ALTER TABLE users ADD COLUMN verifier TEXT NOT NULL DEFAULT '';
