//! What is prepared on a guess, what is kept of it, and that nothing of it gets out before its time.

use super::action::{Action, Outgoing, Speaker};
use super::testing::{Faults, Script, World, say};
use super::timing::Timing;
use crate::crm::operation::{FindContact, ReleaseHold};
use crate::crm::{Operation, Outcome};
use crate::dialogue::Step;
use crate::id::HoldId;
use crate::phone::E164;

/// A caller after whose words nobody can tell whether they are over: there is time between guess and end.
fn doubtful() -> Faults {
    Faults { finished: None, recogniser_ms: 100, ..Faults::default() }
}

fn performs(world: &World) -> usize {
    world.count(|action| matches!(action, Action::Perform { .. }))
}

fn speaks(world: &World) -> usize {
    world.count(|action| matches!(action, Action::Speak { .. }))
}

#[test]
fn the_answer_is_spoken_ahead_and_heard_as_soon_as_the_turn_is_over() {
    let faults = Faults { voice_ms: 200, ..doubtful() };
    let mut world = World::start_with(Script::default(), Timing::default(), faults);
    world.run_ms(3_500);
    world.say("I'd like an appointment.", 900);
    let (silent_from, spoken_before) = (world.at_ms(), speaks(&world));
    world.run_until(|world| speaks(world) > spoken_before);
    assert!(world.told().is_empty(), "the conversation itself has heard nothing yet");
    world.run_until(|world| !world.told().is_empty());
    let over = world.at_ms();
    let first = world.first_frame_after(silent_from).expect("an answer");
    assert!(first - over <= 1, "the first frame left {} ms after the turn was over", first - over);
    world.run_ms(3_000);
    assert_eq!(speaks(&world), spoken_before + 1, "the answer was made once");
    let turns = world.turns();
    assert_eq!(turns.last().map(|turn| turn.text.as_str()), Some("You said I'd like an appointment.."));
    assert!(turns.last().and_then(|turn| turn.stages.saved_ms).is_some_and(|ms| ms > 100), "{:?}", turns.last());
}

#[test]
fn a_read_is_performed_ahead_once_and_its_answer_spoken_ahead_too() {
    let script = Script { answer: read, ..Script::default() };
    let mut world = World::start_with(script, Timing::default(), doubtful());
    world.run_ms(3_500);
    world.say("am I known", 900);
    world.run_until(|world| performs(world) == 1);
    assert!(world.told().is_empty(), "{:?}", world.told());
    world.run_until(|world| world.told().len() == 2);
    assert_eq!(world.told(), ["am I known", "performed done"]);
    world.run_ms(4_000);
    assert_eq!(performs(&world), 1);
    assert_eq!(world.turns().last().map(|turn| turn.text.clone()), Some("It is done.".to_owned()));
}

#[test]
fn nothing_is_written_sent_or_recorded_on_a_guess() {
    let script = Script { answer: write, ..Script::default() };
    let mut world = World::start_with(script, Timing::default(), doubtful());
    world.run_ms(3_500);
    let before = world.turns().len();
    world.say("book it", 900);
    let silent_from = world.at_ms();
    world.run_until(|world| speaks(world) == 2);
    assert_eq!(performs(&world), 0, "a write waits for the turn");
    assert_eq!(world.frames_between(silent_from, world.at_ms() + 1), 0);
    assert_eq!(world.turns().len(), before);
    world.run_until(|world| !world.told().is_empty());
    assert_eq!(performs(&world), 1);
}

#[test]
fn a_guess_that_speech_goes_beyond_leaves_nothing_behind() {
    let mut world = World::start_with(Script::default(), Timing::default(), doubtful());
    world.run_ms(3_500);
    world.say("I'd like", 900);
    world.run_until(|world| speaks(world) == 2);
    world.say("I'd like an appointment.", 900);
    assert!(world.count(|action| matches!(action, Action::Abandon(_))) >= 1, "what was prepared is given up");
    assert_eq!(world.count(|action| matches!(action, Action::Send(Outgoing::Clear))), 0);
    world.run_ms(5_000);
    assert_eq!(world.told(), ["I'd like an appointment."]);
    let said: Vec<_> = world.turns().into_iter().map(|turn| turn.text).collect();
    assert!(!said.contains(&"You said I'd like.".to_owned()), "{said:?}");
}

#[test]
fn an_answer_that_turns_out_different_is_made_anew() {
    // The recogniser hears something else the second time: the turn is longer than the guess.
    let mut world = World::start_with(Script::default(), Timing::default(), doubtful());
    world.run_ms(3_500);
    world.say("Tuesday", 900);
    world.run_until(|world| speaks(world) == 2);
    world.say("Tuesday at ten", 700);
    world.run_ms(5_000);
    assert_eq!(world.turns().last().map(|turn| turn.text.clone()), Some("You said Tuesday at ten.".to_owned()));
}

