//! Two contacts made one, and who might be one.

use super::edit::forget;
use super::keys::Asked;
use super::search::fitting;
use super::{belongings, by_id, complete, contact_of, keep, reach};
use crate::crm::Error;
use crate::crm::local::cursor::Cursor;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::get;
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, Page, folded};
use crate::crm::operation::{Alike, Duplicate, FindDuplicates, MergeContacts, Merged, Part};

/// The most groups of a page.
const GROUPS_MAX: usize = 200;
/// The most contacts of all its groups together.
const CONTACTS_MAX: usize = 2_000;
/// What a cursor of people of one name is made for.
const SAME_NAMES: &str = "same names";

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
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Duplicate>, Error> {
        let limit = self.limit.unwrap_or(GROUPS_MAX).clamp(1, GROUPS_MAX);
        let Some(contact) = self.contact else {
            return same_names(within, limit, self.cursor.as_deref()).await;
        };
        let like = by_id(within.connection, within.business, contact).await?;
        let found = alike(within, &like).await?;
        let of = |alike, contacts: Vec<Contact>| (!contacts.is_empty()).then_some(Duplicate { alike, contacts });
        let name = folded(&like.full_name());
        let (same, similar) = found.into_iter().partition(|one| folded(&one.full_name()) == name);
        let groups = [of(Alike::SameName, same), of(Alike::SimilarName, similar)];
        Ok(Page { items: groups.into_iter().flatten().collect(), next: None })
    }
}

/// Contacts whose names are alike but for case and accents.
async fn same_names(within: &mut Within<'_>, limit: usize, cursor: Option<&str>) -> Result<Page<Duplicate>, Error> {
    let mut names = Statement::new("SELECT sort_name FROM contacts WHERE business_id = ");
    names.bind(within.business.to_string()).say(" AND deleted_at IS NULL AND sort_name <> ''");
    if let Some(cursor) = cursor {
        names.say(" AND sort_name > ").bind(Cursor::read(cursor, SAME_NAMES)?.value);
    }
    names.say(" GROUP BY sort_name HAVING COUNT(*) > 1 ORDER BY sort_name LIMIT ");
    names.bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let names = names.fetch_all(within.connection).await?;
    let names = names.iter().map(|row| get::<String>(row, "sort_name")).collect::<Result<Vec<_>, _>>()?;
    let mut page = Page::cut(names, limit, goes_on_after);
    let mut groups = groups_of(within, &page.items).await?;
    // More people than one answer holds: the last name is not whole, and begins the next page.
    if groups.iter().map(|(_, contacts)| contacts.len()).sum::<usize>() >= CONTACTS_MAX && groups.len() > 1 {
        groups.pop();
        page.next = groups.last().map(|(name, _)| goes_on_after(name));
    }
    let items = groups.into_iter().map(|(_, contacts)| Duplicate { alike: Alike::SameName, contacts }).collect();
    Ok(Page { items, next: page.next })
}

/// Where a list of names goes on.
#[expect(clippy::ptr_arg, reason = "it is the shape of a row")]
fn goes_on_after(name: &String) -> String {
    Cursor { value: name.clone(), id: String::new() }.write(SAME_NAMES)
}

/// Who has each of these names, in their order.
async fn groups_of(within: &mut Within<'_>, names: &[String]) -> Result<Vec<(String, Vec<Contact>)>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut list = Statement::new("SELECT c.* FROM contacts c WHERE c.business_id = ");
    list.bind(within.business.to_string()).say(" AND c.deleted_at IS NULL AND c.sort_name IN ");
    list.bind_all(names.iter().map(String::as_str)).say(" ORDER BY c.sort_name, c.created_at, c.id LIMIT ");
    list.bind(i64::try_from(CONTACTS_MAX).unwrap_or(i64::MAX));
    let rows = list.fetch_all(within.connection).await?;
    let mut contacts = rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?;
    complete(within.connection, within.business, &mut contacts).await?;
    let mut groups: Vec<(String, Vec<Contact>)> = Vec::new();
    for (row, contact) in rows.iter().zip(contacts) {
        let name: String = get(row, "sort_name")?;
        match groups.last_mut() {
            Some((same, group)) if *same == name => group.push(contact),
            Some(_) | None => groups.push((name, vec![contact])),
        }
    }
    Ok(groups)
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
