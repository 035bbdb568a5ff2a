//! Where the time of turns went, by the house's own record, as rows and as histograms.

use ringlypro::simulator::report::Spread;
use serde_json::Value;
use std::collections::BTreeMap;

/// The stages of a turn, as they are recorded.
const STAGES: [&str; 5] = ["endpoint_ms", "recognise_ms", "perform_ms", "first_audio_ms", "saved_ms"];
/// The widest bar of a histogram, in characters.
const BAR: usize = 40;
/// The upper ends of a histogram's steps, in milliseconds.
const STEPS_MS: [i64; 14] = [50, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_300, 1_700, 2_500, i64::MAX];

/// Prints how often a time fell into each step.
pub(crate) fn histogram(name: &str, values: &[i64]) {
    println!("\n{name} ({} values)\n```text", values.len());
    let mut from = i64::MIN;
    let counts = STEPS_MS.map(|to| {
        let count = values.iter().filter(|value| (from..to).contains(*value)).count();
        from = to;
        count
    });
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (to, count) in STEPS_MS.iter().zip(counts).filter(|(_, count)| *count > 0) {
        let to = if *to == i64::MAX { "more".to_owned() } else { format!("< {to}") };
        println!("{to:>8} ms {count:>4} {}", "█".repeat((count * BAR).div_ceil(most)));
    }
    println!("```");
}

/// A row of a table.
pub(crate) fn row(name: &str, spread: Option<Spread>) {
    match spread {
        Some(Spread { count, p50, p95, max }) => println!("| {name} | {count} | {p50} | {p95} | {max} |"),
        None => println!("| {name} | 0 | – | – | – |"),
    }
}

/// Where the time went, by the house's own record.
#[derive(Clone, Default)]
pub(crate) struct Stages(BTreeMap<&'static str, Vec<i64>>);

impl Stages {
    /// Takes a call's turns.
    pub(crate) fn take(&mut self, record: &Value) {
        for turn in record["turns"].as_array().into_iter().flatten() {
            for stage in STAGES {
                // The greeting follows nothing the caller said.
                if turn["number"] != 0
                    && let Some(ms) = turn["stages"][stage].as_i64()
                {
                    self.0.entry(stage).or_default().push(ms);
                }
            }
        }
    }

    /// A histogram of every stage.
    pub(crate) fn histograms(&self) {
        for (stage, values) in &self.0 {
            histogram(stage, values);
        }
    }

    /// A row of every stage.
    pub(crate) fn print(mut self) {
        for stage in STAGES {
            row(&format!("stage {stage}"), Spread::of(self.0.remove(stage).unwrap_or_default()));
        }
    }
}
