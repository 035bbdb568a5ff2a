//! Words to phonemes, in the alphabet the voice was taught.
//!
//! A dictionary with part-of-speech rules reads what it knows; a small network reads the rest (see `oov`). Figures and
//! symbols do not come here: [`super::prepare`] has made words of them.
//!
//! Invariant: what goes in are words and punctuation, so no markup of the dictionary's own can be smuggled in.

mod oov;
pub mod spanish;

use super::SpeechError;
use misaki_rs::lexicon::PhonemeEntry;
use misaki_rs::{G2P, Language};
use serde::Deserialize;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

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
        let mut g2p = G2P::with_fallback(Language::EnglishUS, Some(Box::new(fallback)));
        let ours =
            pronunciations().iter().map(|(word, phonemes)| (word.clone(), PhonemeEntry::Simple(phonemes.clone())));
        g2p.lexicon.golds.extend(ours);
        Ok(Self { g2p, read: Mutex::new(HashMap::new()) })
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

/// The words of `models/pronunciations.toml`, which is part of the binary.
fn pronunciations() -> &'static HashMap<String, String> {
    #[derive(Deserialize)]
    struct File {
        en: HashMap<String, String>,
    }
    static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let file = include_str!("../../../models/pronunciations.toml");
        toml::from_str::<File>(file).expect("the file is checked by a test").en
    });
    &WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    static READER: LazyLock<EnglishReader> = LazyLock::new(|| {
        let models = std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from);
        EnglishReader::open(&models).expect("the voice's models are missing: run make models")
    });

    fn read(text: &str) -> String {
        READER.phonemes(text).unwrap()
    }

    #[test]
    fn known_words_are_read_by_their_part_in_the_sentence() {
        assert_eq!(read("I read the book."), "ˌI ɹˈɛd ðə bˈʊk.");
        assert_eq!(read("I will read it."), "ˌI wɪl ɹˈid ɪt.");
    }

    #[test]
    fn unknown_words_are_read_by_their_letters() {
        let strange = read("Brzezinkowitz");
        assert!(strange.chars().filter(|c| c.is_alphabetic()).count() >= 6, "{strange}");
        assert!(!strange.contains('❓'), "{strange}");
    }

    #[test]
    fn our_own_pronunciations_go_first() {
        for (word, phonemes) in pronunciations() {
            assert_eq!(read(&format!("say {word}, please")), format!("sˈA {phonemes}, plˈiz"));
        }
    }

    #[test]
    fn the_same_words_are_read_the_same_from_memory() {
        assert_eq!(read("What day works for you?"), read("What day works for you?"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn no_words_bring_the_reader_down(text in "[\\p{L} .,;:!?'-]{0,60}") {
            prop_assert!(READER.phonemes(&text).is_ok());
        }
    }
}
