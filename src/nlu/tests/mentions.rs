//! What callers mention: names, addresses, numbers. Each table is a kind of speech, not a list of lines.

use super::*;

fn spoken(language: Language, field: Field, text: &str) -> Entities {
    understand(grammar(), &Expecting { language, ..dental(field) }, &now(), text).entities
}

/// What differs from what was expected, a line each.
fn differing<T: PartialEq + std::fmt::Debug>(rows: impl IntoIterator<Item = (String, T, T)>) -> Vec<String> {
    rows.into_iter().filter(|(_, got, wanted)| got != wanted).map(|(text, got, _)| format!("{text}: {got:?}")).collect()
}

#[test]
fn a_name_that_looks_like_a_word_of_command_or_of_the_calendar_stays_a_name() {
    let english = [
        "Greta Olsen",
        "Will Smith",
        "Doris Day",
        "Katie Price",
        "Mark Change",
        "Bill Friday",
        "April Moon",
        "June Carter",
        "Clara Book",
        "Grace Hall",
        "Rose Noon",
        "Greta",
        "Carl Sunday",
        "Jack Sept",
    ];
    let spanish = [
        "Domingo Pérez",
        "Clara Gómez",
        "Tomás García",
        "Tomás",
        "Clara",
        "Mar Hernández",
        "Abril López",
        "Ángel Abad",
        "Julio Nieves",
    ];
    let all = english.iter().map(|text| (Language::En, *text)).chain(spanish.iter().map(|text| (Language::Es, *text)));
    let wrong = differing(all.flat_map(|(language, text)| {
        let name = |text: &str| spoken(language, Field::Name, text).name;
        let led = if language == Language::Es { format!("Me llamo {text}.") } else { format!("My name is {text}.") };
        [
            (text.to_owned(), name(text), Some(text.to_owned())),
            (format!("{text}."), name(&format!("{text}.")), Some(text.to_owned())),
            (led.clone(), name(&led), Some(text.to_owned())),
        ]
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_at_the_beginning_of_a_sentence_is_not_corrected() {
    for (language, text) in [(Language::En, "Greta."), (Language::Es, "Clara."), (Language::Es, "Tomás.")] {
        let got = understand(grammar(), &Expecting { language, ..dental(Field::Name) }, &now(), text);
        assert_eq!(got.intent, Intent::Unknown, "{text}: {:?}", got.why);
    }
}

#[test]
fn who_says_how_they_are_gives_no_name() {
    let english = [
        "it's urgent, I need to see the dentist",
        "I'm flexible, any morning is fine",
        "i'm running late",
        "I'm diabetic, I want a cleaning",
        "It's complicated.",
        "I'm pregnant",
        "it is painful",
        "I'm allergic to latex",
        "This is ridiculous.",
        "this is important",
        "I'm in a hurry, anything today",
        "It's broken, my tooth",
        "I'm swollen",
        "I am worried about my tooth",
        "Here is what I need",
        "it's just a checkup",
        "I'm downtown, where are you",
        "i'm pretty flexible",
    ];
    let spanish = [
        "Soy diabética, quiero una limpieza",
        "Soy alérgico al látex",
        "soy paciente nueva",
        "estoy embarazada",
        "Soy nueva.",
        "aquí estoy",
        "Soy flexible, cualquier mañana me va bien",
        "soy cliente de ustedes",
    ];
    let all = english.iter().map(|text| (Language::En, *text)).chain(spanish.iter().map(|text| (Language::Es, *text)));
    let wrong = differing(all.flat_map(|(language, text)| {
        [Field::Anything, Field::Name]
            .map(|field| (format!("{field:?} {text}"), spoken(language, field, text).name, None))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_in_place_of_a_name_is_a_command() {
    for (language, text, intent) in [
        (Language::En, "Undo.", Intent::Undo),
        (Language::En, "Never mind.", Intent::Cancel),
        (Language::En, "Hold on.", Intent::HoldOn),
        (Language::En, "Operator.", Intent::TalkToHuman),
        (Language::Es, "Deshacer.", Intent::Undo),
        (Language::Es, "Olvídelo.", Intent::Cancel),
        (Language::Es, "Operadora.", Intent::TalkToHuman),
        (Language::Es, "¿Me puede pasar con la recepcionista?", Intent::TalkToHuman),
    ] {
        let got = understand(grammar(), &Expecting { language, ..dental(Field::Name) }, &now(), text);
        assert_eq!((got.intent, got.entities.name), (intent, None), "{text}: {:?}", got.why);
    }
}

#[test]
fn who_says_who_they_are_gives_a_name() {
    let rows = [
        (Language::En, Field::Anything, "Hi, this is Ann Lee, I need a cleaning", "Ann Lee"),
        (Language::En, Field::Anything, "i'm john smith and i need an appointment", "John Smith"),
        (Language::En, Field::Anything, "this is maria", "Maria"),
        (Language::En, Field::Anything, "I'm Xiomara Quddus", "Xiomara Quddus"),
        (Language::En, Field::Name, "it's kwame", "Kwame"),
        (Language::En, Field::Name, "i'm greta", "Greta"),
        (Language::En, Field::Anything, "This is Katie Price, I need to move my appointment", "Katie Price"),
        (Language::En, Field::Name, "Mr. Price", "Mr. Price"),
        (Language::En, Field::Name, "Olsen, Greta Olsen", "Greta Olsen"),
        (Language::En, Field::Name, "The name is Bond, James Bond.", "James Bond"),
        (Language::En, Field::Name, "my first name is Greta and my last name is Olsen", "Greta Olsen"),
        (Language::Es, Field::Anything, "Soy Ana García, quiero una limpieza", "Ana García"),
        (Language::Es, Field::Anything, "hola, soy carlos", "Carlos"),
        (Language::Es, Field::Name, "soy rigoberta menchú", "Rigoberta Menchú"),
    ];
    let wrong = differing(rows.map(|(language, field, text, wanted)| {
        (text.to_owned(), spoken(language, field, text).name, Some(wanted.to_owned()))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_address_is_spoken_only_where_its_end_is_one() {
    let none = [
        "I'd like to come in at some point next week",
        "we're free at that point in the afternoon",
        "at this point I want to cancel",
        "I was at the dot on the map",
        "meet me at the point of sale",
        "at what point do you close",
        "let's stop at a point near you",
    ];
    let wrong = differing(none.iter().flat_map(|text| {
        [Field::Anything, Field::Day, Field::Email]
            .map(|field| ((*text).to_owned(), spoken(Language::En, field, text).email, None))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let rows = [
        (Language::En, Field::Email, "mary smith at yahoo dot com", "marysmith@yahoo.com"),
        (Language::En, Field::Email, "It's mary smith at yahoo dot com", "marysmith@yahoo.com"),
        (Language::En, Field::Anything, "my email is mary smith at yahoo dot com", "marysmith@yahoo.com"),
        (Language::En, Field::Anything, "send it to john at gmail dot com", "john@gmail.com"),
        (Language::En, Field::Email, "sure, it's mary jane watson at outlook dot com", "maryjanewatson@outlook.com"),
        (Language::En, Field::Email, "info at oak street dental dot net", "info@oakstreetdental.net"),
        (Language::Es, Field::Email, "maría pérez arroba yahoo punto es", "mariaperez@yahoo.es"),
        (Language::Es, Field::Anything, "mi correo es maría pérez arroba yahoo punto com", "mariaperez@yahoo.com"),
        (Language::Es, Field::Email, "ana guion bajo lopez arroba hotmail punto es", "ana_lopez@hotmail.es"),
        (Language::Es, Field::Email, "es juan arroba correo punto com punto mx", "juan@correo.com.mx"),
    ];
    let wrong = differing(rows.map(|(language, field, text, wanted)| {
        (text.to_owned(), spoken(language, field, text).email, Some(wanted.to_owned()))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_number_said_with_pauses_groups_and_corrections_is_one_number() {
    let rows = [
        (Language::En, Field::Anything, "305, uh, 555 0142", "+13055550142"),
        (Language::En, Field::Anything, "area code 305, then 555 0142", "+13055550142"),
        (Language::En, Field::Phone, "it's 305 and 555 and 0142", "+13055550142"),
        (Language::En, Field::Phone, "three oh five, um, five five five, and then oh one four two", "+13055550142"),
        (Language::En, Field::Phone, "305 555 0142, no wait, 0143", "+13055550143"),
        (Language::En, Field::Phone, "305 555 0142, sorry, 0143", "+13055550143"),
        (Language::En, Field::Phone, "305 555 0142, I mean 43", "+13055550143"),
        (Language::En, Field::Phone, "305 555 0142, no, 305 555 0199", "+13055550199"),
        (Language::Es, Field::Phone, "tres cero cinco, eh, cinco cinco cinco, cero uno cuatro dos", "+13055550142"),
        (Language::Es, Field::Phone, "305 555 0142, no, perdón, 0143", "+13055550143"),
        (
            Language::Es,
            Field::Phone,
            "trescientos cinco, quinientos cincuenta y cinco, cero uno, cuarenta y dos",
            "+13055550142",
        ),
    ];
    let wrong = differing(rows.map(|(language, field, text, wanted)| {
        let got = spoken(language, field, text).phone.map(|phone| phone.to_string());
        (text.to_owned(), got, Some(wanted.to_owned()))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let spain = Expecting { language: Language::Es, region: "ES".to_owned(), ..dental(Field::Phone) };
    let text = "seiscientos doce, treinta y cuatro, cincuenta y seis, setenta y ocho";
    let got = understand(grammar(), &spain, &now(), text).entities.phone;
    assert_eq!(got.map(|phone| phone.to_string()).as_deref(), Some("+34612345678"));
}

#[test]
fn a_message_has_somebody_it_is_for() {
    let price = read(Field::Anything, "calling to ask how much a cleaning is");
    assert_eq!((price.intent, price.entities.body), (Intent::AskPrice, None), "{:?}", price.why);
    let friday = read(Field::Anything, "I wanted to ask if you have anything Friday");
    assert_eq!(friday.entities.when.map(|when| when.value), Some(WhenValue::Date(date(2026, 11, 27))));
    assert_eq!(friday.entities.body, None);
    let hours = read(Field::Anything, "I'm calling to ask what time you close");
    assert_eq!((hours.intent, hours.entities.body), (Intent::AskHours, None), "{:?}", hours.why);
    let want = read(Field::Anything, "I just wanted to say I'd like to cancel my appointment");
    assert_eq!((want.intent, want.entities.body), (Intent::CancelAppointment, None), "{:?}", want.why);
    let sent = read(Field::Anything, "text John to ask if he is coming on Friday");
    assert_eq!((sent.intent, sent.entities.body.as_deref()), (Intent::SendSms, Some("if he is coming on Friday")));
    let told = read(Field::Anything, "send a text to mom asking where she is");
    assert_eq!((told.intent, told.entities.body.as_deref()), (Intent::SendSms, Some("where she is")));
    let spanish = Expecting { language: Language::Es, ..dental(Field::Anything) };
    let got = understand(grammar(), &spanish, &now(), "llamo preguntando si tienen algo el viernes");
    assert_eq!(got.entities.when.map(|when| when.value), Some(WhenValue::Date(date(2026, 11, 27))));
}

#[test]
fn a_name_said_and_spelled_is_one_name_however_the_letters_are_written() {
    let rows = [
        ("No, my name is Grace Hughes, H, U, G, H, E, S.", "Grace Hughes"),
        ("No, my name is Grace Hughes, H-Ughes.", "Grace Hughes"),
        ("No, my name is Grace Hughes, H- Ughes.", "Grace Hughes"),
        ("My name is Grace Hughes H- Ughes", "Grace Hughes"),
        ("No, my name is Grace Hughes H-Ughes.", "Grace Hughes"),
        ("Grace Hughes, H-U-G-H-E-S.", "Grace Hughes"),
        ("Grace Hughes. H-ughes.", "Grace Hughes"),
        // The letters win over the word that was made out.
        ("No, my name is Samuel Worders, O, R, T, I, Z.", "Samuel Ortiz"),
        ("My name is Samuel Ortez, O-R-T-I-Z.", "Samuel Ortiz"),
        // After a given name alone they are the surname.
        ("My name is John, S-M-I-T-H.", "John Smith"),
        ("My name is Mary Jane, S-M-I-T-H.", "Mary Jane Smith"),
        // A name many people have stands although its letters rhyme with others; one that few have does not.
        ("My name is Rosa Martinez, M-A-R-T-I-M-E-C.", "Rosa Martinez"),
        ("So my name is Rosa Martinez M-A-R-T-I-N-E-C.", "Rosa Martinez"),
        ("Rosa Martines M A R T I N E Z", "Rosa Martinez"),
        ("My name is J. R. Smith.", "J. R. Smith"),
        ("My name is Samuel Ordiz, O-R-T-I-C.", "Samuel Ortic"),
        ("My name is Mark Cooper, M-A-R-C.", "Marc Cooper"),
        ("My name is Ana Gonzalez, G-O-N-Z-A-L-E-S.", "Ana Gonzales"),
        // And what is no spelling stays.
        ("My name is Jean-Luc Moreau.", "Jean-Luc Moreau"),
        ("My name is Anna O'Brien, e-mail anna at example dot com.", "Anna O'Brien"),
    ];
    let wrong =
        differing(rows.map(|(text, name)| {
            (text.to_owned(), spoken(Language::En, Field::Name, text).name, Some(name.to_owned()))
        }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nobodys_name_has_an_and_in_it() {
    let rows = [
        ("Hello, this is Rose and Martinez. I'd like to make an appointment.", "Rose Martinez"),
        ("No, my name is Rose and Martinez, M-A-R-T-I-M-E-C.", "Rose Martinez"),
        ("My name is Anna and I want a cleaning.", "Anna"),
        ("This is Maria and Tuesday would be good.", "Maria"),
    ];
    let wrong = differing(rows.map(|(text, name)| {
        (text.to_owned(), spoken(Language::En, Field::Anything, text).name, Some(name.to_owned()))
    }));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn two_letters_of_a_spelled_name_heard_as_now_are_no_time() {
    for spelled in
        ["No, my name is Peter Noback, now VAK.", "It's Peter Novak, now, V-A-K.", "My name is Peter, now, V, A, K."]
    {
        assert_eq!(spoken(Language::En, Field::YesNo, spelled).when, None, "{spelled}");
    }
    for meant in ["My name is Peter Novak, can I come now?", "This is Ann Lee, I need an appointment now, a cleaning."]
    {
        assert!(spoken(Language::En, Field::Anything, meant).when.is_some(), "{meant}");
    }
}
