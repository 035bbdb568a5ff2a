//! The rules of a call, one by one, in virtual time. The conversation is a script; the world around it is [`World`].

use super::action::{Action, Outgoing, Speaker};
use super::event::{Event, Transcript};
use super::phase::Phase;
use super::testing::{Faults, Script, World, say, spoken_ms};
use super::timing::Timing;
use super::{CallTime, JobId};
use crate::crm::operation::{FindContact, ReleaseHold};
use crate::crm::{Error, Operation};
use crate::dialogue::{Step, Then};
use crate::id::HoldId;
use crate::nlu::Field;
use crate::phone::E164;

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
    let mut world = World::start(Script { field: Field::Service, ..Script::default() });
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

#[test]
fn an_answer_that_sounds_unfinished_is_waited_for() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("I'd like an appointment for", 1_000);
    let silent_from = world.at_ms();
    world.run_ms(3_000);
    let first = world.first_frame_after(silent_from).expect("an answer");
    assert!((1_400..1_900).contains(&(first - silent_from)), "{} ms", first - silent_from);
}

#[test]
fn speech_that_goes_on_abandons_the_guess_and_is_one_turn() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("I'd like", 700);
    world.run_ms(280);
    assert_eq!(world.count(|a| matches!(a, Action::Transcribe { .. })), 1, "a guess at the pause");
    world.say("I'd like an appointment.", 900);
    world.run_ms(4_000);
    assert_eq!(world.told(), ["I'd like an appointment."]);
    let froms: Vec<_> = world.transcriptions().into_iter().map(|(from, _)| from).collect();
    assert_eq!(froms.len(), 2);
    assert_eq!(froms[0], froms[1], "the second look covers the turn from its beginning");
    assert!(world.count(|a| matches!(a, Action::Abandon(_))) >= 1);
}

#[test]
fn recognition_begins_before_the_onset() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    let began = world.at_ms();
    world.say("yes", 400);
    world.run_ms(600);
    let (from, to) = world.transcriptions()[0];
    assert!((250..=400).contains(&(began - from.as_ms())), "{from:?}");
    assert!(to.as_ms() >= began + 400);
}

#[test]
fn an_outcome_cut_off_before_its_first_clause_was_heard_is_told_again() {
    let mut world = World::start(Script { answer: operation, ..Script::default() });
    world.run_ms(3_500);
    world.say("book it", 500);
    let silent_from = world.at_ms();
    world.run_until(|world| world.first_frame_after(silent_from).is_some());
    world.run_ms(150);
    world.say("and hurry up", 700);
    world.run_ms(9_000);
    let said: Vec<_> =
        world.turns().into_iter().filter(|t| t.who == Speaker::Agent && !t.cut_off).map(|t| t.text).collect();
    assert!(said.contains(&"It is done.".to_owned()), "{said:?}");
}

#[test]
fn an_answer_nobody_heard_is_taken_back_when_the_caller_goes_on() {
    let faults = Faults { voice_ms: 300, ..Faults::default() };
    let mut world = World::start_with(Script::default(), Timing::default(), faults);
    world.run_ms(3_500);
    world.say("I'd like an appointment.", 900);
    world.run_until(|world| world.told().len() == 1);
    world.say("I'd like an appointment on Tuesday.", 900);
    world.run_ms(6_000);
    assert_eq!(world.told(), ["I'd like an appointment on Tuesday."]);
    let callers: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Caller).map(|t| t.text).collect();
    assert_eq!(callers, ["I'd like an appointment on Tuesday."]);
}

#[test]
fn a_barge_in_silences_the_agent_at_once_and_keeps_what_was_heard() {
    let mut world = World::start(Script { greeting: say(&[LONG]), ..Script::default() });
    world.run_ms(1_500);
    let began = world.at_ms();
    world.say("wait", 500);
    let cleared = world.first(|a| matches!(a, Action::Send(Outgoing::Clear))).expect("a clear");
    assert!(cleared - began <= 250, "{} ms", cleared - began);
    world.run_ms(300);
    assert_eq!(world.frames_between(cleared + 1, world.at_ms()), 0);
    let turns = world.turns();
    assert!(turns[0].cut_off);
    assert!(LONG.starts_with(&turns[0].text) && !turns[0].text.is_empty() && turns[0].text.len() < LONG.len() / 2);
    assert_eq!(world.told()[0], format!("interrupted after [{}]", turns[0].text));
    world.run_ms(1_500);
    assert_eq!(world.told()[1], "wait");
    assert_eq!(world.marks_sent.iter().filter(|m| m.starts_with("0:")).count(), 0);
    assert!(world.marks_sent.iter().all(|m| m.starts_with("2:")), "{:?}", world.marks_sent);
}

