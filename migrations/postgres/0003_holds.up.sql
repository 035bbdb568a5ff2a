-- One hold may keep several times: those offered to somebody. Each has a row; what they share is the token.

-- Holds last minutes; one made before this migration lapses now.
DELETE FROM holds;
ALTER TABLE holds ADD COLUMN token TEXT NOT NULL DEFAULT '';
CREATE INDEX holds_by_token ON holds (business_id, token);
