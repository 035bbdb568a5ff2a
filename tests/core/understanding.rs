//! Where understanding is fuzzed, through the door everybody uses: any text, in every language and context.
//!
//! `PROPTEST_CASES=1000000 cargo test --release --test core understanding` goes on for as long as one likes; a text that
//! fails is made small and kept under `proptest-regressions`, and tried first from then on.

use jiff::Zoned;
use proptest::prelude::*;
use ringlypro::nlu::{Entities, Expecting, Field, Grammar, Language, Term, Understanding, understand};
use std::sync::LazyLock;

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::embedded().expect("the embedded grammar loads"));

const FIELDS: [Field; 10] = [
    Field::Anything,
    Field::YesNo,
    Field::Service,
    Field::Day,
    Field::Time,
    Field::Name,
    Field::Phone,
    Field::Email,
    Field::Choice,
    Field::Words,
];

/// What is expected, from one number.
fn context(choice: usize) -> Expecting {
    let term = |name: &str| Term { name: name.to_owned(), aliases: vec![name.to_uppercase()] };
    Expecting {
        field: FIELDS[choice % FIELDS.len()],
        language: Language::ALL[choice / FIELDS.len() % Language::ALL.len()],
        region: ["US", "ES", "GB", "XX", ""][choice / 20 % 5].to_owned(),
        services: vec![term("cleaning"), term("revisión"), term("")],
        options: vec![term("nine"), term("las diez")],
        hours: None,
    }
}

/// Times the clocks were changed at, the ends of years, and any other.
fn some_now() -> impl Strategy<Value = Zoned> {
    let odd = ["2026-03-08T02:30", "2026-11-01T01:30", "2024-02-29T23:59", "2026-12-31T23:59", "1999-01-01T00:00"];
    let zones = ["America/New_York", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Apia"];
    (prop::sample::select(odd.to_vec()), prop::sample::select(zones.to_vec()))
        .prop_map(|(at, zone)| format!("{at}[{zone}]").parse().expect("a time"))
}

/// Text as it comes: any characters, or words with signs and figures between them.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,120}",
        "([a-zñáé]{1,9}|[0-9]{1,4}|[:/.,@#$%€º’'\"()+-]| |\\u{301}|\u{200b}|İ|ß|ﬁ|[一-九]){0,60}",
    ]
}

fn places_lie_inside(read: &Understanding, text: &str) -> Result<(), TestCaseError> {
    let all = read.also.iter().map(|(_, entities)| entities).chain([&read.entities]);
    for when in all.filter_map(|entities: &Entities| entities.when.as_ref()) {
        prop_assert_eq!(text.get(when.span.clone()), Some(when.text.as_str()));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_understood_the_same_way_twice(text in any_text(), choice in 0..100usize, now in some_now()) {
        let expecting = context(choice);
        let read = understand(&GRAMMAR, &expecting, &now, &text);
        places_lie_inside(&read, &text)?;
        prop_assert!((0.0..=1.0).contains(&read.confidence));
        prop_assert!(serde_json::to_string(&read).is_ok());
        prop_assert_eq!(&read, &understand(&GRAMMAR, &expecting, &now, &text));
    }
}