#[test]
fn a_noise_that_is_hardly_a_voice_does_not_silence_the_agent() {
    let mut world = World::start(Script { greeting: say(&[LONG]), ..Script::default() });
    world.run_ms(1_000);
    world.murmur(0.25, 2_000);
    world.run_ms(200);
    assert_eq!(world.count(|a| matches!(a, Action::Send(Outgoing::Clear))), 0);
}

#[test]
fn talking_over_the_last_syllable_is_no_interruption() {
    let mut world = World::start(Script::default());
    let length = spoken_ms("Hello,how can I help?");
    world.run_ms(length - 200);
    world.say("yes", 400);
    world.run_ms(2_000);
    let turns = world.turns();
    assert_eq!((turns[0].text.as_str(), turns[0].cut_off), ("Hello, how can I", true), "what was heard, and no more");
    assert_eq!(world.told(), ["yes"]);
}

#[test]
fn a_cough_over_the_last_syllable_does_not_cost_the_caller_it() {
    let mut world = World::start(Script::default());
    let length = spoken_ms("Hello,how can I help?");
    world.run_ms(length - 200);
    world.say("", 250);
    world.run_ms(2_000);
    let turns = world.turns();
    assert_eq!((turns[0].text.as_str(), turns[0].cut_off), ("Hello, how can I help?", false));
    assert!(world.played_ms >= length, "{} of {length} ms", world.played_ms);
    assert!(world.told().is_empty(), "{:?}", world.told());
}

#[test]
fn an_interruption_by_nothing_is_asked_about_once() {
    // So slow a recogniser cannot tell in time that there are no words in it.
    let faults = Faults { recogniser_ms: 700, ..Faults::default() };
    let script = Script { greeting: say(&[LONG]), answer: |_, _| say(&[LONG]), ..Script::default() };
    let mut world = World::start_with(script, Timing::default(), faults);
    world.run_ms(1_000);
    world.say("", 1_000);
    world.run_ms(2_000);
    assert_eq!(world.told().last().map(String::as_str), Some("unclear"));
    world.say("", 1_000);
    world.run_ms(2_000);
    assert_eq!(world.told().iter().filter(|t| *t == "unclear").count(), 1);
}

#[test]
fn a_sound_without_words_is_ignored_and_the_wait_goes_on() {
    let mut world = World::start(Script::default());
    world.run_ms(4_000);
    world.say("", 300);
    world.run_ms(2_000);
    assert!(world.told().is_empty());
    world.run_ms(3_500);
    assert_eq!(world.told(), ["silence"]);
}

#[test]
fn silence_is_asked_about_and_after_hold_on_much_later() {
    let mut world = World::start(Script {
        answer: |_, text| Step { then: if text == "hold on" { Then::Hold } else { Then::Listen }, ..say(&["Sure."]) },
        ..Script::default()
    });
    world.run_ms(2_000);
    world.say("hold on", 500);
    world.run_ms(20_000);
    assert_eq!(world.told(), ["hold on"]);
    world.run_ms(13_000);
    assert_eq!(world.told(), ["hold on", "silence"]);
    world.run_ms(7_500);
    assert_eq!(world.told(), ["hold on", "silence", "silence"]);
}

#[test]
fn a_failing_recogniser_is_asked_once_more_and_then_the_turn_is_unclear() {
    let faults = Faults { recogniser_fails: true, ..Faults::default() };
    let mut world = World::start_with(Script::default(), Timing::default(), faults);
    world.run_ms(3_000);
    world.say("hello", 500);
    world.run_ms(3_000);
    assert_eq!(world.told(), ["unclear"]);
    assert_eq!(world.count(|a| matches!(a, Action::Transcribe { .. })), 2);
}

#[test]
fn a_silent_recogniser_makes_the_turn_unclear_and_its_late_answer_is_ignored() {
    let faults = Faults { recogniser_ms: 9_000, ..Faults::default() };
    let mut world = World::start_with(Script::default(), Timing::default(), faults);
    world.run_ms(3_000);
    world.say("hello", 500);
    world.run_ms(8_500);
    assert_eq!(world.told(), ["unclear"]);
    world.run_ms(3_000);
    assert_eq!(world.told(), ["unclear"]);
}

