-- More of what is known of contacts, filters of them under a name, and files of them brought in.

ALTER TABLE contacts ADD COLUMN source TEXT;
ALTER TABLE contacts ADD COLUMN zone TEXT;
-- A user; no foreign key: that somebody left must not stop work on their contacts.
ALTER TABLE contacts ADD COLUMN owner_id TEXT;
ALTER TABLE contacts ADD COLUMN last_activity_at BIGINT;

-- Numbers and addresses beside the first: no two contacts of a business share one.
CREATE TABLE contact_reach (
    business_id TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    -- Yes or no, as a number.
    is_phone    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, value),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_reach_by_contact ON contact_reach (business_id, contact_id);

CREATE TABLE smart_lists (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   COLLATE "C" NOT NULL,
    -- The request of list_contacts, as JSON.
    filter      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id),
    UNIQUE (business_id, name)
);

CREATE TABLE imports (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    -- The names of the columns, what each holds, and what everybody is tagged with, as JSON.
    headers     TEXT   NOT NULL,
    columns     TEXT   NOT NULL,
    tags        TEXT   NOT NULL,
    duplicates  TEXT   NOT NULL,
    -- On whose word and by which door it goes on.
    who         TEXT   NOT NULL,
    door        TEXT   NOT NULL,
    -- Where in the file, in bytes, the next row begins.
    position    BIGINT NOT NULL,
    file_rows   BIGINT NOT NULL,
    done        BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    skipped     BIGINT NOT NULL,
    refused     BIGINT NOT NULL,
    undone      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
CREATE INDEX imports_at_work ON imports (updated_at) WHERE state IN ('running', 'undoing');
CREATE INDEX imports_by_time ON imports (business_id, created_at, id);

-- The file itself: read when its import begins or is taken up again.
CREATE TABLE import_files (
    business_id TEXT   NOT NULL,
    import_id   TEXT   NOT NULL PRIMARY KEY,
    text        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    FOREIGN KEY (business_id, import_id) REFERENCES imports (business_id, id) ON DELETE CASCADE
);

-- Rows that could not be taken, or not whole, with their cells as JSON.
CREATE TABLE import_problems (
    business_id TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    row_number  BIGINT NOT NULL,
    why         TEXT   NOT NULL,
    cells       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (import_id, row_number),
    FOREIGN KEY (business_id, import_id) REFERENCES imports (business_id, id) ON DELETE CASCADE
);

-- What an import did, action by action.
CREATE TABLE import_actions (
    business_id TEXT   NOT NULL,
    import_id   TEXT   NOT NULL,
    action_id   TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (import_id, action_id),
    FOREIGN KEY (business_id, import_id) REFERENCES imports (business_id, id) ON DELETE CASCADE
);
