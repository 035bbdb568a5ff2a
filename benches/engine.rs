//! The embedded engine at size: searching while somebody types, reading, listing and writing, among very many; one after the
//! other, and then arriving at a rate.
//!
//! `cargo bench --bench engine -- --contacts 100000 --appointments 200000 --messages 1000000 --database sqlite:/somewhere/it.db`
//! (or `postgres://…`, an empty database; one that this command filled before is used again), `--rate 100,200 --seconds 20`.
//! Prints figures and asserts nothing; each is from asking the façade to its answer, in this process.

#[path = "engine/fill.rs"]
mod fill;
#[path = "engine/load.rs"]
mod load;
#[path = "engine/people.rs"]
mod people;

use hdrhistogram::Histogram;
use jiff::{Timestamp, ToSpan};
use people::{Draw, person};
use ringlypro::clock::{Clock, SystemClock};
use ringlypro::crm::local::{Embedded, Importer, seed_demo};
use ringlypro::crm::model::{Business, Duplicates, Source};
use ringlypro::crm::operation::{
    AddNote, CreateContact, FindSlots, GetContact, GetStatistics, ListAppointments, ListContacts, ListConversations,
    ListMessages, PreviewImport, SearchContacts, StartImport, UpsertContact,
};
use ringlypro::crm::{Backend, By, Crm, Error, Operation, Outcome, Request};
use ringlypro::id::{BusinessId, ContactId};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often each thing is asked, unless `--asked` says otherwise.
const ASKED: usize = 1_000;

pub(crate) struct Book {
    crm: Crm,
    business: BusinessId,
}

impl Book {
    async fn perform(&self, operation: impl Into<Operation>) -> Result<Outcome, Error> {
        let operation = operation.into();
        self.crm.perform(Request::new(self.business, Source::Api, By::owner(), operation)).await
    }

    /// Some who are there.
    async fn some(&self) -> Result<Vec<ContactId>, Error> {
        let page = ListContacts { limit: Some(200), ..ListContacts::default() };
        let Outcome::Contacts(found) = self.perform(page).await? else { return Ok(Vec::new()) };
        Ok(found.items.into_iter().map(|contact| contact.id).collect())
    }

    /// Asks for each, and prints how long it took.
    async fn measure<T: Into<Operation>>(&self, what: &str, operations: impl Iterator<Item = T>) -> Result<(), Error> {
        let Ok(mut times) = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3) else { return Ok(()) };
        for operation in operations {
            let began = Instant::now();
            self.perform(operation).await?;
            times.saturating_record(micros(began.elapsed()));
        }
        let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
        println!("{what:<34} p50 {:>7.2} ms   p95 {:>7.2} ms   max {:>7.2} ms", at(0.5), at(0.95), at(1.0));
        Ok(())
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The value after a name on the command line.
fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|one| one != name);
    arguments.nth(1)
}

