//! Searching contacts while somebody types. What is near to what is decided in [`super::keys`].

use super::keys::{Asked, Range, Way};
use super::{complete, contact_of, reach};
use crate::crm::Error;
use crate::crm::local::statement::{Statement, is_sqlite};
use crate::crm::local::store::{Connection, get};
use crate::crm::local::{Perform, Within};
use crate::crm::model::{Contact, folded};
use crate::crm::operation::SearchContacts;
use crate::id::BusinessId;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How many that fit are looked at to find the likeliest: of more than this many, one types on.
const CANDIDATES_MAX: usize = 100;
/// How many of their keys: a name that is in an address too is found twice or three times.
const KEYS_MAX: usize = 3 * CANDIDATES_MAX;

impl Perform for SearchContacts {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<Contact>, Error> {
        let (connection, business) = (&mut *within.connection, within.business);
        let asked = Asked::of(&self.query);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let enough = self.limit.unwrap_or(CANDIDATES_MAX);
        let mut fitting = Vec::new();
        let exactly = (asked.paired(), vec![asked.exactly()]);
        for (mut ways, more) in [exactly, (asked.paired_forgivingly(), asked.forgivingly())] {
            if fitting.is_empty() {
                fitting = self::fitting(connection, business, &asked, &ways).await?;
                if fitting.len() < enough {
                    ways.extend(more);
                    fitting = self::fitting(connection, business, &asked, &ways).await?;
                }
            }
        }
        fitting.truncate(enough);
        complete(connection, business, &mut fitting).await?;
        Ok(fitting)
    }
}

/// Whom any of these ways to look for them finds, the likeliest first.
pub(super) async fn fitting(
    connection: &mut Connection,
    business: BusinessId,
    asked: &Asked,
    ways: &[Way],
) -> Result<Vec<Contact>, Error> {
    let mut ids = BTreeSet::new();
    for way in ways {
        ids.extend(candidates(connection, business, way).await?);
    }
    Ok(ranked(asked, load(connection, business, &ids).await?))
}

/// Goes on with a query for the contacts of whose name, number or address a word begins so.
pub(in crate::crm::local) fn say_known_by(statement: &mut Statement, business: BusinessId, beginning: &str) {
    statement.say("SELECT contact_id FROM contact_keys WHERE business_id = ").bind(business.to_string());
    for range in Asked::of(beginning).exactly().into_iter().flatten() {
        statement.say(" AND key >= ").bind(range.from).say(" AND key < ").bind(range.to);
    }
}

/// The best first; equals by name, and by id.
fn ranked(asked: &Asked, contacts: Vec<Contact>) -> Vec<Contact> {
    let mut fitting: Vec<_> = contacts.into_iter().filter_map(|one| Some((asked.fit(&one)?, one))).collect();
    fitting.sort_by_cached_key(|(fit, one)| (Reverse(*fit), folded(&one.full_name()), one.id));
    fitting.into_iter().map(|(_, one)| one).collect()
}

/// Some of the contacts that have a key in a range of every word. Those of the longer words, which are fewer, are gathered;
/// those of the shortest are gone through until enough are among them.
///
/// `PostgreSQL` is asked for the intersection: it takes ranges of keys for a hundredth of what they are, and would go through
/// one for every row of another.
async fn candidates(
    connection: &mut Connection,
    business: BusinessId,
    words: &[Vec<Range>],
) -> Result<BTreeSet<String>, Error> {
    // A word that nobody has is found out at once, not by going through all who have another.
    for ranges in words.iter().filter(|_| words.len() > 1) {
        let mut statement = Statement::new("SELECT contact_id FROM ");
        among(&mut statement, business, ranges);
        statement.say(" LIMIT 1");
        if statement.fetch_all(connection).await?.is_empty() {
            return Ok(BTreeSet::new());
        }
    }
    let mut words: Vec<&Vec<Range>> = words.iter().collect();
    words.sort_by_key(|ranges| ranges.iter().map(|range| range.from.len()).max());
    let gathers = is_sqlite(connection);
    let mut statement = Statement::new("SELECT contact_id FROM ");
    for (place, ranges) in words.into_iter().enumerate() {
        match (place, gathers) {
            (0, _) => statement.say(""),
            (_, false) => statement.say(" INTERSECT SELECT contact_id FROM "),
            (1, true) => statement.say(" WHERE contact_id IN (SELECT contact_id FROM "),
            (_, true) => statement.say(" AND contact_id IN (SELECT contact_id FROM "),
        };
        among(&mut statement, business, ranges);
        statement.say(if place > 0 && gathers { ")" } else { "" });
    }
    statement.say(" LIMIT ").bind(i64::try_from(KEYS_MAX).unwrap_or(i64::MAX));
    let rows = statement.fetch_all(connection).await?;
    let mut found = BTreeSet::new();
    for row in &rows {
        if found.len() == CANDIDATES_MAX {
            break;
        }
        found.insert(get(row, "contact_id")?);
    }
    Ok(found)
}

/// Those with a key in one of the ranges.
fn among(statement: &mut Statement, business: BusinessId, ranges: &[Range]) {
    statement.say("(");
    for (place, range) in ranges.iter().enumerate() {
        statement.say(if place == 0 { "" } else { " UNION ALL " });
        statement.say("SELECT contact_id FROM contact_keys WHERE business_id = ").bind(business.to_string());
        statement.say(" AND key >= ").bind(range.from.as_str()).say(" AND key < ").bind(range.to.as_str());
    }
    statement.say(") AS found");
}

/// Contacts by their ids, without tags and fields.
async fn load(
    connection: &mut Connection,
    business: BusinessId,
    ids: &BTreeSet<String>,
) -> Result<Vec<Contact>, Error> {
    let mut found = Vec::new();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for some in ids.chunks(CANDIDATES_MAX) {
        let mut statement = Statement::new("SELECT * FROM contacts WHERE business_id = ");
        statement.bind(business.to_string()).say(" AND deleted_at IS NULL AND id IN ").bind_all(some.iter().copied());
        for row in &statement.fetch_all(connection).await? {
            found.push(contact_of(row)?);
        }
    }
    reach::complete(connection, business, &mut found).await?;
    Ok(found)
}
