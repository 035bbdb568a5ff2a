-- What the office keeps beside people and time: pipelines and opportunities, tasks, orders and money; and what its figures
-- are counted by.

-- What a business counts in. It does not change: the amounts of opportunities are in it.
ALTER TABLE businesses ADD COLUMN currency TEXT NOT NULL DEFAULT 'USD';

CREATE TABLE pipelines (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    -- Its stages in order, with all that is said of them, as JSON: they are read and written whole.
    stages      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
CREATE INDEX pipelines_by_creation ON pipelines (business_id, created_at, id);

-- That a stage is there: what opportunities point to, so that none can be in a stage that is gone.
CREATE TABLE stages (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL,
    pipeline_id TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, pipeline_id, id),
    FOREIGN KEY (business_id, pipeline_id) REFERENCES pipelines (business_id, id)
);

CREATE TABLE opportunities (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    -- The name as it is searched and sorted: in small letters without accents. The program makes it.
    sort_name      TEXT   NOT NULL,
    contact_id     TEXT,
    pipeline_id    TEXT   NOT NULL,
    stage_id       TEXT   NOT NULL,
    value_minor    BIGINT NOT NULL CHECK (value_minor >= 0),
    status         TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    -- A day, as in 2026-11-23.
    expected_close TEXT,
    -- The same to sort by: a day that never comes when there is none.
    expected_order TEXT   NOT NULL,
    in_stage_since BIGINT NOT NULL,
    closed_at      BIGINT,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (business_id, id),
    CHECK ((status = 'open') = (closed_at IS NULL)),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id),
    FOREIGN KEY (business_id, pipeline_id, stage_id) REFERENCES stages (business_id, pipeline_id, id)
);
CREATE INDEX opportunities_by_creation ON opportunities (business_id, created_at, id);
CREATE INDEX opportunities_by_change ON opportunities (business_id, updated_at, id);
CREATE INDEX opportunities_by_value ON opportunities (business_id, value_minor, id);
CREATE INDEX opportunities_by_name ON opportunities (business_id, sort_name, id);
CREATE INDEX opportunities_by_expectation ON opportunities (business_id, expected_order, id);
CREATE INDEX opportunities_by_stage ON opportunities (business_id, stage_id, created_at, id);
CREATE INDEX opportunities_by_contact ON opportunities (business_id, contact_id, created_at, id);
CREATE INDEX opportunities_by_closing ON opportunities (business_id, status, closed_at, value_minor);
-- What a forecast adds up, and nothing else.
CREATE INDEX opportunities_open ON opportunities (business_id, pipeline_id, stage_id, expected_close, value_minor)
    WHERE status = 'open';

CREATE TABLE opportunity_steps (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL,
    opportunity_id TEXT   NOT NULL,
    -- No foreign keys: a stage may go, and what was is kept with the names of the day.
    from_stage     TEXT,
    from_name      TEXT,
    to_stage       TEXT   NOT NULL,
    to_name        TEXT   NOT NULL,
    status         TEXT   NOT NULL,
    -- On whose word, as JSON.
    who            TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    FOREIGN KEY (business_id, opportunity_id) REFERENCES opportunities (business_id, id)
);
CREATE INDEX opportunity_steps_by_opportunity ON opportunity_steps (business_id, opportunity_id, created_at, id);

CREATE TABLE tasks (
    id           TEXT   NOT NULL PRIMARY KEY,
    business_id  TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    title        TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    due_at       BIGINT,
    -- The same to sort by: a time that never comes when there is none.
    due_order    BIGINT NOT NULL,
    contact_id   TEXT,
    -- No foreign key: what somebody had to do stays when they leave.
    assignee_id  TEXT,
    completed_at BIGINT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX tasks_by_due ON tasks (business_id, due_order, id);
CREATE INDEX tasks_open ON tasks (business_id, due_order, id) WHERE completed_at IS NULL;
CREATE INDEX tasks_done ON tasks (business_id, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX tasks_by_contact ON tasks (business_id, contact_id, due_order, id);
CREATE INDEX tasks_by_assignee ON tasks (business_id, assignee_id, due_order, id);

CREATE TABLE orders (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    contact_id     TEXT,
    currency       TEXT   NOT NULL,
    -- As JSON: they are read and written whole.
    items          TEXT   NOT NULL,
    total_minor    BIGINT NOT NULL CHECK (total_minor >= 0),
    paid_minor     BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL CHECK (refunded_minor >= 0),
    status         TEXT   NOT NULL,
    notes          TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (business_id, id),
    CHECK (refunded_minor <= paid_minor AND paid_minor - refunded_minor <= total_minor),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX orders_by_creation ON orders (business_id, created_at, id);
CREATE INDEX orders_by_status ON orders (business_id, status, created_at, id);
CREATE INDEX orders_by_contact ON orders (business_id, contact_id, created_at, id);

CREATE TABLE transactions (
    id           TEXT   NOT NULL PRIMARY KEY,
    business_id  TEXT   NOT NULL,
    order_id     TEXT   NOT NULL,
    contact_id   TEXT,
    kind         TEXT   NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency     TEXT   NOT NULL,
    provider     TEXT   NOT NULL,
    reference    TEXT,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    UNIQUE (business_id, provider, reference),
    FOREIGN KEY (business_id, order_id) REFERENCES orders (business_id, id)
);
CREATE INDEX transactions_by_creation ON transactions (business_id, created_at, id);
CREATE INDEX transactions_by_order ON transactions (business_id, order_id, created_at, id);
CREATE INDEX transactions_by_contact ON transactions (business_id, contact_id, created_at, id);

-- What figures are counted by.
CREATE INDEX appointments_by_creation ON appointments (business_id, created_at);
CREATE INDEX appointments_by_status ON appointments (business_id, status, start_at);
CREATE INDEX calls_by_status ON calls (business_id, status, started_at);
