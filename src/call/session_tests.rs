//! The rules of a call, one by one, in virtual time. The conversation is a script; the world around it is [`World`].

use super::action::Speaker;
use super::phase::Phase;
use super::testing::{Script, World};

#[test]
fn the_call_begins_with_the_greeting_and_then_listens() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    assert_eq!(world.phase(), Phase::Listening);
    let turns = world.turns();
    assert_eq!(
        (turns[0].who, turns[0].text.as_str(), turns[0].cut_off),
        (Speaker::Agent, "Hello, how can I help?", false)
    );
    assert_eq!(world.marks_sent, ["0:0:0", "0:0:1"]);
}

#[test]
fn a_plain_answer_is_answered_within_half_a_second_of_its_last_word() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("I'd like an appointment.", 1_000);
    let silent_from = world.at_ms();
    world.run_ms(4_000);
    let turns = world.turns();
    assert_eq!((turns[1].who, turns[1].text.as_str()), (Speaker::Caller, "I'd like an appointment."));
    let first_answer = world.first_frame_after(silent_from).expect("an answer");
    assert!(first_answer - silent_from <= 600, "{} ms", first_answer - silent_from);
    assert_eq!(turns[2].who, Speaker::Agent);
    let stages = turns[2].stages;
    assert!(stages.endpoint_ms.is_some_and(|ms| (200..600).contains(&ms)), "{stages:?}");
    assert!(stages.recognise_ms.is_some() && stages.first_audio_ms.is_some(), "{stages:?}");
}