#[tokio::main]
async fn main() {
    if let Err(failed) = run().await {
        eprintln!("{failed}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let smoke = std::env::args().any(|one| one == "--smoke");
    let number = |name: &str, small: usize, usual: usize| match argument(name) {
        Some(text) => text.parse(),
        None => Ok(if smoke { small } else { usual }),
    };
    let contacts = number("--contacts", 200, 10_000)?;
    let appointments = number("--appointments", 400, 20_000)?;
    let messages = number("--messages", 2_000, 100_000)?;
    let asked = number("--asked", 20, ASKED)?;
    let seconds = u32::try_from(number("--seconds", 1, 20)?)?;
    let rates = argument("--rate").unwrap_or_else(|| if smoke { "50" } else { "100,200,400" }.to_owned());
    let folder = tempfile::tempdir()?;
    let database = argument("--database").unwrap_or_else(|| format!("sqlite:{}/contacts.db", folder.path().display()));
    let embedded = Embedded::open(&database, Arc::new(SystemClock)).await?;
    let dental = seed_demo(&embedded).await?;
    let book = Arc::new(Book { crm: Crm::new(Arc::new(embedded.clone())), business: dental.id });
    let mut ids = book.some().await?;
    if ids.is_empty() {
        let began = Instant::now();
        bring_in(&book, embedded, contacts).await?;
        println!("{contacts} contacts brought in at {:.0} a second", contacts as f64 / began.elapsed().as_secs_f64());
        ids = book.some().await?;
    }
    let now = SystemClock.now();
    fill::history(&database, &dental, (appointments, messages), now.as_millisecond()).await?;
    let people = searching(&book, contacts, asked).await?;
    let known = reading(&book, (&dental, now), &ids, asked).await?;
    writing(&book, &ids, &people).await?;
    for rate in rates.split(',') {
        load::arriving(&book, (contacts, &known), (rate.parse()?, seconds)).await?;
    }
    Ok(())
}

/// Brings so many people in, as a file: one by one it would take ten times as long.
async fn bring_in(book: &Book, embedded: Embedded, people: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut text = "First name,Last name,Phone,Email\n".to_owned();
    for CreateContact { first_name, last_name, phone, email, .. } in (0..people).map(person) {
        let (phone, email) = (phone.unwrap_or_default(), email.unwrap_or_default());
        writeln!(text, "{first_name},{last_name},{phone},{email}")?;
    }
    let previewed = book.perform(PreviewImport { name: String::new(), text }).await?;
    let Outcome::ImportPreviewed(preview) = previewed else { return Err("no preview".into()) };
    let import = preview.import.id;
    book.perform(StartImport { import, columns: None, duplicates: Duplicates::Create, tags: BTreeSet::new() }).await?;
    let mut importer = Importer::new(embedded);
    while importer.step().await? {}
    Ok(())
}

/// Searches as somebody types, among so many.
async fn searching(book: &Book, contacts: usize, asked: usize) -> Result<Vec<CreateContact>, Error> {
    let mut draw = Draw(7);
    let people: Vec<CreateContact> = (0..asked).map(|_| person(draw.below(contacts))).collect();
    let search = |query: String| SearchContacts { query, limit: Some(20) };
    let typed = |text: &str, letters: usize| text.chars().take(letters).collect::<String>();
    for letters in [1, 2, 3, 5] {
        let queries = people.iter().map(|one| search(typed(&one.last_name, letters)));
        book.measure(&format!("search, {letters} letters of a name"), queries).await?;
    }
    let both = |one: &CreateContact| format!("{} {}", one.first_name, typed(&one.last_name, 2));
    book.measure("search, first name and 2 letters", people.iter().map(|one| search(both(one)))).await?;
    let slip = |one: &CreateContact| {
        let mut letters: Vec<char> = one.last_name.chars().collect();
        letters.swap(1, 2);
        letters.into_iter().collect::<String>()
    };
    book.measure("search, a name with a slip", people.iter().map(|one| search(slip(one)))).await?;
    let slips = |one: &CreateContact| format!("{} {}", one.first_name, slip(one));
    book.measure("search, both names with a slip", people.iter().map(|one| search(slips(one)))).await?;
    let number = |one: &CreateContact| one.phone.as_deref().unwrap_or_default()[2..10].to_owned();
    book.measure("search, 8 figures of a number", people.iter().map(|one| search(number(one)))).await?;
    let address = |one: &CreateContact| typed(one.email.as_deref().unwrap_or_default(), 40);
    book.measure("search, an address", people.iter().map(|one| search(address(one)))).await?;
    Ok(people)
}

/// Reads one and lists many.
async fn reading(
    book: &Book,
    (dental, now): (&Business, Timestamp),
    ids: &[ContactId],
    asked: usize,
) -> Result<load::Known, Box<dyn std::error::Error>> {
    let some = || (0..asked).map(|place| ids[place % ids.len()]);
    book.measure("read one", some().map(|contact| GetContact { contact })).await?;
    let page = || ListContacts { limit: Some(50), ..ListContacts::default() };
    book.measure("list, the first 50", (0..asked.min(200)).map(|_| page())).await?;
    let mut cursor = None;
    let mut pages = Vec::new();
    for _ in 0..20 {
        pages.push(ListContacts { cursor, ..page() });
        let Outcome::Contacts(found) = book.perform(pages[pages.len() - 1].clone()).await? else { break };
        cursor = found.next;
    }
    book.measure("list, a later 50", pages.into_iter()).await?;
    let years = (now - (800 * 24).hours(), now + (24 * 30).hours());
    let kept =
        |contact| ListAppointments { contact: Some(contact), from: years.0, to: years.1, limit: 50, ..anybody(now) };
    book.measure("appointments of a person", some().map(kept)).await?;
    let day = |back: usize| {
        let from = now - (24 * (i64::try_from(back % 600).unwrap_or(0) + 1)).hours();
        ListAppointments { from, to: from + 24.hours(), limit: 200, ..anybody(now) }
    };
    book.measure("appointments of a day", (0..asked).map(day)).await?;
    let free = || FindSlots {
        service: dental.services[0].id,
        from: now,
        to: now + (24 * 14).hours(),
        limit: 10,
        own_hold: None,
        moving: None,
    };
    book.measure("free times of two weeks", (0..asked).map(|_| free())).await?;
    let newest = || ListConversations { limit: Some(50), ..ListConversations::default() };
    book.measure("conversations, the newest 50", (0..asked.min(200)).map(|_| newest())).await?;
    let Outcome::Conversations(talks) = book.perform(newest()).await? else { return Err("no conversations".into()) };
    let conversations: Vec<_> = talks.items.iter().map(|talk| talk.id).collect();
    let said = |place: usize| ListMessages {
        conversation: conversations[place % conversations.len()],
        medium: None,
        limit: Some(50),
        cursor: None,
    };
    book.measure("messages of a conversation", (0..asked).map(said)).await?;
    let today = now.to_zoned(jiff::tz::TimeZone::get(&dental.zone)?).date();
    let month = |back: usize| {
        let to = today - i64::try_from(back % 20).unwrap_or(0).months();
        GetStatistics { from: to - 1.month(), to }
    };
    book.measure("figures of a month", (0..asked.min(200)).map(month)).await?;
    Ok(load::Known { contacts: ids.to_vec(), conversations })
}

/// Writes.
async fn writing(book: &Book, ids: &[ContactId], people: &[CreateContact]) -> Result<(), Error> {
    let some = ids.iter().copied().cycle();
    book.measure(
        "write, a note",
        some.take(people.len().min(500)).map(|contact| AddNote { contact, body: "Paid.".to_owned() }),
    )
    .await?;
    let upsert = |one: &CreateContact| UpsertContact {
        phone: one.phone.clone(),
        last_name: Some("Renamed".to_owned()),
        ..UpsertContact::default()
    };
    book.measure("write, upsert", people.iter().take(500).map(upsert)).await
}

/// A list of nobody's appointments in particular.
fn anybody(now: Timestamp) -> ListAppointments {
    ListAppointments {
        contact: None,
        phone: None,
        name: None,
        status: std::collections::BTreeSet::new(),
        from: now,
        to: now,
        limit: 50,
        cursor: None,
    }
}
