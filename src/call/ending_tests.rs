//! How a call ends, in virtual time: a goodbye, a transfer, too long a call, whoever the business asks for, hanging up.

use super::action::{Ending, Speaker};
use super::event::Event;
use super::phase::Phase;
use super::session_tests::{number, operation, transfer};
use super::testing::{Faults, Script, World, say};
use super::timing::Timing;
use crate::dialogue::{Step, Then};
use crate::phone::E164;

#[test]
fn goodbye_ends_the_call_when_its_last_word_is_heard_with_and_without_marks() {
    for mark_ms in [Some(80), None] {
        let script = Script { answer: |_, _| Step { then: Then::HangUp, ..say(&["Goodbye."]) }, ..Script::default() };
        let mut world = World::start_with(script, Timing::default(), Faults { mark_ms, ..Faults::default() });
        world.run_ms(3_000);
        world.say("bye", 400);
        world.run_ms(3_000);
        assert_eq!(world.finished, Some(Ending::HungUp));
        assert_eq!(world.turns().last().map(|t| t.text.clone()), Some("Goodbye.".to_owned()));
    }
}

#[test]
fn a_transfer_follows_its_announcement_and_can_be_cut_short() {
    let script = || Script { answer: transfer, ..Script::default() };
    let mut world = World::start(script());
    world.run_ms(3_000);
    world.say("a person please", 600);
    world.run_ms(6_000);
    assert_eq!(world.finished, Some(Ending::Transferred(number())));
    let mut world = World::start(script());
    world.run_ms(3_000);
    world.say("a person please", 600);
    world.run_ms(1_200);
    world.say("no stop", 600);
    world.run_ms(1_500);
    assert_eq!(world.finished, None, "{:?}", world.told());
}

#[test]
fn a_voice_that_fails_or_hangs_ends_the_utterance_and_not_the_call() {
    for faults in [Faults { voice_fails: true, ..Faults::default() }, Faults { voice_ms: 60_000, ..Faults::default() }]
    {
        let mut world = World::start_with(Script::default(), Timing::default(), faults);
        world.run_ms(12_000);
        assert_eq!(world.told(), ["silence"]);
        assert!(world.turns().is_empty(), "nothing was heard");
    }
}

#[test]
fn the_longest_call_ends_politely_and_cannot_be_talked_out_of_it() {
    let timing = Timing { longest_call_ms: 10_000, ..Timing::default() };
    let mut world = World::start_with(Script::default(), timing, Faults::default());
    world.run_ms(10_100);
    assert_eq!(world.phase(), Phase::Leaving);
    world.say("no no no", 2_000);
    world.give(Event::Dtmf('5'));
    world.run_ms(3_000);
    assert_eq!(world.finished, Some(Ending::HungUp));
    let last = world.turns().pop().expect("turns");
    assert_eq!((last.text.as_str(), last.cut_off), ("We have to stop here. Goodbye.", false));
}

#[test]
fn an_end_asked_for_during_an_operation_waits_for_its_outcome() {
    let faults = Faults { operation_ms: 2_000, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    world.run_ms(3_000);
    world.say("book it", 500);
    world.run_ms(700);
    world.give(Event::EndRequested);
    world.run_ms(10_000);
    let said: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Agent).map(|t| t.text).collect();
    assert!(said.ends_with(&["It is done.".to_owned(), "We have to stop here. Goodbye.".to_owned()]), "{said:?}");
    assert_eq!(world.finished, Some(Ending::HungUp));
}

#[test]
fn words_of_the_business_are_said_to_the_caller_and_the_call_goes_on() {
    let mut world = World::start_with(Script::default(), Timing::default(), Faults::default());
    world.run_ms(3_000);
    world.give(Event::SayRequested("Doctor Lee is on her way.".to_owned()));
    world.give(Event::SayRequested("...".to_owned()));
    world.run_ms(4_000);
    let last = world.turns().pop().expect("a turn");
    assert_eq!((last.who, last.text.as_str(), last.cut_off), (Speaker::Agent, "Doctor Lee is on her way.", false));
    assert_eq!(world.finished, None);
    world.say("thank you", 500);
    world.run_ms(3_000);
    assert!(world.turns().iter().any(|turn| turn.text == "thank you"), "the caller is listened to");
}

#[test]
fn whoever_the_business_asks_for_is_connected_once_they_were_told() {
    let mut world = World::start_with(Script::default(), Timing::default(), Faults::default());
    let to = E164::parse("+13055550142", "US").expect("a number");
    world.run_ms(3_000);
    world.give(Event::TransferRequested(to.clone()));
    world.give(Event::SayRequested("Too late.".to_owned()));
    world.run_ms(10_000);
    assert_eq!(world.turns().pop().expect("a turn").text, "I'll connect you.");
    assert_eq!(world.finished, Some(Ending::Transferred(to)));
}

#[test]
fn a_transfer_asked_for_during_an_operation_waits_for_its_outcome() {
    let faults = Faults { operation_ms: 2_000, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    let to = E164::parse("+13055550142", "US").expect("a number");
    world.run_ms(3_000);
    world.say("book it", 500);
    world.run_ms(700);
    world.give(Event::TransferRequested(to.clone()));
    world.run_ms(10_000);
    let said: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Agent).map(|t| t.text).collect();
    assert!(said.ends_with(&["It is done.".to_owned(), "I'll connect you.".to_owned()]), "{said:?}");
    assert_eq!(world.finished, Some(Ending::Transferred(to)));
}

#[test]
fn a_goodbye_whose_voice_hangs_still_ends_the_call() {
    let mut world = World::start_with(Script::default(), Timing::default(), Faults::default());
    world.run_ms(3_000);
    world.faults.voice_ms = 100_000;
    world.give(Event::EndRequested);
    world.run_ms(20_100);
    assert_eq!(world.finished, Some(Ending::HungUp));
}

#[test]
fn hanging_up_ends_the_call_cleanly_in_every_phase() {
    let script = || Script { answer: operation, ..Script::default() };
    let faults = Faults { operation_ms: 3_000, recogniser_ms: 400, ..Faults::default() };
    let mut seen = std::collections::BTreeSet::new();
    for moment in (10..9_000).step_by(97) {
        let mut world = World::start_with(script(), Timing::default(), faults.clone());
        let speech = 2_500..3_300;
        world.run_ms(moment.min(speech.start));
        if moment > speech.start {
            world.begin_saying("book it", 800);
            world.run_ms(moment - speech.start);
        }
        seen.insert(format!("{:?}", world.phase()));
        world.give(Event::StreamEnded);
        assert_eq!(world.finished, Some(Ending::CallerLeft));
        world.run_ms(3_000);
        let turns = world.turns();
        assert!((0..).zip(&turns).all(|(number, turn)| turn.number == number), "turns are numbered without a gap");
    }
    for phase in ["Speaking", "Listening", "Hearing", "Working"] {
        assert!(seen.contains(phase), "{phase} was not met: {seen:?}");
    }
}
