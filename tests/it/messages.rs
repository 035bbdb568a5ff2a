//! Messages out and in: through the gate, to imitations of who carries them, and into the timeline.

use crate::house::{ACCESS_TOKEN, BUSINESS, CALLER, House, eventually};
use crate::imitations::{ACCOUNT, Carrier, PostOffice};
use reqwest::Method;
use ringlypro::clock::ManualClock;
use ringlypro::crm::backend::Incoming;
use ringlypro::crm::local::Embedded;
use ringlypro::crm::{Directory, MessageBook};
use ringlypro::phone::E164;
use serde_json::{Value, json};
use std::sync::Arc;

/// A Monday night in New York.
const NIGHT: &str = "2026-11-24T04:00:00Z";

async fn with_carrier(carrier: &Carrier) -> House {
    House::with(&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await
}

async fn ask(house: &House, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = house.http.request(method, format!("{}{path}", house.base)).bearer_auth(ACCESS_TOKEN).json(&body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn post(house: &House, path: &str, body: Value) -> (u16, Value) {
    ask(house, Method::POST, path, body).await
}

async fn ana(house: &House) -> Value {
    let (status, ana) =
        post(house, "/api/contacts", json!({ "first_name": "Ana", "phone": CALLER, "email": "ana@example.com" })).await;
    assert_eq!(status, 201, "{ana}");
    ana["id"].clone()
}

/// A text of the caller's; the document it is answered with.
pub(crate) async fn text(house: &House, sid: &str, body: &str) -> String {
    let fields = [("MessageSid", sid), ("From", CALLER), ("To", BUSINESS), ("Body", body), ("NumMedia", "0")];
    let answer = house.webhook("/webhook/twilio/sms", &fields).await;
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("a document")
}

/// The one conversation there is, and its messages, the newest first.
async fn timeline(house: &House) -> (Value, Vec<Value>) {
    let conversations = house.get("/api/conversations").await;
    let conversation = conversations["items"][0].clone();
    assert_eq!(conversations["items"].as_array().expect("items").len(), 1, "{conversations}");
    let id = conversation["id"].as_str().expect("an id");
    let messages = house.get(&format!("/api/conversations/{id}/messages")).await;
    (conversation, messages["items"].as_array().expect("items").clone())
}

#[tokio::test]
async fn a_text_is_sent_once_and_what_becomes_of_it_is_told() {
    let carrier = Carrier::start().await;
    let public = [
        ("PUBLIC_URL", "https://voice.example"),
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_API", carrier.base.as_str()),
    ];
    let house = House::with(&public).await;
    let contact = ana(&house).await;
    let send = || {
        let request = house.http.post(format!("{}/api/messages/sms", house.base)).bearer_auth(ACCESS_TOKEN);
        request.header("idempotency-key", "once").json(&json!({ "contact": contact, "body": "See you at ten." })).send()
    };
    for _ in 0..2 {
        let answer = send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let message: Value = answer.json().await.expect("JSON");
        assert_eq!((&message["delivery"], &message["carrier_id"]), (&json!("sent"), &json!("SM1")), "{message}");
    }
    let texts = carrier.texts();
    assert_eq!(texts.len(), 1, "a repeat under the same key sends nothing");
    assert_eq!((texts[0]["From"].as_str(), texts[0]["To"].as_str()), (BUSINESS, CALLER));
    let callback = texts[0]["StatusCallback"].strip_prefix("https://voice.example").expect("our address").to_owned();
    for (status, delivery) in [("queued", "sent"), ("delivered", "delivered"), ("failed", "delivered")] {
        house.webhook(&callback, &[("MessageSid", "SM1"), ("MessageStatus", status)]).await;
        let (conversation, messages) = timeline(&house).await;
        assert_eq!(messages[0]["delivery"], delivery, "after {status}");
        assert_eq!((&conversation["last_words"], &conversation["unread"]), (&json!("See you at ten."), &json!(0)));
    }
}

#[tokio::test]
async fn a_text_that_comes_in_is_kept_and_answered_once() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    let document = text(&house, "SM9", "When are you open?").await;
    assert!(document.contains("<Response/>"), "{document}");
    text(&house, "SM9", "When are you open?").await;
    let texts = carrier.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0]["To"], CALLER);
    assert!(!texts[0]["Body"].is_empty());
    let (conversation, messages) = timeline(&house).await;
    assert_eq!((messages.len(), &conversation["unread"]), (2, &json!(1)));
    assert_eq!((&messages[1]["direction"], &messages[1]["delivery"]), (&json!("inbound"), &json!("received")));
    assert_eq!((&messages[0]["direction"], &messages[0]["delivery"]), (&json!("outbound"), &json!("sent")));
    let id = conversation["id"].as_str().expect("an id");
    let (status, read) = post(&house, &format!("/api/conversations/{id}/read"), json!({})).await;
    assert_eq!((status, &read["unread"]), (200, &json!(0)));
    assert_eq!(house.get("/api/conversations?unread=true").await["items"], json!([]));
}

