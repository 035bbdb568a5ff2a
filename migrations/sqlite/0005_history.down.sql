DROP TABLE action_rows;
DROP TABLE actions;
