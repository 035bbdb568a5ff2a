-- Ways to rows that were only found by reading all of a business.

CREATE INDEX contact_tags_by_contact ON contact_tags (business_id, contact_id, tag);
CREATE INDEX contact_values_by_contact ON contact_values (business_id, contact_id);
CREATE INDEX conversation_messages_by_contact ON conversation_messages (business_id, contact_id);
CREATE INDEX messages_by_contact ON messages (business_id, contact_id);
CREATE INDEX action_rows_by_action ON action_rows (business_id, number);
CREATE INDEX actions_by_operation ON actions (business_id, operation, number);
CREATE INDEX actions_by_who ON actions (business_id, who, number);
CREATE INDEX actions_by_time ON actions (business_id, at, number);
