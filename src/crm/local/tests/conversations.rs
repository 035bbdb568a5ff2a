//! Conversations, the ledger of consent, and messages on their way out.

use super::calls::call;
use super::contacts::{create, done, somebody};
use super::*;
use crate::crm::backend::{Dispatch, Fate, Incoming, MessageBook, Report};
use crate::crm::model::{
    Channel, ConsentWish, ContactDraft, Conversation, ConversationMessage, Delivery, Direction, Medium, Message,
};
use crate::crm::operation::{
    CreateContact, DeleteContact, GetConversation, LeaveMessage, ListActions, ListConsents, ListConversations,
    ListLeftMessages, ListMessages, LogCall, MarkRead, RecordConsent, SendEmail, SendMessage, SendSms, UndoAction,
};
use crate::id::{BusinessId, ContactId, ConversationId, MessageId};

const ANA: &str = "+13055550142";

async fn ana(house: &House) -> Contact {
    create(house, somebody("Ana", "Silva", Some(ANA), Some("ana@example.com"))).await
}

async fn text(house: &House, contact: ContactId, body: &str) -> ConversationMessage {
    done!(house, SendSms { contact, body: body.to_owned(), media: Vec::new() }, SmsSent)
}

async fn conversations(house: &House, unread: bool) -> Vec<Conversation> {
    let list = ListConversations { unread, ..ListConversations::default() };
    done!(house, list, Conversations).items
}

async fn messages(house: &House, conversation: ConversationId) -> Vec<ConversationMessage> {
    done!(house, ListMessages { conversation, medium: None, limit: None, cursor: None }, Messages).items
}

fn incoming(house: &House, sid: &str, body: &str, wish: Option<ConsentWish>) -> Incoming {
    Incoming {
        carrier_id: sid.to_owned(),
        from: number(ANA),
        to: house.business.phone.clone(),
        body: body.to_owned(),
        media: vec!["https://media.example/1".to_owned()],
        wish,
        answer: false,
    }
}

async fn receive(house: &House, sid: &str, body: &str, wish: Option<ConsentWish>) -> Option<ConversationMessage> {
    house.embedded.receive(house.business.id, incoming(house, sid, body, wish)).await.expect("kept")
}

async fn take_up(house: &House, message: MessageId) -> Option<Dispatch> {
    MessageBook::take_up(&house.embedded, house.business.id, message).await.expect("an answer")
}

async fn settle(house: &House, message: MessageId, fate: Fate) -> ConversationMessage {
    MessageBook::settle(&house.embedded, house.business.id, message, fate).await.expect("settled")
}

fn pass(house: &House, seconds: i64) {
    house.clock.set(house.clock.now() + SignedDuration::from_secs(seconds));
}

#[tokio::test]
async fn all_that_is_said_with_somebody_is_one_timeline() {
    let house = House::open().await;
    let contact = ana(&house).await.id;
    let texted = text(&house, contact, "See you at ten.").await;
    pass(&house, 1);
    let (subject, body) = ("Your visit".to_owned(), "See you.".to_owned());
    let mailed = done!(house, SendEmail { contact, subject, body }, EmailSent);
    pass(&house, 1);
    let received = receive(&house, "SM1", "Fine", None).await.expect("new");
    assert_eq!((received.contact, received.direction), (contact, Direction::Inbound));
    pass(&house, 1);
    let held = LogCall { contact, direction: Direction::Outbound, notes: "Will be late.".to_owned(), at: None };
    let held = done!(house, held, CallLogged);
    let [conversation] = conversations(&house, false).await.try_into().expect("one conversation");
    assert_eq!((conversation.unread, conversation.last_medium), (1, Medium::Voice));
    assert_eq!((conversation.last_words.as_str(), conversation.last_at), ("Will be late.", house.clock.now()));
    assert_eq!(messages(&house, conversation.id).await, [held, received, mailed, texted]);
    let only = ListMessages { conversation: conversation.id, medium: Some(Medium::Sms), limit: Some(1), cursor: None };
    let page = done!(house, only.clone(), Messages);
    let rest = done!(house, ListMessages { cursor: page.next, ..only }, Messages);
    assert_eq!(
        (page.items[0].body.as_str(), rest.items[0].body.as_str(), rest.next),
        ("Fine", "See you at ten.", None)
    );

    assert_eq!(conversations(&house, true).await, std::slice::from_ref(&conversation));
    let read = done!(house, MarkRead { conversation: conversation.id }, ConversationRead);
    assert_eq!(read, done!(house, GetConversation { conversation: conversation.id }, ConversationGot));
    assert_eq!((read.unread, conversations(&house, true).await.len()), (0, 0));
    let answer = SendMessage {
        conversation: conversation.id,
        medium: Medium::Email,
        subject: Some("Re".to_owned()),
        body: "Good.".to_owned(),
    };
    assert_eq!(done!(house, answer, MessageSent).to.as_deref(), Some("ana@example.com"));
}

