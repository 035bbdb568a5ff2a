CREATE INDEX opportunities_open ON opportunities (business_id, pipeline_id, stage_id, expected_close, value_minor)
    WHERE status = 'open';
DROP TRIGGER forecasts_come;
DROP TRIGGER forecasts_gone;
DROP TRIGGER forecasts_changed;
DROP TABLE forecasts;
