-- What the figures of a business are on each day, so that years of them need not be counted. Whatever changes a row that counts
-- changes them, by triggers: no way of writing can go round them. No foreign key and no times of its own: it is all made of
-- other rows.

CREATE TABLE figures (
    business_id TEXT   NOT NULL,
    figure      TEXT   NOT NULL,
    -- Days of UTC since 1970: whole ones of them make up most of any stretch of a business's days, in whatever zone it is, and
    -- what is left at both ends is counted from the rows.
    day         BIGINT NOT NULL,
    several     BIGINT NOT NULL,
    worth_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, figure, day)
) WITHOUT ROWID;

-- Of calls.
CREATE TRIGGER calls_come AFTER INSERT ON calls BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'calls', NEW.started_at / 86400000, 1, 0 WHERE TRUE
        UNION ALL SELECT NEW.business_id, 'calls_answered', NEW.started_at / 86400000, 1, 0 WHERE NEW.status IN ('in-progress', 'completed')
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER calls_gone AFTER DELETE ON calls BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'calls', OLD.started_at / 86400000, -1, 0 WHERE TRUE
        UNION ALL SELECT OLD.business_id, 'calls_answered', OLD.started_at / 86400000, -1, 0 WHERE OLD.status IN ('in-progress', 'completed')
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER calls_changed AFTER UPDATE OF started_at, status ON calls
WHEN OLD.started_at IS NOT NEW.started_at OR OLD.status IS NOT NEW.status BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'calls', OLD.started_at / 86400000, -1, 0 WHERE TRUE
        UNION ALL SELECT OLD.business_id, 'calls_answered', OLD.started_at / 86400000, -1, 0 WHERE OLD.status IN ('in-progress', 'completed')
        UNION ALL SELECT NEW.business_id, 'calls', NEW.started_at / 86400000, 1, 0 WHERE TRUE
        UNION ALL SELECT NEW.business_id, 'calls_answered', NEW.started_at / 86400000, 1, 0 WHERE NEW.status IN ('in-progress', 'completed')
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- Of appointments.
CREATE TRIGGER appointments_come AFTER INSERT ON appointments BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'appointments_booked', NEW.created_at / 86400000, 1, 0 WHERE TRUE
        UNION ALL SELECT NEW.business_id, 'appointments_cancelled', NEW.start_at / 86400000, 1, 0 WHERE NEW.status = 'cancelled'
        UNION ALL SELECT NEW.business_id, 'appointments_no_show', NEW.start_at / 86400000, 1, 0 WHERE NEW.status = 'no-show'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER appointments_gone AFTER DELETE ON appointments BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'appointments_booked', OLD.created_at / 86400000, -1, 0 WHERE TRUE
        UNION ALL SELECT OLD.business_id, 'appointments_cancelled', OLD.start_at / 86400000, -1, 0 WHERE OLD.status = 'cancelled'
        UNION ALL SELECT OLD.business_id, 'appointments_no_show', OLD.start_at / 86400000, -1, 0 WHERE OLD.status = 'no-show'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER appointments_changed AFTER UPDATE OF created_at, start_at, status ON appointments
WHEN OLD.created_at IS NOT NEW.created_at OR OLD.start_at IS NOT NEW.start_at OR OLD.status IS NOT NEW.status BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'appointments_booked', OLD.created_at / 86400000, -1, 0 WHERE TRUE
        UNION ALL SELECT OLD.business_id, 'appointments_cancelled', OLD.start_at / 86400000, -1, 0 WHERE OLD.status = 'cancelled'
        UNION ALL SELECT OLD.business_id, 'appointments_no_show', OLD.start_at / 86400000, -1, 0 WHERE OLD.status = 'no-show'
        UNION ALL SELECT NEW.business_id, 'appointments_booked', NEW.created_at / 86400000, 1, 0 WHERE TRUE
        UNION ALL SELECT NEW.business_id, 'appointments_cancelled', NEW.start_at / 86400000, 1, 0 WHERE NEW.status = 'cancelled'
        UNION ALL SELECT NEW.business_id, 'appointments_no_show', NEW.start_at / 86400000, 1, 0 WHERE NEW.status = 'no-show'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- Of contacts.
