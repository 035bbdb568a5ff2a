-- Whose hand it was: the machine that understood what was asked for, and what is done to the house itself.

-- The machine, as JSON; empty where somebody asked by hand.
ALTER TABLE actions ADD COLUMN ai TEXT;
ALTER TABLE imports ADD COLUMN ai TEXT;

-- What is done to what belongs to no business: users and their telephones. A chain like that of each business.
CREATE TABLE house_actions (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- Counts without a gap.
    number      BIGINT NOT NULL UNIQUE,
    at          BIGINT NOT NULL,
    door        TEXT   NOT NULL,
    who         TEXT   NOT NULL,
    operation   TEXT   NOT NULL,
    changes     TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