/// A text that somebody kept at this time, and died.
async fn left(house: &House, at: &str, sid: &str, (from, body): (&str, &str)) {
    let clock = Arc::new(ManualClock::at(at.parse().expect("a time")));
    let store = Embedded::open(house.database(), clock).await.expect("the store");
    let number = |text: &str| E164::parse(text, "US").expect("a number");
    let business = store.business_by_phone(&number(BUSINESS)).await.expect("the store").expect("the demo business");
    let incoming = Incoming {
        carrier_id: sid.to_owned(),
        from: number(from),
        to: number(BUSINESS),
        body: body.to_owned(),
        media: Vec::new(),
        wish: None,
        answer: true,
    };
    store.receive(business.id, incoming).await.expect("kept").expect("new");
    store.close().await;
}

#[tokio::test]
async fn a_text_that_somebody_left_is_answered_by_whoever_knows_what_it_answers() {
    let carrier = Carrier::start().await;
    left_texts(&with_carrier(&carrier).await, &carrier).await;
}

#[tokio::test]
async fn a_text_that_somebody_left_is_answered_by_whoever_knows_what_it_answers_in_postgresql() {
    let carrier = Carrier::start().await;
    let settings = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", carrier.base.as_str())];
    left_texts(&House::on_postgres_with(&settings).await, &carrier).await;
}

async fn left_texts(house: &House, carrier: &Carrier) {
    const STRANGER: &str = "+13055550143";
    text(house, "SM1", "When are you open?").await;
    assert_eq!(carrier.texts().len(), 1);
    left(house, "2026-11-23T15:01:00Z", "SM2", (CALLER, "And on Saturday?")).await;
    house.pass(121);
    eventually("whoever remembers the conversation goes on with it", async || carrier.texts().len() == 2).await;
    assert_eq!(carrier.texts()[1]["To"], CALLER);

    left(house, "2026-11-23T15:02:30Z", "SM3", (CALLER, "Yes")).await;
    left(house, "2026-11-23T15:02:30Z", "SM4", (STRANGER, "Where are you?")).await;
    let settings =
        [("DATABASE_URL", house.database()), ("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", carrier.base.as_str())];
    let next = House::at("2026-11-23T15:04:00Z", &settings).await;
    let unanswered = async || next.get("/api/conversations?unanswered=true").await["items"].clone();
    eventually("a person is told of what nobody can answer", async || unanswered().await != json!([])).await;
    eventually("who begins a conversation is answered", async || carrier.texts().len() == 3).await;
    assert_eq!(carrier.texts()[2]["To"], STRANGER);
    let shown = unanswered().await;
    assert_eq!((shown.as_array().map(Vec::len), &shown[0]["last_words"]), (Some(1), &json!("Yes")), "{shown}");
    let conversation = shown[0]["id"].as_str().expect("an id").to_owned();
    let by_hand = json!({ "medium": "sms", "body": "You are booked." });
    let (status, _) = post(&next, &format!("/api/conversations/{conversation}/messages"), by_hand).await;
    assert!(status < 300, "{status}");
    assert_eq!(unanswered().await, json!([]));
}

