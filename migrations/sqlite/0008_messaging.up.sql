-- Conversations over every medium in one timeline, and the ledger of what people want to hear.

CREATE TABLE conversations (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    contact_id  TEXT   NOT NULL,
    unread      BIGINT NOT NULL CHECK (unread >= 0),
    last_medium TEXT   NOT NULL,
    last_words  TEXT   NOT NULL,
    last_at     BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id),
    UNIQUE (business_id, contact_id),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX conversations_by_last ON conversations (business_id, last_at, id);
CREATE INDEX conversations_unread ON conversations (business_id, last_at, id) WHERE unread > 0;

CREATE TABLE conversation_messages (
    id              TEXT   NOT NULL PRIMARY KEY,
    business_id     TEXT   NOT NULL,
    conversation_id TEXT   NOT NULL,
    contact_id      TEXT   NOT NULL,
    medium          TEXT   NOT NULL,
    direction       TEXT   NOT NULL,
    delivery        TEXT   NOT NULL,
    from_address    TEXT,
    to_address      TEXT,
    subject         TEXT,
    body            TEXT   NOT NULL,
    -- Addresses, as JSON: read and written whole.
    media           TEXT   NOT NULL,
    call_id         TEXT,
    carrier_id      TEXT,
    due_at          BIGINT,
    attempts        BIGINT NOT NULL,
    trouble         TEXT,
    source          TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    FOREIGN KEY (business_id, conversation_id) REFERENCES conversations (business_id, id) ON DELETE CASCADE
);
CREATE INDEX conversation_messages_by_time ON conversation_messages (business_id, conversation_id, created_at, id);
-- What a carrier tells twice is kept once; a call stands in a timeline once.
CREATE UNIQUE INDEX conversation_messages_by_carrier ON conversation_messages (business_id, carrier_id)
    WHERE carrier_id IS NOT NULL;
CREATE UNIQUE INDEX conversation_messages_by_call ON conversation_messages (business_id, call_id) WHERE call_id IS NOT NULL;
-- What is still on its way out.
CREATE INDEX conversation_messages_waiting ON conversation_messages (due_at) WHERE delivery = 'queued';
CREATE INDEX conversation_messages_in_hand ON conversation_messages (updated_at) WHERE delivery = 'sending';

CREATE TABLE consents (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    channel     TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    wish        TEXT   NOT NULL,
    words       TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    message_id  TEXT,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX consents_by_address ON consents (business_id, channel, address, created_at, id);

-- Workflows and campaigns, and who is in them.
CREATE TABLE workflows (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    active      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
CREATE INDEX workflows_by_name ON workflows (business_id, name, id);

CREATE TABLE enrolments (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL,
    workflow_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    event_start BIGINT,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    FOREIGN KEY (business_id, workflow_id) REFERENCES workflows (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE UNIQUE INDEX enrolments_waiting ON enrolments (business_id, workflow_id, contact_id) WHERE state = 'waiting';
CREATE INDEX enrolments_by_workflow ON enrolments (business_id, workflow_id, created_at, id);
CREATE INDEX enrolments_by_contact ON enrolments (business_id, contact_id, created_at, id);

CREATE TABLE campaigns (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
CREATE INDEX campaigns_by_time ON campaigns (business_id, created_at, id);

CREATE TABLE campaign_members (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL,
    campaign_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, campaign_id, contact_id),
    FOREIGN KEY (business_id, campaign_id) REFERENCES campaigns (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX campaign_members_by_time ON campaign_members (business_id, campaign_id, created_at, id);
CREATE INDEX campaign_members_by_contact ON campaign_members (business_id, contact_id);

-- Social posts and where they go.
CREATE TABLE social_accounts (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    platform    TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    webhook     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX social_accounts_by_time ON social_accounts (business_id, created_at, id);

CREATE TABLE social_posts (
    id           TEXT   NOT NULL PRIMARY KEY,
    business_id  TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- Ids of accounts, as JSON: where a post went is remembered when the account is gone.
    accounts     TEXT   NOT NULL,
    text         TEXT   NOT NULL,
    media        TEXT   NOT NULL,
    status       TEXT   NOT NULL,
    due_at       BIGINT,
    published_at BIGINT,
    trouble      TEXT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX social_posts_by_time ON social_posts (business_id, created_at, id);

-- Reviews asked for.
CREATE TABLE review_settings (
    id            TEXT   NOT NULL PRIMARY KEY,
    business_id   TEXT   NOT NULL UNIQUE REFERENCES businesses (id) ON DELETE CASCADE,
    link          TEXT   NOT NULL,
    words         TEXT   NOT NULL,
    cooldown_days BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE review_requests (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    medium      TEXT   NOT NULL,
    message_id  TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX review_requests_by_time ON review_requests (business_id, created_at, id);
CREATE INDEX review_requests_by_contact ON review_requests (business_id, contact_id, created_at, id);

-- Payloads for programs.
CREATE TABLE webhook_calls (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    url         TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    -- No foreign key: what was posted stays on record when the post is deleted.
    post_id     TEXT,
    delivery    TEXT   NOT NULL,
    due_at      BIGINT,
    attempts    BIGINT NOT NULL,
    status      BIGINT,
    answer      TEXT,
    trouble     TEXT,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX webhook_calls_by_time ON webhook_calls (business_id, created_at, id);
CREATE INDEX webhook_calls_by_post ON webhook_calls (business_id, post_id, created_at, id) WHERE post_id IS NOT NULL;
CREATE INDEX webhook_calls_waiting ON webhook_calls (due_at) WHERE delivery = 'queued';
CREATE INDEX webhook_calls_in_hand ON webhook_calls (updated_at) WHERE delivery = 'sending';

-- The calls that were there before, each in the timeline of whoever it was with. A conversation is named after its contact
-- and a message after its call; those that come later have names of their own.
INSERT INTO conversations (id, business_id, contact_id, unread, last_medium, last_words, last_at, version, created_at, updated_at)
    SELECT contact_id, business_id, contact_id, 0, 'voice', '', MAX(started_at), 1, MIN(started_at), MAX(started_at)
    FROM calls
    WHERE ended_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM contacts
        WHERE contacts.business_id = calls.business_id AND contacts.id = calls.contact_id AND contacts.deleted_at IS NULL
    )
    GROUP BY business_id, contact_id;
INSERT INTO conversation_messages (id, business_id, conversation_id, contact_id, medium, direction, delivery, from_address,
    to_address, body, media, call_id, attempts, source, version, created_at, updated_at)
    SELECT calls.id, calls.business_id, conversations.id, calls.contact_id, 'voice', 'inbound', 'held', from_phone, to_phone,
        '', '[]', calls.id, 0, 'voice', 1, started_at, started_at
    FROM calls JOIN conversations
        ON conversations.business_id = calls.business_id AND conversations.contact_id = calls.contact_id
    WHERE ended_at IS NOT NULL;
