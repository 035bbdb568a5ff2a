//! Fields of a business's own: their definitions, and contacts' values in them.
//!
//! Invariant: a stored value was accepted by the definition of its field.

use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::{Connection, Row, away, get, instant, instant_of, json, json_of, parsed, word, word_of};
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, ContactField, Kind};
use crate::crm::operation::{DefineContactField, ListContactFields, RemoveContactField};
use crate::id::{BusinessId, ContactId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most fields a business defines.
const FIELDS_MAX: usize = 200;

impl Perform for DefineContactField {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ContactField, Error> {
        let defined = defined(within.connection, within.business).await?;
        match defined.get(&self.key) {
            Some(there) if there.kind != self.kind => {
                return Err(Error::Invalid(Reason::FieldKind));
            }
            None if defined.len() >= FIELDS_MAX => {
                return Err(Error::Invalid(Reason::Fields { most: FIELDS_MAX }));
            }
            Some(_) | None => {}
        }
        let before = kept(within.connection, within.business, &self.key).await?;
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
        let after = kept(within.connection, within.business, &self.key).await?;
        if before != after {
            within.changed(Kind::ContactField, &field.key, before.as_ref(), after.as_ref())?;
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
    /// Values go with their field. Whoever had one is another contact than those who edit have read.
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = kept(within.connection, within.business, &self.key).await?.ok_or(Error::NotFound("field"))?;
        let known = with_values(within, known).await?;
        remove(within, &known).await?;
        within.changed(Kind::ContactField, &self.key, Some(&known), None)
    }
}

/// A field as it is written down: its definition, and on its removal contacts' values in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::crm::local) struct Kept {
    #[serde(flatten)]
    field: ContactField,
    /// When it was defined: fields are listed in that order.
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<ContactId, Value>,
}

impl Kept {
    /// The same without values.
    pub(super) fn alone(&self) -> Self {
        Self { values: BTreeMap::new(), ..self.clone() }
    }
}

/// The field with this key as it is written down, without values.
pub(super) async fn kept(connection: &mut Connection, business: BusinessId, key: &str) -> Result<Option<Kept>, Error> {
    let row = sqlx::query("SELECT * FROM contact_fields WHERE business_id = $1 AND key = $2")
        .bind(business.to_string())
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(away)?;
    let kept = |row: &Row| {
        let (field, created_at) = (field_of(row)?, instant_of(row, "created_at")?);
        Ok(Kept { field, created_at, values: BTreeMap::new() })
    };
    row.as_ref().map(kept).transpose()
}

/// A field with contacts' values in it.
pub(super) async fn with_values(within: &mut Within<'_>, field: Kept) -> Result<Kept, Error> {
    let values = sqlx::query("SELECT contact_id, value FROM contact_values WHERE business_id = $1 AND key = $2")
        .bind(within.business.to_string())
        .bind(&field.field.key)
        .fetch_all(&mut *within.connection)
        .await
        .map_err(away)?
        .iter()
        .map(|row| Ok((parsed(row, "contact_id")?, json_of(row, "value")?)))
        .collect::<Result<_, Error>>()?;
    Ok(Kept { values, ..field })
}

/// Removes a field with all values in it.
pub(super) async fn remove(within: &mut Within<'_>, known: &Kept) -> Result<(), Error> {
    raise_versions(within, &known.field.key).await?;
    sqlx::query("DELETE FROM contact_fields WHERE business_id = $1 AND key = $2")
        .bind(within.business.to_string())
        .bind(&known.field.key)
        .execute(&mut *within.connection)
        .await
        .map(drop)
        .map_err(away)
}

/// Makes a field's definition this one; with one that was removed contacts get the values they had, if they still are.
pub(super) async fn restore(within: &mut Within<'_>, before: &Kept, defined: bool) -> Result<(), Error> {
    let Kept { field, created_at, values } = before;
    sqlx::query(
        "INSERT INTO contact_fields (business_id, key, label, kind, choices, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (business_id, key) DO UPDATE SET \
         label = excluded.label, choices = excluded.choices, updated_at = excluded.updated_at",
    )
    .bind(within.business.to_string())
    .bind(&field.key)
    .bind(&field.label)
    .bind(word(&field.kind)?)
    .bind(json(&field.choices)?)
    .bind(instant(*created_at))
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    if defined {
        return Ok(());
    }
    for (contact, value) in values {
        sqlx::query(
            "INSERT INTO contact_values (business_id, contact_id, key, value, created_at, updated_at) \
             SELECT business_id, id, $3, $4, CAST($5 AS BIGINT), CAST($5 AS BIGINT) FROM contacts \
             WHERE business_id = $1 AND id = $2 AND deleted_at IS NULL",
        )
        .bind(within.business.to_string())
        .bind(contact.to_string())
        .bind(&field.key)
        .bind(json(value)?)
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
    }
    raise_versions(within, &field.key).await
}

/// Notes that whoever has a value in this field is not as they were read.
async fn raise_versions(within: &mut Within<'_>, key: &str) -> Result<(), Error> {
    sqlx::query(
        "UPDATE contacts SET version = version + 1, updated_at = $3 WHERE business_id = $1 \
         AND id IN (SELECT contact_id FROM contact_values WHERE business_id = $1 AND key = $2)",
    )
    .bind(within.business.to_string())
    .bind(key)
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map(drop)
    .map_err(away)
}

/// The fields of a business, by key.
pub(in crate::crm::local) async fn defined(
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
        let field = defined.get(key).ok_or_else(|| Error::Invalid(Reason::FieldUndefined { field: key.clone() }))?;
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
