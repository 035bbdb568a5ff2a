//! What callers say of time, beyond a plain day and hour.

use super::*;

fn value(language: Language, text: &str) -> Option<WhenValue> {
    understand(grammar(), &Expecting { language, ..dental(Field::Anything) }, &now(), text)
        .entities
        .when
        .map(|when| when.value)
}

/// Texts whose value is another than the one expected.
fn wrong(language: Language, rows: &[(&str, WhenValue)]) -> Vec<String> {
    let differs = |(text, wanted): &(&str, WhenValue)| {
        let got = value(language, text);
        (got.as_ref() != Some(wanted)).then(|| format!("{text}: {got:?}"))
    };
    rows.iter().filter_map(differs).collect()
}

fn on(month: i8, day: i8) -> WhenValue {
    WhenValue::Date(date(2026, month, day))
}

fn at(month: i8, day: i8, hour: i8, minute: i8) -> WhenValue {
    WhenValue::DateTime(date(2026, month, day).at(hour, minute, 0, 0))
}

#[test]
fn what_is_over_is_in_the_past() {
    let english = [
        ("I was there Tuesday and left my jacket", on(11, 17)),
        ("I had a cleaning on Thursday and it still hurts", on(11, 19)),
        ("we came in on Friday", on(11, 20)),
        ("I saw the doctor Wednesday", on(11, 18)),
    ];
    let spanish = [
        ("fui el martes y dejé mi chaqueta", on(11, 17)),
        ("tuve una limpieza el jueves y todavía me duele", on(11, 19)),
        ("estuve ahí el viernes", on(11, 20)),
    ];
    assert!(wrong(Language::En, &english).is_empty(), "{:#?}", wrong(Language::En, &english));
    assert!(wrong(Language::Es, &spanish).is_empty(), "{:#?}", wrong(Language::Es, &spanish));
    let future = [
        ("I was wondering if you have anything Tuesday", on(11, 24)),
        ("I was hoping to come in on Thursday", on(11, 26)),
        ("I had to cancel, can I come Friday", on(11, 27)),
        ("my tooth broke, can I come in on Monday", on(11, 23)),
        ("I was there Tuesday, can I come again on Friday", on(11, 27)),
        ("I went to the dentist on Monday and need to come again Thursday", on(11, 26)),
        ("I had to leave early, is Tuesday free", on(11, 24)),
    ];
    assert!(wrong(Language::En, &future).is_empty(), "{:#?}", wrong(Language::En, &future));
    let future = [
        ("quería una cita para el martes", on(11, 24)),
        ("fui el lunes y necesito volver el jueves", on(11, 26)),
        ("estaba pensando en el jueves", on(11, 26)),
    ];
    assert!(wrong(Language::Es, &future).is_empty(), "{:#?}", wrong(Language::Es, &future));
}

#[test]
fn days_are_counted_from_feasts_weekdays_and_working_days() {
    let range = |from: (i8, i8), to: (i8, i8)| WhenValue::Range {
        start: Some(Bound::Date(date(2026, from.0, from.1))),
        end: Some(Bound::Date(date(2026, to.0, to.1))),
    };
    let english = [
        ("the day after Christmas", on(12, 26)),
        ("day before Christmas", on(12, 24)),
        ("the week after Thanksgiving", range((11, 30), (12, 7))),
        ("the day after Thanksgiving", on(11, 27)),
        ("in three business days", on(11, 25)),
        ("in 5 business days", on(11, 27)),
        ("in 6 working days", on(11, 30)),
        ("a week from Thursday", on(12, 3)),
        ("Thursday week", on(12, 3)),
        ("the day after next Friday", on(11, 28)),
        ("two days before Christmas", on(12, 23)),
        ("three days after Thanksgiving", on(11, 29)),
        ("the Monday after Thanksgiving", on(11, 30)),
        ("the Friday before Christmas", on(12, 18)),
    ];
    assert!(wrong(Language::En, &english).is_empty(), "{:#?}", wrong(Language::En, &english));
    let spanish = [
        ("de hoy en ocho", on(11, 29)),
        ("de hoy en ocho días", on(11, 29)),
        ("el día después de Navidad", on(12, 26)),
        ("el día antes de Navidad", on(12, 24)),
        ("en tres días hábiles", on(11, 25)),
        ("dos días después de Navidad", on(12, 27)),
        ("de aquí a ocho días", on(11, 30)),
        ("el lunes después de Navidad", on(12, 28)),
        ("del jueves en ocho", on(12, 3)),
    ];
    assert!(wrong(Language::Es, &spanish).is_empty(), "{:#?}", wrong(Language::Es, &spanish));
}

