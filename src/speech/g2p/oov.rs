//! Words no dictionary knows: a small network reads their letters.
//!
//! Its answer is one symbol or none per letter slot; repeats are one symbol and zeros are none (as in CTC).

use super::super::{SpeechError, onnx};
use misaki_rs::Fallback;
use misaki_rs::fallback::FallbackError;
use ort::session::Session;
use ort::value::Tensor;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The network's file in the models' folder.
const MODEL: &str = "hibari/oov.onnx";
/// Its letters and symbols.
const LETTERS: &str = "hibari/oov.json";
/// Words remembered: names come back within a call, and all of a day's names fit.
const REMEMBERED_WORDS: usize = 4_096;

/// The reader of unknown words.
pub(super) struct Reader {
    letters: HashMap<char, i64>,
    symbols: Vec<String>,
    longest: usize,
    /// The session and what it said before. A word takes about a millisecond, so one lock serves all.
    inner: Mutex<Inner>,
}

struct Inner {
    session: Session,
    known: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "in")]
    letters: Vec<char>,
    #[serde(rename = "out")]
    symbols: Vec<String>,
    #[serde(rename = "maxlen")]
    longest: usize,
}

impl Reader {
    pub(super) fn open(models: &Path) -> Result<Self, SpeechError> {
        let path = models.join(LETTERS);
        let broken = |error: &dyn std::fmt::Display| SpeechError::Model(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| broken(&error))?;
        let meta: Meta = serde_json::from_str(&text).map_err(|error| broken(&error))?;
        let session = onnx::session(models, MODEL)?;
        Ok(Self {
            letters: meta.letters.into_iter().zip(1..).collect(),
            symbols: meta.symbols,
            longest: meta.longest,
            inner: Mutex::new(Inner { session, known: HashMap::new() }),
        })
    }

    /// The phonemes of one run of letters; none for letters of scripts the network never saw.
    fn read(&self, word: &str) -> String {
        let ids: Vec<i64> =
            word.chars().filter_map(|letter| self.letters.get(&letter)).copied().take(self.longest).collect();
        if ids.is_empty() {
            return String::new();
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.known.get(word) {
            return known.clone();
        }
        let said = self.ask(&mut inner.session, ids).unwrap_or_else(|error| {
            tracing::warn!(%error, "the reader of unknown words failed");
            String::new()
        });
        if inner.known.len() >= REMEMBERED_WORDS {
            inner.known.clear();
        }
        inner.known.insert(word.to_owned(), said.clone());
        said
    }

    fn ask(&self, session: &mut Session, ids: Vec<i64>) -> ort::Result<String> {
        let letters = Tensor::from_array(([1, ids.len()], ids))?;
        let outputs = session.run(ort::inputs!["chars" => letters])?;
        let (_, symbols) = outputs[0].try_extract_tensor::<i64>()?;
        let mut previous = 0;
        let mut said = String::new();
        for &symbol in symbols {
            if symbol != previous && symbol != 0 {
                let place = usize::try_from(symbol - 1).ok();
                said.extend(place.and_then(|place| self.symbols.get(place)).map(String::as_str));
            }
            previous = symbol;
        }
        Ok(said)
    }
}

impl Fallback for Reader {
    /// What cannot be read is passed over in silence: an error here would cost the whole sentence.
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        // The network reads letters alone: whatever joins them ("il-lilly") parts them here.
        let parts = word.split(|c: char| !c.is_alphabetic() && c != '\'').map(|part| part.trim_matches('\''));
        let said: Vec<String> = parts.map(|part| self.read(part)).filter(|said| !said.is_empty()).collect();
        Ok(said.join(" "))
    }
}
