DROP TABLE opportunity_keys;
