//! Callers who want an appointment, drawn by lot: their wording from the corpora's booking lines, their voice, what they
//! tell first, what they correct, and the noise behind them; three times in four where they might they stop to think in the
//! middle of a line. And what counts as success.
//!
//! A task is done when exactly one appointment stands under the caller's number, for the service they wanted in the end, on
//! the day and at the time they named last, under a name that sounds like theirs, and the caller heard exactly that read
//! back and confirmed. The voices are the local voice's test callers made higher or lower, a combination nothing was tuned on.

use jiff::civil::{Time, Weekday};
use jiff::{Timestamp, Zoned};
use regex::Regex;
use ringlypro::phone::E164;
use ringlypro::simulator::persona::read;
use ringlypro::simulator::{CallReport, Noise, Persona};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

type Failure = Box<dyn std::error::Error>;

/// The personas whose manners the drawn callers have.
const PERSONAS: &str = include_str!("../../models/personas.toml");
/// Six voices nothing was tuned on: a test caller's, and how much higher and quicker it is made.
pub(crate) const VOICES: [(&str, f64); 6] = [
    ("caller-1", 1.12),
    ("caller-2", 0.90),
    ("caller-3", 1.14),
    ("caller-4", 0.88),
    ("caller-5", 1.16),
    ("caller-6", 0.86),
];
const SERVICES: [&str; 4] = ["cleaning", "check-up", "consultation", "whitening"];
const NAMES: [&str; 12] = [
    "Laura Bennett",
    "David Turner",
    "Rosa Martinez",
    "Kevin Walsh",
    "Emily Foster",
    "Daniel Kim",
    "Grace Hughes",
    "Victor Ramos",
    "Linda Cooper",
    "Samuel Ortiz",
    "Nancy Fuller",
    "Peter Novak",
];
/// A booking line is about an appointment with somebody like us …
const OURS: &str = r"(?i)\b(appointment|dentist|dental|check-?up|cleaning|book)\b";
/// … and not about cars, hair, hotels, calendars and meetings, nor with somebody by name, nor an answer in the middle of
/// another conversation.
const NOT_OURS: &str = r"(?i)\b(calendar|meeting|event|remind|oil|tires?|car|engine|mechanic|vehicle|brakes?|hair\w*|salon|stylist|therap\w+|psych\w+|doctor\w*|physician|gyn\w+|ophth\w+|lunch|dinner|party|olly|room|flight|table|vet|that|those|it|them|same|instead|another|different|found|again|hotel|nights?|tonight|fortnight|two people|adults|skincare|apartment|him|named|dr|smiles|yes|yeah|yep|no|sure|okay|ok|how about|try)\b";
/// Speech over noise, in decibels: from a quiet room to a street.
const SNR_DB: std::ops::Range<u64> = 15..31;
/// A name may be spelled differently by so many letters and still sound the same.
const NAME_SLIPS_MAX: usize = 2;
/// Weekdays by how they begin.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tues", Weekday::Tuesday),
    ("wednes", Weekday::Wednesday),
    ("thurs", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("satur", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
/// Hours as they are said, each at its own place.
const HOURS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// A caller with a wish.
pub(crate) struct Task {
    /// Who they are and how they answer.
    pub(crate) persona: Arc<Persona>,
    /// Their number.
    pub(crate) from: E164,
    /// What is heard behind them.
    pub(crate) noise: Noise,
    service: &'static str,
    name: &'static str,
    /// They insist on a Friday.
    friday: bool,
}

/// What became of a task.
pub(crate) struct Verdict {
    /// Why it is no success; none: it is one.
    pub(crate) wrong: Option<String>,
    /// Whether the name was written exactly as it is spelled.
    pub(crate) name_exact: bool,
}

/// The booking lines of the corpora that somebody could say to a dentist's receptionist; a sentence where they are not here.
pub(crate) fn booking_lines() -> Result<Vec<String>, Failure> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .map(|above| above.join("shared/corpora/intents/en.jsonl"))
        .find(|file| file.is_file());
    let Some(file) = found else {
        println!("skipped: ../shared/corpora/intents is not here, so there is no wording to draw");
        return Ok(Vec::new());
    };
    let (ours, not_ours) = (Regex::new(OURS)?, Regex::new(NOT_OURS)?);
    let mut lines = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let text = line["text"].as_str().unwrap_or_default();
        if line["intent"] == "book_appointment" && ours.is_match(text) && !not_ours.is_match(text) {
            lines.push(text.to_owned());
        }
    }
    Ok(lines)
}

