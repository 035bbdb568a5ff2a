use super::*;
use jiff::civil::{date, datetime};
use std::sync::OnceLock;

mod documented;
mod mentions;
mod properties;
mod times;

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
    let tomorrow = Some(WhenValue::DateTime(date(2026, 11, 23).at(10, 30, 0, 0)));
    assert_eq!(when(Field::Anything, "Put me down for 1030 tomorrow."), tomorrow);
    assert_eq!(when(Field::Day, "Tuesday at five"), Some(WhenValue::DateTime(date(2026, 11, 24).at(17, 0, 0, 0))));
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
    assert_eq!(pick("eleven thirty"), (Intent::SelectOption, Some(2)));
    assert_eq!(pick("nine"), (Intent::SelectOption, Some(1)));
    assert_eq!(pick("at three"), (Intent::SelectOption, Some(3)));
    assert_eq!(pick("1130 works for me."), (Intent::SelectOption, Some(2)));
}

#[test]
fn people_answer_in_many_ways() {
    let name = |text| read(Field::Name, text).entities.name;
    assert_eq!(name("Sure. John Smith."), Some("John Smith".into()));
    assert_eq!(name("Um, my name is, uh, Peter Parker"), Some("Peter Parker".into()));
    assert_eq!(name("James, James Bond"), Some("James Bond".into()));
    assert_eq!(name("Yes."), None);
    assert_eq!(when(Field::Day, "not Friday"), None);
    assert_eq!(when(Field::Day, "not Friday, Thursday"), Some(WhenValue::Date(date(2026, 11, 26))));
    assert_eq!(read(Field::Day, "the first").intent, Intent::Unknown);
    let at = |hour| Some(WhenValue::Time(Time::constant(hour, 0, 0, 0)));
    assert_eq!(when(Field::YesNo, "yes but make it 3"), at(15));
    assert_eq!(read(Field::YesNo, "Uh huh.").intent, Intent::Yes);
    let moved = when(Field::Anything, "I want to change my appointment from Monday to Wednesday at 2");
    assert_eq!(moved, Some(WhenValue::DateTime(date(2026, 11, 25).at(14, 0, 0, 0))));
}

#[test]
fn a_part_of_the_day_and_a_day_said_apart_are_one_wish() {
    let range = |start: jiff::civil::DateTime, end| {
        Some(WhenValue::Range { start: Some(Bound::DateTime(start)), end: Some(Bound::DateTime(end)) })
    };
    let wednesday = date(2026, 11, 25);
    let morning = range(wednesday.at(8, 0, 0, 0), wednesday.at(12, 0, 0, 0));
    assert_eq!(when(Field::Anything, "I'm pretty flexible, mornings are best, maybe Wednesday?"), morning);
    assert_eq!(when(Field::Day, "Wednesday. A morning would be good."), morning);
}

#[test]
fn a_stop_between_sentences_is_no_address() {
    let got = read(Field::Anything, "Book me a cleaning for December 2nd at 11 am. My name is Bo Diaz.");
    assert_eq!(got.entities.email, None);
    assert_eq!(got.entities.when.map(|when| when.value), Some(WhenValue::DateTime(date(2026, 12, 2).at(11, 0, 0, 0))));
    let got = read(Field::Email, "It's bo at gmail. com");
    assert_eq!(got.entities.email.as_deref(), Some("bo@gmail.com"));
}

#[test]
fn a_service_that_is_ruled_out_is_not_the_one_wanted() {
    let service = |text| read(Field::Name, text).entities.service;
    assert_eq!(service("Actually, make it a consultation, not a cleaning."), Some("consultation".into()));
    assert_eq!(service("A consultation instead of the cleaning"), Some("consultation".into()));
    assert_eq!(service("Not a cleaning."), None);
}

#[test]
fn a_service_called_by_its_name_is_meant_rather_than_one_described() {
    let service = |text| read(Field::Anything, text).entities.service;
    assert_eq!(service("I want to have my exam soon, a consultation, please."), Some("consultation".into()));
    assert_eq!(service("teeth whitening"), Some("whitening".into()), "the longer spelling hides what is within it");
}

#[test]
fn a_name_said_twice_is_one_name() {
    let name = |text| read(Field::Name, text).entities.name;
    for text in ["Daniel Kim. Daniel Kim.", "Daniel. Daniel Kim.", "Daniel Kim, Daniel Kim", "Daniel Kim Daniel Kim"] {
        assert_eq!(name(text), Some("Daniel Kim".into()), "{text}");
    }
    assert_eq!(name("J. R. Smith"), Some("J. R. Smith".into()));
    assert_eq!(name("Dr. Smith"), Some("Dr. Smith".into()));
}

