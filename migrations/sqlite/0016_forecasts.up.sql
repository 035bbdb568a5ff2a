-- What the open opportunities of a business are worth by stage and month, so that a forecast reads some dozens of rows however
-- many opportunities there are. Kept by triggers as `figures` is (0014), and of its kind: all made of other rows.

CREATE TABLE forecasts (
    business_id TEXT   NOT NULL,
    stage_id    TEXT   NOT NULL,
    -- As in 2026-11; empty for those that are expected on no day.
    month       TEXT   NOT NULL,
    several     BIGINT NOT NULL,
    value_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, stage_id, month)
) WITHOUT ROWID;

CREATE TRIGGER forecasts_come AFTER INSERT ON opportunities BEGIN
    INSERT INTO forecasts (business_id, stage_id, month, several, value_minor)
        SELECT NEW.business_id, NEW.stage_id, COALESCE(SUBSTR(NEW.expected_close, 1, 7), ''), 1, NEW.value_minor WHERE NEW.status = 'open'
        ON CONFLICT (business_id, stage_id, month)
        DO UPDATE SET several = several + excluded.several, value_minor = value_minor + excluded.value_minor;
END;
CREATE TRIGGER forecasts_gone AFTER DELETE ON opportunities BEGIN
    INSERT INTO forecasts (business_id, stage_id, month, several, value_minor)
        SELECT OLD.business_id, OLD.stage_id, COALESCE(SUBSTR(OLD.expected_close, 1, 7), ''), -1, -OLD.value_minor WHERE OLD.status = 'open'
        ON CONFLICT (business_id, stage_id, month)
        DO UPDATE SET several = several + excluded.several, value_minor = value_minor + excluded.value_minor;
END;
CREATE TRIGGER forecasts_changed AFTER UPDATE OF stage_id, expected_close, value_minor, status ON opportunities
WHEN OLD.stage_id IS NOT NEW.stage_id OR OLD.expected_close IS NOT NEW.expected_close OR OLD.value_minor IS NOT NEW.value_minor
    OR OLD.status IS NOT NEW.status BEGIN
    INSERT INTO forecasts (business_id, stage_id, month, several, value_minor)
        SELECT OLD.business_id, OLD.stage_id, COALESCE(SUBSTR(OLD.expected_close, 1, 7), ''), -1, -OLD.value_minor WHERE OLD.status = 'open'
        UNION ALL SELECT NEW.business_id, NEW.stage_id, COALESCE(SUBSTR(NEW.expected_close, 1, 7), ''), 1, NEW.value_minor WHERE NEW.status = 'open'
        ON CONFLICT (business_id, stage_id, month)
        DO UPDATE SET several = several + excluded.several, value_minor = value_minor + excluded.value_minor;
END;

-- What is there already.
INSERT INTO forecasts (business_id, stage_id, month, several, value_minor)
    SELECT business_id, stage_id, COALESCE(SUBSTR(expected_close, 1, 7), ''), COUNT(*), SUM(value_minor) FROM opportunities
    WHERE status = 'open' GROUP BY 1, 2, 3;

-- What a forecast added up before.
DROP INDEX opportunities_open;
