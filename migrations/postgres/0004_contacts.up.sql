-- Contacts in full: tags, fields of the business's own, do-not-disturb, notes, and what they are found by as one types.

-- The name as contacts are sorted by it: the family's first, in small letters without accents. The program makes it.
ALTER TABLE contacts ADD COLUMN sort_name TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The channels not to use, as JSON: read and written whole.
ALTER TABLE contacts ADD COLUMN do_not_disturb TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contacts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- Which way of making search keys the row has; 0 is none yet. The program makes them when it opens the database.
ALTER TABLE contacts ADD COLUMN keys_made BIGINT NOT NULL DEFAULT 0;
-- A deleted contact keeps its row, because appointments point to it, and nothing of the person.
ALTER TABLE contacts ADD COLUMN deleted_at BIGINT;
CREATE INDEX contacts_by_name ON contacts (business_id, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_creation ON contacts (business_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_change ON contacts (business_id, updated_at, id) WHERE deleted_at IS NULL;

CREATE TABLE contact_tags (
    business_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    tag         TEXT   COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (contact_id, tag),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_tags_by_tag ON contact_tags (business_id, tag, contact_id);

CREATE TABLE contact_fields (
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    key         TEXT   NOT NULL,
    label       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    choices     TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, key)
);

CREATE TABLE contact_values (
    business_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    -- As JSON, in the one spelling its field keeps, so that equal values are equal texts.
    value       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (contact_id, key),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, key) REFERENCES contact_fields (business_id, key) ON DELETE CASCADE
);
CREATE INDEX contact_values_by_value ON contact_values (business_id, key, value, contact_id);

-- What contacts are found by as one types; see src/crm/local/contacts/keys.rs. Compared byte by byte. Some forty rows a
-- contact.
CREATE TABLE contact_keys (
    business_id TEXT   NOT NULL,
    key         TEXT   COLLATE "C" NOT NULL,
    contact_id  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, key, contact_id)
);

CREATE TABLE notes (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL,
    contact_id  TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id) ON DELETE CASCADE
);
CREATE INDEX notes_by_contact ON notes (business_id, contact_id, created_at, id);
