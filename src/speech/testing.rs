//! What the tests and benches of hearing share: where models and recordings lie, the telephone line, word errors.
//!
//! Compiled for tests and included by `benches/ears.rs`; no part of the program. Names nothing of the crate, so that
//! both can include it.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A recording with its words.
#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    /// Its name in the corpus.
    pub(crate) file: String,
    /// What is said.
    pub(crate) text: String,
    /// "en" or "es".
    pub(crate) lang: String,
    /// "read", "prompt", "digits", …
    pub(crate) style: String,
}

/// The folder of models; fails the test when it has none.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub(crate) fn models() -> PathBuf {
    let folder = std::env::var("RINGLY_MODELS").unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = if folder.is_empty() { root.join("models") } else { root.join(folder) };
    let model = folder.join("silero_vad.onnx");
    assert!(model.is_file(), "no models in {}: run `make models`, or set RINGLY_MODELS", folder.display());
    folder
}

/// The folder of recordings of human voices beside the repository, where there is one; says so when there is not.
pub(crate) fn recordings_folder() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .map(|above| above.join("shared/corpora/speech"))
        .find(|folder| folder.join("refs.jsonl").is_file());
    if found.is_none() {
        eprintln!("skipped: ../shared/corpora/speech is not here");
    }
    found
}

/// The list of recordings.
pub(crate) fn recordings(folder: &Path) -> Vec<Recording> {
    let list = std::fs::read_to_string(folder.join("refs.jsonl")).expect("the list of recordings");
    list.lines().map(|line| serde_json::from_str(line).expect("a recording")).collect()
}

/// A recording's samples at 16 kHz.
pub(crate) fn samples(folder: &Path, file: &str) -> Vec<f32> {
    let mut reader = hound::WavReader::open(folder.join(file)).expect("a recording");
    let rate = reader.spec().sample_rate;
    let samples: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.expect("a sample")) / 32_768.0).collect();
    match rate {
        16_000 => samples,
        8_000 => doubled(&samples),
        other => panic!("{file} is at {other} Hz"),
    }
}

/// What is left of 16 kHz audio after a telephone line: 8 kHz, µ-law, and back.
pub(crate) fn telephone(audio: &[f32]) -> Vec<f32> {
    let line: Vec<f32> = low_passed(audio, 1.0).iter().step_by(2).map(|&s| through_mulaw(s)).collect();
    doubled(&line)
}

/// Twice the rate: zeros between the samples, then the upper half of the band taken out.
fn doubled(audio: &[f32]) -> Vec<f32> {
    let spread: Vec<f32> = audio.iter().flat_map(|&sample| [sample, 0.0]).collect();
    low_passed(&spread, 2.0)
}

/// A windowed-sinc low pass at a quarter of the rate, with a gain.
fn low_passed(audio: &[f32], gain: f32) -> Vec<f32> {
    const HALF: i32 = 48;
    let taps: Vec<f32> = (-HALF..=HALF)
        .map(|n| {
            let x = n as f32 * 0.48 * std::f32::consts::PI;
            let sinc = if n == 0 { 1.0 } else { x.sin() / x };
            let hann = 0.5 + 0.5 * (std::f32::consts::PI * n as f32 / (HALF + 1) as f32).cos();
            sinc * hann * 0.48
        })
        .collect();
    let half = HALF as usize;
    (0..audio.len())
        .map(|at| {
            let from = at.saturating_sub(half);
            let until = (at + half + 1).min(audio.len());
            gain * (from..until).map(|i| audio[i] * taps[i + half - at]).sum::<f32>()
        })
        .collect()
}

/// A sample after µ-law coding and decoding (ITU-T G.711).
fn through_mulaw(sample: f32) -> f32 {
    let magnitude = ((sample.abs().min(1.0) * 32_767.0) as i32).min(32_635) + 132;
    let exponent = magnitude.ilog2();
    let step = 1 << (exponent - 4);
    let decoded = (magnitude / step) * step + step / 2 - 132;
    decoded as f32 / 32_768.0 * sample.signum()
}

/// White noise of a given root mean square, the same for the same seed.
pub(crate) fn noise(length: usize, rms: f32, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0) * rms * 3.0_f32.sqrt()
        })
        .collect()
}

/// Word errors and words of the reference: case, punctuation, accents, the spelling of numbers, and whether two words are
/// written as one aside.
pub(crate) fn word_errors(reference: &str, heard: &str) -> (usize, usize) {
    let (reference, heard) = (plain_words(reference), plain_words(heard));
    let joined = |pair: &[String], word: &str| word.strip_prefix(pair[0].as_str()) == Some(pair[1].as_str());
    let mut rows: Vec<Vec<usize>> = vec![(0..=heard.len()).collect()];
    for i in 1..=reference.len() {
        let mut row = vec![i];
        for j in 1..=heard.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(reference[i - 1] != heard[j - 1]);
            let mut least = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && joined(&reference[i - 2..i], &heard[j - 1]) {
                least = least.min(rows[i - 2][j - 1]);
            }
            if j > 1 && joined(&heard[j - 2..j], &reference[i - 1]) {
                least = least.min(rows[i - 1][j - 2]);
            }
            row.push(least);
        }
        rows.push(row);
    }
    (rows[reference.len()][heard.len()], reference.len())
}

fn plain_words(text: &str) -> Vec<String> {
    let plain: String = text
        .to_lowercase()
        .replace(":00", "")
        .chars()
        .filter_map(|c| match c {
            'á' => Some('a'),
            'é' => Some('e'),
            'í' => Some('i'),
            'ó' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ñ' => Some('n'),
            '\'' | '’' => None,
            c if c.is_alphanumeric() => Some(c),
            _ => Some(' '),
        })
        .collect();
    // "10am" is two words, and "230 pm" a time.
    let parts: Vec<&str> = plain
        .split_whitespace()
        .flat_map(|word| {
            let (number, unit) = word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len()));
            [number, unit]
        })
        .filter(|part| !part.is_empty())
        .collect();
    let next = parts.iter().copied().skip(1).chain([""]);
    let times = parts.iter().zip(next).flat_map(|(part, next)| {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        let is_time = is_number && (3..=4).contains(&part.len()) && ["a", "am", "p", "pm"].contains(&next);
        let (hour, minutes) = part.split_at(if is_time { part.len() - 2 } else { part.len() });
        [hour, minutes]
    });
    times.filter(|part| !part.is_empty()).flat_map(spelled).collect()
}

/// Numbers as they are said, each at its own place.
const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const SMALL_IN_SPANISH: [&str; 16] = [
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number in words, one language's for all: up to 99 as a number, longer ones figure by figure.
fn spelled(word: &str) -> Vec<String> {
    if word == "oh" {
        return vec![SMALL[0].to_owned()];
    }
    if let Some(number) = SMALL_IN_SPANISH.iter().position(|said| *said == word) {
        return vec![SMALL[number].to_owned()];
    }
    if !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return vec![word.to_owned()];
    }
    match word.parse::<usize>() {
        Ok(number @ 0..20) if !word.starts_with('0') || number == 0 && word.len() == 1 => {
            vec![SMALL[number].to_owned()]
        }
        Ok(number @ 20..100) => {
            let ones = (number % 10 > 0).then(|| SMALL[number % 10].to_owned());
            std::iter::once(TENS[number / 10].to_owned()).chain(ones).collect()
        }
        _ => word.bytes().map(|digit| SMALL[usize::from(digit - b'0')].to_owned()).collect(),
    }
}
