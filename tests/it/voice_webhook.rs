//! The phone rings: signatures, repeats, refusals.

use crate::house::{BUSINESS, CALLER, House, TWILIO_TOKEN, eventually, token_of};
use ringlypro::switchboard::STREAM_WAIT;
use ringlypro::twilio::signature;

const VOICE: &str = "/webhook/twilio/voice";

#[tokio::test]
async fn a_signed_webhook_is_connected_to_our_stream() {
    let house = House::open().await;
    let twiml = house.ring("CA1").await;
    let stream = house.base.replace("http://", "ws://");
    assert!(twiml.contains(&format!(r#"<Stream url="{stream}/webhook/twilio/stream">"#)), "{twiml}");
    assert!(twiml.contains(&format!(r#"<Connect action="{}/webhook/twilio/after">"#, house.base)), "{twiml}");
    // Where Twilio heeds no action, the document goes on to the same place.
    assert!(twiml.contains(&format!(r#"<Redirect method="POST">{}/webhook/twilio/after<"#, house.base)), "{twiml}");
    assert_eq!(token_of(&twiml).len(), 64);
}

#[tokio::test]
async fn the_greeting_is_made_while_the_stream_is_still_on_the_way() {
    let house = House::open().await;
    house.ring("CA1").await;
    let spoken = || house.speech.spoken.lock().expect("not poisoned").join(" ");
    eventually("the greeting is made", async || spoken().contains("help you")).await;
}

#[tokio::test]
async fn an_unsigned_or_wrongly_signed_webhook_is_refused_and_starts_nothing() {
    let house = House::open().await;
    let fields = [("CallSid", "CA1"), ("From", CALLER), ("To", BUSINESS)];
    let request = || house.http.post(format!("{}{VOICE}", house.base)).form(&fields);
    let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let other_token = signature::sign("another token", &format!("{}{VOICE}", house.base), &owned);
    let other_fields = signature::sign(TWILIO_TOKEN, &format!("{}{VOICE}", house.base), &owned[..2]);
    for signature in [None, Some("nonsense".to_owned()), Some(other_token), Some(other_fields)] {
        let request = match signature {
            Some(signature) => request().header(signature::HEADER, signature),
            None => request(),
        };
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(house.open_calls(), 0);
}

#[tokio::test]
async fn behind_a_proxy_the_public_address_is_what_was_signed() {
    let house = House::with(&[("PUBLIC_URL", "https://phone.example.com/ringly")]).await;
    let twiml = house.ring("CA1").await;
    assert!(twiml.contains(r#"<Stream url="wss://phone.example.com/ringly/webhook/twilio/stream">"#), "{twiml}");
}

#[tokio::test]
async fn without_a_public_address_what_a_proxy_forwarded_counts_if_it_was_signed() {
    let house = House::open().await;
    let fields = [("CallSid", "CA1"), ("From", CALLER), ("To", BUSINESS)];
    let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let signature = signature::sign(TWILIO_TOKEN, &format!("https://tunnel.example{VOICE}"), &owned);
    let send = |host: &'static str| {
        let request = house.http.post(format!("{}{VOICE}", house.base)).form(&fields);
        request
            .header(signature::HEADER, &signature)
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", host)
            .send()
    };
    assert_eq!(send("evil.example").await.expect("an answer").status(), 403);
    let twiml = send("tunnel.example").await.expect("an answer").text().await.expect("a document");
    assert!(twiml.contains(r#"url="wss://tunnel.example/webhook/twilio/stream""#), "{twiml}");
}

#[tokio::test]
async fn a_repeated_webhook_gets_the_same_answer_and_starts_nothing_twice() {
    let house = House::open().await;
    let (first, second) = tokio::join!(house.ring("CA1"), house.ring("CA1"));
    assert_eq!(first, second);
    assert_eq!(house.ring("CA1").await, first);
    assert_eq!(house.open_calls(), 1);
    assert_eq!(house.get("/api/calls").await["calls"].as_array().expect("calls").len(), 1);
}

#[tokio::test]
async fn two_webhooks_of_one_call_take_the_last_free_line_once_and_its_record_stays_open() {
    let house = House::with(&[("CALLS_MAX", "1")]).await;
    for call in ["CA1", "CA2", "CA3", "CA4", "CA5"] {
        let (first, second) = tokio::join!(house.ring(call), house.ring(call));
        assert!(first.contains("<Stream"), "{first}");
        assert_eq!(first, second);
        let record = house.last_call().await["call"].clone();
        assert_eq!((&record["call_sid"], &record["status"]), (&call.into(), &"in-progress".into()));
        assert!(record["ended_at"].is_null(), "{record}");
        house.webhook("/webhook/twilio/status", &[("CallSid", call), ("CallStatus", "canceled")]).await;
    }
}

#[tokio::test]
async fn a_call_turned_away_that_finds_a_line_after_all_is_open_in_the_book() {
    let house = House::with(&[("CALLS_MAX", "1")]).await;
    house.ring("CA1").await;
    assert!(!house.ring("CA2").await.contains("<Stream"));
    house.webhook("/webhook/twilio/status", &[("CallSid", "CA1"), ("CallStatus", "canceled")]).await;
    assert!(house.ring("CA2").await.contains("<Stream"));
    let calls = house.get("/api/calls").await;
    let calls = calls["calls"].as_array().expect("calls");
    let record = calls.iter().find(|call| call["call_sid"] == "CA2").expect("its record");
    assert_eq!((calls.len(), &record["status"]), (2, &"in-progress".into()));
    assert!(record["ended_at"].is_null() && record["ending"].is_null(), "{record}");
    // And it ends as the same call.
    house.webhook("/webhook/twilio/status", &[("CallSid", "CA2"), ("CallStatus", "canceled")]).await;
    let calls = house.get("/api/calls").await;
    let record = calls["calls"].as_array().expect("calls").iter().find(|call| call["call_sid"] == "CA2").cloned();
    assert_eq!(record.expect("its record")["ending"], "caller-left");
}

#[tokio::test]
async fn a_business_whose_agent_is_switched_off_is_dialled_itself_and_the_call_is_no_busy_one() {
    let house = House::open().await;
    let number = house.switch_agent_off().await;
    let twiml = house.ring("CA1").await;
    assert!(twiml.contains(&format!(">{number}</Dial>")) && !twiml.contains("<Stream"), "{twiml}");
    let record = house.last_call().await["call"].clone();
    assert_eq!((&record["status"], &record["ending"]), (&"no-answer".into(), &"agent-disabled".into()));
    assert!(!record["ended_at"].is_null());
    assert_eq!(house.open_calls(), 0);
}

#[tokio::test]
async fn a_number_of_nobodys_is_told_so() {
    let house = House::open().await;
    for to in ["+13055550100", "nonsense", "+1"] {
        let twiml = house.ring_from("CA1", CALLER, to).await;
        assert!(twiml.contains("<Say") && twiml.contains("<Hangup/>") && !twiml.contains("<Stream"), "{twiml}");
    }
    assert_eq!(house.open_calls(), 0);
}

#[tokio::test]
async fn a_withheld_number_is_answered_too() {
    let house = House::open().await;
    assert!(house.ring_from("CA1", "anonymous", BUSINESS).await.contains("<Stream"));
    assert!(house.last_call().await["call"]["from"].is_null());
}

#[tokio::test]
async fn when_every_line_is_in_use_the_next_caller_is_told_so_and_it_is_written_down() {
    let house = House::with(&[("CALLS_MAX", "2")]).await;
    for call in ["CA1", "CA2"] {
        assert!(house.ring(call).await.contains("<Stream"));
    }
    let twiml = house.ring("CA3").await;
    assert!(twiml.contains("<Say") && !twiml.contains("<Stream"), "{twiml}");
    assert_eq!(house.last_call().await["call"]["status"], "busy");
    assert!(house.ring("CA1").await.contains("<Stream"), "a repeat of an admitted call is no new one");
    // One caller gives up while it rings: the line is free again.
    house.webhook("/webhook/twilio/status", &[("CallSid", "CA1"), ("CallStatus", "canceled")]).await;
    assert!(house.ring("CA4").await.contains("<Stream"));
}

#[tokio::test]
async fn a_line_whose_stream_never_comes_is_free_again() {
    let house = House::with(&[("CALLS_MAX", "1")]).await;
    house.ring("CA1").await;
    tokio::time::sleep(STREAM_WAIT).await;
    eventually("the line is free", async || house.open_calls() == 0).await;
    eventually("the record is closed", async || house.last_call().await["call"]["ending"] == "failed").await;
    assert!(house.ring("CA2").await.contains("<Stream"));
}

#[tokio::test]
async fn a_form_that_lacks_a_field_or_is_too_large_is_a_problem_and_no_panic() {
    let house = House::open().await;
    assert_eq!(house.webhook(VOICE, &[("To", BUSINESS)]).await.status(), 400);
    let long = "x".repeat(100_000);
    assert_eq!(house.webhook(VOICE, &[("CallSid", &long)]).await.status(), 413);
    assert_eq!(house.webhook(VOICE, &[("CallSid", &long[..100]), ("To", BUSINESS)]).await.status(), 400);
}

#[tokio::test]
async fn after_an_unknown_call_the_caller_who_is_still_there_hears_an_apology() {
    let house = House::open().await;
    let twiml = house.after("CAunknown", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Say"), "{twiml}");
    let twiml = house.after("CAunknown", &[("CallStatus", "completed")]).await;
    assert!(!twiml.contains("<Say") && twiml.contains("<Hangup/>"), "{twiml}");
}

#[tokio::test]
async fn after_a_transfer_nobody_answered_the_caller_of_a_call_nobody_knows_is_told() {
    let house = House::open().await;
    let nobody = house.after("CA1", &[("CallStatus", "in-progress"), ("DialCallStatus", "no-answer")]).await;
    assert!(nobody.contains("<Say"), "{nobody}");
    for (status, dialled) in [("in-progress", "completed"), ("completed", "canceled")] {
        let well = house.after("CA1", &[("CallStatus", status), ("DialCallStatus", dialled)]).await;
        assert!(!well.contains("<Say") && well.contains("<Hangup/>"), "{well}");
    }
}

#[tokio::test]
async fn a_record_left_open_is_closed_though_the_time_held_cannot_be_let_go_of() {
    let house = House::open().await;
    house.ring("CA1").await;
    let mut store = house.store().await;
    // As if a restart had left it: in the book, unknown to the switchboard.
    for trouble in ["UPDATE calls SET call_sid = 'CA2'", "ALTER TABLE idempotency RENAME TO elsewhere"] {
        sqlx::query(trouble).execute(&mut store).await.expect("trouble");
    }
    let answer = house.webhook("/webhook/twilio/status", &[("CallSid", "CA2"), ("CallStatus", "completed")]).await;
    assert_eq!(answer.status(), 204);
    assert_eq!(house.last_call().await["call"]["ending"], "caller-left");
}

#[tokio::test]
async fn where_the_database_is_gone_a_caller_is_told() {
    let house = House::open().await;
    sqlx::query("ALTER TABLE businesses RENAME TO gone").execute(&mut house.store().await).await.expect("renamed");
    let twiml = house.ring("CA1").await;
    assert!(twiml.contains("<Say") && !twiml.contains("<Stream"), "{twiml}");
}
