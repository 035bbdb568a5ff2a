DROP TABLE recordings;
ALTER TABLE businesses DROP COLUMN recording_notice;
ALTER TABLE businesses DROP COLUMN recording;
