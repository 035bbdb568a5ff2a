//! Spoken and written forms, in both languages.

use super::spoken;
use super::{Lexicon, Meaning, Phrases};
use crate::crm::model::Opening;
use crate::dialogue::Channel;
use crate::nlu::Language;
use crate::phone::E164;
use jiff::civil::{Time, date, time};
use proptest::prelude::*;

fn phrases() -> Phrases {
    Phrases::embedded().expect("good phrase books")
}

fn with(language: Language, check: impl Fn(&Lexicon)) {
    check(phrases().book(language).lexicon());
}

#[test]
fn numbers_are_said_as_people_say_them() {
    with(Language::En, |en| {
        for (value, words) in [
            (0, "zero"),
            (21, "twenty-one"),
            (100, "a hundred"),
            (120, "a hundred and twenty"),
            (999, "nine hundred and ninety-nine"),
            (1_200, "one thousand two hundred"),
            (45_000, "forty-five thousand"),
        ] {
            assert_eq!(spoken::number(en, value), words);
        }
    });
    with(Language::Es, |es| {
        for (value, words) in [
            (21, "veintiuno"),
            (100, "cien"),
            (120, "ciento veinte"),
            (38, "treinta y ocho"),
            (1_500, "mil quinientos"),
        ] {
            assert_eq!(spoken::number(es, value), words);
        }
    });
}

#[test]
fn times_are_said_with_their_part_of_the_day() {
    let at = |hour, minute| time(hour, minute, 0, 0);
    with(Language::En, |en| {
        for (time, ear, eye) in [
            (at(9, 0), "nine in the morning", "9:00 AM"),
            (at(12, 0), "noon", "12:00 PM"),
            (at(12, 30), "twelve thirty in the afternoon", "12:30 PM"),
            (at(15, 5), "three oh five in the afternoon", "3:05 PM"),
            (at(19, 45), "seven forty-five in the evening", "7:45 PM"),
            (at(0, 0), "midnight", "12:00 AM"),
        ] {
            let said = spoken::time(en, time);
            assert_eq!((said.ear.as_str(), said.eye.as_str()), (ear, eye));
        }
        let all = [at(9, 0), at(11, 30), at(14, 0)];
        assert_eq!(spoken::times(en, &all, "or").ear, "nine or eleven thirty in the morning, or two in the afternoon");
    });
    with(Language::Es, |es| {
        for (time, ear, eye) in [
            (at(9, 0), "las nueve de la mañana", "las 9:00"),
            (at(13, 0), "la una de la tarde", "las 13:00"),
            (at(15, 15), "las tres y cuarto de la tarde", "las 15:15"),
            (at(21, 30), "las nueve y media de la noche", "las 21:30"),
        ] {
            let said = spoken::time(es, time);
            assert_eq!((said.ear.as_str(), said.eye.as_str()), (ear, eye));
        }
    });
}

#[test]
fn dates_prices_numbers_and_addresses_have_no_figures_for_the_ear() {
    with(Language::En, |en| {
        assert_eq!(spoken::date(en, date(2026, 12, 1)).ear, "Tuesday, December first");
        assert_eq!(spoken::on_day(en, date(2026, 12, 2), date(2026, 12, 1)).ear, "tomorrow");
        assert_eq!(spoken::on_day(en, date(2026, 12, 4), date(2026, 12, 1)).ear, "on Friday");
        assert_eq!(spoken::on_day(en, date(2026, 12, 8), date(2026, 12, 1)).ear, "on Tuesday, December eighth");
        assert_eq!(spoken::money(en, 12_000).ear, "a hundred and twenty dollars");
        assert_eq!(spoken::money(en, 8_950).eye, "$89.50");
        assert_eq!(spoken::money(en, 100).ear, "one dollar");
        let number = E164::try_from("+13055550199".to_owned()).expect("a number");
        assert_eq!(spoken::phone(en, &number).ear, "three oh five, five five five, oh one nine nine");
        let abroad = E164::try_from("+34612345678".to_owned()).expect("a number");
        assert!(
            spoken::phone(en, &abroad).ear.starts_with("plus three four, six one two"),
            "{:?}",
            spoken::phone(en, &abroad)
        );
        assert_eq!(
            spoken::address(en, "1205 NE 2nd Ave, Apt #4B, Miami, FL 33132").ear,
            "twelve oh five Northeast second Avenue, Apartment number four B, Miami, Florida three three one three two"
        );
    });
    with(Language::Es, |es| assert_eq!(spoken::money(es, 2_101).ear, "veintiún dólares y un centavo"));
}

