//! Many new people at once, as files bring them: looked up together, written together, and taken back together.

use super::{READ_AT_ONCE, belongings, by_ids, complete, contact_of, index, nobody, reach, sort_name};
use crate::crm::Error;
use crate::crm::local::Within;
use crate::crm::local::statement::{Bound, Statement};
use crate::crm::local::store::{Connection, instant, json};
use crate::crm::local::undo::Step;
use crate::crm::model::{Change, Contact, Kind};
use crate::id::{BusinessId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// How many values one statement is given (`SQLite` takes 32,766, `PostgreSQL` 65,535). A full one is prepared once.
const VALUES_AT_ONCE: usize = 3_000;

/// Who has one of these contacts' numbers or addresses.
pub(in crate::crm::local) async fn owners(
    within: &mut Within<'_>,
    of: impl Iterator<Item = &Contact>,
) -> Result<Vec<Contact>, Error> {
    let (mut phones, mut emails) = (BTreeSet::new(), BTreeSet::new());
    for contact in of {
        phones.extend(reach::phones(contact).map(E164::as_str));
        emails.extend(reach::emails(contact));
    }
    let mut found: Vec<Contact> = Vec::new();
    for (column, values) in [("phone", phones), ("email", emails)] {
        let values: Vec<&str> = values.into_iter().collect();
        for some in values.chunks(READ_AT_ONCE) {
            let mut statement = Statement::new("SELECT * FROM contacts WHERE business_id = ");
            statement.bind(within.business.to_string()).say(" AND ").say(column).say(" IN ");
            statement.bind_all(some.iter().copied());
            statement
                .say(" UNION ALL SELECT c.* FROM contact_reach r JOIN contacts c ON c.business_id = r.business_id");
            statement.say(" AND c.id = r.contact_id WHERE r.business_id = ").bind(within.business.to_string());
            statement.say(" AND r.value IN ").bind_all(some.iter().copied());
            for row in &statement.fetch_all(within.connection).await? {
                let contact = contact_of(row)?;
                if found.iter().all(|one| one.id != contact.id) {
                    found.push(contact);
                }
            }
        }
    }
    for some in found.chunks_mut(READ_AT_ONCE) {
        complete(within.connection, within.business, some).await?;
    }
    Ok(found)
}

/// Keeps people who are new, each of whom was looked for, and writes them down. They wait to be indexed.
pub(in crate::crm::local) async fn insert_new(within: &mut Within<'_>, contacts: Vec<Contact>) -> Result<(), Error> {
    let now = within.now;
    let contacts: Vec<Contact> =
        contacts.into_iter().map(|one| Contact { version: 1, created_at: now, updated_at: now, ..one }).collect();
    let mut rows = Rows::new(
        "INSERT INTO contacts (business_id, created_at, updated_at, id, first_name, last_name, email, phone, sort_name, \
         do_not_disturb, version, keys_made, source, zone) ",
    );
    let (mut tags, mut values, mut reached) = (
        Rows::new("INSERT INTO contact_tags (business_id, created_at, updated_at, contact_id, tag) "),
        Rows::new("INSERT INTO contact_values (business_id, created_at, updated_at, contact_id, key, value) "),
        Rows::new("INSERT INTO contact_reach (business_id, created_at, updated_at, value, contact_id, is_phone) "),
    );
    for one in &contacts {
        let id = one.id.to_string();
        rows.push(vec![
            Bound::from(id.as_str()),
            one.first_name.as_str().into(),
            one.last_name.as_str().into(),
            one.email.clone().into(),
            one.phone.as_ref().map(|phone| phone.as_str().to_owned()).into(),
            sort_name(one).into(),
            json(&one.do_not_disturb)?.into(),
            1_i64.into(),
            index::WAITING.into(),
            one.source.clone().into(),
            one.zone.clone().into(),
        ]);
        for (value, is_phone) in reach::of(one) {
            reached.push(vec![Bound::from(value), id.as_str().into(), is_phone.into()]);
        }
        for tag in &one.tags {
            tags.push(vec![Bound::from(id.as_str()), tag.as_str().into()]);
        }
        for (key, value) in &one.fields {
            values.push(vec![Bound::from(id.as_str()), key.as_str().into(), json(value)?.into()]);
        }
    }
    for rows in [rows, tags, values, reached] {
        rows.insert(within.connection, within.business, now).await?;
    }
    for one in &contacts {
        within.changed(Kind::Contact, &one.id, None, Some(one))?;
    }
    Ok(())
}

/// Forgets together those whom these changes added, where they are as they were added and nothing belongs to them. Returns them
/// as they were, for [`index::remove_forgotten`], and the changes that are left.
pub(in crate::crm::local) async fn forget_new(
    within: &mut Within<'_>,
    changes: Vec<Change>,
) -> Result<(Vec<Contact>, Vec<Change>), Error> {
    let is_new = |change: &Change| change.kind == Kind::Contact && change.before.is_none();
    let (new, left): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(is_new);
    let ids: BTreeSet<ContactId> = new.iter().filter_map(|change| change.id.parse().ok()).collect();
    let mut there: HashMap<String, Contact> = by_ids(within.connection, within.business, &ids)
        .await?
        .into_iter()
        .map(|one| (one.id.to_string(), one))
        .collect();
    let owners = belongings::owners(within, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut people = Vec::new();
    for change in &new {
        let step: Step<Contact> = Step::of(change)?;
        if let Some(one) = there.remove(&change.id)
            && !owners.contains(&one.id)
            && step.refuse_other(Some(&one)).is_ok()
        {
            people.push(one);
        }
    }
    // Latest first, as changes are taken back.
    people.reverse();
    for some in people.chunks(READ_AT_ONCE) {
        empty(within, some).await?;
    }
    for one in &people {
        within.changed(Kind::Contact, &one.id, Some(one), None)?;
    }
    Ok((people, left))
}

/// Leaves of people to whom nothing belongs their rows, and nothing of the person but what they were found by.
async fn empty(within: &mut Within<'_>, people: &[Contact]) -> Result<(), Error> {
    let (business, now) = (within.business.to_string(), instant(within.now));
    let ids = || people.iter().map(|one| one.id.to_string());
    for table in ["contact_tags", "contact_values", "contact_reach"] {
        let mut parts = Statement::new("DELETE FROM ");
        parts
            .say(table)
            .say(" WHERE business_id = ")
            .bind(business.as_str())
            .say(" AND contact_id IN ")
            .bind_all(ids());
        parts.execute(within.connection).await?;
    }
    let mut rows =
        Statement::new("UPDATE contacts SET first_name = '', last_name = '', email = NULL, phone = NULL, sort_name = ");
    rows.bind(sort_name(&nobody(within.business, within.now)))
        .say(", do_not_disturb = '[]', source = NULL, zone = NULL, ");
    rows.say("owner_id = NULL, last_activity_at = NULL, version = version + 1, updated_at = ").bind(now);
    rows.say(", keys_made = ")
        .bind(index::WAITING)
        .say(", deleted_at = ")
        .bind(now)
        .say(" WHERE business_id = ")
        .bind(business.as_str());
    rows.say(" AND id IN ").bind_all(ids());
    rows.execute(within.connection).await
}

/// Rows of one table that are written with few statements. Each begins with the business and the time, twice.
struct Rows {
    words: &'static str,
    values: Vec<Vec<Bound>>,
}

impl Rows {
    fn new(words: &'static str) -> Self {
        Self { words, values: Vec::new() }
    }

    fn push(&mut self, row: Vec<Bound>) {
        self.values.push(row);
    }

    async fn insert(self, connection: &mut Connection, business: BusinessId, now: Timestamp) -> Result<(), Error> {
        let width = self.values.first().map_or(1, Vec::len);
        let mut rows = self.values.into_iter().peekable();
        while rows.peek().is_some() {
            let mut statement = Statement::new(self.words);
            statement.say("SELECT ").bind(business.to_string()).say(", ").bind(instant(now)).say(", ");
            statement.bind(instant(now)).say(", new.* FROM (VALUES ");
            for (place, row) in rows.by_ref().take(VALUES_AT_ONCE / width).enumerate() {
                statement.say(if place == 0 { "" } else { ", " }).bind_all(row);
            }
            statement.say(") AS new");
            statement.execute(connection).await?;
        }
        Ok(())
    }
}
