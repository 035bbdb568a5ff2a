DROP TABLE copilot_sessions;
