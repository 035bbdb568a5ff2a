//! How much silence a turn needs, by what was asked, what was said and how it sounded.

use super::*;
use proptest::prelude::*;

fn needed(field: Field, words: &str, finished: Option<f32>) -> u64 {
    wait(field, words, finished, false)
}

fn wait(field: Field, words: &str, finished: Option<f32>, answered: bool) -> u64 {
    let evidence = Evidence { field, words: Some(words), finished, answered, ..Evidence::default() };
    silence_needed_ms(&evidence, &Timing::default())
}

#[test]
fn who_tells_what_they_want_is_waited_on_longer_than_who_answers_and_a_goodbye_is_all() {
    let needed = |words: &str, whole: bool| {
        let words = Some(words);
        let evidence = Evidence { words, finished: Some(0.9), answered: true, whole, ..Evidence::default() };
        silence_needed_ms(&evidence, &Timing::default())
    };
    assert!((650..=750).contains(&needed("I'd like to book an appointment.", false)));
    assert_eq!(needed("No, that's all.", true), 500, "a goodbye is still to come");
    for whole in ["No, that's all. Thank you, goodbye.", "No, bye-bye!", "Thanks, bye."] {
        assert_eq!(needed(whole, true), 300, "{whole}");
    }
    assert!(needed("My name is Goodbye.", false) >= 650, "only what is understood as one is a goodbye");
}

#[test]
fn an_answer_that_ends_in_please_is_all_of_it_and_nobody_need_be_asked_how_it_sounded() {
    for (field, words) in
        [(Field::Service, "A cleaning, please."), (Field::Time, "10:30 AM, please."), (Field::Day, "Tuesday, thanks.")]
    {
        for finished in [None, Some(0.1), Some(0.9)] {
            assert_eq!(wait(field, words, finished, true), 300, "{words} {finished:?}");
            assert!(wait(field, words, finished, false) >= 1_200, "{words}, which answers nothing");
        }
    }
    assert!(wait(Field::Anything, "A cleaning, please.", Some(0.9), true) >= 700, "when, and who?");
}

#[test]
fn a_name_of_two_words_is_likely_all_and_letters_are_waited_for_until_they_are_the_name() {
    let name = |words: &str| needed(Field::Name, words, Some(0.95));
    for whole in ["Laura Bennett.", "It's Laura Bennett.", "My name is Ana Silva."] {
        assert!(name(whole) <= 600, "{whole}");
    }
    for part in ["It's under Patel.", "Papadakis.", "My name is Kowalski.", "Yes, it's Ana."] {
        assert!(name(part) >= 1_050, "{part}");
    }
    for begun in [
        "Patel, P-A-T",
        "My name is Ana Silva, S",
        "It's under Silva. S. I. L.",
        "That's Fitzgerald's FITZ",
        "Silver-F.",
    ] {
        assert!(name(begun) >= 1_300, "{begun}");
    }
    for spelled in ["Patel, P-A-T-E-L.", "It's under Silva. S. I. L. V. A.", "Fitzgerald, FITZ, G-E-R-A-L-D"] {
        assert!(name(spelled) <= 450, "{spelled}");
    }
}

#[test]
fn more_figures_than_a_number_has_are_the_recogniser_repeating_itself() {
    for words in ["923-613-613-613-613-613-6", "1,001", "143-278-143-278", "4, 5, 2, 3, 4, 4, 5, 2, 3, 4, 4"] {
        assert!(needed(Field::Phone, words, Some(0.9)) >= 1_200, "{words}");
    }
    for words in ["305-555-0142", "1 305 555 0142", "It's 143-278-8747."] {
        assert!(needed(Field::Phone, words, Some(0.9)) <= 300, "{words}");
    }
}

#[test]
fn who_pauses_inside_their_turns_is_given_the_time() {
    let evidence = Evidence {
        field: Field::Day,
        words: Some("Tuesday."),
        finished: Some(0.9),
        answered: true,
        ..Evidence::default()
    };
    let slow = Evidence { pauses_ms: 700, ..evidence };
    assert_eq!(silence_needed_ms(&evidence, &Timing::default()), 300);
    assert_eq!(silence_needed_ms(&slow, &Timing::default()), 850);
    let yes = Evidence { field: Field::YesNo, words: Some("Yes."), ..slow };
    assert_eq!(silence_needed_ms(&yes, &Timing::default()), 300, "what is complete is complete");
}