#[tokio::test]
async fn an_appointment_is_booked_by_text() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    text(&house, "SM100", "I'd like to book a cleaning tomorrow at 2pm").await;
    for turn in 1..8 {
        let texts = carrier.texts();
        let said = texts.last().expect("an answer")["Body"].to_lowercase();
        let answer = if said.contains("shall i book") || said.contains("is that right") {
            "yes"
        } else if said.contains("name") {
            "Ana Silva"
        } else {
            break;
        };
        text(&house, &format!("SM{}", 100 + turn), answer).await;
    }
    let agenda = house.get("/api/appointments?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z").await;
    let booked = &agenda["appointments"][0];
    assert_eq!((&booked["source"], &booked["customer_phone"]), (&json!("sms"), &json!(CALLER)), "{agenda:#}");
}

#[tokio::test]
async fn whoever_says_stop_is_not_written_to_until_they_take_it_back() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    let contact = ana(&house).await;
    let send = async || post(&house, "/api/messages/sms", json!({ "contact": contact, "body": "Hello." })).await;
    assert_eq!(send().await.0, 201);
    text(&house, "SM10", "STOP").await;
    assert_eq!(carrier.texts().len(), 1, "stop is not answered: the carrier does");
    let (status, problem) = send().await;
    assert_eq!((status, &problem["type"]), (422, &json!("not-sent")), "{problem}");
    let (_, messages) = timeline(&house).await;
    assert_eq!(messages[0]["delivery"], "failed");
    let consents = house.get(&format!("/api/contacts/{}/consents", contact.as_str().expect("an id"))).await;
    let entry = &consents["items"][0];
    assert_eq!((&entry["wish"], &entry["words"], &entry["source"]), (&json!("stop"), &json!("STOP"), &json!("sms")));
    assert_eq!(entry["message"], messages[1]["id"]);

    text(&house, "SM11", "yes").await;
    assert_eq!(send().await.0, 201);
    assert_eq!(carrier.texts().len(), 2);
}

#[tokio::test]
async fn what_the_carrier_knows_of_a_stop_goes_into_the_ledger() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    let contact = ana(&house).await;
    let body = json!({ "contact": contact, "body": "stopped at the carrier" });
    assert_eq!(post(&house, "/api/messages/sms", body).await.0, 422);
    assert_eq!(post(&house, "/api/messages/sms", json!({ "contact": contact, "body": "Hello." })).await.0, 422);
    assert_eq!(carrier.texts().len(), 1, "the second one did not leave the house");
}

#[tokio::test]
async fn a_text_of_which_nobody_knows_whether_it_went_out_is_not_sent_again() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    let contact = ana(&house).await;
    let body = json!({ "contact": contact, "body": "lost on the way back" });
    let (status, message) = post(&house, "/api/messages/sms", body).await;
    assert_eq!((status, &message["delivery"]), (201, &json!("unconfirmed")), "{message}");
    assert_eq!(carrier.texts().len(), 1);
}

