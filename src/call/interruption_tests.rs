//! Sounds over the agent's words: which silence it for good, and that nothing is lost when they do not.

use super::action::{Action, Outgoing, Speaker};
use super::standing::FoundOut;
use super::testing::{Faults, Script, World, say, spoken_ms};
use super::timing::Timing;
use super::verdict::{Sound, Verdict, judge};
use crate::dialogue::Step;
use crate::nlu::{Field, Language};

const LONG: &str = "This is a rather long sentence that nobody would want to listen to until its very end.";

fn telling() -> Script {
    Script { greeting: say(&[LONG]), ..Script::default() }
}

fn clears(world: &World) -> usize {
    world.count(|action| matches!(action, Action::Send(Outgoing::Clear)))
}

/// The agent's first turn, once the world has been quiet for long enough to hear it out.
fn first_turn(world: &mut World) -> (String, bool) {
    world.run_ms(spoken_ms(LONG));
    let turn = world.turns().into_iter().find(|turn| turn.who == Speaker::Agent).expect("the agent spoke");
    (turn.text, turn.cut_off)
}

#[test]
fn a_cough_or_a_murmur_of_assent_holds_the_agent_and_it_goes_on_where_it_was() {
    for sound in ["", ".", "Mm-hm.", "Okay.", "Uh-huh. Right."] {
        let mut world = World::start(telling());
        world.run_ms(1_500);
        world.say(sound, 250);
        assert_eq!(clears(&world), 1, "{sound}: silent at once");
        let silent_from = world.at_ms();
        world.run_until(|world| world.first_frame_after(silent_from).is_some());
        assert!(world.at_ms() - silent_from <= 600, "{sound}: {} ms", world.at_ms() - silent_from);
        assert_eq!(first_turn(&mut world), (LONG.to_owned(), false), "{sound}");
        assert!(world.told().is_empty(), "{sound}: {:?}", world.told());
    }
}

#[test]
fn a_sound_that_was_listened_to_whole_is_known_for_nothing_as_soon_as_it_is_over() {
    let timing = Timing::default();
    for length_ms in (100..=400).step_by(20) {
        let faults = Faults { recogniser_ms: 120, ..Faults::default() };
        let mut world = World::start_with(telling(), Timing::default(), faults);
        world.run_ms(1_500);
        world.begin_saying("", length_ms);
        let held = |world: &World| world.session.interruption().held.is_some();
        world.run_until(|world| clears(world) == 1);
        let silent_from = world.at_ms();
        world.run_until(|world| !held(world));
        let took_ms = world.at_ms() - silent_from;
        assert!(took_ms <= timing.verdict_ms, "{length_ms} ms of it: {took_ms} ms");
        assert_eq!(first_turn(&mut world), (LONG.to_owned(), false), "{length_ms} ms of it");
        assert!(world.told().is_empty(), "{:?}", world.told());
    }
}

#[test]
fn for_what_may_be_words_and_goes_on_the_agent_stays_silent_until_it_pauses_and_beside_a_noise_it_goes_on() {
    let timing = Timing::default();
    for (doubtful, words) in [(true, "Not Tuesday."), (true, ""), (false, "")] {
        let faults = Faults { recogniser_ms: 100, doubtful, ..Faults::default() };
        let mut world = World::start_with(telling(), Timing::default(), faults);
        world.run_ms(1_500);
        world.begin_saying("", 900);
        world.run_until(|world| clears(world) == 1);
        let silent_from = world.at_ms();
        let known = |world: &World| world.session.interruption().held.is_none_or(|found| found == FoundOut::Words);
        world.run_until(known);
        let took_ms = world.at_ms() - silent_from;
        assert!(took_ms <= timing.verdict_ms, "doubtful {doubtful}: {took_ms} ms");
        assert_eq!(world.session.interruption().held.is_some(), doubtful);
        world.begin_saying(words, 500);
        world.run_until(|world| world.session.interruption().held.is_none());
        let interruption = world.session.interruption();
        let expected = if words.is_empty() { (0, 1) } else { (1, 0) };
        assert_eq!((interruption.cut_off, interruption.went_on), expected, "doubtful {doubtful}, {words:?}");
    }
}

