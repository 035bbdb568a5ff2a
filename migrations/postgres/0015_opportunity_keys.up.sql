-- What opportunities are found by: each word of a name from each of its letters on, so that whatever is within a word begins one
-- of these; see src/crm/local/opportunities/search.rs.

CREATE TABLE opportunity_keys (
    business_id    TEXT   NOT NULL,
    key            TEXT   COLLATE "C" NOT NULL,
    opportunity_id TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (business_id, key, opportunity_id)
);

-- Of those that are there already.
INSERT INTO opportunity_keys (business_id, key, opportunity_id, created_at, updated_at)
    SELECT DISTINCT business_id, LEFT(SPLIT_PART(SUBSTR(sort_name, place), ' ', 1), 24), id, updated_at, updated_at
    FROM opportunities CROSS JOIN LATERAL GENERATE_SERIES(1, LENGTH(sort_name)) AS place
    WHERE SUBSTR(sort_name, place, 1) <> ' ';
