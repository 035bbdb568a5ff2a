//! Do figures run away? The last ones of numbers that people said one by one, as the session hears them when it has already
//! understood the figures before: a recogniser that sees "nine, two" may go on counting.

use crate::testing;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Figures that are left, at most.
const LEFT_MAX: usize = 4;
/// Silence before the first and after the last figure, in milliseconds.
const EDGES_MS: [(usize, usize); 6] = [(60, 120), (60, 320), (150, 200), (150, 512), (240, 700), (30, 1_000)];
/// Quieter than this for a tenth of the time between two figures is a gap: −46 dBFS.
const GAP_RMS: f32 = 0.005;

/// Prints how many figures were heard too many or too few, by how many there were.
pub(crate) fn figures(hear: &dyn Fn(&[f32]) -> String) {
    let Some(folder) = testing::recordings_folder() else { return };
    let mut by_left: BTreeMap<usize, [usize; 5]> = BTreeMap::new();
    let (mut spent, mut worst) = (Duration::ZERO, Duration::ZERO);
    for recording in testing::recordings(&folder).iter().filter(|one| one.file.starts_with("fsdd-")) {
        let audio = testing::samples(&folder, &recording.file);
        let said: Vec<&str> = recording.text.split(' ').collect();
        let bursts = bursts(&audio);
        if bursts.len() != said.len() {
            println!("  {}: {} figures, {} sounds: left out", recording.file, said.len(), bursts.len());
            continue;
        }
        for left in 1..=LEFT_MAX {
            let from = bursts[said.len() - left].0;
            let truth = said[said.len() - left..].join(" ");
            for (seed, (before, after)) in (1..).zip(EDGES_MS) {
                let mut cut = vec![0.0; before * 16];
                cut.extend(&audio[from..bursts[said.len() - 1].1]);
                cut.extend(std::iter::repeat_n(0.0, after * 16));
                let hiss = testing::noise(cut.len(), 0.003, seed);
                cut.iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample += hiss);
                let began = Instant::now();
                let heard = hear(&testing::telephone(&cut));
                let took = began.elapsed();
                (spent, worst) = (spent + took, worst.max(took));
                let (wrong, _) = testing::word_errors(&truth, &heard);
                let (_, count) = testing::word_errors(&heard, "");
                let kind = match () {
                    () if wrong == 0 => 0,
                    () if count > left => 1,
                    () if heard.is_empty() => 2,
                    () if count < left => 3,
                    () => 4,
                };
                by_left.entry(left).or_default()[kind] += 1;
                if kind == 1 {
                    println!("  {} ({before}, {after}): {truth} | {heard} | {} ms", recording.file, took.as_millis());
                }
            }
        }
    }
    println!("| figures left | as said | too many | none | too few | others |\n|---|---|---|---|---|---|");
    for (left, [right, many, none, few, others]) in by_left {
        println!("| {left} | {right} | {many} | {none} | {few} | {others} |");
    }
    println!("{:.1} s in all, the longest {} ms", spent.as_secs_f32(), worst.as_millis());
}

/// Where the figures are: first and last sample of what is loud, gaps of 60 ms between.
fn bursts(audio: &[f32]) -> Vec<(usize, usize)> {
    const STEP: usize = 160;
    let loud = audio.chunks(STEP).map(|chunk| (chunk.iter().map(|s| s * s).sum::<f32>() / chunk.len() as f32).sqrt());
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in loud.enumerate().filter(|&(_, rms)| rms > GAP_RMS) {
        match found.last_mut() {
            Some((_, end)) if at * STEP <= *end + 6 * STEP => *end = (at + 1) * STEP,
            _ => found.push((at * STEP, (at + 1) * STEP)),
        }
    }
    found.retain(|(from, until)| until - from > 8 * STEP);
    found
}
