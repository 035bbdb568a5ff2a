//! Whole calls, from the ring to the record.

use crate::house::{House, ask, eventually, send, token_of};
use crate::phone::Phone;
use crate::speech::{BREAKS, PANICS};
use reqwest::Method;
use ringlypro::speech::SpeechRequest;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinSet;

/// The caller's lines, by number, with the question each answers.
pub(crate) const BOOKING: &[(&str, &str)] = &[
    ("help you", "I'd like to book a cleaning tomorrow at ten in the morning."),
    ("name", "My name is Ana Silva."),
    ("number to reach|what phone number|which number", "The number I'm calling from."),
    ("shall i book|is that right", "Yes, please."),
    ("anything else", "No, that's all, thank you. Goodbye."),
];

/// Lines fall on tones, which a real recogniser would not take for each other; this long is a short sentence.
const LINE_MS: u64 = 500;

async fn agents_last_words(house: &House) -> String {
    let call = house.last_call().await;
    let turns = call["turns"].as_array().expect("turns").clone();
    let last = turns.iter().rev().find(|turn| turn["who"] == "agent");
    last.and_then(|turn| turn["text"].as_str()).unwrap_or_default().to_lowercase()
}

/// Answers each question by the table until the agent hangs up.
pub(crate) async fn follow(house: &House, phone: &mut Phone, table: &[(&str, &str)]) {
    house.script(&table.iter().map(|(_, line)| *line).collect::<Vec<_>>());
    for _ in 0..12 {
        phone.listen().await;
        if phone.hung_up {
            return;
        }
        let words = agents_last_words(house).await;
        let asked = |(question, _): &(&str, &str)| question.split('|').any(|part| words.contains(part));
        let Some(line) = table.iter().position(asked) else { panic!("no answer to {words:?}") };
        phone.say(line, LINE_MS).await;
    }
    panic!("the conversation goes round in circles: {:#}", house.last_call().await);
}

fn texts<'a>(call: &'a Value, who: &str) -> Vec<&'a str> {
    let turns = call["turns"].as_array().expect("turns").iter();
    turns.filter(|turn| turn["who"] == who).filter_map(|turn| turn["text"].as_str()).collect()
}

#[tokio::test]
async fn a_caller_books_an_appointment_and_it_stands_in_the_book() {
    book_by_voice(&House::open().await).await;
}

#[tokio::test]
async fn a_caller_books_an_appointment_and_it_stands_in_postgresql() {
    let mut house = House::on_postgres().await;
    book_by_voice(&house).await;
    house.stop().await;
}

async fn book_by_voice(house: &House) {
    let mut phone = Phone::call(house, "CA1").await;
    follow(house, &mut phone, BOOKING).await;
    let twiml = house.after("CA1", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Hangup/>") && !twiml.contains("<Say"), "{twiml}");

    let agenda = house.get("/api/appointments?from=2026-11-24T00:00:00Z&to=2026-11-26T00:00:00Z").await;
    let booked = agenda["appointments"].as_array().expect("appointments");
    assert_eq!(booked.len(), 1, "{agenda:#}");
    assert_eq!(booked[0]["customer_name"], "Ana Silva");
    assert_eq!(booked[0]["customer_phone"], crate::house::CALLER);
    assert_eq!(booked[0]["slot"]["start"], "2026-11-24T15:00:00Z", "ten in the morning in New York");
    assert_eq!(booked[0]["source"], "voice");

    eventually("the record is closed", async || !house.last_call().await["call"]["ended_at"].is_null()).await;
    let call = house.last_call().await;
    assert_eq!((&call["call"]["status"], &call["call"]["ending"]), (&"completed".into(), &"hung-up".into()));
    assert_eq!(call["call"]["id"], booked[0]["call"], "the appointment knows its call");
    assert!(texts(&call, "caller").contains(&"My name is Ana Silva."), "{call:#}");
    assert!(texts(&call, "agent").iter().any(|text| text.contains("all set")), "{call:#}");
    let numbers: Vec<_> = call["turns"].as_array().expect("turns").iter().map(|turn| turn["number"].as_u64()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert_eq!(house.open_calls(), 0);

    // The next time, the caller is known.
    let mut again = Phone::call(house, "CA2").await;
    again.listen().await;
    assert!(agents_last_words(house).await.contains("ana"));
    again.hang_up().await;
}

#[tokio::test]
async fn what_a_spanish_business_opens_its_answers_with_is_made_before_anybody_rings() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("DATA_DIR", folder.path().to_str().expect("a plain path"))];
    let mut house = House::with(&settings).await;
    let hours = house.get("/api/businesses").await["businesses"][0]["hours"].clone();
    let clinic = json!({
        "name": "Clínica Sol", "phone": "+13055550112", "zone": "UTC", "region": "US", "agent_name": "Lina",
        "language": "es", "hours": hours,
    });
    assert_eq!(send(ask(&house, Method::POST, "/api/businesses").json(&clinic)).await.0, 201);
    house.stop().await;
    let house = House::with(&settings).await;
    let warmed = || house.speech.warmed.lock().expect("not poisoned").clone();
    eventually("openings are asked for", async || !warmed().is_empty()).await;
    let linas = |request: &SpeechRequest| request.voice == "Lina" && request.language == "es";
    assert!(warmed().iter().all(linas), "{:?}", warmed());
}