#[test]
fn the_edges_of_a_day_are_stretches_of_it() {
    let stretch = |day: i8, from: i8, to: i8| WhenValue::Range {
        start: Some(Bound::DateTime(date(2026, 11, day).at(from, 0, 0, 0))),
        end: Some(Bound::DateTime(date(2026, 11, day).at(to, 0, 0, 0))),
    };
    let rows = [
        ("first thing Monday", stretch(23, 8, 10)),
        ("first thing on Monday morning", stretch(23, 8, 10)),
        ("Monday first thing", stretch(23, 8, 10)),
        ("end of day Friday", stretch(27, 16, 18)),
        ("the end of the day on Friday", stretch(27, 16, 18)),
        ("after work on Thursday", stretch(26, 17, 20)),
        ("Thursday after work", stretch(26, 17, 20)),
    ];
    assert!(wrong(Language::En, &rows).is_empty(), "{:#?}", wrong(Language::En, &rows));
    let spanish = [("el lunes a primera hora", stretch(23, 8, 12))];
    assert!(wrong(Language::Es, &spanish).is_empty(), "{:#?}", wrong(Language::Es, &spanish));
}

#[test]
fn a_weekday_is_one_of_the_working_week() {
    let week =
        WhenValue::Range { start: Some(Bound::Date(date(2026, 11, 23))), end: Some(Bound::Date(date(2026, 11, 28))) };
    let rows =
        [("on a weekday", week.clone()), ("any weekday is fine", week.clone()), ("weekdays work best", week.clone())];
    assert!(wrong(Language::En, &rows).is_empty(), "{:#?}", wrong(Language::En, &rows));
    let rows = [("entre semana", week.clone()), ("un día entre semana", week)];
    assert!(wrong(Language::Es, &rows).is_empty(), "{:#?}", wrong(Language::Es, &rows));
}

#[test]
fn what_is_taken_back_or_refused_is_not_the_wish() {
    let rows = [
        ("tomorrow at three-thirty", at(11, 23, 15, 30)),
        ("three-thirty on Friday", at(11, 27, 15, 30)),
        ("tomorrow at 3, no, 4", at(11, 23, 16, 0)),
        ("tomorrow at 3, no wait, 4:30", at(11, 23, 16, 30)),
        ("Tuesday at 3, sorry, Wednesday", at(11, 25, 15, 0)),
        ("Wednesday at 3, actually make it 4", at(11, 25, 16, 0)),
        ("I'm busy on Monday but free Tuesday", on(11, 24)),
        ("can't do Tuesday, how about Thursday", on(11, 26)),
        ("Tuesday doesn't work, Thursday does", on(11, 26)),
        ("I cannot make Tuesday but Thursday is good", on(11, 26)),
        ("any day but Tuesday, maybe Thursday", on(11, 26)),
        ("Tuesday won't work for me. What about Friday?", on(11, 27)),
    ];
    assert!(wrong(Language::En, &rows).is_empty(), "{:#?}", wrong(Language::En, &rows));
    assert_eq!(value(Language::En, "any day but Tuesday"), None);
    assert_eq!(value(Language::Es, "cualquier día menos el martes"), None);
    let rows = [
        ("mañana a las tres, no, a las cuatro", at(11, 23, 16, 0)),
        ("el martes no puedo, mejor el jueves", on(11, 26)),
        ("no puedo el martes, qué tal el jueves", on(11, 26)),
        ("el martes no me va bien, el jueves sí", on(11, 26)),
    ];
    assert!(wrong(Language::Es, &rows).is_empty(), "{:#?}", wrong(Language::Es, &rows));
}

#[test]
fn a_greeting_is_no_time_of_the_day() {
    let rows =
        [("Good morning, can I come in on Tuesday?", on(11, 24)), ("Good evening. Tuesday, please.", on(11, 24))];
    assert!(wrong(Language::En, &rows).is_empty(), "{:#?}", wrong(Language::En, &rows));
    let rows = [("Buenas tardes, quiero una cita el martes", on(11, 24))];
    assert!(wrong(Language::Es, &rows).is_empty(), "{:#?}", wrong(Language::Es, &rows));
    assert_eq!(value(Language::En, "Good morning."), None);
}

