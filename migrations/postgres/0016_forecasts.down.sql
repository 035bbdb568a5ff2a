CREATE INDEX opportunities_open ON opportunities (business_id, pipeline_id, stage_id, expected_close, value_minor)
    WHERE status = 'open';
-- With it go the triggers.
DROP FUNCTION count_forecasts() CASCADE;
DROP TABLE forecasts;