#[test]
fn a_gap_after_a_syllable_nobody_made_out_is_not_the_end_of_what_is_said() {
    let faults = Faults { recogniser_ms: 100, ..Faults::default() };
    let mut world = World::start_with(telling(), Timing::default(), faults);
    world.run_ms(1_500);
    world.say("", 160);
    world.run_ms(190);
    world.say("Not Tuesday.", 800);
    assert_eq!(clears(&world), 1, "silent all the while");
    world.run_until(|world| world.session.interruption().held.is_none());
    assert_eq!(world.session.interruption().cut_off, 1);
}

#[test]
fn words_made_out_while_it_lasted_were_said_even_if_nothing_is_made_of_the_whole() {
    let faults = Faults { recogniser_ms: 100, ..Faults::default() };
    let mut world = World::start_with(telling(), Timing::default(), faults);
    world.level_db = -14.0;
    world.run_ms(1_500);
    world.begin_saying("Hold on.", 420);
    world.run_until(|world| world.session.interruption().judged.is_some());
    world.begin_saying("", 150);
    world.run_ms(2_000);
    assert_eq!(world.told().last().map(String::as_str), Some("Hold on."));
}

/// "Yeah" while it lasted, and something else when it was over.
fn yeah_and_then(script: Script, words: &str) -> (u32, u32) {
    let faults = Faults { recogniser_ms: 100, ..Faults::default() };
    let mut world = World::start_with(script, Timing::default(), faults);
    world.level_db = -14.0;
    world.run_ms(1_500);
    world.begin_saying("Yeah.", 420);
    world.run_until(|world| world.session.interruption().judged.is_some());
    world.begin_saying(words, 150);
    world.run_ms(2_000);
    let interruption = world.session.interruption();
    (interruption.cut_off, interruption.went_on)
}

#[test]
fn a_word_that_means_nothing_is_the_assent_it_was_taken_for_a_moment_ago() {
    let missing = || Script { answer: |_, _| Step { missed: true, ..say(&["Sorry?"]) }, ..telling() };
    assert_eq!(yeah_and_then(missing(), "Ya-ya."), (0, 1));
    assert_eq!(yeah_and_then(missing(), "Yadda, yadda, yadda."), (0, 1), "one word, however often");
    assert_eq!(yeah_and_then(missing(), "Yeah, but not Friday."), (1, 0), "as long as that it is no assent");
    assert_eq!(yeah_and_then(telling(), "Stop."), (1, 0), "it means something");
}

#[test]
fn what_is_said_twice_after_a_sound_that_was_nothing_is_hardly_a_syllable() {
    // A mark comes after the way there and back, however long.
    for mark_ms in [20, 80, 180, 400] {
        let faults = Faults { mark_ms: Some(mark_ms), ..Faults::default() };
        let mut world = World::start_with(
            Script { greeting: say(&["Hello.", LONG]), ..Script::default() },
            Timing::default(),
            faults,
        );
        world.run_ms(2_500);
        world.say("Mm-hm.", 250);
        world.run_ms(spoken_ms(LONG) + 1_000);
        assert_eq!(clears(&world), 1);
        let spoken = spoken_ms("Hello.").next_multiple_of(20) + spoken_ms(LONG).next_multiple_of(20);
        let twice = world.played_ms.checked_sub(spoken).expect("nothing is left out");
        assert!(twice <= 40, "{mark_ms}: 20 ms and the grain of a frame, not {twice} ms");
    }
}

#[test]
fn words_cut_the_agent_off_where_it_was_held() {
    let mut world = World::start(telling());
    world.run_ms(1_500);
    world.say("Actually, tomorrow.", 600);
    world.run_ms(1_500);
    let turn = &world.turns()[0];
    assert!(turn.cut_off && LONG.starts_with(&turn.text) && !turn.text.is_empty());
    assert_eq!(world.told()[0], format!("interrupted after [{}]", turn.text));
    assert_eq!(world.told()[1], "Actually, tomorrow.");
}

#[test]
fn speech_that_goes_on_is_an_interruption_when_the_recogniser_cannot_tell_in_time() {
    let faults = Faults { recogniser_ms: 900, ..Faults::default() };
    let mut world = World::start_with(telling(), Timing::default(), faults);
    world.run_ms(1_500);
    let began = world.at_ms();
    world.begin_saying("no wait I meant something else", 2_000);
    world.run_until(|world| !world.told().is_empty());
    assert!(world.at_ms() - began <= 200 + Timing::default().verdict_ms, "{} ms", world.at_ms() - began);
    assert!(world.told()[0].starts_with("interrupted"));
}

