-- Which sub-user asked, beside the key that signed: keys are deleted. Empty for an account's owner and for the
-- server itself; null in records from before this was kept.
ALTER TABLE audit ADD COLUMN sub_user TEXT;

-- Null for an account's owner, as with access keys.
ALTER TABLE operations ADD COLUMN sub_user TEXT;
