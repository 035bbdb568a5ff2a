//! People added, changed and deleted by whoever edits.

use super::{by_email, by_id, by_phone, fields, keep, nobody, reach, store};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::local::store::{Connection, away, instant, word};
use crate::crm::local::{Perform, Within, accounts, conversations, messages};
use crate::crm::model::{CampaignMember, Contact, Enrolment, Kind, Note, ReviewRequest};
use crate::crm::operation::{CreateContact, DeleteContact, GetContact, UpdateContact, UpsertContact, Upserted};
use crate::id::BusinessId;
use crate::phone::E164;
use std::collections::BTreeSet;

impl Perform for GetContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        by_id(within.connection, within.business, self.contact).await
    }
}

impl Perform for CreateContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        let region = region(within.connection, within.business).await?;
        let mut contact = Contact {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email: self.email.clone(),
            phone: number(self.phone.as_deref(), &region)?,
            tags: self.tags.clone(),
            do_not_disturb: self.do_not_disturb.clone(),
            other_phones: numbers(&self.other_phones, &region)?,
            other_emails: self.other_emails.clone(),
            source: Some(self.source.clone().map_or_else(|| word(&within.source), Ok)?),
            zone: self.zone.clone(),
            owner: self.owner,
            ..nobody(within.business, within.now)
        };
        fields::set(within.connection, &mut contact, &self.fields, &region).await?;
        save(within, None, contact).await
    }
}

impl Perform for UpdateContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        let known = by_id(within.connection, within.business, self.contact).await?;
        refuse_stale(known.version, self.version, "contact")?;
        let region = region(within.connection, within.business).await?;
        let mut changed = known.clone();
        set(&mut changed.first_name, self.first_name.as_ref());
        set(&mut changed.last_name, self.last_name.as_ref());
        set(&mut changed.email, self.email.as_ref());
        if let Some(phone) = &self.phone {
            changed.phone = number(phone.as_deref(), &region)?;
        }
        set(&mut changed.tags, self.tags.as_ref());
        set(&mut changed.do_not_disturb, self.do_not_disturb.as_ref());
        if let Some(phones) = &self.other_phones {
            changed.other_phones = numbers(phones, &region)?;
        }
        set(&mut changed.other_emails, self.other_emails.as_ref());
        set(&mut changed.source, self.source.as_ref());
        set(&mut changed.zone, self.zone.as_ref());
        set(&mut changed.owner, self.owner.as_ref());
        if let Some(values) = &self.fields {
            fields::set(within.connection, &mut changed, values, &region).await?;
        }
        save(within, Some(known), changed).await
    }
}

impl Perform for UpsertContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Upserted, Error> {
        let region = region(within.connection, within.business).await?;
        let phone = number(self.phone.as_deref(), &region)?;
        let known = match &phone {
            Some(phone) => by_phone(within.connection, within.business, phone).await?,
            None => None,
        };
        let known = match (known, &self.email) {
            (None, Some(email)) => by_email(within.connection, within.business, email).await?,
            (known, _) => known,
        };
        let new = Contact { source: Some(word(&within.source)?), ..nobody(within.business, within.now) };
        let mut contact = known.clone().unwrap_or(new);
        set(&mut contact.first_name, self.first_name.as_ref());
        set(&mut contact.last_name, self.last_name.as_ref());
        set(&mut contact.do_not_disturb, self.do_not_disturb.as_ref());
        // Whom one knows by a further number keeps the first.
        contact.email = self.email.clone().filter(|email| !contact.other_emails.contains(email)).or(contact.email);
        contact.phone = phone.filter(|phone| !contact.other_phones.contains(phone)).or(contact.phone);
        contact.other_phones.extend(numbers(&self.other_phones, &region)?);
        contact.other_emails.extend(self.other_emails.iter().cloned());
        contact.source = self.source.clone().or(contact.source);
        contact.zone = self.zone.clone().or(contact.zone);
        contact.owner = self.owner.or(contact.owner);
        contact.tags.extend(self.tags.iter().cloned());
        fields::set(within.connection, &mut contact, &self.fields, &region).await?;
        let created = known.is_none();
        save(within, known, contact).await.map(|contact| Upserted { created, contact })
    }
}

