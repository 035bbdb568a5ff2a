-- Appointments count their changes, so that two who edit one together are told.

ALTER TABLE appointments ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