#[test]
fn a_slow_operation_is_spoken_about_and_its_outcome_is_told() {
    let faults = Faults { operation_ms: 3_000, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    world.run_ms(3_000);
    world.say("book it", 500);
    world.run_ms(8_000);
    assert_eq!(world.told(), ["book it", "still working", "performed done"]);
    let turns = world.turns();
    let last = turns.last().expect("turns");
    assert_eq!(last.text, "It is done.");
    assert!(last.stages.perform_ms.is_some_and(|ms| (3_000..3_050).contains(&ms)), "{:?}", last.stages);
}

#[test]
fn words_during_an_operation_are_answered_after_its_outcome() {
    let faults = Faults { operation_ms: 4_000, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    world.run_ms(3_000);
    world.say("book it", 500);
    world.run_ms(900);
    world.say("are you there", 600);
    world.run_ms(9_000);
    let told: Vec<_> = world.told().iter().filter(|t| !t.starts_with("still") && !t.starts_with("interr")).collect();
    assert_eq!(told, ["book it", "performed done", "are you there"]);
    let said: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Agent).map(|t| t.text).collect();
    assert!(said.contains(&"It is done.".to_owned()), "{said:?}");
}

#[test]
fn an_outcome_cut_off_before_its_first_word_is_told_again() {
    let faults = Faults { voice_ms: 400, operation_ms: 600, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    world.run_ms(4_000);
    world.say("book it", 500);
    world.run_until(|world| world.told().iter().any(|t| t == "performed done"));
    world.say("and hurry", 500);
    world.run_ms(9_000);
    let said: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Agent).map(|t| t.text).collect();
    assert!(said.contains(&"It is done.".to_owned()), "{said:?}");
}

#[test]
fn a_write_without_an_answer_is_uncertain_and_a_read_is_given_up() {
    for (answer, expected, abandoned) in [
        (operation as fn(&mut Script, &str) -> Step, "the CRM did not say whether it worked: no answer in time", 0),
        (reading, "the CRM is not answering: no answer in time", 1),
    ] {
        let faults = Faults { operation_ms: 60_000, ..Faults::default() };
        let mut world = World::start_with(Script { answer, ..Script::default() }, Timing::default(), faults);
        world.run_ms(3_000);
        world.say("book it", 500);
        world.run_ms(14_000);
        assert!(world.told().contains(&format!("performed {expected}")), "{:?}", world.told());
        let perform = world.job_of_operation().expect("an operation");
        assert_eq!(world.count(|a| *a == Action::Abandon(perform)), abandoned);
    }
}

#[test]
fn words_whose_answer_was_taken_back_are_answered_if_nothing_is_made_of_what_followed() {
    let mut world = World::start(Script::default());
    world.run_ms(3_500);
    world.say("Tuesday, please.", 900);
    world.run_until(|world| world.told().len() == 1);
    world.say("", 250);
    assert!(world.told().is_empty(), "taken back");
    world.run_ms(4_000);
    assert_eq!(world.told(), ["Tuesday, please."]);
    assert_eq!(world.turns().iter().filter(|turn| turn.text == "Tuesday, please.").count(), 1);
}

#[test]
fn words_made_out_before_a_pause_were_said_even_if_nothing_is_made_of_the_whole() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("five one one nine and", 900);
    world.run_ms(450);
    // The rest is beyond the recogniser.
    world.say("", 700);
    world.run_ms(4_000);
    assert_eq!(world.told(), ["five one one nine and"]);
}

#[test]
fn words_that_were_made_out_are_kept_when_the_caller_hangs_up_in_the_pause() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("call me back on", 800);
    world.run_ms(700);
    world.give(Event::StreamEnded);
    assert_eq!(world.turns().pop().map(|t| t.text), Some("call me back on".to_owned()));
}

#[test]
fn a_stream_that_stalls_in_mid_word_does_not_hang_the_call() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    world.say("hello", 600);
    world.stall_ms(6_000);
    assert_eq!(world.told(), ["hello"]);
}

