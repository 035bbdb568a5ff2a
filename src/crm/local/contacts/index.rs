//! What many people are found by, written at once and in the order of its index: some sixty keys a person, which one by one
//! would each change another of its pages.
//!
//! People whom a file brings are kept without keys (`keys_made` is 0) and wait; some thousands of them are indexed together, in
//! short transactions, and then marked. Who was changed meanwhile is put right as they are marked. So are the keys of those with
//! whom a file is taken back removed: they are forgotten first, and what they were found by, which then leads to nobody, goes
//! together. Keys that were made another way, or half of which were written or removed when the process died, are made anew
//! when the database is opened.
//!
//! Invariant: who is marked has exactly the keys of their row. A change of somebody leaves the mark as it is.

use super::{KEYS_MADE, READ_AT_ONCE, contact_of, find, keep_keys, keys, reach, sort_name};
use crate::crm::Error;
use crate::crm::local::statement::{Statement, is_sqlite};
use crate::crm::local::store::{Connection, Store, away, commit, count_of, instant, json, parsed};
use crate::crm::model::Contact;
use crate::id::{BusinessId, ContactId};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

/// How many people are indexed together: each time the whole index is walked. Their keys take 50 MB of memory.
pub(in crate::crm::local) const PEOPLE_AT_ONCE: u64 = 20_000;
/// How many keys are one transaction: others wait a tenth of a second for it.
const KEYS_AT_ONCE: usize = 15_000;
/// How many people are marked in one transaction.
const MARKED_AT_ONCE: usize = 4_000;
/// The mark of those who wait.
pub(super) const WAITING: i64 = 0;

/// Gives everybody whose keys were made another way, or in part, or never, the keys of this program: before anybody asks.
pub(in crate::crm::local) async fn make_keys(store: &Store, now: Timestamp) -> Result<(), Error> {
    loop {
        let mut transaction = store.write().await?;
        let mut statement = Statement::new("UPDATE contacts SET keys_made = ");
        statement.bind(KEYS_MADE).say(" WHERE keys_made <> ").bind(KEYS_MADE);
        // Whoever opens the same database in the same moment has to wait here, and then finds nothing to do.
        statement.say(" AND id IN (SELECT id FROM contacts WHERE keys_made <> ").bind(KEYS_MADE);
        statement.say(" ORDER BY id LIMIT ").bind(as_number(PEOPLE_AT_ONCE)).say(") RETURNING *");
        let rows = statement.fetch_all(&mut transaction).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let people = rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?;
        // There is no index by contact: the whole table is read, once for all of them.
        let mut stale = Statement::new("DELETE FROM contact_keys WHERE contact_id IN ");
        stale.bind_all(people.iter().map(|one| one.id.to_string()));
        stale.execute(&mut transaction).await?;
        for (business, mut people) in by_business(people) {
            reach::complete(&mut transaction, business, &mut people).await?;
            for one in &people {
                sqlx::query("UPDATE contacts SET sort_name = $1 WHERE id = $2 AND sort_name <> $1")
                    .bind(sort_name(one))
                    .bind(one.id.to_string())
                    .execute(&mut *transaction)
                    .await
                    .map_err(away)?;
            }
            write(&mut transaction, business, &people, &keys_of(&people), now).await?;
        }
        commit(transaction).await?;
    }
}

/// Indexes everybody who waits for it, while others go on reading and writing.
pub(in crate::crm::local) async fn index_waiting(store: &Store, now: Timestamp) -> Result<(), Error> {
    while index_some(store, now).await? {}
    Ok(())
}

/// Indexes [`PEOPLE_AT_ONCE`] of those who wait for it; whether there were any.
///
/// Keys are written without the business's turn: they change nothing that others go by until their people are marked. And in
/// the order in which an edit writes its own, so that neither waits for the other for ever.
pub(in crate::crm::local) async fn index_some(store: &Store, now: Timestamp) -> Result<bool, Error> {
    let waiting = waiting(store).await?;
    let any = !waiting.is_empty();
    for (business, people) in waiting {
        let (people, keys) = with_keys(people).await?;
        for some in keys.chunks(KEYS_AT_ONCE) {
            let mut transaction = store.write().await?;
            store.keep_with_later(&mut transaction).await?;
            write(&mut transaction, business, &people, some, now).await?;
            commit(transaction).await?;
        }
        for some in people.chunks(MARKED_AT_ONCE) {
            let mut transaction = store.write_for(business).await?;
            mark(&mut transaction, business, some, now).await?;
            commit(transaction).await?;
        }
    }
    Ok(any)
}

/// Some of those who wait.
pub(in crate::crm::local) async fn waiting(store: &Store) -> Result<BTreeMap<BusinessId, Vec<Contact>>, Error> {
    let mut connection = store.read().await?;
    let mut statement = Statement::new("SELECT * FROM contacts WHERE deleted_at IS NULL AND keys_made = ");
    statement.bind(WAITING).say(" LIMIT ").bind(as_number(PEOPLE_AT_ONCE));
    let rows = statement.fetch_all(&mut connection).await?;
    let mut waiting = by_business(rows.iter().map(contact_of).collect::<Result<Vec<_>, _>>()?);
    for (business, people) in &mut waiting {
        reach::complete(&mut connection, *business, people).await?;
    }
    Ok(waiting)
}

