//! Words to phonemes, in the alphabet the voice was taught.
//!
//! A dictionary with part-of-speech rules reads what it knows; a small network reads the rest (see `oov`). Figures and
//! symbols do not come here: [`super::prepare`] has made words of them.
//!
//! Invariant: what goes in are words and punctuation, so no markup of the dictionary's own can be smuggled in.

mod oov;

use super::SpeechError;
use misaki_rs::{G2P, Language};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Sentences remembered: reading one costs as much as speaking it (4–14 ms), and openers and questions recur.
const REMEMBERED_SENTENCES: usize = 1_024;

/// Reads English.
pub struct EnglishReader {
    g2p: G2P,
    read: Mutex<HashMap<String, String>>,
}

impl EnglishReader {
    /// Loads the dictionary (it is in the binary) and the network for unknown words (from the models' folder).
    pub fn open(models: &Path) -> Result<Self, SpeechError> {
        let fallback = oov::Reader::open(models)?;
        Ok(Self {
            g2p: G2P::with_fallback(Language::EnglishUS, Some(Box::new(fallback))),
            read: Mutex::new(HashMap::new()),
        })
    }

    /// The phonemes of a sentence of words.
    pub fn phonemes(&self, sentence: &str) -> Result<String, SpeechError> {
        if let Some(known) = self.remembered().get(sentence) {
            return Ok(known.clone());
        }
        let words: String =
            sentence.chars().map(|c| if matches!(c, '[' | ']' | '(' | ')') { ',' } else { c }).collect();
        // The dictionary's author tested it on prose, not on everything a caller may be called: a panic in it costs
        // one clause, not a worker.
        let read = catch_unwind(AssertUnwindSafe(|| self.g2p.g2p(&words)))
            .map_err(|_| SpeechError::Failed("the dictionary panicked".to_owned()))?;
        let (phonemes, _) = read.map_err(|error| SpeechError::Failed(error.to_string()))?;
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_SENTENCES {
            remembered.clear();
        }
        remembered.insert(sentence.to_owned(), phonemes.clone());
        Ok(phonemes)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn probe() {
        let models = std::env::var_os("RINGLY_MODELS")
            .map_or_else(|| std::path::PathBuf::from("models"), std::path::PathBuf::from);
        let r = EnglishReader::open(&models).unwrap();
        for l in std::fs::read_to_string("/tmp/probe.txt").unwrap().lines() {
            println!("{l} -> {}", r.phonemes(l).unwrap());
        }
    }
}