/// The task of this number, the same for the same seed; its caller waits so long for an answer.
pub(crate) fn task(lines: &[String], number: usize, seed: u64, patience_ms: u64) -> Result<Task, Failure> {
    let mut chance = Chance(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let line = chance.of(lines).trim().trim_end_matches(['.', '!', '?']);
    let (name, first) = (*chance.of(&NAMES), *chance.of(&SERVICES));
    let correction = chance.below(20);
    let (changes_service, friday) = (correction < 5, (5..8).contains(&correction));
    let service = if changes_service {
        *chance.of(&SERVICES.map(|s| if s == first { "consultation" } else { s }))
    } else {
        first
    };
    let manner = chance.below(4);
    let mut think = || if chance.below(4) < 3 { "…" } else { "" };
    let (thinks, once, twice, again) = (think(), think(), think(), think());
    let opening = match manner {
        0 => format!("{line}."),
        1 => format!("{line}. {thinks}It's for a {first}."),
        2 => format!("Hello, this is {name}. {thinks}{line}."),
        _ => format!("Hi. {line}, {thinks}a {first}, please."),
    };
    let (voice, pitch) = VOICES[number % VOICES.len()];
    let local = 2_000 + number;
    let from = E164::try_from(format!("+1305555{local:04}"))?;
    let number_said = format!("three oh five, {once}five five five, {twice}{}", digits(local));
    let mut text = PERSONAS.to_owned();
    write!(
        text,
        "\n[[persona]]\nname = 'task-{number}'\nabout = 'a drawn caller'\nvoice = '{voice}'\npitch = {pitch}\npatience_ms = {patience_ms}\nlike = 'booking'\n\
         facts = {{ name = \"{name}\", number = '{number_said}' }}\n"
    )?;
    let mut rule = |when: &str, say: &[String], times: u32| {
        let say = say.iter().map(|line| format!("{line:?}")).collect::<Vec<_>>().join(", ");
        write!(text, "[[persona.rule]]\nwhen = '{when}'\nsay = [{say}]\ntimes = {times}\n")
    };
    if service != first {
        rule(&format!("so that.s a {first}"), &[format!("No, make it a {service} instead, please.")], 2)?;
    }
    if friday {
        rule(
            "so that.s a [^?]*(monday|tuesday|wednesday|thursday|saturday|today|tomorrow)",
            &["No, on Friday, please.".into()],
            2,
        )?;
        rule("what day|which day|when would you|day and time|give me a day", &["On Friday, please.".into()], 2)?;
    }
    // Who named a day and hears another read back says so.
    let named: Vec<&str> =
        DAYS.iter().map(|(day, _)| *day).filter(|day| line.to_lowercase().contains(&format!("{day}day"))).collect();
    if let ([day], false) = (named.as_slice(), friday || line.to_lowercase().contains("sunday")) {
        let others = DAYS.iter().map(|(other, _)| *other).filter(|other| other != day).collect::<Vec<_>>().join("|");
        let when = format!("so that.s a [^?]*on ({others})day");
        rule(&when, &[format!("No, on {}{}day, please.", day[..1].to_uppercase(), &day[1..])], 2)?;
    }
    // Who hears another name than theirs says so, and spells it; who hears another service says so.
    let asks = "[^?]*(shall i (book|do)|is that right|is that correct)";
    let letters = name.split(' ').next_back().unwrap_or(name).to_uppercase();
    let letters = letters.chars().map(String::from).collect::<Vec<_>>().join(", ");
    let corrected = format!("No, my name is {name}, {letters}.");
    rule(&format!("so that.s a {service}[^?]*for {name}{asks}"), &["Yes, please.".into()], 4)?;
    rule(&format!("so that.s a {service}{asks}"), &[corrected.clone(), corrected], 2)?;
    rule(&format!("so that.s a {asks}"), &[format!("No, it's for a {service}, please.")], 2)?;
    rule(
        "come in for|should i book|appointment for|which service|one of these",
        &[format!("A {again}{first}, please."), format!("A {first}.")],
        3,
    )?;
    rule("how (can|may) i help|what can i do", &[opening, format!("I would like to book a {first}.")], 9)?;
    let persona = read(&text)?.pop().ok_or("the drawn caller is the last one")?;
    let noise = Noise { snr_db: (SNR_DB.start + chance.below(SNR_DB.end - SNR_DB.start)) as f32 };
    Ok(Task { persona, from, noise, service, name, friday })
}

/// A persona that comes with the program, in one of the voices nothing was tuned on.
pub(crate) fn in_voice(persona: &str, number: usize) -> Result<Arc<Persona>, Failure> {
    let mut persona = Persona::clone(&*Persona::named(persona).ok_or("nobody of this name")?);
    let (voice, pitch) = VOICES[number % VOICES.len()];
    (persona.voice, persona.pitch) = (voice.to_owned(), pitch);
    Ok(Arc::new(persona))
}

/// Four figures as they are said.
fn digits(number: usize) -> String {
    const FIGURES: [&str; 10] = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    [1_000, 100, 10, 1].map(|place| FIGURES[number / place % 10]).join(" ")
}

impl Task {
    /// Judges by the call's report and the appointments that stand.
    pub(crate) fn judge(&self, report: &CallReport, appointments: &[Value]) -> Verdict {
        let own: Vec<&Value> = appointments
            .iter()
            .filter(|row| row["customer_phone"] == self.from.as_str() && row["status"] != "cancelled")
            .collect();
        let heard = |part: &str| report.agent_turns.iter().any(|turn| turn.words.to_lowercase().contains(part));
        let written = own.first().and_then(|row| row["customer_name"].as_str()).unwrap_or_default();
        let wrong = match own.as_slice() {
            [] => Some("no appointment stands".to_owned()),
            [row] if row["service_name"] != self.service => {
                Some(format!("{} instead of {}", row["service_name"], self.service))
            }
            [row] if self.friday && start(row).is_none_or(|start| start.weekday() != Weekday::Friday) => {
                Some("not on the Friday they insisted on".to_owned())
            }
            [row] if !Wish::of(report).is_met(row) => Some("not when they last said".to_owned()),
            [_] if slips(written, self.name) > NAME_SLIPS_MAX => Some(format!("{written} instead of {}", self.name)),
            [row] if !read_back(report, row) => Some("not what was read back".to_owned()),
            [_] if !heard("booked") && !heard("all set") => Some("the caller does not know that it stands".to_owned()),
            [_] => None,
            more => Some(format!("{} appointments stand", more.len())),
        };
        Verdict { wrong, name_exact: written == self.name }
    }
}

/// When an appointment begins, where it is.
fn start(row: &Value) -> Option<Zoned> {
    let start: Timestamp = row["slot"]["start"].as_str()?.parse().ok()?;
    start.in_tz(row["zone"].as_str()?).ok()
}

/// Whether the last reading back named exactly this day and time.
fn read_back(report: &CallReport, row: &Value) -> bool {
    let Some(start) = start(row) else { return false };
    let when = start.strftime("on %A, %B %-d at %-I:%M %p").to_string();
    let last = report.agent_turns.iter().rev().find(|turn| turn.words.contains("So that"));
    last.is_some_and(|turn| turn.words.contains(&when))
}

/// The weekday and the time of day a caller named last, as far as they are still what they want.
#[derive(Default)]
struct Wish {
    day: Option<Weekday>,
    time: Option<Time>,
}

impl Wish {
    fn of(report: &CallReport) -> Self {
        static DAY: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?i)\b(mon|tues|wednes|thurs|fri|satur|sun)day\b").expect("a pattern"));
        static TIME: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?i)\b(\w+)(?::(\d\d))? ?([ap])\.?m\b").expect("a pattern"));
        let mut wish = Self::default();
        for line in report.exchanges.iter().map(|exchange| exchange.line.to_lowercase()) {
            if line.contains("the first") || line.contains("as soon as") || line.contains("today") {
                wish = Self::default();
            }
            // Who takes another time than the one they named wants that one.
            if line.contains("that works") {
                wish.time = None;
            }
            if let Some(day) = DAY.captures_iter(&line).last() {
                wish.day = DAYS.iter().find(|(name, _)| *name == &day[1]).map(|(_, day)| *day);
            }
            if let Some(time) = TIME.captures_iter(&line).last() {
                let hour = time[1].parse().ok().or_else(|| HOURS.iter().position(|hour| *hour == &time[1]));
                let minute = time.get(2).and_then(|minute| minute.as_str().parse().ok()).unwrap_or(0);
                let hour = hour.map(|hour| hour % 12 + if &time[3] == "p" { 12 } else { 0 });
                wish.time = hour.and_then(|hour| Time::new(i8::try_from(hour).ok()?, minute, 0, 0).ok());
            }
        }
        wish
    }

    fn is_met(&self, row: &Value) -> bool {
        let Some(start) = start(row) else { return false };
        self.day.is_none_or(|day| start.weekday() == day) && self.time.is_none_or(|time| start.time() == time)
    }
}

/// Letters to change, add or leave out, case aside.
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// A seeded die: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }
}
