//! People: found or made, never twice.
//!
//! Invariant: one contact per business and number, and per business and e-mail address, by unique constraints.
//! Invariant: what a conversation learns is filled in, never overwritten: whoever calls from the family's telephone does
//! not rename the one we know by it. The name they gave stands on their appointment. Doors that edit say so by name
//! (`update_contact`, `upsert_contact`).
//! Invariant: a contact's tags, fields and search keys are those of its row's version: [`keep`] writes all of them. Only the
//! keys of people whom a file brings come a little later: [`index`].
//! Invariant: a contact that was deleted keeps its row, because appointments point to it, and nothing of the person.
//!
//! Read next: [`keys`] and [`search`] for how one is found, [`edit`] for what the REST door does.

pub(super) mod belongings;
mod bulk;
mod edit;
pub(super) mod fields;
pub(super) mod index;
mod keys;
mod list;
mod many;
mod merge;
pub(super) mod reach;
mod restore;
mod search;
mod tags;

pub(super) use edit::{refuse_stale, region};
pub(super) use many::{forget_new, insert_new, owners};
pub(super) use restore::{put_back, put_back_field};
pub(super) use search::say_known_by;

use super::statement::Statement;
use super::store::{
    Connection, Row, away, count_of, damaged, get, instant, instant_of, json, json_of, parsed, parsed_option, phone_of,
    word,
};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Contact, ContactDraft, Kind, folded};
use crate::crm::operation::{FindContact, SaveContact};
use crate::id::{BusinessId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The most tags a contact has.
const TAGS_MAX: usize = 100;
/// The most numbers and addresses a contact has beside the first.
const REACH_MAX: usize = 20;
/// Which way of making search keys a row has: raised when [`keys`] changes, so that old rows are given new keys.
const KEYS_MADE: i64 = 2;
/// How many contacts are read with one statement: well below the values a statement takes in either engine.
const READ_AT_ONCE: usize = 500;

impl Perform for FindContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Option<Contact>, Error> {
        by_phone(within.connection, within.business, &self.phone).await
    }
}

impl Perform for SaveContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        find_or_make(within, &self.draft).await
    }
}

/// The contact with this number.
pub(super) async fn by_phone(
    connection: &mut Connection,
    business: BusinessId,
    phone: &E164,
) -> Result<Option<Contact>, Error> {
    // A deleted contact has no number.
    let row = sqlx::query(
        "SELECT * FROM contacts WHERE business_id = $1 AND phone = $2 UNION ALL \
         SELECT c.* FROM contact_reach r JOIN contacts c ON c.business_id = r.business_id AND c.id = r.contact_id \
         WHERE r.business_id = $1 AND r.value = $2",
    )
    .bind(business.to_string())
    .bind(phone.as_str())
    .fetch_optional(&mut *connection)
    .await
    .map_err(away)?;
    whole(connection, business, row).await
}

/// The contact with this e-mail address.
async fn by_email(connection: &mut Connection, business: BusinessId, email: &str) -> Result<Option<Contact>, Error> {
    let row = sqlx::query(
        "SELECT * FROM contacts WHERE business_id = $1 AND email = $2 UNION ALL \
         SELECT c.* FROM contact_reach r JOIN contacts c ON c.business_id = r.business_id AND c.id = r.contact_id \
         WHERE r.business_id = $1 AND r.value = $2",
    )
    .bind(business.to_string())
    .bind(email)
    .fetch_optional(&mut *connection)
    .await
    .map_err(away)?;
    whole(connection, business, row).await
}

/// The contact with this id.
pub(super) async fn by_id(connection: &mut Connection, business: BusinessId, id: ContactId) -> Result<Contact, Error> {
    find(connection, business, id).await?.ok_or(Error::NotFound("contact"))
}

/// The same, or none.
pub(super) async fn find(
    connection: &mut Connection,
    business: BusinessId,
    id: ContactId,
) -> Result<Option<Contact>, Error> {
    let row = sqlx::query("SELECT * FROM contacts WHERE business_id = $1 AND id = $2 AND deleted_at IS NULL")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(away)?;
    whole(connection, business, row).await
}

/// Those of these ids that there are.
async fn by_ids(
    connection: &mut Connection,
    business: BusinessId,
    ids: &BTreeSet<ContactId>,
) -> Result<Vec<Contact>, Error> {
    let mut found = Vec::new();
    let ids: Vec<String> = ids.iter().map(ContactId::to_string).collect();
    for some in ids.chunks(READ_AT_ONCE) {
        let mut statement = Statement::new("SELECT * FROM contacts WHERE business_id = ");
        statement.bind(business.to_string()).say(" AND deleted_at IS NULL AND id IN ");
        statement.bind_all(some.iter().map(String::as_str)).say(" ORDER BY id");
        let rows = statement.fetch_all(connection).await?;
        let mut some = rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?;
        complete(connection, business, &mut some).await?;
        found.extend(some);
    }
    Ok(found)
}

