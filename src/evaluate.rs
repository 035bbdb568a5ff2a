//! `ringlypro evaluate DIR`: how well sentences that others wrote are understood.
//!
//! Scores a folder like the corpora by the definitions of its README: commands (intent and every listed entity),
//! dates (exact and lenient, negatives apart), entities, intents (F1 per intent with at least ten lines, averaged).
//! The numbers are returned and printed as tables with the worst confusions. Parts that are missing are left out.
//!
//! Read next: [`crate::understand`] for how a line is put to the grammar.

use crate::nlu::{Entities, Field, Grammar, Language, Understanding};
use crate::understand::{Options as Reading, Question};
use jiff::Zoned;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

mod dates;
mod train;

pub use train::train;

/// Intents with fewer lines do not count towards the average: one sentence would swing it.
const LINES_PER_INTENT_MIN: usize = 10;
/// Confusions printed per table.
const CONFUSIONS_MAX: usize = 15;

/// What to score and how much to show.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder with `commands`, `dates`, `entities` and `intents`.
    pub folder: PathBuf,
    /// Reference time of lines that have none.
    pub now: Zoned,
    /// Print each wrong line.
    pub failures: bool,
}

/// Why there is no score.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file could not be read, or the table not be written.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// A line is no JSON of the expected form.
    #[error("{file}:{line}: {problem}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing to score there.
    #[error("{0} holds none of commands, dates, entities, intents")]
    Empty(String),
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Right ones.
    pub right: usize,
    /// All.
    pub all: usize,
}

impl Share {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }

    /// The share from 0 to 1; 1 of nothing.
    pub fn value(self) -> f64 {
        if self.all == 0 { 1.0 } else { self.right as f64 / self.all as f64 }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5.1} % ({} of {})", 100.0 * self.value(), self.right, self.all)
    }
}

/// Dates of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateScore {
    /// The value is right.
    pub exact: Share,
    /// The value is right under some convention.
    pub lenient: Share,
    /// Nothing was found where there is nothing.
    pub negatives: Share,
}

/// Intents of one language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntentScore {
    /// F1 averaged over intents with enough lines.
    pub macro_f1: f64,
    /// Lines with the right intent.
    pub accuracy: Share,
    /// Precision, recall, F1 and lines per intent.
    pub per_intent: BTreeMap<String, (f64, f64, f64, usize)>,
    /// (expected, got) with how often.
    pub confusions: BTreeMap<(String, String), usize>,
}

/// All that was measured, by language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Commands with all their entities.
    pub commands: BTreeMap<String, Share>,
    /// Dates.
    pub dates: BTreeMap<String, DateScore>,
    /// Entities, by kind.
    pub entities: BTreeMap<String, BTreeMap<String, Share>>,
    /// Intents.
    pub intents: BTreeMap<String, IntentScore>,
}

impl Report {
    /// All entities of a language together.
    pub fn entity_share(&self, language: &str) -> Share {
        let mut total = Share::default();
        for share in self.entities.get(language).into_iter().flat_map(BTreeMap::values) {
            total.right += share.right;
            total.all += share.all;
        }
        total
    }
}

/// Scores a folder, prints its tables and returns the numbers.
pub fn run(grammar: &Grammar, options: &Options, mut output: impl Write) -> Result<Report, EvaluateError> {
    let mut report = Report::default();
    let mut scorer = Scorer { grammar, options, wrong: Vec::new() };
    for language in ["en", "es"] {
        if let Some(lines) = scorer.lines("commands", language)? {
            report.commands.insert(language.to_owned(), scorer.commands(&lines));
        }
        if let Some(lines) = scorer.lines("dates", language)? {
            report.dates.insert(language.to_owned(), scorer.dates(&lines));
        }
        if let Some(lines) = scorer.lines("entities", language)? {
            report.entities.insert(language.to_owned(), scorer.entities(&lines));
        }
        if let Some(lines) = scorer.lines("intents", language)? {
            report.intents.insert(language.to_owned(), scorer.intents(&lines));
        }
    }
    if report == Report::default() {
        return Err(EvaluateError::Empty(options.folder.display().to_string()));
    }
    let wrong = if options.failures { scorer.wrong } else { Vec::new() };
    print(&report, &wrong, &mut output).map_err(|error| EvaluateError::Io("output".to_owned(), error))?;
    Ok(report)
}