#[test]
fn a_plain_answer_that_is_understood_ends_within_450_ms_and_a_name_a_little_later() {
    for (field, words) in [
        (Field::Service, "A cleaning, please."),
        (Field::YesNo, "Yes, please."),
        (Field::YesNo, "no"),
        (Field::Day, "Tuesday."),
        (Field::Name, "Ana Silva."),
        (Field::Phone, "305-555-0142."),
        (Field::Phone, "three oh five five five five oh one four two"),
        (Field::Email, "ana at example dot com"),
        (Field::Email, "It's ana.silva@example.com."),
    ] {
        let longest = if field == Field::Name { 700 } else { 450 };
        assert!(wait(field, words, Some(0.9), true) <= longest, "{words}");
    }
}

#[test]
fn words_that_cannot_end_a_sentence_are_waited_on() {
    for words in [
        "I'd like to book an appointment for",
        "My name is",
        "um,",
        "Tuesday and...",
        "my number is 305-555",
        "I wanted to -",
    ] {
        assert!(needed(Field::Anything, words, Some(0.99)) >= 1_300, "{words}");
    }
    let es = Evidence { language: Language::Es, words: Some("Quiero una cita para"), ..Evidence::default() };
    assert!(silence_needed_ms(&es, &Timing::default()) >= 1_300);
}

#[test]
fn a_number_and_an_address_are_waited_for_until_they_are_complete() {
    for (field, words) in
        [(Field::Phone, "305"), (Field::Phone, "three oh five"), (Field::Email, "ana"), (Field::Email, "a@b")]
    {
        assert!(needed(field, words, Some(0.99)) >= 1_200, "{words}");
    }
}

#[test]
fn a_time_of_day_is_no_unfinished_number() {
    assert!(wait(Field::Time, "at 10:30", Some(0.9), true) <= 450);
    assert!(wait(Field::Day, "December 15th at 3", Some(0.9), true) <= 450);
}

#[test]
fn a_day_with_its_time_is_a_whole_answer_whatever_it_sounded_like() {
    let evidence = Evidence {
        field: Field::Day,
        words: Some("Tuesday at three."),
        answered: true,
        whole: true,
        ..Evidence::default()
    };
    for finished in [None, Some(0.1), Some(0.9)] {
        assert_eq!(silence_needed_ms(&Evidence { finished, ..evidence }, &Timing::default()), 300, "{finished:?}");
    }
    let hanging = Evidence { words: Some("Tuesday at three or"), ..evidence };
    assert!(silence_needed_ms(&hanging, &Timing::default()) >= 1_300);
}

#[test]
fn a_yes_with_more_behind_it_is_no_bare_yes() {
    assert!(needed(Field::YesNo, "no, make it", Some(0.1)) >= 800);
}

#[test]
fn an_answer_to_what_was_asked_is_waited_on_less_unless_it_has_more_parts() {
    for field in [Field::Anything, Field::Service, Field::Day, Field::Time, Field::Choice, Field::Name, Field::Phone] {
        for finished in [None, Some(0.1), Some(0.4), Some(0.9)] {
            let evidence = Evidence { field, words: Some("Tuesday"), finished, ..Evidence::default() };
            let (plain, answered) = (
                silence_needed_ms(&evidence, &Timing::default()),
                silence_needed_ms(&Evidence { answered: true, ..evidence }, &Timing::default()),
            );
            assert_eq!(answered < plain, ends_with_an_answer(field), "{field:?} {finished:?}");
        }
    }
}

proptest! {
    #[test]
    fn the_rule_is_total_and_bounded(
        words in "\\PC{0,80}", p in proptest::option::of(0.0f32..=1.0), answered in any::<bool>(), pauses_ms in 0u64..5_000, longest in 0u64..4_000, patience in 0.25f32..=4.0,
    ) {
        let timing = Timing { longest_wait_ms: longest, patience, ..Timing::default() };
        for field in [Field::Anything, Field::YesNo, Field::Name, Field::Phone, Field::Email, Field::Words] {
            for language in [Language::En, Language::Es] {
                let evidence = Evidence { field, language, words: Some(&words), finished: p, answered, whole: answered, pauses_ms };
                prop_assert!(silence_needed_ms(&evidence, &timing) <= longest);
            }
        }
    }
}