#[tokio::test]
async fn the_recogniser_is_told_whose_names_may_be_said() {
    let house = House::open().await;
    let business = crate::accounts::demo(&house).await;
    let gloria = json!({
        "email": "gloria@example.com", "password": crate::accounts::PASSWORD, "first_name": "Gloria", "last_name": "Reyes",
        "businesses": [{ "business": business, "role": "agent" }],
    });
    assert_eq!(send(ask(&house, Method::POST, "/api/users").json(&gloria)).await.0, 201);
    let told = |name: &str| {
        let told = std::mem::take(&mut *house.speech.glossaries.lock().expect("not poisoned"));
        assert!(!told.is_empty(), "something was listened to");
        told.iter().all(|names| names.iter().any(|one| one == name))
    };
    house.script(&["I'd like to book a cleaning tomorrow at ten in the morning.", "My name is Ana Silva."]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    phone.say(0, LINE_MS).await;
    phone.listen().await;
    assert!(agents_last_words(&house).await.contains("name"));
    assert!(told("Gloria Reyes"), "callers ask for whoever works there");
    phone.say(1, LINE_MS).await;
    phone.listen().await;
    assert!(!told("Gloria Reyes"), "asked for their own name they give no other");
    phone.hang_up().await;
    let ana = json!({ "first_name": "Ana", "last_name": "Silva", "phone": crate::house::CALLER });
    assert_eq!(send(ask(&house, Method::PUT, "/api/contacts").json(&ana)).await.0 / 100, 2);
    let mut again = Phone::call(&house, "CA2").await;
    again.listen().await;
    again.say(0, LINE_MS).await;
    again.listen().await;
    assert!(told("Ana Silva"), "a caller who is known says their name");
    again.hang_up().await;
}

#[tokio::test]
async fn the_agent_falls_silent_when_the_caller_cuts_in() {
    let house = House::open().await;
    house.script(&["What are your opening hours?"]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    phone.wait(200).await;
    phone.say(0, LINE_MS).await;
    assert_eq!(phone.clears, 1);
    phone.listen().await;
    assert!(agents_last_words(&house).await.contains("open"));
    let call = house.last_call().await;
    let first = &call["turns"][0];
    assert_eq!((&first["who"], &first["cut_off"]), (&"agent".into(), &true.into()), "{call:#}");
    assert!(first["text"].as_str().expect("words").len() < 60, "only what was heard is kept: {first}");
    phone.hang_up().await;
}

#[tokio::test]
async fn whoever_asks_for_a_person_is_connected() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    follow(&house, &mut phone, &[("help you", "I'd like to speak to a person, please.")]).await;
    let twiml = house.after("CA1", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Dial"), "{twiml}");
    eventually("the ending is written", async || house.last_call().await["call"]["ending"] == "transferred").await;
}

#[tokio::test]
async fn a_transfer_nobody_takes_brings_the_caller_back_to_the_agent_who_offers_to_take_a_message() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    follow(&house, &mut phone, &[("help you", "I'd like to speak to a person, please.")]).await;
    assert!(house.after("CA1", &[("CallStatus", "in-progress")]).await.contains("<Dial"));
    let before = house.last_call().await;
    let failed = [("CallStatus", "in-progress"), ("DialCallStatus", "no-answer")];
    let twiml = house.after("CA1", &failed).await;
    assert!(twiml.contains("<Connect") && twiml.contains("<Stream"), "{twiml}");
    assert_eq!(house.after("CA1", &failed).await, twiml, "a repeat starts nothing twice");
    let mut phone = Phone::connect(&house, "CA1", &token_of(&twiml)).await;
    phone.listen().await;
    let words = agents_last_words(&house).await;
    assert!(words.contains("message"), "{words}");
    // A late repeat does not cut the call that is back.
    assert!(!house.after("CA1", &failed).await.contains("<Stream"));
    phone.wait(200).await;
    assert!(!phone.hung_up);
    phone.hang_up().await;
    eventually("it is closed", async || house.last_call().await["call"]["ending"] == "caller-left").await;
    assert_eq!(house.last_call().await["call"]["id"], before["call"]["id"], "one call");
    // Whoever has left is not awaited.
    let left = house.after("CA1", &failed).await;
    assert!(!left.contains("<Stream"), "{left}");
}

#[tokio::test]
async fn keys_are_an_answer() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    phone.press('0').await;
    for _ in 0..4 {
        phone.listen().await;
        if phone.hung_up {
            break;
        }
    }
    assert!(phone.hung_up, "zero asks for a person: {:#}", house.last_call().await);
    assert!(house.after("CA1", &[("CallStatus", "in-progress")]).await.contains("<Dial"));
}