/// At which version a contact's row is, be they deleted or not.
async fn version_of(connection: &mut Connection, business: BusinessId, id: ContactId) -> Result<u64, Error> {
    let row = sqlx::query("SELECT version FROM contacts WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?;
    row.map_or(Ok(0), |row| count_of(&row, "version"))
}

async fn whole(connection: &mut Connection, business: BusinessId, row: Option<Row>) -> Result<Option<Contact>, Error> {
    let mut found: Vec<Contact> = row.as_ref().map(contact_of).transpose()?.into_iter().collect();
    complete(connection, business, &mut found).await?;
    Ok(found.pop())
}

/// Gives contacts their tags, fields, and further numbers and addresses.
async fn complete(connection: &mut Connection, business: BusinessId, contacts: &mut [Contact]) -> Result<(), Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    let places: BTreeMap<ContactId, usize> = contacts.iter().enumerate().map(|(place, one)| (one.id, place)).collect();
    let ids = || places.keys().map(ContactId::to_string);
    let mut statement = Statement::new("SELECT contact_id, tag FROM contact_tags WHERE business_id = ");
    statement.bind(business.to_string()).say(" AND contact_id IN ").bind_all(ids());
    for row in &statement.fetch_all(connection).await? {
        contacts[places[&parsed::<ContactId>(row, "contact_id")?]].tags.insert(get(row, "tag")?);
    }
    let mut statement = Statement::new("SELECT contact_id, key, value FROM contact_values WHERE business_id = ");
    statement.bind(business.to_string()).say(" AND contact_id IN ").bind_all(ids());
    for row in &statement.fetch_all(connection).await? {
        contacts[places[&parsed::<ContactId>(row, "contact_id")?]]
            .fields
            .insert(get(row, "key")?, json_of(row, "value")?);
    }
    reach::complete(connection, business, contacts).await
}

/// Finds the person by number, else by e-mail, and fills in what was not known; or makes a contact of them.
///
/// Must run inside a writing transaction: looking and making are one step then.
pub(super) async fn find_or_make(within: &mut Within<'_>, draft: &ContactDraft) -> Result<Contact, Error> {
    let business = within.business;
    let (first_name, last_name) = split_name(&draft.name);
    let email = draft.email.as_deref().map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    if first_name.is_empty() && draft.phone.is_none() && email.is_none() {
        return Err(Error::Invalid(Reason::PersonNameless));
    }
    let email_owner = match &email {
        Some(email) => by_email(within.connection, business, email).await?,
        None => None,
    };
    let phone_owner = match &draft.phone {
        Some(phone) => by_phone(within.connection, business, phone).await?,
        None => None,
    };
    // An address that is somebody else's stays theirs.
    let free_email = email.filter(|_| email_owner.is_none());
    let free_phone = draft.phone.clone().filter(|_| phone_owner.is_none());
    let Some(known) = phone_owner.or(email_owner) else {
        let found = Contact {
            first_name,
            last_name,
            phone: free_phone,
            email: free_email,
            source: Some(word(&within.source)?),
            last_activity: Some(within.now),
            ..nobody(business, within.now)
        };
        return keep(within, None, found).await;
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
        touch(within, known.id).await?;
        return Ok(Contact { last_activity: Some(within.now), ..known });
    }
    keep(within, Some(&known), Contact { last_activity: Some(within.now), ..filled }).await
}

/// Notes that somebody was heard of just now. That is no change of what is known of them.
pub(super) async fn touch(within: &mut Within<'_>, contact: ContactId) -> Result<(), Error> {
    sqlx::query("UPDATE contacts SET last_activity_at = $3 WHERE business_id = $1 AND id = $2")
        .bind(within.business.to_string())
        .bind(contact.to_string())
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map(drop)
        .map_err(away)
}

/// A contact of whom nothing is known yet, not kept.
pub(super) fn nobody(business: BusinessId, now: Timestamp) -> Contact {
    Contact {
        id: ContactId::fresh(),
        business,
        first_name: String::new(),
        last_name: String::new(),
        email: None,
        phone: None,
        tags: BTreeSet::new(),
        fields: BTreeMap::new(),
        do_not_disturb: BTreeSet::new(),
        other_phones: BTreeSet::new(),
        other_emails: BTreeSet::new(),
        source: None,
        zone: None,
        owner: None,
        last_activity: None,
        version: 0,
        created_at: now,
        updated_at: now,
    }
}

/// Stores a person as they are now; `before` is what is stored, if anything is. Returns them at their new version.
pub(super) async fn keep(within: &mut Within<'_>, before: Option<&Contact>, after: Contact) -> Result<Contact, Error> {
    refuse_too_much(before, &after).map_err(Error::Invalid)?;
    let after = store(within.connection, before, after, within.now).await?;
    within.changed(Kind::Contact, &after.id, before, Some(&after))?;
    Ok(after)
}

