DROP INDEX actions_by_time;
DROP INDEX actions_by_who;
DROP INDEX actions_by_operation;
DROP INDEX action_rows_by_action;
DROP INDEX messages_by_contact;
DROP INDEX conversation_messages_by_contact;
DROP INDEX contact_values_by_contact;
DROP INDEX contact_tags_by_contact;
