-- Recordings of calls, and what a business wants of them.

ALTER TABLE businesses ADD COLUMN recording BOOLEAN NOT NULL DEFAULT TRUE;
-- What the greeting says of it: 'none', 'standard' (the phrase book's sentence), or the business's own words. Businesses
-- that were there before are recorded from now on, so their callers are told.
ALTER TABLE businesses ADD COLUMN recording_notice TEXT NOT NULL DEFAULT 'standard';

CREATE TABLE recordings (
    business_id TEXT   NOT NULL,
    call_id     TEXT   NOT NULL,
    -- A call whose stream broke and came back has several, from 1.
    part        BIGINT NOT NULL CHECK (part > 0),
    -- Seen from the folder of recordings.
    path        TEXT   NOT NULL UNIQUE,
    length_ms   BIGINT NOT NULL CHECK (length_ms >= 0),
    bytes       BIGINT NOT NULL CHECK (bytes >= 0),
    -- The row stays when the file goes, so that it can be said why there is none.
    deleted_at  BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (call_id, part),
    FOREIGN KEY (business_id, call_id) REFERENCES calls (business_id, id) ON DELETE CASCADE
);
CREATE INDEX recordings_kept ON recordings (created_at) WHERE deleted_at IS NULL;