#[test]
fn an_overlong_turn_is_heard_in_parts_and_answered_whole() {
    let timing = Timing { longest_turn_ms: 5_000, ..Timing::default() };
    let mut world = World::start_with(Script::default(), timing, Faults::default());
    world.run_ms(3_000);
    world.say("part", 12_000);
    world.run_ms(3_000);
    assert_eq!(world.told(), ["part part part"]);
    for (from, to) in world.transcriptions() {
        assert!(to.as_ms() - from.as_ms() <= 5_100);
    }
}

#[test]
fn answers_to_past_jobs_are_ignored() {
    let faults = Faults { operation_ms: 3_000, recogniser_ms: 2_000, ..Faults::default() };
    let mut world = World::start_with(Script { answer: operation, ..Script::default() }, Timing::default(), faults);
    let stale = JobId(9_999);
    let words = Transcript { text: "nobody said this".to_owned(), confidence: 1.0, took_ms: 1, doubtful: false };
    world.run_ms(3_000);
    world.say("book it", 500);
    world.run_ms(1_500);
    world.give(Event::Heard { job: stale, result: Ok(words) });
    world.give(Event::TurnJudged { job: stale, finished: Some(1.0) });
    assert!(world.told().is_empty(), "the turn waits for its own words");
    world.run_until(|world| world.phase() == Phase::Working);
    world.give(Event::Performed { job: stale, result: Err(Error::SlotTaken) });
    world.run_ms(500);
    assert_eq!(world.told(), ["book it"]);
    world.run_until(|world| world.told().len() == 3);
    assert_eq!(world.told()[1..], ["still working", "performed done"]);
    world.run_until(|world| world.phase() == Phase::Speaking);
    let frames = world.count(|a| matches!(a, Action::Send(Outgoing::Media(_))));
    world.give(Event::Spoken { job: stale, clause: 0, audio: vec![1; 8_000].into(), last: true });
    world.give(Event::SpeechFailed { job: stale, clause: 0 });
    assert_eq!(world.count(|a| matches!(a, Action::Send(Outgoing::Media(_)))), frames);
}

#[test]
fn a_caller_who_pauses_inside_their_sentences_is_given_the_time_in_the_next_one() {
    /// How long it takes until a sentence counts as over.
    fn silence(world: &mut World) -> u64 {
        let told = world.told().len();
        world.say("I'd like a cleaning.", 900);
        let from = world.at_ms();
        world.run_until(|world| world.told().len() > told);
        world.at_ms() - from
    }
    let start = || World::start(Script { field: Field::Service, ..Script::default() });
    let mut quick = start();
    quick.run_ms(3_500);
    let mut slow = start();
    slow.run_ms(3_500);
    for words in ["My name is and", "My name is and my"] {
        slow.say(words, 900);
        slow.run_ms(700);
    }
    slow.say("My name is Ana.", 900);
    slow.run_ms(6_000);
    assert_eq!(slow.told(), ["My name is Ana."], "neither pause ended it");
    let (quickly, slowly) = (silence(&mut quick), silence(&mut slow));
    assert!(quickly < 500 && slowly > 750, "{quickly} and {slowly} ms");
}

#[test]
fn an_earlier_time_counts_as_the_latest() {
    let mut world = World::start(Script::default());
    world.run_ms(3_000);
    let due = world.session.deadline();
    assert!(world.session.handle(CallTime::from_ms(10), Event::Tick).is_empty());
    assert_eq!(world.session.deadline(), due);
}

const LONG: &str = "This is a rather long sentence that nobody would want to listen to until its very end.";

pub(super) fn number() -> E164 {
    E164::try_from("+13055550100".to_owned()).expect("a number")
}

pub(super) fn transfer(_: &mut Script, text: &str) -> Step {
    let then = if text.contains("person") { Then::Transfer(number()) } else { Then::Listen };
    Step { then, ..say(&["I will put you through to a person right now."]) }
}

/// A write in answer to "book it", words to anything else.
pub(super) fn operation(_: &mut Script, text: &str) -> Step {
    let release = Operation::ReleaseHold(ReleaseHold { hold: HoldId::from_u128(1) });
    if text == "book it" { Step { operation: Some(release), ..Step::default() } } else { say(&["I am here."]) }
}

fn reading(_: &mut Script, text: &str) -> Step {
    let find = Operation::FindContact(FindContact { phone: number() });
    if text == "book it" { Step { operation: Some(find), ..Step::default() } } else { say(&["I am here."]) }
}
