-- The business counts its changes, so that two who edit it together are told; and a service that is no longer offered stays,
-- because what was booked of it stands.

ALTER TABLE businesses ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE services ADD COLUMN retired_at BIGINT;
