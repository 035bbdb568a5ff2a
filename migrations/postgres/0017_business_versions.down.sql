ALTER TABLE services DROP COLUMN retired_at;
ALTER TABLE businesses DROP COLUMN version;
