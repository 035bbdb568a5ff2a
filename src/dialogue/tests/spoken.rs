//! Whole conversations in words, through the real grammar. `scripts/*.txt` hold what callers say; the transcripts in
//! `scripts/*.transcript` hold what came of it, and every change of them is read before it is accepted
//! (`UPDATE_TRANSCRIPTS=1 cargo test --release --lib dialogue` writes them anew).
//!
//! A script begins with `== title` and options; `> words`, `# keys`, `...` silence, `??` unclear, `/ n` cut in after n
//! words, `~ words` badly heard words, `! operation error` a failure to come, `&` back after a
//! transfer that nobody answered.

use super::*;
use crate::nlu::Grammar;
use std::fmt::Write as _;
use std::path::Path;

fn failure(name: &str) -> Error {
    match name {
        "taken" => Error::SlotTaken,
        "away" => Error::Unavailable("away".to_owned()),
        "unknown" => Error::Unknown("lost".to_owned()),
        "unsupported" => Error::Unsupported("that"),
        "gone" => Error::NotFound("appointment"),
        other => panic!("no failure is called {other}"),
    }
}

fn operation(name: &str) -> &'static str {
    ["find", "hold", "release", "book", "move", "cancel", "list", "leave"]
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or_else(|| panic!("no operation is called {name}"))
}

fn options(head: &str, language: Language) -> Setting {
    let mut setting = Setting { language, ..setting() };
    let mut business = business();
    business.language = language;
    if language == Language::Es {
        for (service, name) in business.services.iter_mut().zip(["limpieza", "revisión", "consulta", "blanqueamiento"])
        {
            service.aliases.push(std::mem::replace(&mut service.name, name.to_owned()));
        }
    }
    for option in head.split('[').nth(1).unwrap_or_default().trim_end_matches(']').split_whitespace() {
        match option {
            "known" => setting.contact = Some(ana()),
            "withheld" => setting.caller = None,
            "text" => setting.channel = Channel::Eye,
            "alone" => business.transfer_to = None,
            "english-only" => setting.languages = vec![Language::En],
            "booked" | "moved" | "two-taken" | "twice" | "busy" | "many" | "namesakes" | "monday" => {}
            other => panic!("no option is called {other}"),
        }
    }
    setting.business = Arc::new(business);
    setting
}

/// What the calendar holds before the call.
fn prepare(call: &mut Call, head: &str) {
    let head = head.split('[').nth(1).unwrap_or_default();
    let service = |place: usize| call.crm.business.services[place].name.clone();
    let (first, second) = (service(0), service(1));
    if head.contains("moved") {
        call.crm.add(&first, date(2026, 12, 1).at(10, 0, 0, 0), "Ana Silva", "+13055550111");
    }
    if head.contains("two-taken") {
        call.crm.add(&first, date(2026, 12, 2).at(14, 0, 0, 0), "Somebody", "+13055550100");
    }
    if head.contains("booked") || head.contains("twice") {
        call.crm.add(&first, date(2026, 12, 1).at(15, 0, 0, 0), "Ana Silva", "+13055550111");
    }
    if head.contains("twice") {
        call.crm.add(&second, date(2026, 12, 8).at(9, 0, 0, 0), "Ana Silva", "+13055550111");
    }
    if head.contains("many") {
        for day in [1, 2, 3, 4, 8, 9] {
            call.crm.add(&first, date(2026, 12, day).at(10, 0, 0, 0), "Ana Silva", "+13055550111");
        }
    }
    if head.contains("namesakes") {
        call.crm.add(&first, date(2026, 12, 1).at(10, 0, 0, 0), "John Smith", "+13055550177");
        call.crm.add(&second, date(2026, 12, 2).at(11, 0, 0, 0), "John Smith", "+13055550188");
    }
    if head.contains("monday") {
        call.now = date(2026, 11, 23).at(9, 0, 0, 0).to_zoned(zone()).expect("a time");
    }
    if head.contains("busy") {
        for half_hour in 0..16 {
            let at = date(2026, 12, 1).at(9 + half_hour / 2, (half_hour % 2) * 30, 0, 0);
            call.crm.add(&first, at, "Somebody", "+13055550100");
        }
    }
}