#[tokio::test]
async fn at_night_a_text_waits_and_an_answer_does_not() {
    let carrier = Carrier::start().await;
    let house = House::at(NIGHT, &[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", &carrier.base)]).await;
    let contact = ana(&house).await;
    let send = async || post(&house, "/api/messages/sms", json!({ "contact": contact, "body": "Hello." })).await;
    let (status, message) = send().await;
    assert_eq!((status, &message["delivery"]), (201, &json!("queued")), "{message}");
    assert_eq!(message["due_at"], "2026-11-24T13:00:00Z");
    assert_eq!(carrier.texts().len(), 0);
    text(&house, "SM12", "Are you there?").await;
    assert_eq!(carrier.texts().len(), 1, "whoever wrote is answered");
    assert_eq!(send().await.1["delivery"], "sent");
}

#[tokio::test]
async fn e_mail_is_handed_to_the_server_with_our_own_name_for_it() {
    let office = PostOffice::start().await;
    let house = House::with(&[("SMTP_URL", &office.url), ("EMAIL_FROM", "office@example.com")]).await;
    let contact = ana(&house).await;
    let letter = json!({ "contact": contact, "subject": "Your\nvisit", "body": "See you at ten.\n.\nBye." });
    let (status, message) = post(&house, "/api/messages/email", letter).await;
    assert_eq!((status, &message["delivery"]), (201, &json!("sent")), "{message}");
    let letters = office.letters();
    assert_eq!(letters.len(), 1);
    let id = message["id"].as_str().expect("an id");
    for line in [
        "MAIL FROM:<office@example.com>",
        "RCPT TO:<ana@example.com>",
        "Subject: Your visit",
        &format!("Message-ID: <{id}@example.com>"),
        "See you at ten.",
        "Bye.",
    ] {
        assert!(letters[0].contains(line), "{line} in {}", letters[0]);
    }
    let (_, nobody) = post(&house, "/api/contacts", json!({ "email": "nobody@example.com" })).await;
    let letter = json!({ "contact": nobody["id"], "subject": "Hello", "body": "Hello." });
    let (status, problem) = post(&house, "/api/messages/email", letter).await;
    assert_eq!((status, &problem["type"]), (422, &json!("not-sent")), "{problem}");
}

#[tokio::test]
async fn without_a_carrier_or_with_the_switch_off_it_is_said_and_nothing_is_kept() {
    let carrier = Carrier::start().await;
    let account = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API", carrier.base.as_str())];
    for settings in [vec![], [account.as_slice(), &[("SENDING", "false")]].concat()] {
        let house = House::with(&settings).await;
        let contact = ana(&house).await;
        let (status, problem) =
            post(&house, "/api/messages/sms", json!({ "contact": contact, "body": "Hello." })).await;
        assert_eq!((status, &problem["type"]), (422, &json!("unsupported")), "{problem}");
        assert_eq!(house.get("/api/conversations").await["items"], json!([]));
    }
    assert_eq!(carrier.texts().len(), 0);
}

#[tokio::test]
async fn what_cannot_be_a_message_is_refused_before_anything_is_kept() {
    let carrier = Carrier::start().await;
    let house = with_carrier(&carrier).await;
    let contact = ana(&house).await;
    let (_, nameless) = post(&house, "/api/contacts", json!({ "first_name": "Bo" })).await;
    for (path, body, status) in [
        ("/api/messages/sms", json!({ "contact": contact, "body": "  " }), 422),
        ("/api/messages/sms", json!({ "contact": contact, "body": "x".repeat(1_601) }), 422),
        ("/api/messages/sms", json!({ "contact": contact, "body": "x", "media": ["ftp://x"] }), 422),
        ("/api/messages/sms", json!({ "contact": nameless["id"], "body": "x" }), 422),
        ("/api/messages/sms", json!({ "contact": "00000000-0000-7000-8000-000000000000", "body": "x" }), 404),
        ("/api/messages/email", json!({ "contact": contact, "subject": " ", "body": "x" }), 422),
    ] {
        let (got, problem) = post(&house, path, body.clone()).await;
        assert_eq!(got, status, "{body}: {problem}");
    }
    assert_eq!(house.get("/api/conversations").await["items"], json!([]));
}

#[tokio::test]
async fn a_webhook_that_is_not_signed_brings_no_message() {
    let house = House::open().await;
    let fields = [("MessageSid", "SM1"), ("From", CALLER), ("To", BUSINESS), ("Body", "STOP")];
    let request = house.http.post(format!("{}/webhook/twilio/sms", house.base)).form(&fields);
    assert_eq!(request.send().await.expect("an answer").status(), 403);
    assert_eq!(house.get("/api/conversations").await["items"], json!([]));
}

#[tokio::test]
async fn a_call_stands_in_the_timeline_of_whoever_called() {
    let house = House::open().await;
    ana(&house).await;
    house.ring("CA1").await;
    house.webhook("/webhook/twilio/status", &[("CallSid", "CA1"), ("CallStatus", "canceled")]).await;
    let call = house.last_call().await["call"]["id"].clone();
    eventually("it is there", async || !house.get("/api/conversations").await["items"][0].is_null()).await;
    let (conversation, messages) = timeline(&house).await;
    assert_eq!((&conversation["last_medium"], &conversation["unread"]), (&json!("voice"), &json!(0)));
    assert_eq!((&messages[0]["medium"], &messages[0]["call"]), (&json!("voice"), &call));
}
