//! Words people are sorted by.

use super::{by_id, keep as keep_contact};
use crate::crm::Error;
use crate::crm::local::cursor::Cursor;
use crate::crm::local::statement::Statement;
use crate::crm::local::store::{Connection, away, count_of, get, instant};
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, Page};
use crate::crm::operation::{AddContactTags, ListTags, RemoveContactTags, TagUse};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The most tags of a page.
const LISTED_MAX: usize = 200;
/// What a cursor of the list is made for.
const TAGS: &str = "tags";

impl Perform for AddContactTags {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        retag(within, self.contact, |tags| tags.union(&self.tags).cloned().collect()).await
    }
}

impl Perform for RemoveContactTags {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Contact, Error> {
        retag(within, self.contact, |tags| tags.difference(&self.tags).cloned().collect()).await
    }
}

/// Gives a contact other tags. Where nothing changes, the version stays.
async fn retag(
    within: &mut Within<'_>,
    contact: crate::id::ContactId,
    change: impl FnOnce(&BTreeSet<String>) -> BTreeSet<String>,
) -> Result<Contact, Error> {
    let known = by_id(within.connection, within.business, contact).await?;
    let tags = change(&known.tags);
    if tags == known.tags {
        return Ok(known);
    }
    keep_contact(within, Some(&known), Contact { tags, ..known.clone() }).await
}

impl Perform for ListTags {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<TagUse>, Error> {
        let mut tags = Statement::new("SELECT tag, COUNT(*) AS contacts FROM contact_tags WHERE business_id = ");
        tags.bind(within.business.to_string());
        if let Some(cursor) = &self.cursor {
            tags.say(" AND tag > ").bind(Cursor::read(cursor, TAGS)?.value);
        }
        tags.say(" GROUP BY tag ORDER BY tag LIMIT ");
        let limit = self.limit.unwrap_or(LISTED_MAX).clamp(1, LISTED_MAX);
        tags.bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let rows = tags.fetch_all(within.connection).await?;
        let uses = rows.iter().map(|row| Ok(TagUse { tag: get(row, "tag")?, contacts: count_of(row, "contacts")? }));
        let items = uses.collect::<Result<Vec<_>, Error>>()?;
        Ok(Page::cut(items, limit, |last| Cursor { value: last.tag.clone(), id: String::new() }.write(TAGS)))
    }
}

/// Stores a contact's tags, given those that are stored.
pub(super) async fn keep(
    connection: &mut Connection,
    contact: &Contact,
    stored: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), Error> {
    let gone: Vec<_> = stored.difference(&contact.tags).collect();
    if !gone.is_empty() {
        let mut statement = Statement::new("DELETE FROM contact_tags WHERE contact_id = ");
        statement.bind(contact.id.to_string()).say(" AND tag IN ").bind_all(gone.into_iter().map(String::as_str));
        statement.execute(connection).await?;
    }
    for tag in contact.tags.difference(stored) {
        sqlx::query(
            "INSERT INTO contact_tags (business_id, contact_id, tag, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(contact.business.to_string())
        .bind(contact.id.to_string())
        .bind(tag)
        .bind(instant(now))
        .execute(&mut *connection)
        .await
        .map_err(away)?;
    }
    Ok(())
}
