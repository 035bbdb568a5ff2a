//! Fields of a business's own: their definitions, and contacts' values in them.
//!
//! Invariant: a stored value was accepted by the definition of its field.

use crate::crm::Error;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::{Connection, Row, away, get, instant, json, json_of, parsed, word, word_of};
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, ContactField, Kind};
use crate::crm::operation::{DefineContactField, ListContactFields, RemoveContactField};
use crate::id::BusinessId;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most fields a business defines.
const FIELDS_MAX: usize = 200;

impl Perform for DefineContactField {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ContactField, Error> {
        let defined = defined(within.connection, within.business).await?;
        match defined.get(&self.key) {
            Some(there) if there.kind != self.kind => {
                let why = "a field's kind cannot be changed: remove the field, or define another";
                return Err(Error::Invalid(why.to_owned()));
            }
            None if defined.len() >= FIELDS_MAX => {
                return Err(Error::Invalid(format!("a business defines at most {FIELDS_MAX} fields")));
            }
            Some(_) | None => {}
        }
        let field = ContactField {
            business: within.business,
            key: self.key.clone(),
            label: self.label.clone(),
            kind: self.kind,
            choices: self.choices.clone(),
        };
        sqlx::query(
            "INSERT INTO contact_fields (business_id, key, label, kind, choices, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (business_id, key) DO UPDATE SET \
             label = excluded.label, choices = excluded.choices, updated_at = excluded.updated_at",
        )
        .bind(field.business.to_string())
        .bind(&field.key)
        .bind(&field.label)
        .bind(word(&field.kind)?)
        .bind(json(&field.choices)?)
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
        let before = defined.get(&self.key);
        if before != Some(&field) {
            within.changed(Kind::ContactField, &field.key, before, Some(&field))?;
        }
        Ok(field)
    }
}

impl Perform for ListContactFields {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<ContactField>, Error> {
        sqlx::query("SELECT * FROM contact_fields WHERE business_id = $1 ORDER BY created_at, key")
            .bind(within.business.to_string())
            .fetch_all(&mut *within.connection)
            .await
            .map_err(away)?
            .iter()
            .map(field_of)
            .collect()
    }
}

impl Perform for RemoveContactField {
    /// Values go with their field, by the foreign key. Whose values they were is a matter of their next reading: a removed
    /// field is no change somebody made to a contact.
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let removed = sqlx::query("DELETE FROM contact_fields WHERE business_id = $1 AND key = $2 RETURNING *")
            .bind(within.business.to_string())
            .bind(&self.key)
            .fetch_optional(&mut *within.connection)
            .await
            .map_err(away)?;
        let removed = field_of(&removed.ok_or(Error::NotFound("field"))?)?;
        within.changed(Kind::ContactField, &removed.key, Some(&removed), None)
    }
}

/// The fields of a business, by key.
pub(super) async fn defined(
    connection: &mut Connection,
    business: BusinessId,
) -> Result<BTreeMap<String, ContactField>, Error> {
    sqlx::query("SELECT * FROM contact_fields WHERE business_id = $1")
        .bind(business.to_string())
        .fetch_all(connection)
        .await
        .map_err(away)?
        .iter()
        .map(|row| field_of(row).map(|field| (field.key.clone(), field)))
        .collect()
}

/// Puts values into a contact's fields, each as its field keeps it; null takes one out.
pub(super) async fn set(
    connection: &mut Connection,
    contact: &mut Contact,
    values: &BTreeMap<String, Value>,
    region: &str,
) -> Result<(), Error> {
    if values.is_empty() {
        return Ok(());
    }
    let defined = defined(connection, contact.business).await?;
    for (key, value) in values {
        let field =
            defined.get(key).ok_or_else(|| Error::Invalid(format!("there is no field `{key}`: define it first")))?;
        if value.is_null() {
            contact.fields.remove(key);
        } else {
            contact.fields.insert(key.clone(), field.accept(value, region).map_err(Error::Invalid)?);
        }
    }
    Ok(())
}

/// Stores a contact's values, given those that are stored.
pub(super) async fn keep(
    connection: &mut Connection,
    contact: &Contact,
    stored: Option<&BTreeMap<String, Value>>,
    now: Timestamp,
) -> Result<(), Error> {
    let before = |key: &String| stored.and_then(|stored| stored.get(key));
    let gone: Vec<_> = stored.into_iter().flatten().filter(|(key, _)| !contact.fields.contains_key(*key)).collect();
    if !gone.is_empty() {
        let mut statement = Statement::new("DELETE FROM contact_values WHERE contact_id = ");
        statement.bind(contact.id.to_string()).say(" AND key IN ");
        statement.bind_all(gone.into_iter().map(|(key, _)| key.as_str()));
        statement.execute(connection).await?;
    }
    for (key, value) in contact.fields.iter().filter(|(key, value)| before(key) != Some(*value)) {
        sqlx::query(
            "INSERT INTO contact_values (business_id, contact_id, key, value, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (contact_id, key) DO UPDATE SET value = excluded.value, \
             updated_at = excluded.updated_at",
        )
        .bind(contact.business.to_string())
        .bind(contact.id.to_string())
        .bind(key)
        .bind(json(value)?)
        .bind(instant(now))
        .execute(&mut *connection)
        .await
        .map_err(away)?;
    }
    Ok(())
}

fn field_of(row: &Row) -> Result<ContactField, Error> {
    Ok(ContactField {
        business: parsed(row, "business_id")?,
        key: get(row, "key")?,
        label: get(row, "label")?,
        kind: word_of(row, "kind")?,
        choices: json_of(row, "choices")?,
    })
}
