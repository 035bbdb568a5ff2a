//! Streams that break while the caller is still there: the call goes on where it was.

use crate::house::{CALLER, House, eventually, token_of};
use crate::phone::{Phone, introduce, socket};
use crate::speech::PANICS;
use ringlypro::app::receptionist;
use ringlypro::dialogue::Phrases;
use ringlypro::nlu::Grammar;
use serde_json::Value;
use std::sync::Arc;
use tempfile::TempDir;

/// A line of the script, long enough to be heard.
const LINE_MS: u64 = 900;

fn texts(call: &Value) -> Vec<String> {
    let turns = call["turns"].as_array().expect("turns").iter();
    turns
        .map(|turn| format!("{}: {}", turn["who"].as_str().expect("who"), turn["text"].as_str().expect("text")))
        .collect()
}

/// A call that is broken off after the caller's first line was answered.
async fn broken(house: &House) {
    house.script(&["I'd like to book a cleaning.", "Tomorrow at ten."]);
    let mut phone = Phone::call(house, "CA1").await;
    phone.listen().await;
    phone.say(0, LINE_MS).await;
    phone.listen().await;
    drop(phone);
    eventually("the line is free", async || house.open_calls() == 0).await;
}

async fn asked(house: &House) -> String {
    house.after("CA1", &[("CallStatus", "in-progress")]).await
}

/// What replaying a call's journal comes to.
fn replayed(house: &House, call: &Value) -> Result<u32, String> {
    let id = call["call"]["id"].as_str().expect("an id");
    let text = std::fs::read_to_string(house.data().join(format!("journals/{id}.jsonl"))).expect("a journal");
    let grammar = Arc::new(Grammar::embedded().expect("a grammar"));
    let phrases = Arc::new(Phrases::embedded().expect("phrases"));
    let kept = receptionist::replay(&text, grammar, phrases, |_| {});
    kept.map(|kept| kept.resumes).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_call_whose_stream_broke_goes_on_where_it_was() {
    let mut house = House::open().await;
    broken(&house).await;
    let before = house.last_call().await;
    let twiml = asked(&house).await;
    assert!(twiml.contains("<Stream"), "{twiml}");
    let mut phone = Phone::connect(&house, "CA1", &token_of(&twiml)).await;
    phone.listen().await;
    phone.say(1, LINE_MS).await;
    phone.listen().await;
    phone.hang_up().await;
    eventually("the line is free", async || house.open_calls() == 0).await;
    eventually("it is closed", async || !house.last_call().await["call"]["ended_at"].is_null()).await;

    let after = house.last_call().await;
    assert_eq!(after["call"]["id"], before["call"]["id"], "one call");
    let (first, all) = (texts(&before), texts(&after));
    assert_eq!(all[..first.len()], first, "nothing that was said is lost");
    let rest = &all[first.len()..];
    assert!(rest[0].contains("cut off"), "{rest:#?}");
    let question = first.last().expect("an answer").rsplit(['.', ',', ':']).next().expect("its end").trim();
    assert!(rest[0].contains(question), "the last question again: {question} in {rest:#?}");
    assert_eq!(rest[1], "caller: Tomorrow at ten.");
    // The service is still known: nobody is asked for it again.
    assert!(rest.len() > 2 && !rest[2].to_lowercase().contains("what kind of"), "{rest:#?}");
    let numbers: Vec<_> =
        after["turns"].as_array().expect("turns").iter().map(|turn| turn["number"].as_u64()).collect();
    assert!(numbers.iter().enumerate().all(|(place, number)| *number == Some(place as u64)), "{numbers:?}");
    house.stop().await;
    assert_eq!(replayed(&house, &after), Ok(1));
}

/// A data folder as a process killed at this moment would leave it.
fn as_if_killed(house: &House) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("journals")).expect("made");
    // Journals first: the store may know more than they do, not less.
    for from in ["journals", ""] {
        for entry in std::fs::read_dir(house.data().join(from)).expect("a folder").flatten() {
            if entry.file_type().expect("a kind").is_file() {
                std::fs::copy(entry.path(), folder.path().join(from).join(entry.file_name())).expect("copied");
            }
        }
    }
    folder
}

