-- What was done: an entry for each operation that changed rows, and which rows those were. See src/crm/local/history.rs.

CREATE TABLE actions (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- Counts a business's actions without a gap.
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    door        TEXT   NOT NULL,
    -- On whose word, as JSON.
    who         TEXT   NOT NULL,
    operation   TEXT   NOT NULL,
    undoes      TEXT,
    undone_by   TEXT,
    -- Before and after, as JSON; empty once erased. The digest stays.
    changes     TEXT,
    digest      TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, number)
);

CREATE TABLE action_rows (
    business_id TEXT   NOT NULL,
    row_id      TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, row_id, number),
    FOREIGN KEY (business_id, number) REFERENCES actions (business_id, number) ON DELETE CASCADE
) WITHOUT ROWID;