#[tokio::test]
async fn whoever_hangs_up_and_calls_back_finds_the_time_they_had_begun_to_book() {
    let house = House::open().await;
    for call_sid in ["CA1", "CA2"] {
        let mut phone = Phone::call(&house, call_sid).await;
        house.script(&[BOOKING[0].1]);
        phone.listen().await;
        phone.say(0, LINE_MS).await;
        phone.listen().await;
        let words = agents_last_words(&house).await;
        assert!(words.contains("name") && !words.contains("free"), "{words}");
        phone.hang_up().await;
        house.webhook("/webhook/twilio/status", &[("CallSid", call_sid), ("CallStatus", "completed")]).await;
    }
}

#[tokio::test]
async fn hanging_up_in_any_moment_ends_the_call_and_keeps_what_was_said() {
    let house = House::open().await;
    house.script(&["I'd like to book a cleaning."]);
    for (index, moment) in ["greeting", "speaking", "thinking", "listening"].into_iter().enumerate() {
        let mut phone = Phone::call(&house, &format!("CA{index}")).await;
        phone.until_audible().await;
        match moment {
            "greeting" => phone.wait(300).await,
            _ => phone.listen().await,
        }
        match moment {
            "speaking" => phone.say(0, 200).await,
            "thinking" => {
                phone.say(0, LINE_MS).await;
                phone.wait(300).await;
            }
            _ => {}
        }
        phone.hang_up().await;
        eventually(moment, async || house.open_calls() == 0).await;
        eventually(moment, async || house.last_call().await["call"]["ending"] == "caller-left").await;
        assert!(!texts(&house.last_call().await, "agent").is_empty(), "{moment}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_frees_the_line_and_the_caller_is_connected_again() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    drop(phone);
    eventually("the line is free", async || house.open_calls() == 0).await;
    let twiml = house.after("CA1", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Stream"), "{twiml}");
}

#[tokio::test]
async fn a_panic_costs_one_call_and_its_caller_is_told() {
    let house = House::open().await;
    let mut other = Phone::call(&house, "CA2").await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    phone.say(PANICS, 100).await;
    phone.wait(200).await;
    assert!(phone.hung_up);
    let twiml = house.after("CA1", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Say"), "{twiml}");
    let failed = house.get("/api/calls").await;
    let failed = failed["calls"].as_array().expect("calls").iter().find(|call| call["call_sid"] == "CA1").cloned();
    assert_eq!(failed.expect("the call")["ending"], "failed");
    other.wait(200).await;
    assert!(!other.hung_up);
    assert_eq!(house.open_calls(), 1);
}

#[tokio::test]
async fn a_recogniser_that_breaks_is_a_question_and_no_silence() {
    let house = House::open().await;
    house.script(&[BREAKS]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    phone.say(0, LINE_MS).await;
    phone.listen().await;
    assert!(!phone.hung_up);
    assert_eq!(texts(&house.last_call().await, "agent").len(), 2);
}

#[tokio::test]
async fn the_status_callback_cuts_a_line_whose_stop_never_came() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.until_audible().await;
    let answer = house.webhook("/webhook/twilio/status", &[("CallSid", "CA1"), ("CallStatus", "completed")]).await;
    assert_eq!(answer.status(), 204);
    eventually("the line is free", async || house.open_calls() == 0).await;
    eventually("the record is closed", async || house.last_call().await["call"]["ending"] == "caller-left").await;
}

#[tokio::test]
async fn a_stop_lets_a_live_call_end_politely_and_takes_no_new_one() {
    let mut house = House::open().await;
    let (base, http) = (house.base.clone(), house.http.clone());
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while !phone.hung_up {
            phone.wait(100).await;
        }
        503
    });
    tasks.spawn(async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        http.get(format!("{base}/readyz")).send().await.expect("still answering").status().as_u16()
    });
    tokio::time::timeout(Duration::from_secs(25), house.stop()).await.expect("it stops");
    // The caller was hung up on, and who asked was told that no call should be sent here.
    assert_eq!(tasks.join_all().await, [503, 503]);
}

#[tokio::test]
async fn calls_of_one_moment_are_all_there_whatever_the_page() {
    let house = House::open().await;
    for call_sid in ["CA1", "CA2", "CA3"] {
        house.ring(call_sid).await;
    }
    let mut found = Vec::new();
    let mut path = "/api/calls?limit=1".to_owned();
    loop {
        let page = house.get(&path).await;
        let calls = page["calls"].as_array().expect("calls").iter();
        found.extend(calls.map(|call| call["call_sid"].as_str().expect("text").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/calls?limit=1&cursor={next}");
    }
    found.sort();
    assert_eq!(found, ["CA1", "CA2", "CA3"]);
}