/// A line of any part of the corpora.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(flatten)]
    question: Question,
    #[serde(default)]
    intent: Option<String>,
    #[serde(default)]
    entities: BTreeMap<String, Value>,
    #[serde(default)]
    entity: Option<String>,
    #[serde(default)]
    expected: Value,
    #[serde(default)]
    source: String,
    #[serde(default)]
    group: String,
}

struct Scorer<'a> {
    grammar: &'a Grammar,
    options: &'a Options,
    wrong: Vec<String>,
}

impl Scorer<'_> {
    fn lines(&self, part: &str, language: &str) -> Result<Option<Vec<Line>>, EvaluateError> {
        let path: PathBuf = self.options.folder.join(part).join(format!("{language}.jsonl"));
        if !Path::new(&path).exists() {
            return Ok(None);
        }
        let file = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|error| EvaluateError::Io(file.clone(), error))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(|(number, line)| {
            let mut line: Line = serde_json::from_str(line).map_err(|error| EvaluateError::Line {
                file: file.clone(),
                line: number + 1,
                problem: error.to_string(),
            })?;
            line.question.lang =
                line.question.lang.or(Some(if language == "es" { Language::Es } else { Language::En }));
            Ok(line)
        });
        lines.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn understood(&self, line: &Line) -> Understanding {
        let reading = Reading {
            language: Language::En,
            now: self.options.now.clone(),
            region: String::new(),
            field: Field::Anything,
            services: Vec::new(),
            jsonl: true,
        };
        line.question.understood(self.grammar, &reading)
    }

    fn note(&mut self, part: &str, line: &Line, expected: &str, got: &str, why: &[String]) {
        let text = &line.question.text;
        self.wrong.push(format!("{part}: {text:?} expected {expected}, got {got} by {why:?}"));
    }

    fn commands(&mut self, lines: &[Line]) -> Share {
        let mut share = Share::default();
        for line in lines {
            let got = self.understood(line);
            let found = serde_json::to_value(&got.entities).unwrap_or_default();
            let intent = line.intent.as_deref() == Some(got.intent.name());
            let entities = line.entities.iter().all(|(name, value)| command_entity_is_right(name, value, &found));
            share.add(intent && entities);
            if !(intent && entities) {
                let expected = format!("{:?} {:?}", line.intent.as_deref().unwrap_or(""), line.entities);
                self.note("commands", line, &expected, &format!("{} {found}", got.intent.name()), &got.why);
            }
        }
        share
    }

    fn dates(&mut self, lines: &[Line]) -> DateScore {
        let mut score = DateScore::default();
        for line in lines {
            let got = self.understood(line);
            let found = got.entities.when.as_ref().map(|when| serde_json::to_value(when).unwrap_or_default());
            let expected = &line.expected;
            if expected["kind"] == "none" {
                score.negatives.add(found.is_none());
            }
            let exact = dates::is_right(expected, found.as_ref(), line.question.reference, false);
            let lenient = exact || dates::is_right(expected, found.as_ref(), line.question.reference, true);
            score.exact.add(exact);
            score.lenient.add(lenient);
            if !exact {
                let got_text = found.map_or("nothing".to_owned(), |found| found.to_string());
                self.note("dates", line, &expected.to_string(), &got_text, &[]);
            }
        }
        score
    }

    fn entities(&mut self, lines: &[Line]) -> BTreeMap<String, Share> {
        let mut shares: BTreeMap<String, Share> = BTreeMap::new();
        for line in lines {
            let Some(kind) = line.entity.as_deref() else { continue };
            let got = self.understood(line);
            let found = entity(&got.entities, kind);
            let wanted = (!line.expected.is_null()).then(|| line.expected["value"].clone());
            let right = match (&wanted, &found) {
                (None, found) => found.is_none(),
                (Some(wanted), Some(found)) => same(wanted, found),
                (Some(_), None) => false,
            };
            shares.entry(kind.to_owned()).or_default().add(right);
            if !right {
                let show = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
                self.note(&format!("entities/{kind}"), line, &show(&wanted), &show(&found), &[]);
            }
        }
        shares
    }

    fn intents(&mut self, lines: &[Line]) -> IntentScore {
        let answers: Vec<_> = lines.iter().map(|line| (line, self.understood(line))).collect();
        self.intent_score(&answers)
    }

    fn intent_score(&mut self, answers: &[(&Line, Understanding)]) -> IntentScore {
        let mut score = IntentScore::default();
        let mut counts: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
        for (line, got) in answers {
            let Some(expected) = line.intent.clone() else { continue };
            let name = got.intent.name();
            score.accuracy.add(name == expected);
            counts.entry(expected.clone()).or_default().1 += 1;
            counts.entry(name.to_owned()).or_default().2 += 1;
            if name == expected {
                counts.entry(expected).or_default().0 += 1;
            } else {
                *score.confusions.entry((expected.clone(), name.to_owned())).or_default() += 1;
                self.note("intents", line, &expected, name, &got.why);
            }
        }
        let mut sum = (0.0, 0);
        for (intent, (right, expected, got)) in counts {
            let ratio = |all: usize| if all == 0 { 0.0 } else { right as f64 / all as f64 };
            let (precision, recall) = (ratio(got), ratio(expected));
            let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
            if expected >= LINES_PER_INTENT_MIN {
                sum = (sum.0 + f1, sum.1 + 1);
            }
            score.per_intent.insert(intent, (precision, recall, f1, expected));
        }
        score.macro_f1 = if sum.1 == 0 { 0.0 } else { sum.0 / f64::from(sum.1) };
        score
    }
}