#[test]
fn equal_neighbours_of_the_week_are_said_together() {
    let open = |from, to| vec![Opening { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) }];
    let week = [open(9, 17), open(9, 17), open(9, 12), open(9, 17), open(9, 17), Vec::new(), Vec::new()];
    with(Language::En, |en| {
        let said = spoken::week(en, &week).eye;
        assert_eq!(
            said,
            "Monday to Tuesday from 9:00 AM to 5:00 PM,|Wednesday from 9:00 AM to 12:00 PM,|and Thursday to Friday from 9:00 AM to 5:00 PM"
        );
    });
}

#[test]
fn phrases_come_in_clauses_short_enough_to_be_spoken_one_by_one() {
    /// Longer clauses keep the caller waiting for the first sound.
    const WORDS_MAX: usize = 14;
    for language in [Language::En, Language::Es] {
        // What stands in a note to the business is read, not heard.
        let heard = |meaning: &&Meaning| !meaning.key().starts_with("flag_");
        for &meaning in Meaning::ALL.iter().filter(heard) {
            for turn in 0..3 {
                let values: Vec<_> = meaning
                    .slots()
                    .iter()
                    .chain(super::meaning::STEADY_SLOTS)
                    .map(|slot| (*slot, super::Said::plain("value")))
                    .collect();
                for clause in phrases().book(language).clauses(Channel::Ear, meaning, turn, false, &values) {
                    let words = clause.ear.split_whitespace().count();
                    assert!((1..=WORDS_MAX).contains(&words), "{} in {language:?}: {:?}", meaning.key(), clause.ear);
                }
            }
        }
    }
}

#[test]
fn a_clause_is_fixed_only_when_all_its_values_are() {
    let book = phrases();
    let book = book.book(Language::En);
    let steady =
        [("business", super::Said::plain("Oak").steadily()), ("agent", super::Said::plain("Rachel").steadily())];
    assert!(book.clauses(Channel::Ear, Meaning::Greet, 0, false, &steady).iter().all(|clause| clause.fixed));
    let name = [steady[0].clone(), steady[1].clone(), ("first_name", super::Said::plain("Ana"))];
    let fixed: Vec<bool> =
        book.clauses(Channel::Ear, Meaning::GreetKnown, 0, false, &name).iter().map(|clause| clause.fixed).collect();
    assert_eq!(fixed, [false, true, true]);
}

#[test]
fn answers_open_with_words_that_can_be_made_before_anybody_asks() {
    for language in [Language::En, Language::Es] {
        let book = phrases();
        let openings = book.book(language).openings();
        let moment = book.book(language).clauses(Channel::Ear, Meaning::StillWorking, 0, false, &[]);
        assert!(openings.contains(moment[0].ear.as_str()), "{moment:?}");
        assert!(openings.iter().all(|words| !words.is_empty() && !words.contains(['{', '|'])), "{openings:?}");
    }
}

proptest! {
    #[test]
    fn nothing_spoken_here_has_figures(value: u64, minor in -1_000_000_i64..100_000_000, hour in 0_i8..24, minute in 0_i8..60) {
        for language in [Language::En, Language::Es] {
            with(language, |lexicon| {
                let at: Time = time(hour, minute, 0, 0);
                for said in [spoken::number(lexicon, value), spoken::money(lexicon, minor).ear, spoken::time(lexicon, at).ear] {
                    assert!(!said.is_empty() && !said.contains(|c: char| c.is_ascii_digit()), "{said}");
                }
            });
        }
    }

    #[test]
    fn any_address_can_be_said(text in ".{0,60}") {
        with(Language::En, |lexicon| {
            let _ = spoken::address(lexicon, &text);
        });
    }
}

#[test]
fn on_a_call_the_record_has_the_words_that_were_said() {
    for language in [Language::En, Language::Es] {
        for &meaning in Meaning::ALL {
            let slots = meaning.slots().iter().chain(super::meaning::STEADY_SLOTS);
            let values: Vec<_> = slots.map(|slot| (*slot, super::Said::plain("value"))).collect();
            for turn in 0..3 {
                for clause in phrases().book(language).clauses(Channel::Ear, meaning, turn, false, &values) {
                    assert_eq!(clause.ear, clause.eye, "{}", meaning.key());
                }
            }
        }
    }
}