#[test]
fn an_answer_of_which_a_syllable_was_heard_is_taken_back_too() {
    let mut world = World::start(Script::default());
    world.run_ms(3_500);
    world.say("Yes", 400);
    let silent_from = world.at_ms();
    world.run_until(|world| world.first_frame_after(silent_from).is_some());
    world.run_ms(60);
    world.say("Yes please", 700);
    world.run_ms(5_000);
    assert_eq!(world.told(), ["Yes please"]);
    let callers: Vec<_> = world.turns().into_iter().filter(|t| t.who == Speaker::Caller).map(|t| t.text).collect();
    assert_eq!(callers, ["Yes please"]);
    assert_eq!(
        world.turns().last().map(|turn| (turn.text.clone(), turn.cut_off)),
        Some(("You said Yes please.".to_owned(), false))
    );
}

#[test]
fn what_is_said_when_a_write_succeeds_is_spoken_ahead_and_the_write_waits() {
    let script = Script { answer: quiet_write, foreseen: Some(Outcome::Released), ..Script::default() };
    let mut world = World::start_with(script, Timing::default(), doubtful());
    world.run_ms(3_500);
    world.say("that one", 900);
    let spoken_before = speaks(&world);
    world.run_until(|world| speaks(world) > spoken_before);
    assert_eq!(performs(&world), 0, "nothing is written on a guess");
    world.run_until(|world| world.told().len() == 2);
    assert_eq!(world.told(), ["that one", "performed done"]);
    world.run_ms(4_000);
    assert_eq!((performs(&world), speaks(&world)), (1, spoken_before + 1));
    assert_eq!(world.turns().last().map(|turn| turn.text.clone()), Some("It is done.".to_owned()));
}

fn quiet_write(_: &mut Script, _: &str) -> Step {
    let release = Operation::ReleaseHold(ReleaseHold { hold: HoldId::from_u128(1) });
    Step { operation: Some(release), ..Step::default() }
}

fn read(_: &mut Script, _: &str) -> Step {
    let phone = E164::try_from("+13055550100".to_owned()).expect("a number");
    Step { operation: Some(Operation::FindContact(FindContact { phone })), ..Step::default() }
}

fn write(_: &mut Script, _: &str) -> Step {
    let release = Operation::ReleaseHold(ReleaseHold { hold: HoldId::from_u128(1) });
    Step { operation: Some(release), ..say(&["One moment."]) }
}

/// A caller speaks for longer than a part, pauses for so long, and goes on: only the rest is listened to at the end.
fn only_the_rest_is_listened_to(pause_ms: u64, recogniser_ms: u64) {
    let faults = Faults { recogniser_ms, ..doubtful() };
    let mut world = World::start_with(Script::default(), Timing::default(), faults);
    world.run_ms(3_500);
    world.say("It is about my tooth,", Timing::default().part_ms + 500);
    world.run_ms(pause_ms);
    world.say("and I'd like to come on Monday.", 1_500);
    world.run_until(|world| !world.told().is_empty());
    assert_eq!(world.told(), ["It is about my tooth, and I'd like to come on Monday."]);
    let (from, to) = *world.transcriptions().last().expect("a last look");
    assert!(to.as_ms() - from.as_ms() < 2_500, "from {} to {} ms", from.as_ms(), to.as_ms());
}

#[test]
fn of_a_long_turn_only_what_follows_a_pause_is_still_listened_to_at_its_end() {
    only_the_rest_is_listened_to(400, doubtful().recogniser_ms);
}

#[test]
fn words_of_a_long_turn_that_are_on_the_way_when_it_goes_on_are_kept_too() {
    only_the_rest_is_listened_to(250, 600);
}

#[test]
fn a_turn_of_usual_length_is_listened_to_whole() {
    let mut world = World::start_with(Script::default(), Timing::default(), doubtful());
    world.run_ms(3_500);
    world.say("It is about my tooth,", 2_000);
    world.run_ms(400);
    world.say("It is about my tooth, and I'd like to come on Monday.", 1_500);
    world.run_until(|world| !world.told().is_empty());
    assert_eq!(world.told(), ["It is about my tooth, and I'd like to come on Monday."]);
    let (from, to) = *world.transcriptions().last().expect("a last look");
    assert!(to.as_ms() - from.as_ms() > 3_500);
}
