//! Quick and deaf is worth nothing: what went wrong in the very calls whose times are taken.
//!
//! False cut-offs are counted on the audio (`simulator::measure`), words by what the house wrote down of the caller against
//! what the caller said, and success by the database (`tasks`).

use crate::testing::word_errors;
use ringlypro::simulator::CallReport;
use ringlypro::simulator::measure::Exchange;
use ringlypro::simulator::report::Spread;
use serde_json::Value;

/// The house's clock begins with the stream, as the caller's does, give or take.
const CLOCKS_DIFFER_MS: u64 = 500;

/// What became of some calls.
#[derive(Default)]
pub(crate) struct Quality {
    lines: usize,
    pauses: usize,
    cut_off: usize,
    collided: usize,
    words: usize,
    errors: usize,
    done: usize,
    judged: usize,
}

impl Quality {
    /// Takes a call, by its report and what the house wrote down of it; with `list` it prints words that differ.
    pub(crate) fn take(&mut self, report: &CallReport, record: &Value, list: bool) {
        for exchange in &report.exchanges {
            self.lines += 1;
            self.pauses += exchange.pauses;
            self.cut_off += exchange.cut_off;
            self.collided += usize::from(exchange.collided);
            if list && exchange.cut_off > 0 {
                println!("{} was cut off {} times in: {}", report.persona, exchange.cut_off, exchange.line);
            }
        }
        let said = report.exchanges.iter().map(|exchange| exchange.line.as_str()).collect::<Vec<_>>().join(" ");
        let written = written(record, |_| true);
        let (errors, words) = word_errors(&said, &written);
        self.words += words;
        self.errors += errors;
        if list && errors > 0 {
            println!("{} {errors}/{words}\n  said    {said}\n  written {written}", report.persona);
        }
    }

    /// Takes whether a call succeeded.
    pub(crate) fn judge(&mut self, done: bool) {
        self.judged += 1;
        self.done += usize::from(done);
    }

    /// Prints a table of its own.
    pub(crate) fn print(&self, which: &str) {
        let percent = |part: usize, whole: usize| match whole {
            0 => "–".to_owned(),
            _ => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
        };
        println!("\n| the same calls{which} | | of | |\n|---|---|---|---|");
        let row = |what: &str, part: usize, whole: usize| {
            println!("| {what} | {part} | {whole} | {} |", percent(part, whole));
        };
        row("pauses ≥ 200 ms inside a line that the agent spoke in", self.cut_off, self.pauses);
        row("lines into which it began to speak before a pause", self.collided, self.lines);
        row("word errors in what was written down", self.errors, self.words);
        if self.judged > 0 {
            row("callers who got what they wanted, by the database", self.done, self.judged);
        }
    }
}

/// What talking over the agent brought.
#[derive(Default)]
pub(crate) struct Yields {
    ms: Vec<i64>,
    arrived: usize,
}

impl Yields {
    /// How many interruptions were measured.
    pub(crate) fn count(&self) -> usize {
        self.ms.len()
    }

    /// Takes a call's lines that were spoken over the agent.
    pub(crate) fn take(&mut self, report: &CallReport, record: &Value) {
        for exchange in &report.exchanges {
            let Some(ms) = exchange.yield_ms else { continue };
            self.ms.push(ms.cast_signed());
            self.arrived += usize::from(arrived(exchange, record));
        }
    }

    pub(crate) fn print(self) {
        println!("\n| talked over the agent | count | p50 | p95 | max | words arrived |\n|---|---|---|---|---|---|");
        let (count, arrived) = (self.ms.len(), self.arrived);
        match Spread::of(self.ms) {
            Some(Spread { p50, p95, max, .. }) => {
                println!("| yield_ms | {count} | {p50} | {p95} | {max} | {arrived} of {count} |");
            }
            None => println!("| yield_ms | 0 | – | – | – | – |"),
        }
    }
}

/// Whether most words of a line are in what was written down while it was spoken.
fn arrived(exchange: &Exchange, record: &Value) -> bool {
    let spoken = exchange.from_ms.saturating_sub(CLOCKS_DIFFER_MS)..exchange.to_ms + CLOCKS_DIFFER_MS;
    let while_spoken = |turn: &Value| {
        let ms = |edge: &str| turn[edge].as_u64().unwrap_or(u64::MAX);
        ms("began_ms") < spoken.end && ms("ended_ms") > spoken.start
    };
    let (errors, words) = word_errors(&exchange.line, &written(record, while_spoken));
    2 * errors < words
}

/// What the house wrote down of the caller, in the turns that fit.
fn written(record: &Value, fits: impl Fn(&Value) -> bool) -> String {
    let turns = record["turns"].as_array().into_iter().flatten();
    let texts = turns.filter(|turn| turn["who"] == "caller" && fits(turn)).filter_map(|turn| turn["text"].as_str());
    texts.collect::<Vec<_>>().join(" ")
}