/// Refuses more than a contact may have; one that had more already may have less.
pub(super) fn refuse_too_much(before: Option<&Contact>, after: &Contact) -> Result<(), Reason> {
    let reach = |one: &Contact| one.other_phones.len() + one.other_emails.len();
    let grows = |many: fn(&Contact) -> usize, most| many(after) > before.map_or(0, many).max(most);
    if grows(|one| one.tags.len(), TAGS_MAX) {
        return Err(Reason::ContactTags { most: TAGS_MAX, contact: after.id.to_string() });
    }
    if reach(after) > before.map_or(0, reach).max(REACH_MAX) {
        return Err(Reason::ContactReach { most: REACH_MAX });
    }
    Ok(())
}

/// Stores a person as they are now, and what they are found by.
async fn store(
    connection: &mut Connection,
    before: Option<&Contact>,
    mut after: Contact,
    now: Timestamp,
) -> Result<Contact, Error> {
    after.version = before.map_or(0, |before| before.version) + 1;
    after.updated_at = now;
    sqlx::query(
        "INSERT INTO contacts (id, business_id, first_name, last_name, email, phone, sort_name, do_not_disturb, version, \
         keys_made, created_at, updated_at, source, zone, owner_id, last_activity_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name, \
         email = excluded.email, phone = excluded.phone, sort_name = excluded.sort_name, \
         do_not_disturb = excluded.do_not_disturb, version = excluded.version, updated_at = excluded.updated_at, \
         source = excluded.source, zone = excluded.zone, owner_id = excluded.owner_id, \
         last_activity_at = excluded.last_activity_at, deleted_at = NULL WHERE contacts.business_id = excluded.business_id",
    )
    .bind(after.id.to_string())
    .bind(after.business.to_string())
    .bind(&after.first_name)
    .bind(&after.last_name)
    .bind(&after.email)
    .bind(after.phone.as_ref().map(E164::as_str))
    .bind(sort_name(&after))
    .bind(json(&after.do_not_disturb)?)
    .bind(i64::try_from(after.version).unwrap_or(i64::MAX))
    .bind(KEYS_MADE)
    .bind(instant(after.created_at))
    .bind(instant(now))
    .bind(&after.source)
    .bind(&after.zone)
    .bind(after.owner.map(|owner| owner.to_string()))
    .bind(after.last_activity.map(instant))
    .execute(&mut *connection)
    .await
    .map_err(away)?;
    let keys_before = before.map(keys::keys).unwrap_or_default();
    keep_keys(connection, &after, &keys_before, now).await?;
    let none = BTreeSet::new();
    tags::keep(connection, &after, before.map_or(&none, |before| &before.tags), now).await?;
    fields::keep(connection, &after, before.map(|before| &before.fields), now).await?;
    reach::keep(connection, &after, before, now).await?;
    Ok(after)
}

/// Stores what a person is found by, given what is stored.
async fn keep_keys(
    connection: &mut Connection,
    after: &Contact,
    stored: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), Error> {
    let wanted = keys::keys(after);
    let gone: Vec<_> = stored.difference(&wanted).collect();
    if !gone.is_empty() {
        let mut statement = Statement::new("DELETE FROM contact_keys WHERE business_id = ");
        statement.bind(after.business.to_string()).say(" AND contact_id = ").bind(after.id.to_string());
        statement.say(" AND key IN ").bind_all(gone.into_iter().map(String::as_str));
        statement.execute(connection).await?;
    }
    let new: Vec<_> = wanted.difference(stored).collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut statement =
        Statement::new("INSERT INTO contact_keys (business_id, key, contact_id, created_at, updated_at) VALUES ");
    for (place, key) in new.into_iter().enumerate() {
        statement.say(if place == 0 { "(" } else { ", (" });
        statement.bind(after.business.to_string()).say(", ").bind(key.as_str()).say(", ").bind(after.id.to_string());
        statement.say(", ").bind(instant(now)).say(", ").bind(instant(now)).say(")");
    }
    // Somebody who waits for the index may have been indexed in part.
    statement.say(" ON CONFLICT DO NOTHING");
    statement.execute(connection).await
}

/// What contacts are sorted by: the family's name first, as the ear takes it.
fn sort_name(contact: &Contact) -> String {
    folded(&format!("{} {}", contact.last_name, contact.first_name))
}

/// "Ana Maria Silva" is Ana, Maria Silva: the first word is the given name, the rest the family's.
fn split_name(name: &str) -> (String, String) {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    (first, words.collect::<Vec<_>>().join(" "))
}

/// The contact of a row, without tags, fields and further numbers and addresses.
fn contact_of(row: &Row) -> Result<Contact, Error> {
    Ok(Contact {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        email: get(row, "email")?,
        phone: phone_of(row, "phone")?,
        tags: BTreeSet::new(),
        fields: BTreeMap::new(),
        do_not_disturb: json_of(row, "do_not_disturb")?,
        other_phones: BTreeSet::new(),
        other_emails: BTreeSet::new(),
        source: get(row, "source")?,
        zone: get(row, "zone")?,
        owner: parsed_option(row, "owner_id")?,
        last_activity: get::<Option<i64>>(row, "last_activity_at")?
            .map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|_| damaged("last_activity_at"))?,
        version: count_of(row, "version")?,
        created_at: instant_of(row, "created_at")?,
        updated_at: instant_of(row, "updated_at")?,
    })
}
