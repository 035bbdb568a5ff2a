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

/// A bound as one would write it out.
fn edge(bound: Bound) -> String {
    match bound {
        Bound::Date(day) => day.strftime("%Y-%m-%d").to_string(),
        Bound::Time(time) => time.strftime("%H:%M").to_string(),
        Bound::DateTime(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
    }
}

/// A value as one would write it out.
fn written(value: &WhenValue, spanish: bool) -> Option<String> {
    let pick = |english: &'static str, spanish_word: &'static str| if spanish { spanish_word } else { english };
    Some(match value {
        WhenValue::Date(day) => edge(Bound::Date(*day)),
        WhenValue::Time(time) => edge(Bound::Time(*time)),
        WhenValue::DateTime(at) => edge(Bound::DateTime(*at)),
        WhenValue::Duration(seconds @ 1..) => {
            let (days, rest) = (seconds / 86_400, seconds % 86_400);
            let units = [
                (days, pick("days", "días")),
                (rest / 3_600, pick("hours", "horas")),
                (rest / 60 % 60, pick("minutes", "minutos")),
                (rest % 60, pick("seconds", "segundos")),
            ];
            let said = units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
            said.collect::<Vec<_>>().join(", ")
        }
        WhenValue::Range { start: Some(start), end: Some(end) } => {
            format!("{} {} {} {}", pick("from", "desde"), edge(*start), pick("to", "hasta"), edge(*end))
        }
        WhenValue::Range { start: Some(start), end: None } => format!("{} {}", pick("after", "desde"), edge(*start)),
        WhenValue::Range { start: None, end: Some(end) } => format!("{} {}", pick("until", "hasta"), edge(*end)),
        WhenValue::Duration(_) | WhenValue::Range { start: None, end: None } => return None,
    })
}

/// Years of four figures, near enough to count days to, are how dates are written.
fn is_usual(value: &WhenValue) -> bool {
    let usual = |bound: &Bound| match bound {
        Bound::Date(day) => (1900..2100).contains(&day.year()),
        Bound::DateTime(at) => (1900..2100).contains(&at.year()),
        Bound::Time(_) => true,
    };
    match value {
        WhenValue::Date(day) => usual(&Bound::Date(*day)),
        WhenValue::DateTime(at) => usual(&Bound::DateTime(*at)),
        WhenValue::Time(_) => true,
        WhenValue::Duration(seconds) => *seconds < 90_000 * 86_400,
        WhenValue::Range { start, end } => {
            // A range from a time to a day, or back in time, is heard but never written.
            let ordered = |(start, end): (&Bound, &Bound)| {
                std::mem::discriminant(start) == std::mem::discriminant(end) && start <= end
            };
            start.iter().chain(end).all(usual) && start.as_ref().zip(end.as_ref()).is_none_or(ordered)
        }
    }
}

/// Words of lengths and ranges, which a heap of all words seldom makes.
const STRETCHES: &[&str] = &[
    "from",
    "to",
    "until",
    "after",
    "before",
    "between",
    "and",
    "desde",
    "hasta",
    "entre",
    "y",
    "antes de",
    "después de",
    "for",
    "in",
    "an",
    "half",
    "hour",
    "hours",
    "3",
    "45",
    "minutes",
    "two",
    "dos",
    "días",
    "horas",
    "weeks",
    "monday",
    "friday",
    "lunes",
    "viernes",
    "9",
    "10:30",
    "5pm",
    "noon",
    "morning",
    "tarde",
    "tomorrow",
    "mañana",
    "next",
    "week",
    "el",
    "la",
    "a las",
    "weekend",
    "2026-05-04",
    "may 3",
    "business days",
    "this",
    "month",
];

proptest::proptest! {
    #[test]
    fn what_was_found_written_out_is_found_again(
        salad in proptest::collection::vec(0..SALAD.len(), 1..6),
        stretch in proptest::collection::vec(0..STRETCHES.len(), 1..6),
        stretches: bool,
        spanish: bool,
        day in 10_000..25_000i32,
    ) {
        let words: Vec<&str> = if stretches {
            stretch.iter().map(|place| STRETCHES[*place]).collect()
        } else {
            salad.iter().map(|place| SALAD[*place]).collect()
        };
        let text = words.join(" ");
        let language = if spanish { Language::Es } else { Language::En };
        let expecting = Expecting { language, ..Expecting::default() };
        let at = date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).expect("a day").at(12, 0, 0, 0);
        let at = at.in_tz("America/New_York").expect("a zone");
        let found = understand(grammar(), &expecting, &at, &text).entities.when.map(|when| when.value);
        if let Some(value) = found.filter(is_usual) && let Some(written) = written(&value, spanish) {
            let again = understand(grammar(), &expecting, &at, &written).entities.when.map(|when| when.value);
            proptest::prop_assert_eq!(again, Some(value), "{} was written {}", text, written);
        }
    }
}
