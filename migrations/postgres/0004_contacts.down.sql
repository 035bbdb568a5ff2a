DROP TABLE notes;
DROP TABLE contact_keys;
DROP TABLE contact_values;
DROP TABLE contact_fields;
DROP TABLE contact_tags;
DROP INDEX contacts_by_change;
DROP INDEX contacts_by_creation;
DROP INDEX contacts_by_name;
-- Without the mark a deleted contact would be one without a name.
DELETE FROM contacts WHERE deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM appointments a WHERE a.contact_id = contacts.id);
ALTER TABLE contacts DROP COLUMN deleted_at;
ALTER TABLE contacts DROP COLUMN keys_made;
ALTER TABLE contacts DROP COLUMN version;
ALTER TABLE contacts DROP COLUMN do_not_disturb;
ALTER TABLE contacts DROP COLUMN sort_name;
