-- Who may come in: users, the businesses they belong to, their sessions and phones, and the keys of programs.
-- Passwords and tokens are kept as hashes only.

-- Users and what is theirs alone (sessions, phones) belong to no business: one person may work in several.
CREATE TABLE users (
    id             TEXT   NOT NULL PRIMARY KEY,
    -- In small letters.
    email          TEXT   NOT NULL UNIQUE,
    password_hash  TEXT   NOT NULL,
    first_name     TEXT   NOT NULL,
    last_name      TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    email_verified BIGINT NOT NULL,
    last_login_at  BIGINT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE members (
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    user_id     TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash TEXT   NOT NULL UNIQUE,
    used_at    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_use ON sessions (used_at);

-- Where a session's notifications go: one phone, while it is signed in.
CREATE TABLE devices (
    session_id TEXT   NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    platform   TEXT   NOT NULL,
    token      TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    -- How it begins, to tell it from others.
    start       TEXT   NOT NULL,
    token_hash  TEXT   NOT NULL UNIQUE,
    -- The permissions, as JSON: read and written whole.
    scopes      TEXT   NOT NULL,
    used_at     BIGINT,
    revoked_at  BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