#[test]
fn a_noise_that_goes_on_is_no_interruption_once_it_was_listened_to() {
    let mut world = World::start(telling());
    world.run_ms(1_500);
    let began = world.at_ms();
    world.begin_saying("", 6_000);
    world.run_ms(300);
    assert_eq!(clears(&world), 1, "silent at first");
    let silent_from = world.at_ms();
    world.run_until(|world| world.first_frame_after(silent_from).is_some());
    let timing = Timing::default();
    let asked_twice =
        timing.second_look_ms.max(timing.look_ms + Faults::default().recogniser_ms) + Faults::default().recogniser_ms;
    assert!(world.at_ms() - began <= asked_twice + 150, "{} ms", world.at_ms() - began);
    assert_eq!(first_turn(&mut world), (LONG.to_owned(), false));
    assert!(world.told().is_empty());
}

#[test]
fn a_recogniser_that_stops_while_a_noise_is_tolerated_does_not_make_the_agent_talk_over_itself() {
    let mut world = World::start(Script { greeting: say(&[LONG, LONG, LONG, LONG]), ..Script::default() });
    world.run_ms(1_500);
    world.say("", 1_500);
    world.faults.recogniser_ms = 60_000;
    world.run_ms(Timing::default().recogniser_ms + 1_000);
    assert!(world.told().is_empty(), "{:?}", world.told());
    assert_eq!(clears(&world), 1);
}

#[test]
fn words_in_a_noise_that_was_tolerated_still_interrupt() {
    let mut world = World::start(telling());
    world.run_ms(1_000);
    world.begin_saying("", 1_200);
    world.run_ms(1_200);
    world.begin_saying("stop, stop, I need something else", 3_000);
    world.run_ms(1_600);
    assert_eq!(world.told().first().map(|told| told.starts_with("interrupted")), Some(true), "{:?}", world.told());
    world.run_ms(3_000);
    assert_eq!(world.told().last().map(String::as_str), Some("stop, stop, I need something else"));
}

#[test]
fn a_caller_who_says_the_agents_words_over_its_greeting_is_no_echo() {
    let mut world = World::start(telling());
    world.level_db = -18.0;
    world.run_ms(1_500);
    world.say("a rather long sentence", 900);
    world.run_ms(1_000);
    assert!(world.told()[0].starts_with("interrupted"), "{:?}", world.told());
    assert_eq!(world.told()[1], "a rather long sentence");
}

#[test]
fn after_a_sound_that_was_nothing_the_next_must_be_longer() {
    let mut world = World::start(telling());
    world.run_ms(1_000);
    world.say("", 150);
    world.run_ms(1_000);
    assert_eq!(clears(&world), 1);
    world.say("", 90);
    world.run_ms(500);
    assert_eq!(clears(&world), 1, "as short a sound is not noticed any more");
    world.say("stop please", 700);
    world.run_ms(1_000);
    assert_eq!(clears(&world), 2);
    assert!(world.told().contains(&"stop please".to_owned()));
}

#[test]
fn a_recogniser_that_fails_does_not_silence_the_agent_for_good() {
    let faults = Faults { recogniser_ms: 60_000, ..Faults::default() };
    let mut world = World::start_with(telling(), Timing::default(), faults);
    world.run_ms(1_500);
    world.say("", 250);
    world.run_ms(10_000);
    assert_eq!(first_turn(&mut world), (LONG.to_owned(), false));
}

#[test]
fn keys_cut_off_words_that_are_held() {
    let mut world = World::start(telling());
    world.run_ms(1_500);
    world.say("", 200);
    world.give(super::event::Event::Dtmf('1'));
    world.run_ms(3_000);
    assert!(world.turns()[0].cut_off);
}

#[test]
fn the_agents_own_voice_coming_back_is_known_after_the_first_time() {
    let mut world = World::start(telling());
    world.run_ms(1_500);
    world.say("a rather long sentence", 900);
    world.run_ms(1_000);
    assert_eq!(clears(&world), 1);
    world.say("that nobody would want", 900);
    world.run_ms(500);
    assert_eq!(clears(&world), 1, "as loud as the echo: not noticed any more");
    assert_eq!(first_turn(&mut world), (LONG.to_owned(), false));
    assert!(world.told().is_empty());
}

