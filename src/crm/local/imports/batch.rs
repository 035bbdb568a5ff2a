//! What becomes of some rows of a file: whom they are about is looked up for all at once, and who is new is written at once.
//!
//! Rows are taken in their order, so that of two about one person the second finds the first.

use super::super::Within;
use super::super::contacts::{insert_new, keep, owners, reach, refuse_too_much};
use super::super::statement::Statement;
use super::super::store::{instant, json};
use super::reading::Reading;
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Contact, Duplicates, Import, RowProblem};
use crate::crm::sheet::Row;
use crate::phone::E164;
use std::collections::{BTreeSet, HashMap};

/// How many problems are entered with one statement.
const ENTERED_AT_ONCE: usize = 200;

/// Where people of a file come from, unless it says otherwise.
const FROM_A_FILE: &str = "import";

/// Somebody the rows are about: as stored, and as they shall be.
struct Somebody {
    before: Option<Contact>,
    after: Contact,
}

/// What there is and what comes, by what people are known by.
#[derive(Default)]
struct Known {
    people: Vec<Somebody>,
    by_phone: HashMap<E164, usize>,
    by_email: HashMap<String, usize>,
}

impl Known {
    fn add(&mut self, before: Option<Contact>, after: Contact) {
        let place = self.people.len();
        self.people.push(Somebody { before, after });
        self.index(place);
    }

    fn index(&mut self, place: usize) {
        let contact = &self.people[place].after;
        for phone in reach::phones(contact) {
            self.by_phone.insert(phone.clone(), place);
        }
        for email in reach::emails(contact) {
            self.by_email.insert(email.to_owned(), place);
        }
    }

    /// Whose this contact's numbers and addresses are.
    fn owners(&self, contact: &Contact) -> BTreeSet<usize> {
        let phones = reach::phones(contact).filter_map(|phone| self.by_phone.get(phone));
        phones.chain(reach::emails(contact).filter_map(|email| self.by_email.get(email))).copied().collect()
    }

    /// The contact without what is another's.
    fn without_owned(&self, mut contact: Contact) -> Contact {
        contact.phone = contact.phone.filter(|phone| !self.by_phone.contains_key(phone));
        contact.email = contact.email.filter(|email| !self.by_email.contains_key(email));
        contact.other_phones.retain(|phone| !self.by_phone.contains_key(phone));
        contact.other_emails.retain(|email| !self.by_email.contains_key(email));
        contact
    }
}

/// Takes rows, counts in the import what came of them, and writes all of it.
pub(super) async fn take(
    within: &mut Within<'_>,
    reading: &Reading,
    mut import: Import,
    rows: Vec<Row>,
) -> Result<Import, Error> {
    let mut problems = Vec::new();
    let mut contacts = Vec::new();
    for row in rows {
        import.done += 1;
        match reading.contact(within.now, &row.cells) {
            Ok(contact) => contacts.push((row, contact)),
            Err(why) => problems.push(RowProblem { row: row.number, why: why.to_string(), cells: row.cells }),
        }
    }
    let mut known = Known::default();
    for owner in owners(within, contacts.iter().map(|(_, contact)| contact)).await? {
        known.add(Some(owner.clone()), owner);
    }
    for (row, contact) in contacts {
        if let Err(why) = enter(&mut known, &mut import, contact) {
            problems.push(RowProblem { row: row.number, why: why.to_string(), cells: row.cells });
        }
    }
    import.refused += u64::try_from(problems.len()).unwrap_or(u64::MAX);
    let mut new = Vec::new();
    for Somebody { before, after } in known.people {
        match before {
            // Where nothing else is said, they came from a file.
            None => new.push(Contact { source: after.source.or_else(|| Some(FROM_A_FILE.to_owned())), ..after }),
            Some(before) if before != after => {
                keep(within, Some(&before), after).await?;
                import.updated += 1;
            }
            Some(_) => {}
        }
    }
    import.created += u64::try_from(new.len()).unwrap_or(u64::MAX);
    insert_new(within, new).await?;
    note(within, &import, &problems).await?;
    Ok(import)
}

/// Enters a row's contact among those known, or says why it cannot be.
fn enter(known: &mut Known, import: &mut Import, contact: Contact) -> Result<(), Reason> {
    let owners = known.owners(&contact);
    let Some(place) = owners.first().copied() else {
        refuse_too_much(None, &contact)?;
        known.add(None, contact);
        return Ok(());
    };
    match import.duplicates {
        Duplicates::Skip => import.skipped += 1,
        Duplicates::Create => {
            let contact = known.without_owned(contact);
            if contact.full_name().is_empty() && contact.phone.is_none() && contact.email.is_none() {
                return Err(Reason::RowAllAnothers);
            }
            refuse_too_much(None, &contact)?;
            known.add(None, contact);
        }
        Duplicates::Update => {
            if owners.len() > 1 {
                return Err(Reason::RowOfSeveral);
            }
            let was = known.people[place].after.clone();
            let mut now = was.clone();
            set(&mut now, contact);
            refuse_too_much(Some(&was), &now)?;
            known.people[place].after = now;
            if known.people[place].after == was {
                import.skipped += 1;
            }
            known.index(place);
        }
    }
    Ok(())
}

/// Sets what a row says of somebody; what it does not speak of stays.
fn set(somebody: &mut Contact, said: Contact) {
    if !said.first_name.is_empty() {
        somebody.first_name = said.first_name;
    }
    if !said.last_name.is_empty() {
        somebody.last_name = said.last_name;
    }
    // Whom one knows by a further number keeps the first.
    let phone = said.phone.filter(|phone| !somebody.other_phones.contains(phone));
    let email = said.email.filter(|email| !somebody.other_emails.contains(email));
    somebody.phone = phone.or(somebody.phone.take());
    somebody.email = email.or(somebody.email.take());
    somebody.other_phones.extend(said.other_phones);
    somebody.other_emails.extend(said.other_emails);
    somebody.source = said.source.or(somebody.source.take());
    somebody.zone = said.zone.or(somebody.zone.take());
    somebody.tags.extend(said.tags);
    somebody.do_not_disturb.extend(said.do_not_disturb);
    somebody.fields.extend(said.fields);
    reach::tidy(somebody);
}

/// Enters what is wrong with rows.
async fn note(within: &mut Within<'_>, import: &Import, problems: &[RowProblem]) -> Result<(), Error> {
    for some in problems.chunks(ENTERED_AT_ONCE) {
        let mut statement = Statement::new(
            "INSERT INTO import_problems (business_id, import_id, row_number, why, cells, created_at, updated_at) VALUES ",
        );
        for (place, problem) in some.iter().enumerate() {
            statement.say(if place == 0 { "(" } else { ", (" });
            statement.bind(import.business.to_string()).say(", ").bind(import.id.to_string()).say(", ");
            statement.bind(i64::try_from(problem.row).unwrap_or(i64::MAX)).say(", ").bind(problem.why.as_str());
            statement.say(", ").bind(json(&problem.cells)?).say(", ").bind(instant(within.now)).say(", ");
            statement.bind(instant(within.now)).say(")");
        }
        statement.execute(within.connection).await?;
    }
    Ok(())
}
