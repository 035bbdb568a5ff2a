//! Contacts at size: searching while somebody types, reading, listing and writing, among very many.
//!
//! `cargo bench --bench contacts -- --contacts 100000 --database sqlite:/somewhere/contacts.db` (or `postgres://…`, an empty
//! database; one that this command filled before is used again). Names are drawn, a few common and many rare, as they are
//! among people. Prints figures and asserts nothing; each is from asking the engine to its answer, one after the other, and is
//! a floor.

use hdrhistogram::Histogram;
use ringlypro::clock::SystemClock;
use ringlypro::crm::local::{Embedded, seed_demo};
use ringlypro::crm::model::Source;
use ringlypro::crm::operation::{CreateContact, GetContact, ListContacts, SearchContacts, UpsertContact};
use ringlypro::crm::{Backend, By, Crm, Error, Operation, Outcome, Request};
use ringlypro::id::{BusinessId, ContactId};
use std::sync::Arc;
use std::time::{Duration, Instant};

const FIRST: &[&str] = &[
    "Ana",
    "James",
    "Mary",
    "José",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Carlos",
    "Jessica",
    "Thomas",
    "Karen",
    "Luis",
    "Sarah",
    "Daniel",
    "Lisa",
    "Matthew",
    "Nancy",
    "Anthony",
    "Sandra",
    "Mark",
    "Ashley",
    "Sofía",
    "Emily",
    "Miguel",
    "Donna",
    "Andrew",
    "Michelle",
];
const SYLLABLES: &[&str] = &[
    "sil", "va", "mar", "ti", "nez", "son", "ber", "gar", "cia", "wil", "li", "ams", "ro", "dri", "guez", "han", "sen",
    "kow", "ski", "per", "ez", "lo", "pe", "tor", "res", "gon", "za", "lin", "den", "brook", "field", "ham", "ley",
    "ton",
];
/// How often each thing is asked, unless `--asked` says otherwise.
const ASKED: usize = 1_000;

/// Draws as a linear congruence does: the same people each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    /// The first ones often, the last ones seldom.
    fn common_first<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let place = self.below(of.len()).min(self.below(of.len()));
        of[place]
    }
}

/// The person of a number.
fn person(number: usize) -> CreateContact {
    let mut draw = Draw(number as u64 + 1);
    draw.below(2);
    let first = draw.common_first(FIRST);
    let last: String = (0..2 + draw.below(2)).map(|_| draw.common_first(SYLLABLES)).collect();
    CreateContact {
        first_name: first.to_owned(),
        email: Some(format!("{}.{last}{number}@example.com", first.to_lowercase())),
        last_name: last,
        phone: Some(format!("+1305{:07}", 2_000_000 + number)),
        ..CreateContact::default()
    }
}

struct Book {
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
    let contacts = match argument("--contacts") {
        Some(text) => text.parse()?,
        None => {
            if smoke {
                200
            } else {
                10_000
            }
        }
    };
    let asked = match argument("--asked") {
        Some(text) => text.parse()?,
        None => {
            if smoke {
                20
            } else {
                ASKED
            }
        }
    };
    let folder = tempfile::tempdir()?;
    let database = argument("--database").unwrap_or_else(|| format!("sqlite:{}/contacts.db", folder.path().display()));
    let embedded = Embedded::open(&database, Arc::new(SystemClock)).await?;
    let business = seed_demo(&embedded).await?.id;
    let book = Book { crm: Crm::new(Arc::new(embedded)), business };
    let mut ids = book.some().await?;
    if ids.is_empty() {
        let began = Instant::now();
        for number in 0..contacts {
            book.perform(person(number)).await?;
        }
        println!("{contacts} contacts added at {:.0} a second", contacts as f64 / began.elapsed().as_secs_f64());
        ids = book.some().await?;
    }
    let mut draw = Draw(7);
    let mut people: Vec<CreateContact> = (0..asked).map(|_| person(draw.below(contacts))).collect();
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
    let some = (0..asked).map(|_| GetContact { contact: ids[draw.below(ids.len())] }).collect::<Vec<_>>();
    book.measure("read one", some.into_iter()).await?;
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
    people.truncate(500);
    let upsert = |one: &CreateContact| UpsertContact {
        phone: one.phone.clone(),
        last_name: Some("Renamed".to_owned()),
        ..UpsertContact::default()
    };
    book.measure("write, upsert", people.iter().map(upsert)).await?;
    Ok(())
}
