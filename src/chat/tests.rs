//! Text conversations: kept apart, in order, and never half done.

use super::*;
use crate::clock::ManualClock;
use crate::dialogue::tests::{Deaf, FakeCrm, business, meant, now, on, on_at};
use crate::nlu::{Entities, Expecting, Intent, Understanding};
use async_trait::async_trait;
use futures_util::FutureExt;
use jiff::ToSpan;
use jiff::civil::date;

/// Reads the few words these tests use.
#[derive(Debug)]
struct FewWords;

impl Understand for FewWords {
    fn understand(&self, expecting: &Expecting, _now: &Zoned, text: &str) -> Understanding {
        let (intent, entities) = match text {
            "book" => {
                let when = Some(on_at(date(2026, 12, 1).at(15, 0, 0, 0)));
                let entities = Entities { service: Some("cleaning".to_owned()), when, ..Entities::default() };
                (Intent::BookAppointment, entities)
            }
            "some day" => {
                let when = Some(on(date(2026, 12, 1)));
                let entities = Entities { service: Some("cleaning".to_owned()), when, ..Entities::default() };
                (Intent::BookAppointment, entities)
            }
            "first" => (Intent::SelectOption, Entities { option: Some(1), ..Entities::default() }),
            "Ana Silva" => (Intent::Unknown, Entities { name: Some(text.to_owned()), ..Entities::default() }),
            "yes" => (Intent::Yes, Entities::default()),
            "no" => (Intent::No, Entities::default()),
            "bye" => (Intent::Goodbye, Entities::default()),
            _ => (Intent::Unknown, Entities::default()),
        };
        meant(intent, entities, text, expecting.language)
    }
}

/// A calendar behind a lock; each operation takes a moment, and the keys are written down.
struct SlowCrm {
    crm: Mutex<FakeCrm>,
    keys: Mutex<Vec<String>>,
    slow: Duration,
}

#[async_trait]
impl Backend for SlowCrm {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        tokio::time::sleep(self.slow).await;
        self.keys.lock().unwrap().extend(request.idempotency_key);
        self.crm.lock().unwrap().perform(&request.operation)
    }
}

/// How long a slow calendar takes.
const SLOW: Duration = Duration::from_millis(20);

struct House {
    chats: Arc<Chats>,
    crm: Arc<SlowCrm>,
    clock: Arc<ManualClock>,
    sender: Sender,
}

fn house(slow: Duration, grammar: Arc<dyn Understand>) -> House {
    let business = business();
    let crm = Arc::new(SlowCrm { crm: Mutex::new(FakeCrm::new(business.clone())), keys: Mutex::default(), slow });
    let clock = Arc::new(ManualClock::at(now().timestamp()));
    let phrases = Arc::new(Phrases::embedded().unwrap());
    let chats = Arc::new(Chats::new(
        Arc::clone(&crm) as Arc<dyn Backend>,
        Arc::clone(&clock) as Arc<dyn Clock>,
        grammar,
        phrases,
    ));
    let sender = Sender { business: Arc::new(business), source: Source::Web, phone: None, contact: None };
    House { chats, crm, clock, sender }
}

fn quick() -> House {
    house(Duration::ZERO, Arc::new(FewWords))
}

#[tokio::test]
async fn a_booking_by_text_is_told_with_its_id_and_data() {
    let house = quick();
    let reply = house.chats.message(&house.sender, None, "book").await.unwrap();
    assert!(reply.is_new);
    let id = Some(reply.session_id);
    assert_eq!(reply.expecting, Field::Name);
    let reply = house.chats.message(&house.sender, id, "Ana Silva").await.unwrap();
    assert_eq!((reply.is_new, reply.expecting), (false, Field::Phone));
    let reply = house.chats.message(&house.sender, id, "no").await.unwrap();
    assert!(reply.text.contains("on Tuesday, December 1 at 3:00 PM, for Ana Silva."), "{}", reply.text);
    let reply = house.chats.message(&house.sender, id, "yes").await.unwrap();
    let booked = house.crm.crm.lock().unwrap().appointments[0].clone();
    assert_eq!(reply.status, ChatStatus::Done);
    assert!(reply.text.contains('✅') && reply.text.contains(&booked.id.to_string()), "{}", reply.text);
    assert_eq!(reply.data["appointment"]["id"], json!(booked.id));
    assert_eq!(reply.data["intent"], json!("yes"));
    let keys = house.crm.keys.lock().unwrap().clone();
    assert_eq!(keys.len(), 2, "reads carry no key: {keys:?}");
    let reply = house.chats.message(&house.sender, id, "bye").await.unwrap();
    assert_eq!(reply.status, ChatStatus::Closed);
    let reply = house.chats.message(&house.sender, id, "book").await.unwrap();
    assert_eq!(reply.status, ChatStatus::Open, "a message after goodbye goes on");
}

#[tokio::test]
async fn the_times_given_as_data_are_those_on_offer() {
    let house = quick();
    let reply = house.chats.message(&house.sender, None, "some day").await.unwrap();
    let offered = reply.data["slots"].as_array().expect("slots").len();
    assert_eq!(offered, 3, "{}", reply.text);
    let id = Some(reply.session_id);
    let reply = house.chats.message(&house.sender, id, "first").await.unwrap();
    assert!(reply.data.get("slots").is_none(), "{}", reply.data);
}

