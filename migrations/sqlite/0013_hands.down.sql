DROP TABLE house_actions;
ALTER TABLE imports DROP COLUMN ai;
ALTER TABLE actions DROP COLUMN ai;