#[test]
fn one_day_or_another_is_a_wish_with_an_alternative() {
    let both = |language, text: &str| {
        let when =
            understand(grammar(), &Expecting { language, ..dental(Field::Anything) }, &now(), text).entities.when;
        when.map(|when| (when.value, when.alternatives))
    };
    assert_eq!(both(Language::En, "Tuesday or Wednesday"), Some((on(11, 24), vec![on(11, 25)])));
    assert_eq!(both(Language::En, "a cleaning Tuesday or Wednesday, please"), Some((on(11, 24), vec![on(11, 25)])));
    assert_eq!(both(Language::Es, "el martes o el miércoles"), Some((on(11, 24), vec![on(11, 25)])));
    let Some((first, second)) = both(Language::En, "either Monday or Tuesday at 10") else { panic!("a time") };
    assert_eq!((first, second.first()), (at(11, 23, 10, 0), Some(&at(11, 24, 10, 0))));
    let Some((value, others)) = both(Language::En, "tomorrow at 3 or 4") else { panic!("a time") };
    assert_eq!(value, at(11, 23, 15, 0));
    assert!(others.contains(&at(11, 23, 16, 0)), "{others:?}");
}

#[test]
fn hours_are_counted_through_the_nights_the_clocks_change() {
    let read = |now: &str, text: &str| {
        let now: Zoned = now.parse().expect("a time");
        understand(grammar(), &dental(Field::Anything), &now, text)
    };
    let value = |got: &Understanding| got.entities.when.as_ref().map(|when| when.value.clone());
    let at = |month, day, hour, minute| Some(WhenValue::DateTime(date(2026, month, day).at(hour, minute, 0, 0)));
    // In the night of 8 March two o'clock is three; in the night of 1 November one o'clock comes twice.
    let spring = "2026-03-08T01:30[America/New_York]";
    assert_eq!(value(&read(spring, "call me in 2 hours")), at(3, 8, 4, 30));
    assert_eq!(value(&read(spring, "call me in 30 minutes")), at(3, 8, 3, 0));
    let autumn = "2026-11-01T00:30-04:00[America/New_York]";
    assert_eq!(value(&read(autumn, "call me in 2 hours")), at(11, 1, 1, 30));
    assert_eq!(value(&read(autumn, "call me in 3 hours")), at(11, 1, 2, 30));
    assert_eq!(value(&read("2026-11-01T03:30-05:00[America/New_York]", "3 hours ago")), at(11, 1, 1, 30));
    let gone = read("2026-03-07T12:00[America/New_York]", "tomorrow at 2:30 am");
    assert_eq!(value(&gone), at(3, 8, 3, 30));
    assert!(gone.why.iter().any(|why| why == "when.moved"), "{:?}", gone.why);
    let twice = read("2026-10-31T12:00[America/New_York]", "tomorrow at 1:30 am");
    assert_eq!(value(&twice), at(11, 1, 1, 30));
    assert!(twice.why.iter().any(|why| why == "when.twice"), "{:?}", twice.why);
}

#[test]
fn two_times_of_two_days_have_their_own_halves_of_the_day() {
    let from_to = |from: WhenValue, to: WhenValue| match (from, to) {
        (WhenValue::DateTime(from), WhenValue::DateTime(to)) => {
            WhenValue::Range { start: Some(Bound::DateTime(from)), end: Some(Bound::DateTime(to)) }
        }
        other => panic!("{other:?}"),
    };
    let rows = [
        ("from 2026-12-01 10:30 to 2026-12-08 00:00", from_to(at(12, 1, 10, 30), at(12, 8, 0, 0))),
        ("from 2026-12-01 10:30 to 2026-12-01 15:00", from_to(at(12, 1, 10, 30), at(12, 1, 15, 0))),
        ("from december 1 at 9 to december 3 at 8pm", from_to(at(12, 1, 9, 0), at(12, 3, 20, 0))),
    ];
    assert_eq!(wrong(Language::En, &rows), Vec::<String>::new());
}