CREATE TRIGGER contacts_come AFTER INSERT ON contacts BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'contacts_new', NEW.created_at / 86400000, 1, 0 WHERE NEW.deleted_at IS NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER contacts_gone AFTER DELETE ON contacts BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'contacts_new', OLD.created_at / 86400000, -1, 0 WHERE OLD.deleted_at IS NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER contacts_changed AFTER UPDATE OF created_at, deleted_at ON contacts
WHEN OLD.created_at IS NOT NEW.created_at OR OLD.deleted_at IS NOT NEW.deleted_at BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'contacts_new', OLD.created_at / 86400000, -1, 0 WHERE OLD.deleted_at IS NULL
        UNION ALL SELECT NEW.business_id, 'contacts_new', NEW.created_at / 86400000, 1, 0 WHERE NEW.deleted_at IS NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- Of messages.
CREATE TRIGGER messages_come AFTER INSERT ON messages BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'messages', NEW.created_at / 86400000, 1, 0 WHERE TRUE
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER messages_gone AFTER DELETE ON messages BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'messages', OLD.created_at / 86400000, -1, 0 WHERE TRUE
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF created_at ON messages
WHEN OLD.created_at IS NOT NEW.created_at BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'messages', OLD.created_at / 86400000, -1, 0 WHERE TRUE
        UNION ALL SELECT NEW.business_id, 'messages', NEW.created_at / 86400000, 1, 0 WHERE TRUE
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- Of opportunities.
CREATE TRIGGER opportunities_come AFTER INSERT ON opportunities BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'opportunities_won', NEW.closed_at / 86400000, 1, NEW.value_minor WHERE NEW.status = 'won'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER opportunities_gone AFTER DELETE ON opportunities BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'opportunities_won', OLD.closed_at / 86400000, -1, -OLD.value_minor WHERE OLD.status = 'won'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER opportunities_changed AFTER UPDATE OF closed_at, status, value_minor ON opportunities
WHEN OLD.closed_at IS NOT NEW.closed_at OR OLD.status IS NOT NEW.status OR OLD.value_minor IS NOT NEW.value_minor BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'opportunities_won', OLD.closed_at / 86400000, -1, -OLD.value_minor WHERE OLD.status = 'won'
        UNION ALL SELECT NEW.business_id, 'opportunities_won', NEW.closed_at / 86400000, 1, NEW.value_minor WHERE NEW.status = 'won'
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- Of tasks.
CREATE TRIGGER tasks_come AFTER INSERT ON tasks BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT NEW.business_id, 'tasks_done', NEW.completed_at / 86400000, 1, 0 WHERE NEW.completed_at IS NOT NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER tasks_gone AFTER DELETE ON tasks BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'tasks_done', OLD.completed_at / 86400000, -1, 0 WHERE OLD.completed_at IS NOT NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;
CREATE TRIGGER tasks_changed AFTER UPDATE OF completed_at ON tasks
WHEN OLD.completed_at IS NOT NEW.completed_at BEGIN
    INSERT INTO figures (business_id, figure, day, several, worth_minor)
        SELECT OLD.business_id, 'tasks_done', OLD.completed_at / 86400000, -1, 0 WHERE OLD.completed_at IS NOT NULL
        UNION ALL SELECT NEW.business_id, 'tasks_done', NEW.completed_at / 86400000, 1, 0 WHERE NEW.completed_at IS NOT NULL
        ON CONFLICT (business_id, figure, day)
        DO UPDATE SET several = several + excluded.several, worth_minor = worth_minor + excluded.worth_minor;
END;

-- What is there already.
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'calls', started_at / 86400000, COUNT(*), 0 FROM calls
    GROUP BY business_id, started_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'calls_answered', started_at / 86400000, COUNT(*), 0 FROM calls WHERE status IN ('in-progress', 'completed')
    GROUP BY business_id, started_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'appointments_booked', created_at / 86400000, COUNT(*), 0 FROM appointments
    GROUP BY business_id, created_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'appointments_cancelled', start_at / 86400000, COUNT(*), 0 FROM appointments WHERE status = 'cancelled'
    GROUP BY business_id, start_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'appointments_no_show', start_at / 86400000, COUNT(*), 0 FROM appointments WHERE status = 'no-show'
    GROUP BY business_id, start_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'contacts_new', created_at / 86400000, COUNT(*), 0 FROM contacts WHERE deleted_at IS NULL
    GROUP BY business_id, created_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'messages', created_at / 86400000, COUNT(*), 0 FROM messages
    GROUP BY business_id, created_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'opportunities_won', closed_at / 86400000, COUNT(*), SUM(value_minor) FROM opportunities WHERE status = 'won'
    GROUP BY business_id, closed_at / 86400000;
INSERT INTO figures (business_id, figure, day, several, worth_minor)
    SELECT business_id, 'tasks_done', completed_at / 86400000, COUNT(*), 0 FROM tasks WHERE completed_at IS NOT NULL
    GROUP BY business_id, completed_at / 86400000;
