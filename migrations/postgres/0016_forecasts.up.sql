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
);

-- Adds up what a statement changed, all of it at once.
CREATE FUNCTION count_forecasts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed CONSTANT TEXT := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT 1 AS sign, come.* FROM come'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, gone.* FROM gone'
        ELSE 'SELECT 1 AS sign, come.* FROM come UNION ALL SELECT -1 AS sign, gone.* FROM gone'
    END;
BEGIN
    -- In order, so that of two who count the same months neither waits for the other for ever.
    EXECUTE 'INSERT INTO forecasts AS f (business_id, stage_id, month, several, value_minor) '
        'SELECT r.business_id, r.stage_id, COALESCE(SUBSTR(r.expected_close, 1, 7), ''''), SUM(r.sign), SUM(r.sign * r.value_minor) '
        'FROM (' || changed || ') AS r WHERE r.status = ''open'' '
        'GROUP BY 1, 2, 3 HAVING SUM(r.sign) <> 0 OR SUM(r.sign * r.value_minor) <> 0 ORDER BY 1, 2, 3 '
        'ON CONFLICT (business_id, stage_id, month) DO UPDATE '
        'SET several = f.several + excluded.several, value_minor = f.value_minor + excluded.value_minor';
    RETURN NULL;
END $$;

CREATE TRIGGER forecasts_come AFTER INSERT ON opportunities REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION count_forecasts();
CREATE TRIGGER forecasts_gone AFTER DELETE ON opportunities REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_forecasts();
CREATE TRIGGER forecasts_changed AFTER UPDATE ON opportunities REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION count_forecasts();

-- What is there already.
INSERT INTO forecasts (business_id, stage_id, month, several, value_minor)
    SELECT business_id, stage_id, COALESCE(SUBSTR(expected_close, 1, 7), ''), COUNT(*), SUM(value_minor) FROM opportunities
    WHERE status = 'open' GROUP BY 1, 2, 3;

-- What a forecast added up before.
DROP INDEX opportunities_open;