#[tokio::test]
async fn messages_of_one_session_are_answered_one_by_one_in_order() {
    let house = house(SLOW, Arc::new(FewWords));
    let id = Some(house.chats.message(&house.sender, None, "hello").await.unwrap().session_id);
    let say = |text: &'static str| {
        let (chats, sender) = (Arc::clone(&house.chats), house.sender.clone());
        async move { chats.message(&sender, id, text).await.unwrap() }
    };
    let (_, name, _, done) = tokio::join!(say("book"), say("Ana Silva"), say("no"), say("yes"));
    assert_eq!(name.expecting, Field::Phone);
    assert_eq!(done.status, ChatStatus::Done, "{}", done.text);
}

#[tokio::test]
async fn too_many_waiting_messages_are_refused_and_none_is_lost() {
    let house = house(SLOW, Arc::new(FewWords));
    let id = Some(house.chats.message(&house.sender, None, "hello").await.unwrap().session_id);
    let all = (0..WAITING_MAX + 4).map(|_| house.chats.message(&house.sender, id, "book"));
    let replies = futures_util::future::join_all(all).await;
    let refused = replies.iter().filter(|reply| matches!(reply, Err(ChatError::Busy))).count();
    assert_eq!(refused, 3);
    assert!(house.chats.message(&house.sender, id, "book").await.is_ok(), "there is room again");
}

#[tokio::test]
async fn a_message_whose_sender_went_away_can_be_said_again() {
    let house = house(SLOW, Arc::new(FewWords));
    let id = Some(house.chats.message(&house.sender, None, "book").await.unwrap().session_id);
    for text in ["Ana Silva", "no"] {
        house.chats.message(&house.sender, id, text).await.unwrap();
    }
    let left = house.chats.message(&house.sender, id, "yes").now_or_never();
    assert!(left.is_none(), "the calendar takes a moment");
    let reply = house.chats.message(&house.sender, id, "yes").await.unwrap();
    assert_eq!(reply.status, ChatStatus::Done);
    assert_eq!(house.crm.crm.lock().unwrap().appointments.len(), 1);
}

#[tokio::test]
async fn sessions_expire_and_belong_to_one_business() {
    let house = quick();
    let first = house.chats.message(&house.sender, None, "book").await.unwrap().session_id;
    house.clock.set(now().timestamp() + (IDLE_MINUTES - 1).minutes());
    assert!(!house.chats.message(&house.sender, Some(first), "hm").await.unwrap().is_new);
    house.clock.set(now().timestamp() + (2 * IDLE_MINUTES).minutes());
    house.chats.sweep();
    assert!(house.chats.is_empty());
    let again = house.chats.message(&house.sender, Some(first), "book").await.unwrap();
    assert!(again.is_new && again.session_id != first);
    let mut other = business();
    other.id = BusinessId::from_u128(99);
    let stranger = Sender { business: Arc::new(other), ..house.sender.clone() };
    assert!(house.chats.message(&stranger, Some(again.session_id), "book").await.unwrap().is_new);
}

#[tokio::test]
async fn empty_and_endless_messages_are_refused() {
    let house = house(Duration::ZERO, Arc::new(Deaf));
    assert_eq!(house.chats.message(&house.sender, None, "  \n").await, Err(ChatError::Empty));
    let endless = "a".repeat(MESSAGE_MAX + 1);
    assert_eq!(house.chats.message(&house.sender, None, &endless).await, Err(ChatError::TooLong));
    assert!(house.chats.is_empty());
}

#[tokio::test]
async fn a_calendar_that_never_answers_is_not_waited_for() {
    let mut house = house(Duration::from_hours(1), Arc::new(FewWords));
    Arc::get_mut(&mut house.chats).unwrap().patience = SLOW;
    let reply = house.chats.message(&house.sender, None, "book").await.unwrap();
    assert_eq!(reply.status, ChatStatus::Failed);
    assert!(reply.text.contains("our calendar"), "{}", reply.text);
}

/// Five people at once, each in a conversation of their own.
async fn five(house: &House, ids: &[Option<ChatId>; 5], text: &str) -> Vec<ChatReply> {
    let all = ids.iter().map(|id| house.chats.message(&house.sender, *id, text));
    futures_util::future::join_all(all).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn of_five_who_wish_for_the_same_at_once_each_is_offered_times_that_are_theirs() {
    let house = house(SLOW, Arc::new(FewWords));
    let replies = five(&house, &[None; 5], "some day").await;
    let mut offered: Vec<String> = Vec::new();
    for reply in &replies {
        let slots = reply.data["slots"].as_array().unwrap_or_else(|| panic!("an offer: {}", reply.text));
        offered.extend(slots.iter().map(|slot| slot["start"].to_string()));
        assert!(slots.len() > 1, "{}", reply.text);
    }
    let named = offered.len();
    offered.sort();
    offered.dedup();
    assert_eq!(offered.len(), named, "no time is offered to two");
    let ids: Vec<Option<ChatId>> = replies.iter().map(|reply| Some(reply.session_id)).collect();
    let ids: [Option<ChatId>; 5] = ids.try_into().unwrap();
    for text in ["first", "Ana Silva", "no", "yes"] {
        for reply in five(&house, &ids, text).await {
            assert!(!reply.text.contains("taken"), "{}", reply.text);
        }
    }
    assert_eq!(house.crm.crm.lock().unwrap().appointments.len(), 5);
}

#[tokio::test]
async fn of_five_who_name_the_same_time_at_once_none_hears_that_it_was_just_taken() {
    let house = house(SLOW, Arc::new(FewWords));
    let replies = five(&house, &[None; 5], "book").await;
    let got_it = replies.iter().filter(|reply| reply.expecting == Field::Name).count();
    assert_eq!(got_it, 1);
    for reply in &replies {
        assert!(!reply.text.contains("taken"), "{}", reply.text);
    }
}