#[tokio::test]
async fn a_process_killed_in_the_middle_of_an_answer_loses_no_finished_turn() {
    let house = House::open().await;
    house.script(&["What are your opening hours?"]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    phone.say(0, LINE_MS).await;
    phone.until_audible().await;
    let call = house.last_call().await;
    let kept = texts(&call);
    let journal = house.data().join(format!("journals/{}.jsonl", call["call"]["id"].as_str().expect("an id")));
    let heard = || std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("opening hours"));
    eventually("what was heard is in the journal", async || heard()).await;
    let folder = as_if_killed(&house);
    let next = House::with(&[("DATA_DIR", folder.path().to_str().expect("a plain path"))]).await;
    let call = next.last_call().await;
    assert_eq!(call["call"]["ending"], "interrupted");
    let found = texts(&call);
    assert_eq!(found[..kept.len()], kept);
    assert_eq!(found[1], "caller: What are your opening hours?", "{found:#?}");
    // The caller is picked up, and nothing is kept twice.
    let twiml = asked(&next).await;
    let mut phone = Phone::connect(&next, "CA1", &token_of(&twiml)).await;
    phone.listen().await;
    phone.hang_up().await;
    eventually("it is closed", async || next.last_call().await["call"]["ending"] == "caller-left").await;
    let all = texts(&next.last_call().await);
    assert_eq!(all[..found.len()], found);
    assert!(all[found.len()].contains("cut off"), "{all:#?}");
}

#[tokio::test]
async fn a_call_that_another_process_serves_is_left_to_it_and_one_nobody_can_serve_any_more_is_closed() {
    let house = House::open().await;
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    let ending = async || house.last_call().await["call"]["ending"].clone();
    let _beside = House::with(&[("DATABASE_URL", &house.database)]).await;
    assert!(ending().await.is_null(), "it is on the line there");
    let _later = House::at("2026-11-23T23:00:00Z", &[("DATABASE_URL", &house.database)]).await;
    assert_eq!(ending().await, "interrupted");
    phone.hang_up().await;
}

#[tokio::test]
async fn a_new_stream_needs_its_new_token_and_twilios_second_question_gets_the_same_answer() {
    let house = House::open().await;
    let old = token_of(&house.ring("CA1").await);
    let mut phone = Phone::connect(&house, "CA1", &old).await;
    phone.until_audible().await;
    drop(phone);
    eventually("the line is free", async || house.open_calls() == 0).await;
    let token = token_of(&asked(&house).await);
    assert_ne!(old, token);
    assert_eq!(token_of(&asked(&house).await), token);
    let mut stranger = socket(&house).await;
    introduce(&mut stranger, "CA1", &old).await;
    let mut phone = Phone::connect(&house, "CA1", &token).await;
    phone.until_audible().await;
    assert_eq!(house.open_calls(), 1);
}

#[tokio::test]
async fn a_line_that_keeps_breaking_is_given_up() {
    let house = House::open().await;
    let mut token = token_of(&house.ring("CA1").await);
    for _ in 0..3 {
        let mut phone = Phone::connect(&house, "CA1", &token).await;
        phone.until_audible().await;
        drop(phone);
        token = token_of(&asked(&house).await);
    }
    let mut phone = Phone::connect(&house, "CA1", &token).await;
    phone.until_audible().await;
    drop(phone);
    let twiml = asked(&house).await;
    assert!(twiml.contains("<Say") && !twiml.contains("<Stream"), "{twiml}");
}

#[tokio::test]
async fn what_ended_in_order_or_broke_inside_is_not_picked_up() {
    let house = House::open().await;
    house.script(&["No thank you, goodbye."]);
    let mut phone = Phone::call(&house, "CA1").await;
    phone.listen().await;
    phone.say(0, LINE_MS).await;
    while !phone.hung_up {
        phone.wait(100).await;
    }
    let twiml = asked(&house).await;
    assert!(twiml.contains("<Hangup/>") && !twiml.contains("<Stream"), "{twiml}");

    let mut phone = Phone::call(&house, "CA2").await;
    phone.until_audible().await;
    phone.say(PANICS, 100).await;
    phone.wait(200).await;
    let twiml = house.after("CA2", &[("CallStatus", "in-progress")]).await;
    assert!(twiml.contains("<Say") && !twiml.contains("<Stream"), "{twiml}");
}

#[tokio::test]
async fn a_caller_who_has_gone_or_somebody_else_is_not_connected() {
    let house = House::open().await;
    broken(&house).await;
    let gone = house.after("CA1", &[("CallStatus", "completed")]).await;
    assert!(gone.contains("<Hangup/>") && !gone.contains("<Stream"), "{gone}");
    let fields =
        [("CallSid", "CA1"), ("From", "+13055550999"), ("To", crate::house::BUSINESS), ("CallStatus", "in-progress")];
    let other = house.webhook("/webhook/twilio/after", &fields).await.text().await.expect("a document");
    assert!(!other.contains("<Stream"), "{CALLER} called: {other}");
}