impl Perform for DeleteContact {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = by_id(within.connection, within.business, self.contact).await?;
        refuse_stale(known.version, self.version, "contact")?;
        forget(within, &known).await
    }
}

/// Forgets a contact with their notes. Their row stays, because appointments point to it, and nothing of the person.
pub(super) async fn forget(within: &mut Within<'_>, known: &Contact) -> Result<(), Error> {
    within.remove_those::<Note>("contact_id", known.id).await?;
    messages::give(within, known.id, None).await?;
    within.remove_those::<ReviewRequest>("contact_id", known.id).await?;
    within.remove_those::<Enrolment>("contact_id", known.id).await?;
    within.remove_those::<CampaignMember>("contact_id", known.id).await?;
    conversations::forget(within, known.id).await?;
    let forgotten = Contact { id: known.id, created_at: known.created_at, ..nobody(known.business, within.now) };
    store(within.connection, Some(known), forgotten, within.now).await?;
    sqlx::query("UPDATE contacts SET deleted_at = $3 WHERE business_id = $1 AND id = $2")
        .bind(known.business.to_string())
        .bind(known.id.to_string())
        .bind(instant(within.now))
        .execute(&mut *within.connection)
        .await
        .map_err(away)?;
    within.changed(Kind::Contact, &known.id, Some(known), None)
}

/// Keeps a contact that nobody else is. Where nothing changes, the version stays.
async fn save(within: &mut Within<'_>, known: Option<Contact>, mut contact: Contact) -> Result<Contact, Error> {
    reach::tidy(&mut contact);
    if known.as_ref() == Some(&contact) {
        return Ok(contact);
    }
    if contact.full_name().is_empty() && contact.phone.is_none() && contact.email.is_none() {
        return Err(Error::Invalid(Reason::ContactNameless));
    }
    let owned = known.as_ref().and_then(|known| known.owner);
    accounts::refuse_stranger(within, contact.owner.filter(|user| owned != Some(*user))).await?;
    refuse_taken(within, &contact).await?;
    keep(within, known.as_ref(), contact).await
}

/// Refuses a contact whose number or address is another's.
pub(super) async fn refuse_taken(within: &mut Within<'_>, contact: &Contact) -> Result<(), Error> {
    for phone in reach::phones(contact) {
        refuse_other(by_phone(within.connection, within.business, phone).await?, contact, "phone")?;
    }
    for email in reach::emails(contact) {
        refuse_other(by_email(within.connection, within.business, email).await?, contact, "email")?;
    }
    Ok(())
}

fn refuse_other(owner: Option<Contact>, contact: &Contact, field: &'static str) -> Result<(), Error> {
    match owner {
        Some(owner) if owner.id != contact.id => Err(Error::Duplicate { field, contact: owner.id }),
        Some(_) | None => Ok(()),
    }
}

/// Whoever edits has read what they edit.
pub(in crate::crm::local) fn refuse_stale(version: u64, read: Option<u64>, what: &'static str) -> Result<(), Error> {
    if read.is_none_or(|read| read == version) { Ok(()) } else { Err(Error::Stale(what)) }
}

fn set<T: Clone>(place: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        place.clone_from(given);
    }
}

/// The country of a business's numbers.
pub(in crate::crm::local) async fn region(connection: &mut Connection, business: BusinessId) -> Result<String, Error> {
    sqlx::query_scalar("SELECT region FROM businesses WHERE id = $1")
        .bind(business.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("business"))
}

fn numbers(texts: &BTreeSet<String>, region: &str) -> Result<BTreeSet<E164>, Error> {
    texts.iter().map(|text| E164::parse(text, region).map_err(|_| Error::Invalid(Reason::NotAPhone))).collect()
}

fn number(text: Option<&str>, region: &str) -> Result<Option<E164>, Error> {
    text.map(|text| E164::parse(text, region)).transpose().map_err(|_| Error::Invalid(Reason::NotAPhone))
}