#[tokio::test]
async fn a_text_of_a_stranger_makes_a_contact_and_comes_once() {
    let house = House::open().await;
    assert!(receive(&house, "SM1", "Hello", None).await.is_some());
    assert_eq!(receive(&house, "SM1", "Hello", None).await, None, "a repeat");
    let [conversation] = conversations(&house, true).await.try_into().expect("one conversation");
    assert_eq!(conversation.unread, 1);
    let contact = house.save(ContactDraft { name: String::new(), phone: Some(number(ANA)), email: None }).await;
    assert_eq!(contact.id, conversation.contact);
}

#[tokio::test]
async fn a_message_is_taken_up_once_and_settled() {
    let house = House::open().await;
    let contact = ana(&house).await.id;
    let message = text(&house, contact, "See you at ten.").await;
    assert_eq!((message.delivery, message.due_at), (Delivery::Queued, Some(house.clock.now())));
    assert_eq!(MessageBook::due(&house.embedded, 10).await.expect("a list"), [(house.business.id, message.id)]);
    let (first, second) = tokio::join!(take_up(&house, message.id), take_up(&house, message.id));
    assert!(first.is_some() != second.is_some(), "one of two has it");
    let dispatch = first.or(second).expect("one");
    assert_eq!((dispatch.message.delivery, dispatch.message.attempts), (Delivery::Sending, 1));
    assert_eq!((dispatch.stopped, dispatch.do_not_disturb, dispatch.last_heard), (false, false, None));
    assert_eq!(
        (dispatch.sender_name.as_str(), dispatch.zone.as_str()),
        (house.business.name.as_str(), "America/New_York")
    );
    assert_eq!(MessageBook::due(&house.embedded, 10).await.expect("a list"), []);

    let later = house.clock.now() + SignedDuration::from_secs(30);
    settle(&house, message.id, Fate::Later { at: later, why: "away".to_owned() }).await;
    assert_eq!(take_up(&house, message.id).await, None, "its time has not come");
    pass(&house, 30);
    assert_eq!(take_up(&house, message.id).await.expect("due").message.attempts, 2);
    let sent = settle(&house, message.id, Fate::Sent { carrier_id: "SM1".to_owned() }).await;
    assert_eq!((sent.delivery, sent.carrier_id.as_deref(), sent.trouble), (Delivery::Sent, Some("SM1"), None));
    assert_eq!(take_up(&house, message.id).await, None);

    let report = |delivery| Report { carrier_id: "SM1".to_owned(), delivery, trouble: None, opted_out: false };
    for (told, stands) in [
        (Delivery::Delivered, Delivery::Delivered),
        // A report that was overtaken.
        (Delivery::Sent, Delivery::Delivered),
    ] {
        house.embedded.report(house.business.id, message.id, report(told)).await.expect("noted");
        let message = house.embedded.message(house.business.id, message.id).await.expect("there");
        assert_eq!(message.delivery, stands);
    }
    // As if the carrier had told of it before it answered.
    let late = settle(&house, message.id, Fate::Unconfirmed).await;
    assert_eq!(late.delivery, Delivery::Delivered);
}

#[tokio::test]
async fn an_answer_goes_to_the_number_that_was_written_from() {
    const WORK: &str = "+13055550177";
    let house = House::open().await;
    let ana = CreateContact {
        other_phones: [number(WORK)].into_iter().map(|phone| phone.to_string()).collect(),
        zone: Some("America/Los_Angeles".to_owned()),
        ..somebody("Ana", "Silva", Some(ANA), None)
    };
    let ana = create(&house, ana).await;
    let wrote = Incoming { from: number(WORK), ..incoming(&house, "SM1", "Are you open?", None) };
    let wrote = house.embedded.receive(house.business.id, wrote).await.expect("kept").expect("new");
    let answer = SendMessage {
        conversation: wrote.conversation,
        medium: Medium::Sms,
        subject: None,
        body: "Until six.".to_owned(),
    };
    let answer = done!(house, answer, MessageSent);
    assert_eq!(answer.to.as_deref(), Some(WORK));
    let dispatch = take_up(&house, answer.id).await.expect("in hand");
    assert_eq!((dispatch.last_heard, dispatch.zone.as_str()), (Some(wrote.created_at), "America/Los_Angeles"));
    let other = text(&house, ana.id, "See you.").await;
    assert_eq!(other.to.as_deref(), Some(ANA));
    assert_eq!(take_up(&house, other.id).await.expect("in hand").last_heard, None, "nobody wrote from there");
}

