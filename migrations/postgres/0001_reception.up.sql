-- The reception: businesses and what they offer, people, time, messages, and the record of calls.
-- See ../README.md for the rules (instants, ids, tenancy).

CREATE TABLE businesses (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    phone         TEXT    NOT NULL UNIQUE,
    zone          TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    region        TEXT    NOT NULL,
    agent_name    TEXT    NOT NULL,
    address       TEXT    NOT NULL,
    transfer_to   TEXT,
    voice_enabled BOOLEAN NOT NULL,
    -- The week, its exceptions and the rules of booking, as JSON: they are read and written whole.
    hours         TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL
);

CREATE TABLE services (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    aliases        TEXT   NOT NULL,
    minutes        BIGINT NOT NULL CHECK (minutes > 0),
    price_minor    BIGINT,
    buffer_minutes BIGINT NOT NULL CHECK (buffer_minutes >= 0),
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (business_id, id)
);

CREATE TABLE calendars (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id),
    UNIQUE (business_id, name)
);

CREATE TABLE contacts (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    first_name  TEXT   NOT NULL,
    last_name   TEXT   NOT NULL,
    email       TEXT,
    phone       TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id),
    UNIQUE (business_id, phone),
    UNIQUE (business_id, email)
);

CREATE TABLE appointments (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_id    TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    calendar_id    TEXT   NOT NULL,
    contact_id     TEXT   NOT NULL,
    service_id     TEXT   NOT NULL,
    service_name   TEXT   NOT NULL,
    customer_name  TEXT   NOT NULL,
    customer_phone TEXT,
    start_at       BIGINT NOT NULL,
    end_at         BIGINT NOT NULL,
    busy_until     BIGINT NOT NULL,
    zone           TEXT   NOT NULL,
    status         TEXT   NOT NULL,
    source         TEXT   NOT NULL,
    -- No foreign key: that a call's record could not be written must not stop a booking.
    call_id        TEXT,
    notes          TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CHECK (start_at < end_at AND end_at <= busy_until),
    FOREIGN KEY (business_id, calendar_id) REFERENCES calendars (business_id, id),
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id)
);
CREATE INDEX appointments_by_time ON appointments (business_id, start_at);
CREATE INDEX appointments_by_contact ON appointments (business_id, contact_id, start_at);
CREATE INDEX appointments_by_phone ON appointments (business_id, customer_phone, start_at);

CREATE TABLE holds (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    calendar_id TEXT   NOT NULL,
    service_id  TEXT   NOT NULL,
    start_at    BIGINT NOT NULL,
    end_at      BIGINT NOT NULL,
    busy_until  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CHECK (start_at < end_at AND end_at <= busy_until),
    FOREIGN KEY (business_id, calendar_id) REFERENCES calendars (business_id, id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id)
);
CREATE INDEX holds_by_expiry ON holds (business_id, expires_at);

-- Taken time, one row per cell of five minutes. The primary key is what makes double booking impossible.
CREATE TABLE calendar_cells (
    calendar_id    TEXT   NOT NULL,
    -- Minutes since 1970-01-01T00:00Z divided by five.
    cell           BIGINT NOT NULL,
    business_id    TEXT   NOT NULL,
    appointment_id TEXT   REFERENCES appointments (id) ON DELETE CASCADE,
    hold_id        TEXT   REFERENCES holds (id) ON DELETE CASCADE,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (calendar_id, cell),
    CHECK ((appointment_id IS NULL) <> (hold_id IS NULL)),
    FOREIGN KEY (business_id, calendar_id) REFERENCES calendars (business_id, id)
);
CREATE INDEX calendar_cells_by_appointment ON calendar_cells (appointment_id);
CREATE INDEX calendar_cells_by_hold ON calendar_cells (hold_id);

CREATE TABLE messages (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    contact_id  TEXT,
    from_name   TEXT   NOT NULL,
    from_phone  TEXT,
    body        TEXT   NOT NULL,
    call_id     TEXT,
    source      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    FOREIGN KEY (business_id, contact_id) REFERENCES contacts (business_id, id)
);
CREATE INDEX messages_by_time ON messages (business_id, created_at);

CREATE TABLE calls (
    id          TEXT   NOT NULL PRIMARY KEY,
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    call_sid    TEXT   NOT NULL UNIQUE,
    from_phone  TEXT,
    to_phone    TEXT   NOT NULL,
    -- No foreign key: the record of a call is kept whatever becomes of the contact.
    contact_id  TEXT,
    status      TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    ending      TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (business_id, id)
);
CREATE INDEX calls_by_time ON calls (business_id, started_at);
CREATE INDEX calls_open ON calls (started_at) WHERE ended_at IS NULL;

CREATE TABLE turns (
    business_id TEXT    NOT NULL,
    call_id     TEXT    NOT NULL,
    number      BIGINT  NOT NULL,
    who         TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    cut_off     BOOLEAN NOT NULL,
    began_ms    BIGINT  NOT NULL,
    ended_ms    BIGINT  NOT NULL,
    confidence  DOUBLE PRECISION,
    why         TEXT    NOT NULL,
    stages      TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (call_id, number),
    FOREIGN KEY (business_id, call_id) REFERENCES calls (business_id, id) ON DELETE CASCADE
);

-- What came of an operation, so that a repeat under the same key gets the first outcome.
CREATE TABLE idempotency (
    business_id TEXT   NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    key         TEXT   COLLATE "C" NOT NULL,
    -- SHA-256 of the operation: the same key for something else is a mistake, and is told so.
    fingerprint TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (business_id, created_at);
