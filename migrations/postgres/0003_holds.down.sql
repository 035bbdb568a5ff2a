DELETE FROM holds;
DROP INDEX holds_by_token;
ALTER TABLE holds DROP COLUMN token;