#[test]
fn names_keep_their_small_words() {
    let name = |language, text| {
        understand(grammar(), &Expecting { language, ..dental(Field::Name) }, &now(), text).entities.name
    };
    assert_eq!(name(Language::Es, "Juan de la Cruz"), Some("Juan de la Cruz".into()));
    assert_eq!(name(Language::Es, "Me llamo Juan de la Cruz."), Some("Juan de la Cruz".into()));
    assert_eq!(name(Language::En, "Juan de la Cruz"), Some("Juan de la Cruz".into()));
    assert_eq!(name(Language::En, "It's Anna van der Berg."), Some("Anna van der Berg".into()));
}

#[test]
fn politeness_over_a_yes_or_no_is_a_yes() {
    for text in ["That would be wonderful, thank you.", "Lovely, thanks.", "Perfect, thank you so much.", "Please."] {
        assert_eq!(read(Field::YesNo, text).intent, Intent::Yes, "{text}");
    }
    assert_eq!(read(Field::YesNo, "Sorry, could you say that again?").intent, Intent::Repeat);
    assert_eq!(read(Field::YesNo, "No, thank you.").intent, Intent::No);
    for text in ["Another day, please.", "Something later, please.", "Change it, please.", "Wait, please."] {
        assert_ne!(read(Field::YesNo, text).intent, Intent::Yes, "{text}");
    }
}

