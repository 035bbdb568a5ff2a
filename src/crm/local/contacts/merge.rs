//! Two contacts made one, and who might be one.

use super::edit::forget;
use super::keys::Asked;
use super::search::fitting;
use super::{belongings, by_id, complete, contact_of, keep, reach};
use crate::crm::Error;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::get;
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, folded};
use crate::crm::operation::{Alike, Duplicate, FindDuplicates, MergeContacts, Merged, Part};
use std::collections::BTreeMap;

/// The most groups one search returns.
const GROUPS_MAX: usize = 200;
/// The most contacts of all its groups together.
const CONTACTS_MAX: i64 = 2_000;

impl Perform for MergeContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Merged, Error> {
        let kept = by_id(within.connection, within.business, self.keep).await?;
        let gone = by_id(within.connection, within.business, self.gone).await?;
        let moved = belongings::give(within, gone.id, kept.id).await?;
        // First, so that their number and address are free.
        forget(within, &gone).await?;
        let one = self.one(&kept, gone);
        let contact = if one == kept { kept } else { keep(within, Some(&kept), one).await? };
        Ok(Merged { contact, moved })
    }
}

impl MergeContacts {
    /// Who the two are together.
    fn one(&self, kept: &Contact, gone: Contact) -> Contact {
        let mut one = kept.clone();
        if self.take.contains(&Part::Name) || one.full_name().is_empty() {
            (one.first_name, one.last_name) = (gone.first_name, gone.last_name);
        }
        // What is not the first any more is a further one: nobody stops being reached.
        one.other_phones.extend(gone.other_phones);
        one.other_phones.extend(one.phone.iter().chain(&gone.phone).cloned());
        one.other_emails.extend(gone.other_emails);
        one.other_emails.extend(one.email.iter().chain(&gone.email).cloned());
        one.phone = either(self.take.contains(&Part::Phone), one.phone, gone.phone);
        one.email = either(self.take.contains(&Part::Email), one.email, gone.email);
        reach::tidy(&mut one);
        one.source = one.source.or(gone.source);
        one.zone = one.zone.or(gone.zone);
        one.owner = one.owner.or(gone.owner);
        one.last_activity = one.last_activity.max(gone.last_activity);
        one.tags.extend(gone.tags);
        // Who does not want to be reached in one guise does not in the other.
        one.do_not_disturb.extend(gone.do_not_disturb);
        for (key, value) in gone.fields {
            if self.take_fields.contains(&key) || !one.fields.contains_key(&key) {
                one.fields.insert(key, value);
            }
        }
        one
    }
}

/// What is kept of what both may have.
fn either<T>(take: bool, kept: Option<T>, gone: Option<T>) -> Option<T> {
    if take { gone.or(kept) } else { kept.or(gone) }
}

impl Perform for FindDuplicates {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<Duplicate>, Error> {
        let groups_max = self.limit.unwrap_or(GROUPS_MAX).min(GROUPS_MAX);
        match self.contact {
            None => same_names(within, groups_max).await,
            Some(contact) => {
                let like = by_id(within.connection, within.business, contact).await?;
                let found = alike(within, &like).await?;
                let of =
                    |alike, contacts: Vec<Contact>| (!contacts.is_empty()).then_some(Duplicate { alike, contacts });
                let name = folded(&like.full_name());
                let (same, similar) = found.into_iter().partition(|one| folded(&one.full_name()) == name);
                Ok([of(Alike::SameName, same), of(Alike::SimilarName, similar)].into_iter().flatten().collect())
            }
        }
    }
}

/// Contacts whose names are alike but for case and accents.
async fn same_names(within: &mut Within<'_>, groups_max: usize) -> Result<Vec<Duplicate>, Error> {
    let mut names = Statement::new("SELECT c.* FROM contacts c WHERE c.business_id = ");
    names.bind(within.business.to_string()).say(" AND c.deleted_at IS NULL AND c.sort_name IN (SELECT sort_name ");
    names.say("FROM contacts WHERE business_id = ").bind(within.business.to_string());
    names.say(" AND deleted_at IS NULL AND sort_name <> '' GROUP BY sort_name HAVING COUNT(*) > 1 ");
    names.say("ORDER BY sort_name LIMIT ").bind(i64::try_from(groups_max).unwrap_or(i64::MAX));
    names.say(") ORDER BY c.sort_name, c.created_at, c.id LIMIT ").bind(CONTACTS_MAX);
    let rows = names.fetch_all(within.connection).await?;
    let mut contacts = rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?;
    complete(within.connection, within.business, &mut contacts).await?;
    let mut groups: BTreeMap<String, Vec<Contact>> = BTreeMap::new();
    for (row, contact) in rows.iter().zip(contacts) {
        groups.entry(get(row, "sort_name")?).or_default().push(contact);
    }
    let several = groups.into_values().filter(|contacts| contacts.len() > 1);
    Ok(several.map(|contacts| Duplicate { alike: Alike::SameName, contacts }).collect())
}

/// Contacts whose names are like this one's, a slip forgiven; the likeliest first.
async fn alike(within: &mut Within<'_>, contact: &Contact) -> Result<Vec<Contact>, Error> {
    let asked = Asked::of(&contact.full_name());
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut ways = asked.forgivingly();
    ways.push(asked.exactly());
    let mut found = fitting(within.connection, within.business, &asked, &ways).await?;
    found.retain(|one| one.id != contact.id);
    found.truncate(GROUPS_MAX);
    complete(within.connection, within.business, &mut found).await?;
    Ok(found)
}
