//! What holds for every text: an answer, always the same, whose places lie in the text.

use super::*;

const SALAD: &[&str] = &[
    "next",
    "last",
    "this",
    "monday",
    "lunes",
    "5",
    "31",
    "2024",
    "99999999999999999999",
    "0",
    "12:61",
    "3/4",
    "29/2",
    "2019-13-45",
    "half",
    "past",
    "to",
    "of",
    "the",
    "from",
    "between",
    "and",
    "until",
    "-",
    "may",
    "febrero",
    "pm",
    "a.m.",
    "in",
    "3",
    "weeks",
    "años",
    "ago",
    "hace",
    "mañana",
    "pasado",
    "a las",
    "y",
    "media",
    "menos",
    "cuarto",
    "twenty",
    "hundred",
    "million",
    "mil",
    "point",
    "at",
    "dot",
    "com",
    "@",
    "double",
    "oh",
    "+",
    "(305)",
    "555-0142",
    "x",
    "ext",
    "$",
    "€",
    "5k",
    "first",
    "º",
    "ñ",
    "😀",
    "\"",
    ":",
    "saying",
    "no",
    ",",
    "not",
    "option",
    "task",
    "#",
    "for",
    "John",
    "S-M-I-T-H",
    "’s",
    "o'clock",
    "week",
    "month",
    "year",
    "end",
    "rest",
    "of the",
    "every",
    "decade",
    "100000",
    "thousand",
    "billion",
    "quarter",
    "fifth",
    "fin de semana",
];

proptest::proptest! {
    #[test]
    fn any_heap_of_words_has_an_answer_in_every_language_and_context(
        places in proptest::collection::vec(0..SALAD.len(), 0..24),
        glue in proptest::collection::vec(proptest::bool::weighted(0.8), 24),
        field in 0..10usize,
        spanish: bool,
        day in 0..40_000i32,
    ) {
        let fields = [
            Field::Anything, Field::YesNo, Field::Service, Field::Day, Field::Time, Field::Name, Field::Phone, Field::Email,
            Field::Choice, Field::Words,
        ];
        let mut text = String::new();
        for (place, blank) in places.iter().zip(&glue) {
            text.push_str(SALAD[*place]);
            if *blank { text.push(' ') }
        }
        let language = if spanish { Language::Es } else { Language::En };
        let expecting = Expecting { language, ..dental(fields[field]) };
        let at = date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).expect("a day").at(23, 59, 59, 0);
        let at = at.in_tz("America/New_York").expect("a zone");
        let got = understand(grammar(), &expecting, &at, &text);
        if let Some(when) = &got.entities.when {
            proptest::prop_assert_eq!(&text[when.span.clone()], &when.text);
        }
        proptest::prop_assert!((0.0..=1.0).contains(&got.confidence));
        proptest::prop_assert!(serde_json::to_string(&got).is_ok());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_has_an_answer_and_always_the_same(text in ".{0,200}") {
        let first = read(Field::Anything, &text);
        proptest::prop_assert_eq!(&first, &read(Field::Anything, &text));
        let also = first.also.iter().map(|(_, entities)| entities);
        for when in also.chain([&first.entities]).filter_map(|entities| entities.when.as_ref()) {
            proptest::prop_assert_eq!(&text[when.span.clone()], &when.text);
        }
    }
}

/// A value as one would write it out.
fn written(value: &WhenValue) -> Option<String> {
    let value = match value {
        WhenValue::Date(day) => day.strftime("%Y-%m-%d").to_string(),
        WhenValue::Time(time) => time.strftime("%H:%M").to_string(),
        WhenValue::DateTime(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        WhenValue::Duration(_) | WhenValue::Range { .. } => return None,
    };
    Some(value)
}

proptest::proptest! {
    #[test]
    fn a_day_or_time_that_was_found_written_out_is_found_again(
        places in proptest::collection::vec(0..SALAD.len(), 1..6),
        spanish: bool,
        day in 10_000..25_000i32,
    ) {
        let text = places.iter().map(|place| SALAD[*place]).collect::<Vec<_>>().join(" ");
        let language = if spanish { Language::Es } else { Language::En };
        let expecting = Expecting { language, ..Expecting::default() };
        let at = date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).expect("a day").at(12, 0, 0, 0);
        let at = at.in_tz("America/New_York").expect("a zone");
        let found = understand(grammar(), &expecting, &at, &text).entities.when.map(|when| when.value);
        // Years of four figures are how dates are written.
        let usual = |value: &WhenValue| match value {
            WhenValue::Date(day) => (1900..2100).contains(&day.year()),
            WhenValue::DateTime(at) => (1900..2100).contains(&at.year()),
            WhenValue::Time(_) | WhenValue::Duration(_) | WhenValue::Range { .. } => true,
        };
        if let Some(value) = found.filter(usual) && let Some(written) = written(&value) {
            let again = understand(grammar(), &expecting, &at, &written).entities.when.map(|when| when.value);
            proptest::prop_assert_eq!(again, Some(value), "{} was written {}", text, written);
        }
    }
}