/// Case, accents and end punctuation aside; tags as a set; `when` merely present.
fn command_entity_is_right(name: &str, wanted: &Value, found: &Value) -> bool {
    let got = &found[name];
    match (name, wanted, got) {
        (_, _, Value::Null) => false,
        ("when", ..) => true,
        (_, Value::Array(wanted), Value::Array(got)) => {
            let plain = |list: &[Value]| {
                let mut list: Vec<String> =
                    list.iter().map(|value| plain(value.as_str().unwrap_or_default())).collect();
                list.sort();
                list
            };
            plain(wanted) == plain(got)
        }
        (_, Value::String(wanted), Value::String(got)) => plain(wanted) == plain(got),
        _ => same(wanted, got),
    }
}

/// Lower case, without accents and punctuation at the end.
fn plain(text: &str) -> String {
    crate::nlu::plain(text).trim().trim_end_matches(['.', '!', '?', ',']).to_owned()
}

fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted.as_f64(), found.as_f64()) {
        (Some(wanted), Some(found)) => (wanted - found).abs() <= 1e-9 * wanted.abs().max(1.0),
        _ => wanted == found,
    }
}

fn entity(entities: &Entities, kind: &str) -> Option<Value> {
    let value = serde_json::to_value(entities).ok()?.get(kind)?.clone();
    (!value.is_null()).then_some(value)
}