fn run(script: &str, language: Language, grammar: &Arc<Grammar>) -> String {
    let mut lines = script.lines();
    let head = lines.next().unwrap_or_default();
    let mut out = format!("== {head}\n");
    let mut call = Call::with(options(head, language), Arc::clone(grammar) as Arc<dyn Understand>);
    prepare(&mut call, head);
    let by_eye = call.dialogue.setting.channel == Channel::Eye;
    let greeting: Vec<&str> =
        call.last.say.iter().map(|c| if by_eye { c.eye.as_str() } else { c.ear.as_str() }).collect();
    let _ = writeln!(out, "< {}", greeting.join(" | "));
    for line in lines {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        let _ = writeln!(out, "{line}");
        let step = match mark {
            ">" => call.dialogue.hear(&call.now, Heard::Words { text: rest, confidence: 1.0 }),
            "~" => call.dialogue.hear(&call.now, Heard::Words { text: rest, confidence: 0.3 }),
            "#" => call.dialogue.hear(&call.now, Heard::Digits(rest)),
            "..." => call.dialogue.hear(&call.now, Heard::Silence),
            "??" => call.dialogue.hear(&call.now, Heard::Unclear),
            "&" => call.dialogue.untransferred(&call.now),
            "/" => {
                let count = rest.parse().expect("a number of words");
                let said: Vec<String> = call.dialogue.said.iter().map(|clause| clause.eye.clone()).collect();
                let words: Vec<&str> = said.iter().flat_map(|clause| clause.split_whitespace()).take(count).collect();
                call.dialogue.interrupted(&words.join(" "));
                continue;
            }
            "!" => {
                let (name, error) = rest.split_once(' ').expect("an operation and an error");
                call.crm.failing.push_back((operation(name), failure(error)));
                continue;
            }
            other => panic!("{other} means nothing in a script"),
        };
        told(&mut call, step, by_eye, &mut out);
    }
    assert!(call.crm.failing.is_empty(), "{head}: a failure did not happen\n{out}");
    out
}

/// Writes down what follows from a step, operations performed.
fn told(call: &mut Call, first: Step, by_eye: bool, out: &mut String) {
    let mut step = first;
    for _ in 0..20 {
        if !step.say.is_empty() {
            let said: Vec<&str> =
                step.say.iter().map(|clause| if by_eye { clause.eye.as_str() } else { clause.ear.as_str() }).collect();
            // A list for the eye has its own lines; a transcript has one a turn.
            let _ = writeln!(out, "< {}", said.join(" | ").replace('\n', "\\n"));
        }
        if step.then != Then::Listen {
            let _ = writeln!(
                out,
                "  -> {}",
                match &step.then {
                    Then::Listen => "listen",
                    Then::Hold => "hold",
                    Then::Transfer(_) => "transfer",
                    Then::HangUp => "hang up",
                }
            );
        }
        let Some(operation) = step.operation.take() else { return };
        let result = call.crm.perform(&operation);
        let came = match &result {
            Ok(_) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let _ = writeln!(out, "  [{}{}: {came}]", name_of(&operation), detail(&operation));
        step = call.dialogue.performed(&call.now, result);
    }
    panic!("an endless chain of operations\n{out}");
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a conversation asks for nothing else")]
fn detail(operation: &Operation) -> String {
    let at = |start: Timestamp| start.to_zoned(zone()).strftime(" %a %-d %b %H:%M").to_string();
    match operation {
        Operation::FindSlots(find) => format!("{} to{}", at(find.from), at(find.to)),
        Operation::HoldSlots(hold) => {
            hold.starts.iter().take(hold.count).map(|start| at(*start)).collect::<Vec<_>>().join(",")
        }
        Operation::BookAppointment(book) => {
            format!(
                "{} {} {}",
                at(book.start),
                book.customer.name,
                book.customer.phone.as_ref().map_or("-", E164::as_str)
            )
        }
        Operation::RescheduleAppointment(wanted) => at(wanted.start),
        Operation::LeaveMessage(leave) => format!(" {:?} from {:?}", leave.body, leave.from.name),
        Operation::ListAppointments(list) => {
            let name = list.name.as_deref().unwrap_or("everybody");
            format!(" {}", list.phone.as_ref().map_or(name, E164::as_str))
        }
        _ => String::new(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own switch, not configuration")]
fn check(name: &str, scripts: &str, language: Language) {
    let grammar = Arc::new(Grammar::embedded().expect("a good grammar"));
    let transcripts: Vec<String> = scripts
        .split("== ")
        .map(str::trim)
        .filter(|script| !script.is_empty())
        .map(|script| run(script, language, &grammar))
        .collect();
    let now = transcripts.join("\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialogue/tests/scripts").join(name);
    if std::env::var("UPDATE_TRANSCRIPTS").is_ok() {
        std::fs::write(&path, &now).expect("a writable tree");
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    for (now, before) in now.lines().zip(before.lines()) {
        assert_eq!(now, before, "the conversation has changed");
    }
    assert_eq!(now.lines().count(), before.lines().count(), "the conversation has changed");
}

#[test]
fn conversations_in_english_go_as_written() {
    check("en.transcript", include_str!("scripts/en.txt"), Language::En);
}

#[test]
fn callers_of_a_dental_office_are_served_as_written() {
    check("office.transcript", include_str!("scripts/office.txt"), Language::En);
}

#[test]
fn conversations_in_spanish_go_as_written() {
    check("es.transcript", include_str!("scripts/es.txt"), Language::Es);
}
