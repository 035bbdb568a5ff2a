//! Many new people at once, as files bring them: looked up together and written together.

use super::{KEYS_MADE, READ_AT_ONCE, complete, contact_of, keys, reach, sort_name};
use crate::crm::Error;
use crate::crm::local::Within;
use crate::crm::local::statement::{Bound, Statement};
use crate::crm::local::store::{instant, json};
use crate::crm::model::{Contact, Kind};
use crate::phone::E164;
use std::collections::BTreeSet;

/// How many values one statement is given (`SQLite` takes 32,766, `PostgreSQL` 65,535). A full one is prepared once.
const VALUES_AT_ONCE: usize = 3_000;
/// Values that every row begins with: the business, and the time twice.
const BEGINNING: usize = 3;

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

/// Keeps people who are new, each of whom was looked for, and writes them down.
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
    let mut found_by = BTreeSet::new();
    for one in &contacts {
        let id = one.id.to_string();
        rows.rows.push(vec![
            Bound::from(id.as_str()),
            one.first_name.as_str().into(),
            one.last_name.as_str().into(),
            one.email.clone().into(),
            one.phone.as_ref().map(|phone| phone.as_str().to_owned()).into(),
            sort_name(one).into(),
            json(&one.do_not_disturb)?.into(),
            1_i64.into(),
            KEYS_MADE.into(),
            one.source.clone().into(),
            one.zone.clone().into(),
        ]);
        for (value, is_phone) in reach::of(one) {
            reached.rows.push(vec![Bound::from(value), id.as_str().into(), is_phone.into()]);
        }
        for tag in &one.tags {
            tags.rows.push(vec![Bound::from(id.as_str()), tag.as_str().into()]);
        }
        for (key, value) in &one.fields {
            values.rows.push(vec![Bound::from(id.as_str()), key.as_str().into(), json(value)?.into()]);
        }
        found_by.extend(keys::keys(one).into_iter().map(|key| (key, id.clone())));
    }
    // In the order of the index, which is then walked once.
    let mut found = Rows::new("INSERT INTO contact_keys (business_id, created_at, updated_at, key, contact_id) ");
    for (key, id) in found_by {
        found.rows.push(vec![Bound::from(key), id.into()]);
    }
    for rows in [rows, tags, values, reached, found] {
        rows.insert(within).await?;
    }
    for one in &contacts {
        within.changed(Kind::Contact, &one.id, None, Some(one))?;
    }
    Ok(())
}

/// Rows of one table that are written with few statements. Each begins with the business and the time, twice.
struct Rows {
    words: &'static str,
    rows: Vec<Vec<Bound>>,
}

impl Rows {
    fn new(words: &'static str) -> Self {
        Self { words, rows: Vec::new() }
    }

    async fn insert(self, within: &mut Within<'_>) -> Result<(), Error> {
        let width = self.rows.first().map_or(1, Vec::len);
        let mut rows = self.rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut statement = Statement::new(self.words);
            let (business, now) = (statement.keep(within.business.to_string()), statement.keep(instant(within.now)));
            for (place, row) in rows.by_ref().take(VALUES_AT_ONCE / (BEGINNING + width)).enumerate() {
                statement.say(if place == 0 { "VALUES (" } else { ", (" });
                statement.again(business).say(", ").again(now).say(", ").again(now);
                for value in row {
                    statement.say(", ").bind(value);
                }
                statement.say(")");
            }
            statement.execute(within.connection).await?;
        }
        Ok(())
    }
}
