//! How long understanding takes: the grammar's load, and one sentence at p50 and p99, with allocations counted.
//!
//! Prints figures and asserts nothing; the machine and its load are part of the answer. Run with
//! `cargo bench --bench nlu`.

use hdrhistogram::Histogram;
use jiff::Zoned;
use jiff::civil::Time;
use ringlypro::nlu::{Expecting, Field, Grammar, Language, Term, understand};
use std::hint::black_box;
use std::time::Instant;

const ENGLISH: &[&str] = &[
    "Hello.",
    "I'd like to book an appointment.",
    "Tuesday at 3.",
    "Yes, that works.",
    "My name is John Smith and my number is 305-555-0142.",
    "three oh five, five five five, oh one four two",
    "Could you move my appointment from Friday at ten to next Wednesday at half past two in the afternoon?",
    "What do you have available between 9:30 and 11:00 on Thursday?",
    "email john@example.com subject Welcome body Thanks for joining!",
    "add opportunity for TestUser value 5000 stage lead",
    "How much is a teeth cleaning, and are you open on Saturday?",
    "set lights to full power",
    "remind me to follow up with john@example.com on Friday",
    "john dot doe at gmail dot com",
    "the week starting on february 4",
    "Sorry, no, I meant Thursday, the 26th of November, in the morning if you can, otherwise any time after two.",
];
const SPANISH: &[&str] = &[
    "Hola, buenos días.",
    "Quisiera pedir una cita para el martes por la tarde.",
    "mañana a las tres y media de la tarde",
    "Me llamo Ana García y mi número es el 305 555 0142.",
    "¿Cuánto cuesta una limpieza?",
    "recuérdame llamar a Darío el jueves a la una de la tarde",
    "entre el 4 y el 8 de septiembre",
    "borra de mi calendario la cita médica de hoy",
];
/// Passes over all sentences that are measured; one more warms up.
const PASSES: usize = 400;

fn main() {
    let before = Instant::now();
    let grammar = match Grammar::embedded() {
        Ok(grammar) => grammar,
        Err(error) => {
            eprintln!("the grammar does not load: {error}");
            std::process::exit(1);
        }
    };
    println!("grammar load           {:>8.1} ms", before.elapsed().as_secs_f64() * 1e3);
    let Ok(now) = "2026-11-22T09:00[America/New_York]".parse::<Zoned>() else {
        eprintln!("no time zone data");
        std::process::exit(1);
    };
    for (name, language, sentences) in [("en", Language::En, ENGLISH), ("es", Language::Es, SPANISH)] {
        for field in [Field::Anything, Field::Day, Field::Name, Field::Choice] {
            measure(&grammar, &now, name, language, field, sentences);
        }
    }
}

/// What the dialogue of the demo business expects: its services with their aliases, three times on offer, its hours.
fn as_in_a_call(language: Language, field: Field) -> Expecting {
    let term = |(name, aliases): &(&str, &[&str])| Term {
        name: (*name).to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    };
    let (services, options): (&[(&str, &[&str])], &[&str]) = match language {
        Language::En => (
            &[
                ("cleaning", &["teeth cleaning", "hygiene"]),
                ("check-up", &["checkup", "exam", "examination"]),
                ("consultation", &["consult", "first visit"]),
                ("whitening", &["teeth whitening", "bleaching"]),
                ("filling", &["cavity"]),
            ],
            &["9 o'clock", "11:30", "3 o'clock"],
        ),
        Language::Es => (
            &[
                ("limpieza", &["limpieza dental", "higiene"]),
                ("revisión", &["chequeo", "examen"]),
                ("consulta", &["primera visita"]),
                ("blanqueamiento", &["blanqueamiento dental"]),
                ("empaste", &["caries"]),
            ],
            &["las nueve", "las once y media", "las tres"],
        ),
    };
    Expecting {
        field,
        language,
        region: "US".to_owned(),
        services: services.iter().map(term).collect(),
        options: options.iter().map(|name| Term { name: (*name).to_owned(), aliases: Vec::new() }).collect(),
        hours: Some((Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0))),
    }
}

fn measure(grammar: &Grammar, now: &Zoned, name: &str, language: Language, field: Field, sentences: &[&str]) {
    let expecting = as_in_a_call(language, field);
    let Ok(mut times) = Histogram::<u64>::new(3) else { return };
    let mut allocations = 0;
    for pass in 0..=PASSES {
        for sentence in sentences {
            let before = Instant::now();
            black_box(understand(grammar, &expecting, now, black_box(sentence)));
            let nanos = u64::try_from(before.elapsed().as_nanos()).unwrap_or(u64::MAX);
            if pass > 0 {
                let _ = times.record(nanos);
            } else {
                // Counted apart, so that the counting is not timed.
                let counted =
                    allocation_counter::measure(|| drop(black_box(understand(grammar, &expecting, now, sentence))));
                allocations += counted.count_total;
            }
        }
    }
    println!(
        "understand {name} {field:<9} p50 {:>6.1} µs   p99 {:>6.1} µs   max {:>7.1} µs   {:>5.1} allocations a sentence",
        times.value_at_quantile(0.5) as f64 / 1e3,
        times.value_at_quantile(0.99) as f64 / 1e3,
        times.max() as f64 / 1e3,
        allocations as f64 / sentences.len() as f64,
        field = format!("{field:?}"),
    );
}