fn print(report: &Report, wrong: &[String], output: &mut impl Write) -> io::Result<()> {
    for line in wrong {
        writeln!(output, "{line}")?;
    }
    for (language, share) in &report.commands {
        writeln!(output, "commands {language}   {share}")?;
    }
    for (language, score) in &report.dates {
        writeln!(
            output,
            "dates {language}      exact {}  lenient {}  left alone {}",
            score.exact, score.lenient, score.negatives
        )?;
    }
    for (language, kinds) in &report.entities {
        writeln!(output, "entities {language}   {}", report.entity_share(language))?;
        for (kind, share) in kinds {
            writeln!(output, "  {kind:<10} {share}")?;
        }
    }
    for (language, score) in &report.intents {
        writeln!(output, "intents {language}    macro-F1 {:.3}  accuracy {}", score.macro_f1, score.accuracy)?;
        writeln!(
            output,
            "  (the second opinion may have learnt from these lines; --train prints what it reaches on unseen ones)"
        )?;
        writeln!(output, "  {:<24} {:>9} {:>6} {:>6} {:>6}", "intent", "precision", "recall", "F1", "lines")?;
        for (intent, (precision, recall, f1, lines)) in &score.per_intent {
            let note = if *lines < LINES_PER_INTENT_MIN { "  (not counted)" } else { "" };
            writeln!(output, "  {intent:<24} {precision:>9.2} {recall:>6.2} {f1:>6.2} {lines:>6}{note}")?;
        }
        let mut worst: Vec<_> = score.confusions.iter().collect();
        worst.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        writeln!(output, "  worst confusions (expected -> understood)")?;
        for ((expected, got), count) in worst.into_iter().take(CONFUSIONS_MAX) {
            writeln!(output, "  {count:>5}  {expected} -> {got}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(folder: PathBuf) -> Options {
        Options { folder, now: "2026-11-22T09:00[America/New_York]".parse().expect("a time"), failures: false }
    }

    #[test]
    fn a_folder_is_scored_by_the_definitions_of_its_readme() {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["commands", "dates", "entities", "intents"] {
            fs::create_dir(folder.path().join(part)).expect("a folder");
        }
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write(
            "commands/en.jsonl",
            "{\"text\":\"find ANA@example.com\",\"intent\":\"search_contacts\",\"entities\":{\"email\":\"ana@example.com\"}}\n\
             {\"text\":\"undo\",\"intent\":\"repeat\",\"entities\":{}}\n",
        );
        write(
            "dates/en.jsonl",
            "{\"text\":\"tomorrow\",\"reference\":\"2020-02-28T08:00:00\",\"expected\":{\"kind\":\"date\",\"value\":\"2020-02-29\"}}\n\
             {\"text\":\"hello\",\"reference\":\"2020-02-28T08:00:00\",\"expected\":{\"kind\":\"none\",\"value\":null}}\n\
             {\"text\":\"from the 3rd to the 5th of May\",\"reference\":\"2020-02-28T08:00:00\",\"expected\":{\"kind\":\"range\",\"of\":\"date\",\"value\":{\"start\":\"2020-05-03\",\"end\":\"2020-05-06\"}}}\n",
        );
        write(
            "entities/es.jsonl",
            "{\"text\":\"doscientos tres\",\"lang\":\"es\",\"entity\":\"number\",\"expected\":{\"value\":203}}\n",
        );
        write("intents/en.jsonl", "{\"text\":\"goodbye\",\"intent\":\"goodbye\"}\n");
        let grammar = Grammar::embedded().expect("the embedded grammar loads");
        let mut printed = Vec::new();
        let report = run(&grammar, &options(folder.path().to_owned()), &mut printed).expect("a report");
        assert_eq!(report.commands["en"], Share { right: 1, all: 2 });
        assert_eq!(report.dates["en"].exact, Share { right: 3, all: 3 });
        assert_eq!(report.dates["en"].negatives, Share { right: 1, all: 1 });
        assert_eq!(report.entity_share("es"), Share { right: 1, all: 1 });
        assert_eq!(report.intents["en"].accuracy, Share { right: 1, all: 1 });
        assert!(String::from_utf8_lossy(&printed).contains("commands en"));
    }

    #[test]
    fn an_empty_folder_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let grammar = Grammar::embedded().expect("the embedded grammar loads");
        let error = run(&grammar, &options(folder.path().to_owned()), Vec::new()).expect_err("nothing there");
        assert!(matches!(error, EvaluateError::Empty(_)), "{error}");
    }

    /// Floors with room below what was reached; the figures themselves are in benches/RESULTS.md.
    #[test]
    fn language_others_wrote_is_understood() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let places = [here.join("../shared/corpora"), here.join("../../shared/corpora")];
        let Some(folder) = places.into_iter().find(|folder| folder.is_dir()) else {
            println!("../shared/corpora is not there: understanding was not scored");
            return;
        };
        let grammar = Grammar::embedded().expect("the embedded grammar loads");
        let report = run(&grammar, &options(folder), Vec::new()).expect("a report");
        assert!(report.commands["en"].value() >= 1.0);
        assert!(report.dates["en"].exact.value() >= 0.94 && report.dates["es"].exact.value() >= 0.93);
        assert!(report.entity_share("en").value() >= 0.97 && report.entity_share("es").value() >= 0.97);
        assert!(report.intents["en"].macro_f1 >= 0.90 && report.intents["es"].macro_f1 >= 0.86);
    }
}
