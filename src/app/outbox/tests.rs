//! The outbox over the real engine, with carriers that keep what they are given.

use super::*;
use crate::clock::ManualClock;
use crate::crm::By;
use crate::crm::local::{Embedded, seed_demo};
use crate::crm::model::{Contact, Source};
use crate::crm::operation::{CreateContact, SendSms};
use crate::messaging::SendPermit;
use jiff::{Timestamp, Zoned};
use std::sync::Mutex;
use tempfile::TempDir;

/// A carrier that keeps who was written to, and answers what it was told to.
struct Carrier {
    texts: Mutex<Vec<(MessageId, String)>>,
    answer: Mutex<Result<String, SendError>>,
}

#[async_trait]
impl SmsSender for Carrier {
    async fn send(&self, permit: SendPermit<E164>, text: Text<'_>) -> Result<String, SendError> {
        self.texts.lock().expect("no poison").push((permit.message(), text.body.to_owned()));
        self.answer.lock().expect("no poison").clone()
    }
}

/// The same for every business.
struct Always(Carriers);

#[async_trait]
impl Carrying for Always {
    async fn carriers(&self, _business: BusinessId) -> Result<Carriers, Error> {
        Ok(self.0.clone())
    }
}

struct House {
    store: Embedded,
    clock: Arc<ManualClock>,
    carrier: Arc<Carrier>,
    business: BusinessId,
    contact: Contact,
    _folder: TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(at("2026-11-23T10:00[America/New_York]")));
        let url = format!("sqlite:{}/ringlypro.db", folder.path().display());
        let store = Embedded::open(&url, clock.clone()).await.expect("a store");
        let business = seed_demo(&store).await.expect("the demo business").id;
        let create = CreateContact { phone: Some("+13055550142".to_owned()), ..CreateContact::default() };
        let request = Request::new(business, Source::Api, By::owner(), create);
        let Ok(Outcome::ContactCreated(contact)) = store.perform(request).await else { panic!("no contact") };
        let carrier = Carrier { texts: Mutex::default(), answer: Mutex::new(Ok("SM1".to_owned())) };
        Self { store, clock, carrier: Arc::new(carrier), business, contact, _folder: folder }
    }

    /// An outbox, as a process has one.
    fn outbox(&self) -> Outbox {
        Outbox {
            engine: Arc::new(self.store.clone()),
            book: Arc::new(self.store.clone()),
            gate: Gate::new(true),
            carrying: Arc::new(Always(Carriers { sms: Some(self.carrier.clone()), email: None })),
            calls: Arc::new(self.store.clone()),
            poster: Poster::new(true),
            clock: self.clock.clone(),
            public_url: None,
            tasks: TaskTracker::new(),
        }
    }

    fn send(&self) -> Request {
        let send = SendSms { contact: self.contact.id, body: "Hello.".to_owned(), media: Vec::new() };
        Request::new(self.business, Source::Api, By::owner(), send)
    }

    /// Queued, and then the process was gone.
    async fn queued(&self) -> MessageId {
        match self.store.perform(self.send()).await {
            Ok(Outcome::SmsSent(message)) => message.id,
            other => panic!("a message, not {other:?}"),
        }
    }

    async fn delivery(&self, id: MessageId) -> Delivery {
        MessageBook::message(&self.store, self.business, id).await.expect("a message").delivery
    }

    fn handed_over(&self) -> usize {
        self.carrier.texts.lock().expect("no poison").len()
    }

    fn answers(&self, answer: Result<&str, SendError>) {
        *self.carrier.answer.lock().expect("no poison") = answer.map(str::to_owned);
    }

    fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }
}

fn at(text: &str) -> Timestamp {
    text.parse::<Zoned>().expect("a time").timestamp()
}

#[tokio::test]
async fn what_a_crash_left_queued_is_sent_once_whoever_finds_it() {
    let house = House::open().await;
    let message = house.queued().await;
    let (one, other) = (house.outbox(), house.outbox());
    let (first, second) = tokio::join!(one.look(), other.look());
    first.and(second).expect("looked");
    assert_eq!((house.handed_over(), house.delivery(message).await), (1, Delivery::Sent));
    one.look().await.expect("looked");
    assert_eq!(house.handed_over(), 1);
}

#[tokio::test]
async fn what_a_crash_left_in_hand_is_not_sent_again() {
    let house = House::open().await;
    let message = house.queued().await;
    MessageBook::take_up(&house.store, house.business, message).await.expect("taken up").expect("in hand");
    house.outbox().look().await.expect("looked");
    assert_eq!(house.delivery(message).await, Delivery::Sending, "another instance may have it");
    house.pass(IN_HAND_MAX + SignedDuration::from_secs(1));
    house.outbox().look().await.expect("looked");
    assert_eq!((house.handed_over(), house.delivery(message).await), (0, Delivery::Unconfirmed));
}

#[tokio::test]
async fn what_was_not_taken_is_offered_again_later_and_not_for_ever() {
    let house = House::open().await;
    house.answers(Err(SendError::Away));
    let outbox = house.outbox();
    let Ok(Outcome::SmsSent(message)) = outbox.perform(house.send()).await else { panic!("no message") };
    assert_eq!((message.delivery, house.handed_over()), (Delivery::Queued, 1));
    outbox.look().await.expect("looked");
    assert_eq!(house.handed_over(), 1, "not at once");
    for _ in 0..20 {
        house.pass(SignedDuration::from_mins(20));
        outbox.look().await.expect("looked");
    }
    assert_eq!(house.handed_over(), ATTEMPTS_MAX as usize);
    assert_eq!(house.delivery(message.id).await, Delivery::Failed);

    let Ok(Outcome::SmsSent(message)) = outbox.perform(house.send()).await else { panic!("no message") };
    house.answers(Ok("SM2"));
    house.pass(FIRST_WAIT);
    outbox.look().await.expect("looked");
    assert_eq!(house.delivery(message.id).await, Delivery::Sent);
}

#[tokio::test]
async fn what_waits_for_the_morning_goes_out_then() {
    let house = House::open().await;
    house.clock.set(at("2026-11-23T23:00[America/New_York]"));
    let outbox = house.outbox();
    let Ok(Outcome::SmsSent(message)) = outbox.perform(house.send()).await else { panic!("no message") };
    outbox.look().await.expect("looked");
    assert_eq!((message.delivery, house.handed_over()), (Delivery::Queued, 0));
    house.clock.set(at("2026-11-24T08:00[America/New_York]"));
    outbox.look().await.expect("looked");
    assert_eq!((house.delivery(message.id).await, house.handed_over()), (Delivery::Sent, 1));
}

#[tokio::test]
async fn what_nobody_confirmed_and_what_was_refused_is_not_offered_again() {
    let house = House::open().await;
    let outbox = house.outbox();
    house.answers(Err(SendError::Unknown));
    let Ok(Outcome::SmsSent(message)) = outbox.perform(house.send()).await else { panic!("no message") };
    assert_eq!(message.delivery, Delivery::Unconfirmed);
    house.answers(Err(SendError::Refused(Reason::TwilioAccount)));
    assert_eq!(outbox.perform(house.send()).await, Err(Error::NotSent(Reason::TwilioAccount)));
    house.pass(SignedDuration::from_hours(1));
    outbox.look().await.expect("looked");
    assert_eq!(house.handed_over(), 2);
}