#[tokio::test]
async fn what_the_house_did_of_itself_is_not_taken_back() {
    let house = House::open().await;
    let contact = ana(&house).await.id;
    let message = text(&house, contact, "See you at ten.").await;
    take_up(&house, message.id).await.expect("in hand");
    settle(&house, message.id, Fate::Sent { carrier_id: "SM1".to_owned() }).await;
    receive(&house, "SM2", "Thanks!", None).await.expect("new");
    for operation in ["receive_message", "settle_message", "take_up_message", "send_sms"] {
        let list = ListActions { operation: Some(operation.to_owned()), ..ListActions::default() };
        let action = done!(house, list, Actions).items[0].id;
        let refused = house.perform(UndoAction { action }.into()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{operation}: {refused:?}");
    }
    assert_eq!(take_up(&house, message.id).await, None, "it is not sent again");
}

#[tokio::test]
async fn a_message_in_hand_for_too_long_is_found() {
    let house = House::open().await;
    let message = text(&house, ana(&house).await.id, "Hello").await;
    take_up(&house, message.id).await.expect("in hand");
    let since = async |at| MessageBook::in_hand_since(&house.embedded, at).await.expect("a list");
    assert_eq!(since(house.clock.now()).await, []);
    pass(&house, 60);
    assert_eq!(since(house.clock.now()).await, [(house.business.id, message.id)]);
}

#[tokio::test]
async fn the_last_entry_of_an_address_counts_and_outlives_the_contact() {
    let house = House::open().await;
    let contact = ana(&house).await.id;
    let stopped = async || {
        let message = text(&house, contact, "Hello").await;
        take_up(&house, message.id).await.expect("in hand").stopped
    };
    assert!(!stopped().await);
    let said = receive(&house, "SM1", "STOP", Some(ConsentWish::Stop)).await.expect("new");
    assert!(stopped().await);
    pass(&house, 1);
    receive(&house, "SM2", "START", Some(ConsentWish::Start)).await.expect("new");
    assert!(!stopped().await);
    pass(&house, 1);
    let words = "Please don't text me.".to_owned();
    let record = RecordConsent { contact, channel: Channel::Sms, wish: ConsentWish::Stop, words };
    let last = done!(house, record.clone(), ConsentRecorded);
    assert!(stopped().await);
    let all = ListConsents { contact, limit: None, cursor: None };
    let ledger = done!(house, all, Consents).items;
    assert_eq!((ledger.len(), &ledger[0], ledger[2].message), (3, &last, Some(said.id)));
    let by_mail = house.embedded.stopped(house.business.id, Channel::Email, "ana@example.com").await;
    assert_eq!(by_mail, Ok(false), "each channel by itself");

    house.perform(DeleteContact { contact, version: None }.into()).await.expect("deleted");
    assert_eq!(conversations(&house, false).await, [], "what was said goes with the contact");
    let again = ana(&house).await.id;
    let message = text(&house, again, "Hello").await;
    assert!(take_up(&house, message.id).await.expect("in hand").stopped, "what they want does not");
}

#[tokio::test]
async fn what_the_carrier_knows_of_a_stop_is_entered_once() {
    let house = House::open().await;
    let contact = ana(&house).await.id;
    for _ in 0..2 {
        let message = text(&house, contact, "Hello").await;
        take_up(&house, message.id).await.expect("in hand");
        assert_eq!(settle(&house, message.id, Fate::OptedOut).await.delivery, Delivery::Failed);
    }
    let ledger = done!(house, ListConsents { contact, limit: None, cursor: None }, Consents).items;
    assert_eq!((ledger.len(), ledger[0].wish), (1, ConsentWish::Stop));
}

#[tokio::test]
async fn a_call_that_is_over_is_in_the_timeline_once() {
    let house = House::open().await;
    let contact = house.save(draft("Ana", Some("+13055550123"))).await;
    let record = call(&house, "CA1", house.clock.now());
    let id = house.embedded.begin(record).await.expect("a record");
    pass(&house, 60);
    for _ in 0..2 {
        house.embedded.finish(id, CallStatus::Completed, "hung-up", house.clock.now()).await.expect("closed");
    }
    let [conversation] = conversations(&house, false).await.try_into().expect("one conversation");
    let [held] = messages(&house, conversation.id).await.try_into().expect("one message");
    assert_eq!((held.contact, held.call, held.medium), (contact.id, Some(id), Medium::Voice));
    assert_eq!((held.delivery, conversation.unread), (Delivery::Held, 0));
}

#[tokio::test]
async fn who_cannot_be_reached_is_not_written_to() {
    let house = House::open().await;
    let contact = create(&house, somebody("Bo", "", None, None)).await.id;
    let body = "Hello".to_owned();
    let text = house.perform(SendSms { contact, body: body.clone(), media: Vec::new() }.into()).await;
    let mail = house.perform(SendEmail { contact, subject: body.clone(), body }.into()).await;
    assert!(matches!((&text, &mail), (Err(Error::Invalid(_)), Err(Error::Invalid(_)))), "{text:?} {mail:?}");
}

#[tokio::test]
async fn another_tenant_has_neither_the_conversation_nor_the_message() {
    let house = House::open().await;
    let message = text(&house, ana(&house).await.id, "Hello").await;
    let other = BusinessId::from_u128(7);
    let ask = async |operation: Operation| {
        house.embedded.perform(Request::new(other, Source::Api, By::owner(), operation)).await
    };
    let conversation = message.conversation;
    for (operation, what) in [
        (GetConversation { conversation }.into(), "conversation"),
        (MarkRead { conversation }.into(), "conversation"),
        (ListMessages { conversation, medium: None, limit: None, cursor: None }.into(), "conversation"),
        (ListConsents { contact: message.contact, limit: None, cursor: None }.into(), "contact"),
        (SendSms { contact: message.contact, body: "Hello".to_owned(), media: Vec::new() }.into(), "contact"),
        (
            SendMessage { conversation, medium: Medium::Sms, subject: None, body: "Hello".to_owned() }.into(),
            "conversation",
        ),
    ] {
        assert_eq!(ask(operation).await, Err(Error::NotFound(what)));
    }
    assert_eq!(MessageBook::take_up(&house.embedded, other, message.id).await, Ok(None));
    assert_eq!(house.embedded.message(other, message.id).await, Err(Error::NotFound("message")));
}

#[tokio::test]
async fn a_message_that_was_left_is_read_in_the_conversation_and_one_of_nobody_we_know_in_the_list() {
    let house = House::open().await;
    let leave = |from, body: &str| LeaveMessage { from, body: body.to_owned(), call: None };
    let left: Message = done!(house, leave(draft("Ana Silva", Some(ANA)), "The gate code is 12."), MessageLeft);
    house.clock.set(house.clock.now() + SignedDuration::from_secs(60));
    let unknown: Message = done!(house, leave(draft("Bo", None), "I'll come by."), MessageLeft);

    let [unread] = &conversations(&house, true).await[..] else { panic!("one conversation") };
    assert_eq!((Some(unread.contact), unread.unread, unread.last_medium), (left.contact, 1, Medium::Voice));
    assert_eq!(unread.last_words, "The gate code is 12.");
    let said = &messages(&house, unread.id).await[0];
    assert_eq!(
        (said.direction, said.delivery, said.from.as_deref()),
        (Direction::Inbound, Delivery::Received, Some(ANA))
    );

    let list = |limit, cursor, contact| ListLeftMessages { contact, call: None, limit, cursor };
    let first = done!(house, list(Some(1), None, None), LeftMessages);
    assert_eq!((&first.items[..], unknown.contact), (&[unknown][..], None));
    let second = done!(house, list(Some(1), first.next, None), LeftMessages);
    assert_eq!((second.items, second.next), (vec![left.clone()], None));
    assert_eq!(done!(house, list(None, None, left.contact), LeftMessages).items, [left]);

    let actions: Vec<_> = done!(house, ListActions::default(), Actions).items;
    let leaving = actions.iter().find(|one| one.operation == "leave_message" && one.rows > 1).expect("written down");
    done!(house, UndoAction { action: leaving.id }, ActionUndone);
    assert_eq!(done!(house, list(None, None, None), LeftMessages).items.len(), 1);
    assert_eq!(conversations(&house, false).await, [], "nothing of it is left in the conversation");
}
