-- Conversations with the copilot between two messages. See src/crm/local/copilot.rs.

CREATE TABLE copilot_sessions (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- Whose it is, as JSON: nobody else's word reaches it.
    who            TEXT   NOT NULL,
    -- Messages answered.
    turn           BIGINT NOT NULL,
    -- What the conversation is, as JSON.
    state          TEXT   NOT NULL,
    -- Until then a message is being answered; 0: none is.
    busy_until     BIGINT NOT NULL,
    -- When the minute began whose messages are counted, and how many there were.
    counted_from   BIGINT NOT NULL,
    counted        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE INDEX copilot_sessions_updated_at ON copilot_sessions (updated_at);
