-- What the figures of a business are on each day, so that years of them need not be counted. Whatever changes a row that counts
-- changes them, by triggers: no way of writing can go round them. No foreign key and no times of its own: it is all made of
-- other rows.

CREATE TABLE figures (
    business_id TEXT   NOT NULL,
    figure      TEXT   COLLATE "C" NOT NULL,
    -- Days of UTC since 1970: whole ones of them make up most of any stretch of a business's days, in whatever zone it is, and
    -- what is left at both ends is counted from the rows.
    day         BIGINT NOT NULL,
    several     BIGINT NOT NULL,
    worth_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, figure, day)
);

-- Counts what a statement changed, all of it at once. Its argument says of a row what it counts as: the figure, when, what it is
-- worth, and whether it counts.
CREATE FUNCTION count_figures() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed CONSTANT TEXT := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT 1 AS sign, come.* FROM come'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, gone.* FROM gone'
        ELSE 'SELECT 1 AS sign, come.* FROM come UNION ALL SELECT -1 AS sign, gone.* FROM gone'
    END;
BEGIN
    -- In order, so that of two who count the same days neither waits for the other for ever.
    EXECUTE 'INSERT INTO figures AS f (business_id, figure, day, several, worth_minor) '
        'SELECT r.business_id, v.figure, v.at / 86400000, SUM(r.sign), SUM(r.sign * v.worth_minor) '
        'FROM (' || changed || ') AS r CROSS JOIN LATERAL (VALUES ' || TG_ARGV[0] || ') AS v (figure, at, worth_minor, counts) '
        'WHERE v.counts GROUP BY 1, 2, 3 HAVING SUM(r.sign) <> 0 OR SUM(r.sign * v.worth_minor) <> 0 ORDER BY 1, 2, 3 '
        'ON CONFLICT (business_id, figure, day) DO UPDATE '
        'SET several = f.several + excluded.several, worth_minor = f.worth_minor + excluded.worth_minor';
    RETURN NULL;
END $$;

DO $$
DECLARE
    counted RECORD;
BEGIN
    FOR counted IN SELECT * FROM (VALUES
        ('calls', $rows$('calls', r.started_at, 0, TRUE),
             ('calls_answered', r.started_at, 0, r.status IN ('in-progress', 'completed'))$rows$),
        ('appointments', $rows$('appointments_booked', r.created_at, 0, TRUE),
             ('appointments_cancelled', r.start_at, 0, r.status = 'cancelled'),
             ('appointments_no_show', r.start_at, 0, r.status = 'no-show')$rows$),
        ('contacts', $rows$('contacts_new', r.created_at, 0, r.deleted_at IS NULL)$rows$),
        ('messages', $rows$('messages', r.created_at, 0, TRUE)$rows$),
        ('opportunities', $rows$('opportunities_won', r.closed_at, r.value_minor, r.status = 'won')$rows$),
        ('tasks', $rows$('tasks_done', r.completed_at, 0, r.completed_at IS NOT NULL)$rows$)
    ) AS of_rows (name, counts_as) LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_come AFTER INSERT ON %1$s REFERENCING NEW TABLE AS come '
            'FOR EACH STATEMENT EXECUTE FUNCTION count_figures(%2$L)', counted.name, counted.counts_as);
        EXECUTE format(
            'CREATE TRIGGER %1$s_gone AFTER DELETE ON %1$s REFERENCING OLD TABLE AS gone '
            'FOR EACH STATEMENT EXECUTE FUNCTION count_figures(%2$L)', counted.name, counted.counts_as);
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS gone NEW TABLE AS come '
            'FOR EACH STATEMENT EXECUTE FUNCTION count_figures(%2$L)', counted.name, counted.counts_as);
        -- What is there already.
        EXECUTE format(
            'INSERT INTO figures (business_id, figure, day, several, worth_minor) '
            'SELECT r.business_id, v.figure, v.at / 86400000, COUNT(*), SUM(v.worth_minor) '
            'FROM %1$s AS r CROSS JOIN LATERAL (VALUES %2$s) AS v (figure, at, worth_minor, counts) '
            'WHERE v.counts GROUP BY 1, 2, 3', counted.name, counted.counts_as);
    END LOOP;
END $$;