#[test]
fn a_garbled_echo_dies_with_the_agents_words_and_a_soft_caller_goes_on() {
    let mut world = World::start(telling());
    world.run_ms(1_500);
    world.say("or what, oh oh", 350);
    world.run_ms(600);
    assert_eq!(clears(&world), 1);
    assert_eq!(first_turn(&mut world), (LONG.to_owned(), false));
    assert!(world.told().is_empty(), "{:?}", world.told());
    let mut world = World::start(telling());
    world.run_ms(1_500);
    let began = world.at_ms();
    world.begin_saying("no, wait a moment please", 1_100);
    world.run_until(|world| !world.told().is_empty());
    assert!(world.at_ms() - began <= 200 + Timing::default().verdict_ms, "{} ms", world.at_ms() - began);
    world.run_ms(2_600);
    assert_eq!(world.told().last().map(String::as_str), Some("no, wait a moment please"));
}

#[test]
fn a_voice_far_behind_the_callers_does_not_interrupt_and_is_heard_when_the_agent_is_silent() {
    let mut world = World::start(telling());
    world.level_db = -40.0;
    world.run_ms(1_500);
    world.say("the news at nine", 900);
    world.run_ms(1_000);
    assert_eq!(clears(&world), 0);
    assert_eq!(first_turn(&mut world), (LONG.to_owned(), false));
    world.run_ms(2_000);
    world.say("I speak softly.", 900);
    world.run_ms(3_000);
    assert_eq!(world.told(), ["I speak softly."], "a soft caller is heard all the same");
}

#[test]
fn the_verdict_follows_the_words_the_question_and_the_level() {
    let agent = "I have nine AM or eleven AM tomorrow. Shall I book it?";
    let plain = Sound {
        words: "",
        language: Language::En,
        field: Field::Anything,
        asked: false,
        heard_out: false,
        agent,
        weaker_db: 0.0,
        died: false,
    };
    for (sound, verdict) in [
        (Sound { words: "wait", ..plain }, Verdict::Words),
        (Sound { words: "…", ..plain }, Verdict::Nothing),
        (Sound { words: "Yeah, okay.", ..plain }, Verdict::Nothing),
        (Sound { words: "Yeah, but not Friday.", ..plain }, Verdict::Words),
        (Sound { words: "Please.", ..plain }, Verdict::Words),
        // The same word is an answer once the question is being asked.
        (Sound { words: "Yes.", field: Field::YesNo, ..plain }, Verdict::Nothing),
        (Sound { words: "Yes.", field: Field::YesNo, asked: true, ..plain }, Verdict::Words),
        // The agent's own words, and weak: its echo. As loud as the caller: a choice.
        (Sound { words: "nine AM or eleven", weaker_db: 12.0, ..plain }, Verdict::Echo),
        (Sound { words: "I have mine", weaker_db: 12.0, ..plain }, Verdict::Echo),
        (Sound { words: "Eleven AM tomorrow.", ..plain }, Verdict::Words),
        (Sound { words: "Can I speak to somebody", weaker_db: 12.0, ..plain }, Verdict::Words),
        // Weak, and gone when the agent fell silent: its echo, whatever was made out. Strong: a short word.
        (Sound { words: "Or what? Oh, oh.", weaker_db: 12.0, died: true, ..plain }, Verdict::Echo),
        (Sound { words: "Stop!", weaker_db: 3.0, died: true, ..plain }, Verdict::Words),
        // Over the last syllable: any words, but not the agent's own.
        (Sound { words: "Okay.", weaker_db: 12.0, died: true, heard_out: true, ..plain }, Verdict::Words),
        (Sound { words: "shall I book it", weaker_db: 12.0, died: true, heard_out: true, ..plain }, Verdict::Echo),
        (Sound { words: "…", heard_out: true, ..plain }, Verdict::Nothing),
        (Sound { words: "Claro.", language: Language::Es, ..plain }, Verdict::Nothing),
    ] {
        assert_eq!(judge(&sound), verdict, "{sound:?}");
    }
}
