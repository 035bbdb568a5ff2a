//! Further numbers and addresses people are reached at, beside the first of each.
//!
//! Invariant: a number or an address is one contact's, be it their first or a further one: whoever keeps one has looked, while
//! nobody else writes for the business.

use super::READ_AT_ONCE;
use crate::crm::Error;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::{Connection, flag_of, get, instant, parsed, phone_of};
use crate::crm::model::Contact;
use crate::id::{BusinessId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of a contact: each with whether it is a number.
pub(super) fn of(contact: &Contact) -> BTreeSet<(&str, bool)> {
    let phones = contact.other_phones.iter().map(|phone| (phone.as_str(), true));
    phones.chain(contact.other_emails.iter().map(|email| (email.as_str(), false))).collect()
}

/// Gives contacts their further numbers and addresses.
pub(super) async fn complete(
    connection: &mut Connection,
    business: BusinessId,
    contacts: &mut [Contact],
) -> Result<(), Error> {
    for some in contacts.chunks_mut(READ_AT_ONCE).filter(|some| !some.is_empty()) {
        let places: BTreeMap<ContactId, usize> = some.iter().enumerate().map(|(place, one)| (one.id, place)).collect();
        let mut statement =
            Statement::new("SELECT contact_id, value, is_phone FROM contact_reach WHERE business_id = ");
        statement.bind(business.to_string()).say(" AND contact_id IN ");
        statement.bind_all(places.keys().map(ContactId::to_string));
        for row in &statement.fetch_all(connection).await? {
            let contact = &mut some[places[&parsed::<ContactId>(row, "contact_id")?]];
            if flag_of(row, "is_phone")? {
                contact.other_phones.extend(phone_of(row, "value")?);
            } else {
                contact.other_emails.insert(get(row, "value")?);
            }
        }
    }
    Ok(())
}

/// Stores what a contact is reached at, given what is stored.
pub(super) async fn keep(
    connection: &mut Connection,
    contact: &Contact,
    stored: Option<&Contact>,
    now: Timestamp,
) -> Result<(), Error> {
    let (stored, wanted) = (stored.map(of).unwrap_or_default(), of(contact));
    let gone: Vec<_> = stored.difference(&wanted).collect();
    if !gone.is_empty() {
        let mut statement = Statement::new("DELETE FROM contact_reach WHERE business_id = ");
        statement.bind(contact.business.to_string()).say(" AND value IN ");
        statement.bind_all(gone.into_iter().map(|(value, _)| *value));
        statement.execute(connection).await?;
    }
    for (value, is_phone) in wanted.difference(&stored) {
        let mut statement = Statement::new(
            "INSERT INTO contact_reach (business_id, value, contact_id, is_phone, created_at, updated_at) VALUES (",
        );
        statement.bind(contact.business.to_string()).say(", ").bind(*value).say(", ").bind(contact.id.to_string());
        statement.say(", ").bind(*is_phone).say(", ").bind(instant(now)).say(", ").bind(instant(now)).say(")");
        statement.execute(connection).await?;
    }
    Ok(())
}

/// Takes out of the further ones what is the first.
pub(in crate::crm::local) fn tidy(contact: &mut Contact) {
    if let Some(phone) = &contact.phone {
        contact.other_phones.remove(phone);
    }
    if let Some(email) = &contact.email {
        contact.other_emails.remove(email);
    }
}

/// Every number of a contact's.
pub(in crate::crm::local) fn phones(contact: &Contact) -> impl Iterator<Item = &E164> {
    contact.phone.iter().chain(&contact.other_phones)
}

/// Every address of a contact's.
pub(in crate::crm::local) fn emails(contact: &Contact) -> impl Iterator<Item = &str> {
    contact.email.iter().chain(&contact.other_emails).map(String::as_str)
}
