use super::*;
use jiff::civil::{date, datetime};
use std::sync::OnceLock;

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::embedded().expect("the embedded grammar loads"))
}

/// Sunday 22 November 2026, nine in the morning.
fn now() -> Zoned {
    datetime(2026, 11, 22, 9, 0, 0, 0).in_tz("America/New_York").expect("a zone")
}

fn dental(field: Field) -> Expecting {
    let term = |name: &str, aliases: &[&str]| Term {
        name: name.into(),
        aliases: aliases.iter().map(|a| (*a).into()).collect(),
    };
    Expecting {
        field,
        services: vec![
            term("cleaning", &["teeth cleaning"]),
            term("check-up", &["checkup", "exam"]),
            term("consultation", &["consult"]),
            term("whitening", &["teeth whitening", "bleaching"]),
        ],
        hours: Some((Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0))),
        ..Expecting::default()
    }
}

fn read(field: Field, text: &str) -> Understanding {
    understand(grammar(), &dental(field), &now(), text)
}

fn when(field: Field, text: &str) -> Option<WhenValue> {
    read(field, text).entities.when.map(|when| when.value)
}

#[test]
fn the_grammar_loads() {
    if let Err(error) = Grammar::embedded() {
        panic!("{error}");
    }
}

#[test]
fn callers_are_understood() {
    let table: &[(&str, Intent)] = &[
        ("I'd like to book an appointment.", Intent::BookAppointment),
        ("Hi, I need to schedule a cleaning for Tuesday.", Intent::BookAppointment),
        ("Can I come in tomorrow at three?", Intent::BookAppointment),
        ("I need to move my appointment to Thursday.", Intent::RescheduleAppointment),
        ("Can we reschedule?", Intent::RescheduleAppointment),
        ("I have to cancel my appointment.", Intent::CancelAppointment),
        ("I can't make it to my appointment tomorrow.", Intent::CancelAppointment),
        ("What do you have available on Friday?", Intent::CheckAvailability),
        ("Do you have anything tomorrow afternoon?", Intent::CheckAvailability),
        ("When is my next appointment?", Intent::ListAppointments),
        ("What are your opening hours?", Intent::AskHours),
        ("Are you open on Saturday?", Intent::AskHours),
        ("What time do you close today?", Intent::AskHours),
        ("Where are you located?", Intent::AskAddress),
        ("What services do you offer?", Intent::AskServices),
        ("How much is a cleaning?", Intent::AskPrice),
        ("Who am I speaking with?", Intent::AskIdentity),
        ("Are you a robot?", Intent::AskIdentity),
        ("Can I leave a message for the doctor?", Intent::LeaveMessage),
        ("Can I speak to a person please?", Intent::TalkToHuman),
        ("Let me talk to someone.", Intent::TalkToHuman),
        ("Yes.", Intent::Yes),
        ("Yeah, sure.", Intent::Yes),
        ("No.", Intent::No),
        ("No, that's wrong.", Intent::No),
        ("Can you repeat that?", Intent::Repeat),
        ("Sorry, what was that?", Intent::Repeat),
        ("Hold on a second.", Intent::HoldOn),
        ("Let's start over.", Intent::StartOver),
        ("Help.", Intent::Help),
        ("Thank you.", Intent::Thanks),
        ("Goodbye.", Intent::Goodbye),
        ("Hello.", Intent::Greeting),
        ("Good morning.", Intent::Greeting),
        ("Never mind.", Intent::Cancel),
        ("The weather is odd on Mars.", Intent::Unknown),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, intent)| {
            let got = read(Field::Anything, text);
            (got.intent != *intent).then(|| format!("{text}: {:?} by {:?}", got.intent, got.why))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn answers_to_a_question_are_read_as_answers() {
    let at = |hour, minute| Some(WhenValue::Time(Time::constant(hour, minute, 0, 0)));
    assert_eq!(when(Field::Time, "three"), at(15, 0));
    assert_eq!(when(Field::Time, "Three thirty."), at(15, 30));
    assert_eq!(when(Field::Time, "2.30"), at(14, 30));
    assert_eq!(when(Field::Time, "half past two"), at(14, 30));
    assert_eq!(when(Field::Time, "three thirty p.m."), at(15, 30));
    assert_eq!(when(Field::Time, "10:15 please"), at(10, 15));
    assert_eq!(when(Field::Day, "Friday"), Some(WhenValue::Date(date(2026, 11, 27))));
    assert_eq!(when(Field::Day, "the 5th"), Some(WhenValue::Date(date(2026, 12, 5))));
    assert_eq!(when(Field::Day, "no, Thursday"), Some(WhenValue::Date(date(2026, 11, 26))));
    assert_eq!(when(Field::Day, "Tuesday at 3."), Some(WhenValue::DateTime(date(2026, 11, 24).at(15, 0, 0, 0))));
    assert_eq!(read(Field::YesNo, "that works").intent, Intent::Yes);
    assert_eq!(read(Field::YesNo, "sounds good").intent, Intent::Yes);
    assert_eq!(read(Field::YesNo, "no that's wrong").intent, Intent::No);
    assert_eq!(read(Field::YesNo, "Correct.").intent, Intent::Yes);
    let name = |text| read(Field::Name, text).entities.name;
    assert_eq!(name("John Smith"), Some("John Smith".into()));
    assert_eq!(name("john smith"), Some("John Smith".into()));
    assert_eq!(name("It's Maria Garcia."), Some("Maria Garcia".into()));
    assert_eq!(name("Jon Smyth, that's S-M-Y-T-H-E."), Some("Jon Smythe".into()));
    assert_eq!(name("I don't want to say."), None);
    let phone = |text| read(Field::Phone, text).entities.phone.map(|phone| phone.to_string());
    assert_eq!(phone("305-555-0142"), Some("+13055550142".into()));
    assert_eq!(phone("three oh five, five five five, oh one four two"), Some("+13055550142".into()));
    assert_eq!(phone("It's 305 triple five 0142."), Some("+13055550142".into()));
}

#[test]
fn a_choice_is_made_by_order_number_time_or_words() {
    let mut expecting = dental(Field::Choice);
    expecting.options =
        ["9 o'clock", "11:30", "3 o'clock"].iter().map(|name| Term { name: (*name).into(), aliases: vec![] }).collect();
    let pick = |text: &str| {
        let got = understand(grammar(), &expecting, &now(), text);
        (got.intent, got.entities.option)
    };
    assert_eq!(pick("the first one"), (Intent::SelectOption, Some(1)));
    assert_eq!(pick("second"), (Intent::SelectOption, Some(2)));
    assert_eq!(pick("The 3 o'clock, please."), (Intent::SelectOption, Some(3)));
    assert_eq!(pick("the last one"), (Intent::SelectOption, Some(-1)));
    assert_eq!(pick("number two"), (Intent::SelectOption, Some(2)));
}

#[test]
fn two_wishes_come_out_in_order() {
    let got = read(Field::Anything, "Book me Tuesday at 3 and text me the details");
    assert_eq!(got.intent, Intent::BookAppointment, "{:?}", got.why);
    assert_eq!(got.also.iter().map(|(intent, _)| *intent).collect::<Vec<_>>(), [Intent::SendSms]);
    assert!(got.entities.when.is_some());
    assert_eq!(read(Field::Anything, "Cancel my meeting on Tuesday and reschedule it for Thursday").also, []);
    assert_eq!(read(Field::Anything, "text John saying book the room and call me").also, []);
}

#[test]
fn who_when_and_what_come_out_of_one_sentence() {
    let got = read(
        Field::Anything,
        "Hi, this is John Smith. I'd like a teeth cleaning next Monday at 10 a.m. My number is 305-555-0142.",
    );
    assert_eq!(got.intent, Intent::BookAppointment, "{:?}", got.why);
    assert_eq!(got.entities.name.as_deref(), Some("John Smith"));
    assert_eq!(got.entities.service.as_deref(), Some("cleaning"));
    assert_eq!(got.entities.phone.map(|phone| phone.to_string()), Some("+13055550142".into()));
    assert_eq!(got.entities.when.map(|when| when.value), Some(WhenValue::DateTime(date(2026, 11, 23).at(10, 0, 0, 0))));
}

proptest::proptest! {
    #[test]
    fn any_text_has_an_answer_and_always_the_same(text in ".{0,200}") {
        let first = read(Field::Anything, &text);
        proptest::prop_assert_eq!(&first, &read(Field::Anything, &text));
        if let Some(when) = &first.entities.when {
            proptest::prop_assert_eq!(&text[when.span.clone()], &when.text);
        }
    }
}
