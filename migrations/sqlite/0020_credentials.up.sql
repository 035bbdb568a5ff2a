-- A business's own accounts with those who carry for it. See src/accounts/credentials.rs.

CREATE TABLE credentials (
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- With whom: twilio, mail.
    service     TEXT   NOT NULL,
    -- Which account, for people: nothing secret.
    account     TEXT   NOT NULL,
    -- Sealed for this row with one of the installation's keys, whose id stands before it.
    sealed      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, service)
);
