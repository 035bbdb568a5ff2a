//! Many at once: requests arrive at a fixed rate, whether those before are answered or not, and each is timed from the moment it
//! was due. So a stall counts for all that had to wait in it (Tene, "How NOT to Measure Latency", 2013).

use super::Book;
use super::people::{Draw, person};
use hdrhistogram::Histogram;
use ringlypro::crm::Error;
use ringlypro::crm::operation::{
    AddNote, GetContact, ListContacts, ListConversations, ListMessages, ListNotes, Operation, SearchContacts,
    UpsertContact,
};
use ringlypro::id::{ContactId, ConversationId};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Search,
    Write,
}

const KINDS: [Kind; 3] = [Kind::Read, Kind::Search, Kind::Write];

/// Of twenty requests two write and four search.
fn drawn(draw: &mut Draw, contacts: usize, some: &Known) -> (Kind, Operation) {
    let one = some.contacts[draw.below(some.contacts.len())];
    let talk = some.conversations[draw.below(some.conversations.len())];
    match draw.below(20) {
        0 => (Kind::Write, AddNote { contact: one, body: "Prefers mornings.".to_owned() }.into()),
        1 => {
            let who = person(draw.below(contacts));
            let last_name = Some(format!("Renamed{}", draw.below(9)));
            (Kind::Write, UpsertContact { phone: who.phone, last_name, ..UpsertContact::default() }.into())
        }
        2..=5 => {
            let who = person(draw.below(contacts));
            let letters = 2 + draw.below(4);
            let query = who.last_name.chars().take(letters).collect();
            (Kind::Search, SearchContacts { query, limit: Some(20) }.into())
        }
        6..=11 => (Kind::Read, GetContact { contact: one }.into()),
        12 | 13 => (Kind::Read, ListContacts { limit: Some(50), ..ListContacts::default() }.into()),
        14 | 15 => (Kind::Read, ListNotes { contact: one, limit: Some(50), cursor: None }.into()),
        16 | 17 => (Kind::Read, ListConversations { limit: Some(50), ..ListConversations::default() }.into()),
        _ => (Kind::Read, ListMessages { conversation: talk, medium: None, limit: Some(50), cursor: None }.into()),
    }
}

/// Who is asked about.
pub(crate) struct Known {
    pub(crate) contacts: Vec<ContactId>,
    pub(crate) conversations: Vec<ConversationId>,
}

/// Has so many requests a second arrive for so long, and prints how long they took.
pub(crate) async fn arriving(
    book: &Arc<Book>,
    (contacts, some): (usize, &Known),
    (rate, seconds): (u32, u32),
) -> Result<(), Error> {
    let times: Arc<[Mutex<Histogram<u64>>; 3]> = Arc::new(std::array::from_fn(|_| {
        Mutex::new(Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|_| unreachable!("fixed bounds")))
    }));
    let (mut draw, mut open) = (Draw(11), tokio::task::JoinSet::new());
    let began = Instant::now();
    for number in 0..rate * seconds {
        let due = began + Duration::from_secs(1) * number / rate;
        tokio::time::sleep_until(due.into()).await;
        let (kind, operation) = drawn(&mut draw, contacts, some);
        let (book, times) = (Arc::clone(book), Arc::clone(&times));
        open.spawn(async move {
            let answered = book.perform(operation).await;
            if let Ok(mut times) = times[kind as usize].lock() {
                times.saturating_record(super::micros(due.elapsed()));
            }
            answered.map(drop)
        });
    }
    while let Some(answered) = open.join_next().await {
        if let Ok(answered) = answered {
            answered?;
        }
    }
    let sustained = f64::from(rate * seconds) / began.elapsed().as_secs_f64();
    println!("{rate} requests a second arriving for {seconds} s, {sustained:.0} a second answered");
    for kind in KINDS {
        if let Ok(times) = times[kind as usize].lock() {
            let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
            let (name, count) = (format!("{kind:?}").to_lowercase(), times.len());
            println!(
                "  {name:<8} {count:>6}   p50 {:>7.2} ms   p95 {:>7.2} ms   p99 {:>7.2} ms   max {:>7.2} ms",
                at(0.5),
                at(0.95),
                at(0.99),
                at(1.0)
            );
        }
    }
    Ok(())
}
