-- Answers of doors that are kept for whoever asks once more under the same Idempotency-Key. See src/crm/local/repeats.rs.

CREATE TABLE repeats (
    -- Who asked, as JSON.
    who         TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    -- SHA-256 of the request: the same key for something else is a mistake, and is told so.
    fingerprint TEXT   NOT NULL,
    -- Sealed: it may hold a token that is shown once, or what somebody said. None until there is one.
    answer      TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (who, key)
);

CREATE INDEX repeats_by_age ON repeats (created_at);
