DROP TABLE api_keys;
DROP TABLE devices;
DROP TABLE sessions;
DROP TABLE members;
DROP TABLE users;
