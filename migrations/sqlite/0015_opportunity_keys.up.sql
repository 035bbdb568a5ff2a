-- What opportunities are found by: each word of a name from each of its letters on, so that whatever is within a word begins one
-- of these; see src/crm/local/opportunities/search.rs. Some twenty rows an opportunity, so the key is the table.

CREATE TABLE opportunity_keys (
    business_id    TEXT   NOT NULL,
    key            TEXT   NOT NULL,
    opportunity_id TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (business_id, key, opportunity_id)
) WITHOUT ROWID;

-- Of those that are there already.
WITH RECURSIVE opened (business_id, id, updated_at, rest) AS (
    SELECT business_id, id, updated_at, sort_name || ' ' FROM opportunities
    UNION ALL SELECT business_id, id, updated_at, SUBSTR(rest, 2) FROM opened WHERE LENGTH(rest) > 1
)
INSERT INTO opportunity_keys (business_id, key, opportunity_id, created_at, updated_at)
    SELECT DISTINCT business_id, SUBSTR(SUBSTR(rest, 1, INSTR(rest, ' ') - 1), 1, 24), id, updated_at, updated_at
    FROM opened WHERE rest NOT LIKE ' %' AND rest <> ''
    ORDER BY 1, 2, 3;