#[test]
fn two_wishes_come_out_in_order() {
    let got = read(Field::Anything, "Book me Tuesday at 3 and text me the details");
    assert_eq!(got.intent, Intent::BookAppointment, "{:?}", got.why);
    assert_eq!(got.also.iter().map(|(intent, _)| *intent).collect::<Vec<_>>(), [Intent::SendSms]);
    assert!(got.entities.when.is_some());
    let text = "Cancel my appointment on Tuesday, then book a cleaning for Friday at 3 and text me the details";
    let got = read(Field::Anything, text);
    assert_eq!(got.intent, Intent::CancelAppointment, "{:?}", got.why);
    let also: Vec<_> = got.also.iter().map(|(intent, _)| *intent).collect();
    assert_eq!(also, [Intent::BookAppointment, Intent::SendSms]);
    let friday = got.also[0].1.when.as_ref().expect("a day");
    assert_eq!(&text[friday.span.clone()], friday.text);
    let spanish = Expecting { language: Language::Es, ..dental(Field::Anything) };
    let text = "Cancela mi cita del martes y luego reserva una limpieza para el viernes";
    let got = understand(grammar(), &spanish, &now(), text);
    assert_eq!(got.intent, Intent::CancelAppointment, "{:?}", got.why);
    assert_eq!(got.also.iter().map(|(intent, _)| *intent).collect::<Vec<_>>(), [Intent::BookAppointment]);
    for (text, wishes) in [
        ("Book me Tuesday at 3, and can you text me the details?", [Intent::BookAppointment, Intent::SendSms]),
        ("Cancel my appointment. Book a cleaning for Friday.", [Intent::CancelAppointment, Intent::BookAppointment]),
        (
            "Cancel my appointment, and then please book a cleaning for Friday",
            [Intent::CancelAppointment, Intent::BookAppointment],
        ),
    ] {
        let got = read(Field::Anything, text);
        let all: Vec<_> = [got.intent].into_iter().chain(got.also.iter().map(|(intent, _)| *intent)).collect();
        assert_eq!(all, wishes, "{text}: {:?}", got.why);
    }
    let usted = understand(grammar(), &spanish, &now(), "Cancele mi cita y luego reserve una limpieza para el viernes");
    assert_eq!(usted.intent, Intent::CancelAppointment);
    assert_eq!(usted.also.iter().map(|(intent, _)| *intent).collect::<Vec<_>>(), [Intent::BookAppointment]);
    assert_eq!(read(Field::Anything, "Cancel my meeting on Tuesday and reschedule it for Thursday").also, []);
    assert_eq!(read(Field::Anything, "text John saying book the room and call me").also, []);
    let reserve = "Hi, I need a dentist appointment on March 12th at 330 in the afternoon. Can you please reserve this? A whitening, please?";
    assert_eq!(
        read(Field::Anything, reserve).also,
        [],
        "a service is no wish of its own, whatever an opinion makes of it"
    );
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

#[test]
fn what_misled_its_predecessor_misleads_no_more() {
    let note = read(Field::Anything, "note for john@example.com: Called today, left voicemail");
    assert_eq!((note.intent, note.entities.body.as_deref()), (Intent::AddNote, Some("Called today, left voicemail")));
    let email = read(Field::Anything, "left voicemail");
    assert_ne!(email.intent, Intent::SendEmail);
    let deal = read(Field::Anything, "add opportunity for TestUser value 5000 stage lead");
    assert_eq!((deal.entities.stage.as_deref(), deal.entities.tags), (Some("lead"), vec![]));
    let later = when(Field::Anything, "remind me to call back in 3 days");
    assert_eq!(later, Some(WhenValue::Date(date(2026, 11, 25))));
}

#[test]
fn a_word_drawn_out_is_that_word() {
    for (text, intent) in [("hellooooo", Intent::Greeting), ("Nooo.", Intent::No), ("yesss please", Intent::Yes)] {
        assert_eq!(read(Field::Anything, text).intent, intent, "{text}");
    }
}

#[test]
fn words_inside_a_message_decide_nothing() {
    for text in [
        "text John saying cancel my appointment and delete the contact",
        "send a text to mom: book the table, then call me",
        "text 8135551234 saying \"show me the dashboard\"",
    ] {
        assert_eq!(read(Field::Anything, text).intent, Intent::SendSms, "{text}");
    }
}

#[test]
fn a_second_opinion_overrules_greetings_and_thanks_alone_and_takes_nothing_from_them() {
    let got = read(Field::Anything, "thanks a lot and now play some music for me");
    assert_eq!(got.intent, Intent::Unknown);
    assert!(got.why.iter().all(|why| why.starts_with("opinion")), "{:?}", got.why);
    for text in ["the last one sounds like the better plan to me", "no I do not think that is what I was told"] {
        let got = read(Field::Anything, text);
        let ruled = |why: &String| why.starts_with("opinion");
        assert!(!(matches!(got.intent, Intent::Yes | Intent::No | Intent::SelectOption) && got.why.iter().any(ruled)));
    }
}

#[test]
fn spanish_answers_are_read_as_answers() {
    let read =
        |field, text: &str| understand(grammar(), &Expecting { language: Language::Es, ..dental(field) }, &now(), text);
    let value = |field, text: &str| read(field, text).entities.when.map(|when| when.value);
    let at = |hour, minute| Some(WhenValue::Time(Time::constant(hour, minute, 0, 0)));
    assert_eq!(value(Field::Time, "a las tres"), at(15, 0));
    assert_eq!(value(Field::Time, "tres y media"), at(15, 30));
    assert_eq!(value(Field::Time, "las diez menos cuarto"), at(9, 45));
    assert_eq!(value(Field::Day, "el viernes"), Some(WhenValue::Date(date(2026, 11, 27))));
    assert_eq!(value(Field::Day, "pasado mañana"), Some(WhenValue::Date(date(2026, 11, 24))));
    assert_eq!(value(Field::Day, "no, mejor el jueves"), Some(WhenValue::Date(date(2026, 11, 26))));
    let full = Some(WhenValue::DateTime(date(2026, 11, 23).at(15, 30, 0, 0)));
    assert_eq!(value(Field::Anything, "mañana a las tres y media de la tarde"), full);
    assert_eq!(read(Field::YesNo, "sí, está bien").intent, Intent::Yes);
    assert_eq!(read(Field::YesNo, "no, está mal").intent, Intent::No);
    assert_eq!(read(Field::Name, "Me llamo Ana García").entities.name.as_deref(), Some("Ana García"));
    let phone = read(Field::Phone, "tres cero cinco, cinco cinco cinco, cero uno cuatro dos").entities.phone;
    assert_eq!(phone.map(|phone| phone.to_string()).as_deref(), Some("+13055550142"));
    let email = read(Field::Email, "juan punto perez arroba gmail punto com").entities.email;
    assert_eq!(email.as_deref(), Some("juan.perez@gmail.com"));
}

#[test]
fn a_bare_hour_falls_into_the_hours_kept_and_the_other_reading_is_offered() {
    let got = read(Field::Time, "at three").entities.when.expect("a time");
    assert_eq!(got.value, WhenValue::Time(Time::constant(15, 0, 0, 0)));
    assert_eq!(got.alternatives, [WhenValue::Time(Time::constant(3, 0, 0, 0))]);
    let got = read(Field::Anything, "next Friday").entities.when.expect("a day");
    assert_eq!(got.value, WhenValue::Date(date(2026, 11, 27)));
}

#[test]
fn spoken_addresses_are_spelled_out() {
    let email = |text: &str| read(Field::Email, text).entities.email;
    assert_eq!(email("john dot doe at gmail dot com").as_deref(), Some("john.doe@gmail.com"));
    assert_eq!(email("It's j o h n at example dot co dot uk").as_deref(), Some("john@example.co.uk"));
    assert_eq!(email("mary underscore 99 at mail dash box dot org").as_deref(), Some("mary_99@mail-box.org"));
    assert_eq!(email("meet me at noon").as_deref(), None);
}

#[test]
fn a_date_found_reads_back_to_itself() {
    for text in ["tomorrow at 2pm", "next Friday at ten", "December 24 at 9:15 am", "the 5th at noon"] {
        let Some(WhenValue::DateTime(at)) = when(Field::Anything, text) else { panic!("{text}") };
        let again = at.strftime("%B %d %Y at %H:%M").to_string();
        assert_eq!(when(Field::Anything, &again), Some(WhenValue::DateTime(at)), "{again}");
    }
}