/// Marks people whose keys were written as they were read, and puts right those who were changed or deleted since.
pub(in crate::crm::local) async fn mark(
    connection: &mut Connection,
    business: BusinessId,
    read: &[Contact],
    now: Timestamp,
) -> Result<(), Error> {
    for some in read.chunks(READ_AT_ONCE) {
        let ids: Vec<String> = some.iter().map(|one| one.id.to_string()).collect();
        let mut statement = Statement::new("UPDATE contacts SET keys_made = ");
        statement.bind(KEYS_MADE).say(" WHERE business_id = ").bind(business.to_string());
        statement.say(" AND id IN ").bind_all(ids).say(" RETURNING id, version");
        let mut versions: HashMap<ContactId, u64> = HashMap::new();
        for row in &statement.fetch_all(connection).await? {
            versions.insert(parsed(row, "id")?, count_of(row, "version")?);
        }
        for before in some.iter().filter(|one| versions.get(&one.id) != Some(&one.version)) {
            let forgotten = Contact { id: before.id, ..super::nobody(business, now) };
            let after = find(connection, business, before.id).await?.unwrap_or(forgotten);
            keep_keys(connection, &after, &keys::keys(before), now).await?;
        }
    }
    Ok(())
}

/// A key and whose it is: their place among the people it was made of.
type Key = (String, usize);

/// What these people are found by, in the order of the index.
pub(in crate::crm::local) fn keys_of(people: &[Contact]) -> Vec<Key> {
    let each = people.iter().enumerate();
    let mut keys: Vec<Key> =
        each.flat_map(|(place, one)| keys::keys(one).into_iter().map(move |key| (key, place))).collect();
    keys.sort_unstable_by(|(key, place), (other, elsewhere)| {
        key.cmp(other).then_with(|| people[*place].id.cmp(&people[*elsewhere].id))
    });
    keys
}

/// Thousands of people and their keys, which take the better part of a second: on a thread where nobody's call waits.
async fn with_keys(people: Vec<Contact>) -> Result<(Vec<Contact>, Vec<Key>), Error> {
    let made = tokio::task::spawn_blocking(|| {
        let keys = keys_of(&people);
        (people, keys)
    });
    made.await.map_err(|error| Error::Unknown(format!("the keys of people were not made: {error}")))
}

/// Writes keys that may be there already. They are handed over as one text: bound one by one they would take as long again.
pub(in crate::crm::local) async fn write(
    connection: &mut Connection,
    business: BusinessId,
    people: &[Contact],
    keys: &[Key],
    now: Timestamp,
) -> Result<(), Error> {
    let mut statement =
        Statement::new("INSERT INTO contact_keys (business_id, created_at, updated_at, key, contact_id) ");
    statement.say("SELECT ").bind(business.to_string()).say(", ").bind(instant(now)).say(", ").bind(instant(now));
    let pairs = json(&Pairs { people, keys })?;
    if is_sqlite(connection) {
        statement.say(", key, atom FROM json_each(").bind(pairs).say(")");
    } else {
        statement.say(", key, value FROM json_each_text(").bind(pairs).say("::json)");
    }
    // Without a condition `SQLite` would take ON for a join's.
    statement.say(" WHERE true ON CONFLICT DO NOTHING");
    statement.execute(connection).await
}

/// Removes what people were found by who have been forgotten since, as these once were, while others go on reading and writing.
pub(in crate::crm::local) async fn remove_forgotten(
    store: &Store,
    forgotten: &[Contact],
    now: Timestamp,
) -> Result<(), Error> {
    for (business, people) in by_business(forgotten.to_vec()) {
        let (people, keys) = with_keys(people).await?;
        for some in keys.chunks(KEYS_AT_ONCE) {
            let mut transaction = store.write_for(business).await?;
            remove(&mut transaction, business, &people, some).await?;
            commit(transaction).await?;
        }
        // What is left of each: whoever is somebody again by now gets their keys back.
        let emptied = |one: &Contact| Contact { id: one.id, version: one.version + 1, ..super::nobody(business, now) };
        let emptied: Vec<Contact> = people.iter().map(emptied).collect();
        for some in emptied.chunks(MARKED_AT_ONCE) {
            let mut transaction = store.write_for(business).await?;
            mark(&mut transaction, business, some, now).await?;
            commit(transaction).await?;
        }
    }
    Ok(())
}

async fn remove(
    connection: &mut Connection,
    business: BusinessId,
    people: &[Contact],
    keys: &[Key],
) -> Result<(), Error> {
    let pairs = json(&Pairs { people, keys })?;
    let mut statement = Statement::new("DELETE FROM contact_keys WHERE (business_id, key, contact_id) IN (SELECT ");
    statement.bind(business.to_string());
    if is_sqlite(connection) {
        statement.say(", key, atom FROM json_each(").bind(pairs).say("))");
    } else {
        statement.say(", key, value FROM json_each_text(").bind(pairs).say("::json))");
    }
    statement.execute(connection).await
}

/// Keys and whose they are as one object, in which a key comes as often as people have it.
struct Pairs<'a> {
    people: &'a [Contact],
    keys: &'a [Key],
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.keys.iter().map(|(key, place)| (key, self.people[*place].id)))
    }
}

fn by_business(people: Vec<Contact>) -> BTreeMap<BusinessId, Vec<Contact>> {
    people.into_iter().fold(BTreeMap::new(), |mut all, one| {
        all.entry(one.business).or_insert_with(Vec::new).push(one);
        all
    })
}

fn as_number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
