//! Texts that came in and wait for their answer.

use super::contacts::done;
use super::*;
use crate::crm::backend::{Incoming, Left, MessageBook};
use crate::crm::model::{Conversation, ConversationMessage, Medium, Page};
use crate::crm::operation::{ListConversations, SendMessage};
use crate::id::MessageId;
use jiff::SignedDuration;

const ANA: &str = "+13055550123";
const BO: &str = "+13055550143";

async fn came(house: &House, sid: &str, from: &str) -> ConversationMessage {
    let incoming = Incoming {
        carrier_id: sid.to_owned(),
        from: number(from),
        to: house.business.phone.clone(),
        body: "Are you open?".to_owned(),
        media: Vec::new(),
        wish: None,
        answer: true,
    };
    house.embedded.receive(house.business.id, incoming).await.expect("kept").expect("new")
}

async fn take(house: &House, message: &ConversationMessage) -> Option<Left> {
    let key = format!("sms:{}:0", message.id);
    house.embedded.take_answer(house.business.id, message.id, &key).await.expect("looked at")
}

async fn waiting(house: &House) -> Vec<MessageId> {
    house.embedded.unanswered(10).await.expect("a list").into_iter().map(|(_, id)| id).collect()
}

fn answer(message: &ConversationMessage) -> SendMessage {
    let conversation = message.conversation;
    SendMessage { conversation, medium: Medium::Sms, subject: None, body: "Until five.".to_owned() }
}

fn pass(house: &House, seconds: i64) {
    house.clock.set(house.clock.now() + SignedDuration::from_secs(seconds));
}

async fn needing_a_person(house: &House) -> Vec<Conversation> {
    let list = ListConversations { unanswered: true, ..ListConversations::default() };
    let page: Page<Conversation> = done!(house, list, Conversations);
    page.items
}

#[tokio::test]
async fn a_text_that_was_left_is_taken_up_by_one_once_whoever_kept_it_is_gone() {
    let house = House::open().await;
    let message = came(&house, "SM1", ANA).await;
    assert_eq!((waiting(&house).await, take(&house, &message).await), (vec![], None), "somebody is at it");
    pass(&house, 61);
    assert_eq!(waiting(&house).await, [message.id]);
    let left = take(&house, &message).await.expect("left");
    assert_eq!((left.message.attempts, left.spoken_before), (1, None));
    assert_eq!(take(&house, &message).await, None, "it is in hand");
    pass(&house, 61);
    assert_eq!(take(&house, &message).await.map(|left| left.message.attempts), Some(2));
    house.embedded.answered(house.business.id, message.id, None).await.expect("noted");
    pass(&house, 61);
    assert_eq!((waiting(&house).await, needing_a_person(&house).await), (vec![], vec![]));
}

#[tokio::test]
async fn what_was_answered_before_the_crash_or_by_a_person_since_is_not_answered_again() {
    let house = House::open().await;
    let (by_us, by_hand) = (came(&house, "SM1", ANA).await, came(&house, "SM2", BO).await);
    let first = Some(format!("sms:{}:0", by_us.id));
    let by = By { who: Who::House, ..By::owner() };
    let ours = Request::new(house.business.id, Source::Sms, by, answer(&by_us)).once(first);
    house.embedded.perform(ours).await.expect("queued");
    house.perform_for(house.business.id, answer(&by_hand).into()).await.expect("queued");
    pass(&house, 61);
    assert_eq!(waiting(&house).await.len(), 2);
    for message in [&by_us, &by_hand] {
        assert_eq!(take(&house, message).await, None);
    }
    assert_eq!(waiting(&house).await, []);
}

#[tokio::test]
async fn what_nobody_answers_is_shown_until_somebody_does() {
    let house = House::open().await;
    let message = came(&house, "SM1", ANA).await;
    came(&house, "SM2", BO).await;
    let why = "it was not answered: the program stopped".to_owned();
    house.embedded.answered(house.business.id, message.id, Some(why.clone())).await.expect("noted");
    let kept = house.embedded.message(house.business.id, message.id).await.expect("there");
    assert_eq!((kept.trouble, kept.due_at), (Some(why), None));
    let shown: Vec<_> = needing_a_person(&house).await.iter().map(|one| one.id).collect();
    assert_eq!(shown, [message.conversation]);
    house.perform_for(house.business.id, answer(&message).into()).await.expect("answered by hand");
    assert_eq!(needing_a_person(&house).await, []);
}

#[tokio::test]
async fn when_the_business_last_wrote_before_a_text_is_known() {
    let house = House::open().await;
    let first = came(&house, "SM1", ANA).await;
    house.perform_for(house.business.id, answer(&first).into()).await.expect("answered by hand");
    let spoken = house.clock.now();
    pass(&house, 30);
    let second = came(&house, "SM2", ANA).await;
    pass(&house, 61);
    assert_eq!(take(&house, &second).await.and_then(|left| left.spoken_before), Some(spoken));
}
