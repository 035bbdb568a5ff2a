//! People: found or made, never twice.
//!
//! Invariant: one contact per business and number, and per business and e-mail address, by unique constraints.
//! Invariant: what is stored is filled in, never overwritten: whoever calls from the family's telephone does not rename
//! the one we know by it. The name they gave stands on their appointment.

use super::store::{Connection, away, get, instant, instant_of, parsed, phone_of};
use crate::crm::Error;
use crate::crm::model::{Contact, ContactDraft};
use crate::id::{BusinessId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

/// The contact with this number.
pub(super) async fn by_phone(
    connection: &mut Connection,
    business: BusinessId,
    phone: &E164,
) -> Result<Option<Contact>, Error> {
    sqlx::query("SELECT * FROM contacts WHERE business_id = $1 AND phone = $2")
        .bind(business.to_string())
        .bind(phone.as_str())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .as_ref()
        .map(contact_of)
        .transpose()
}

/// The contact with this e-mail address.
async fn by_email(connection: &mut Connection, business: BusinessId, email: &str) -> Result<Option<Contact>, Error> {
    sqlx::query("SELECT * FROM contacts WHERE business_id = $1 AND email = $2")
        .bind(business.to_string())
        .bind(email)
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .as_ref()
        .map(contact_of)
        .transpose()
}

/// Finds the person by number, else by e-mail, and fills in what was not known; or makes a contact of them.
///
/// Must run inside a writing transaction: looking and making are one step then.
pub(super) async fn find_or_make(
    connection: &mut Connection,
    business: BusinessId,
    draft: &ContactDraft,
    now: Timestamp,
) -> Result<Contact, Error> {
    let (first_name, last_name) = split_name(&draft.name);
    let email = draft.email.as_deref().map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    if first_name.is_empty() && draft.phone.is_none() && email.is_none() {
        return Err(Error::Invalid("a person needs a name, a telephone number or an e-mail address".to_owned()));
    }
    let email_owner = match &email {
        Some(email) => by_email(connection, business, email).await?,
        None => None,
    };
    let phone_owner = match &draft.phone {
        Some(phone) => by_phone(connection, business, phone).await?,
        None => None,
    };
    // An address that is somebody else's stays theirs.
    let free_email = email.filter(|_| email_owner.is_none());
    let free_phone = draft.phone.clone().filter(|_| phone_owner.is_none());
    let Some(known) = phone_owner.or(email_owner) else {
        return make(connection, business, (first_name, last_name), free_phone, free_email, now).await;
    };
    let mut filled = known.clone();
    if filled.first_name.is_empty() && filled.last_name.is_empty() {
        (filled.first_name, filled.last_name) = (first_name, last_name);
    } else if filled.last_name.is_empty() && filled.first_name.eq_ignore_ascii_case(&first_name) {
        filled.last_name = last_name;
    }
    filled.email = filled.email.or(free_email);
    filled.phone = filled.phone.or(free_phone);
    if filled == known {
        return Ok(known);
    }
    filled.updated_at = now;
    write(connection, &filled).await?;
    Ok(filled)
}

async fn make(
    connection: &mut Connection,
    business: BusinessId,
    (first_name, last_name): (String, String),
    phone: Option<E164>,
    email: Option<String>,
    now: Timestamp,
) -> Result<Contact, Error> {
    let contact = Contact {
        id: ContactId::fresh(),
        business,
        first_name,
        last_name,
        email,
        phone,
        created_at: now,
        updated_at: now,
    };
    write(connection, &contact).await?;
    Ok(contact)
}

/// Stores a person, known or new.
async fn write(connection: &mut Connection, contact: &Contact) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO contacts (id, business_id, first_name, last_name, email, phone, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name, \
         email = excluded.email, phone = excluded.phone, updated_at = excluded.updated_at \
         WHERE contacts.business_id = excluded.business_id",
    )
    .bind(contact.id.to_string())
    .bind(contact.business.to_string())
    .bind(&contact.first_name)
    .bind(&contact.last_name)
    .bind(&contact.email)
    .bind(contact.phone.as_ref().map(E164::as_str))
    .bind(instant(contact.created_at))
    .bind(instant(contact.updated_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(away)
}

/// "Ana Maria Silva" is Ana, Maria Silva: the first word is the given name, the rest the family's.
fn split_name(name: &str) -> (String, String) {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    (first, words.collect::<Vec<_>>().join(" "))
}

fn contact_of(row: &SqliteRow) -> Result<Contact, Error> {
    Ok(Contact {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        email: get(row, "email")?,
        phone: phone_of(row, "phone")?,
        created_at: instant_of(row, "created_at")?,
        updated_at: instant_of(row, "updated_at")?,
    })
}
