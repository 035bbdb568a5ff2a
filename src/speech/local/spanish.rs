//! Spanish: Kokoro, a network that goes from phonemes to samples in one step.
//!
//! It is large (92 MB, some 0.7 s of work for a second of speech), so it has a worker of its own that nobody who speaks
//! English waits for, and it is opened when the first Spanish words are to be spoken.

use super::super::g2p::spanish::phonemes;
use super::super::voices::Voice;
use super::super::{SpeechError, onnx};
use super::network::alphabet;
use super::worker::Maker;
use crate::audio::TELEPHONE_HZ;
use crate::audio::resample::Resampler;
use ort::session::Session;
use ort::value::Tensor;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The network's file in the models' folder.
const MODEL: &str = "kokoro/kokoro-v1.0.int8.onnx";
/// Its alphabet is the one the English network was taught.
const ALPHABET: &str = "hibari/vocab.json";
/// The number that stands at both ends.
const EDGE: i64 = 0;
/// Numbers in one row of a style.
const STYLE_WIDTH: usize = 256;
/// Rows of a style: one for each length in phonemes, which is also the longest the network takes.
const STYLE_ROWS: usize = 510;
/// Samples a second that come out.
const MADE_HZ: u32 = 24_000;
/// A minute: no clause lasts so long, so more is a failure of the network.
const MOST_SAMPLES: usize = MADE_HZ as usize * 60;
/// Threads of one run: two shorten the wait for the first words, more bring nothing.
const THREADS_MAX: usize = 2;

/// Whether everything this voice needs lies in the models' folder.
pub(super) fn installed(models: &Path, voice: &Voice) -> bool {
    voice.style.as_ref().is_some_and(|style| models.join(style).is_file()) && models.join(MODEL).is_file()
}

/// What the worker needs to speak Spanish.
pub(super) struct Spanish {
    models: PathBuf,
    opened: Option<Opened>,
}

struct Opened {
    session: Session,
    alphabet: HashMap<char, i64>,
    styles: HashMap<&'static str, Vec<f32>>,
}

impl Spanish {
    pub(super) fn new(models: &Path) -> Self {
        Self { models: models.to_owned(), opened: None }
    }
}

impl Maker for Spanish {
    fn make(&mut self, words: &str, voice: &'static Voice) -> Result<Vec<f32>, SpeechError> {
        let opened = match &mut self.opened {
            Some(opened) => opened,
            none => none.insert(Opened::open(&self.models)?),
        };
        opened.make(&self.models, words, voice)
    }
}

impl Opened {
    fn open(models: &Path) -> Result<Self, SpeechError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        Ok(Self {
            session: onnx::wide_session(models, MODEL, threads)?,
            alphabet: alphabet(&models.join(ALPHABET))?,
            styles: HashMap::new(),
        })
    }

    fn make(&mut self, models: &Path, words: &str, voice: &'static Voice) -> Result<Vec<f32>, SpeechError> {
        let read = phonemes(words)?;
        let known: Vec<i64> =
            read.chars().filter_map(|phoneme| self.alphabet.get(&phoneme).copied()).take(STYLE_ROWS - 1).collect();
        if !read.chars().any(char::is_alphabetic) || known.is_empty() {
            return Ok(Vec::new());
        }
        let row = known.len() * STYLE_WIDTH;
        let style = self.style(models, voice)?[row..row + STYLE_WIDTH].to_vec();
        let failed = |error: ort::Error| SpeechError::Failed(error.to_string());
        let ids: Vec<i64> = std::iter::once(EDGE).chain(known).chain([EDGE]).collect();
        let ids = Tensor::from_array(([1, ids.len()], ids)).map_err(failed)?;
        let style = Tensor::from_array(([1, STYLE_WIDTH], style)).map_err(failed)?;
        let speed = Tensor::from_array(([1], vec![voice.variant.pace])).map_err(failed)?;
        let inputs = ort::inputs!["tokens" => ids, "style" => style, "speed" => speed];
        let outputs = self.session.run(inputs).map_err(failed)?;
        let audio = outputs.get("audio").ok_or_else(|| SpeechError::Failed("no output audio".to_owned()))?;
        let (_, samples) = audio.try_extract_tensor::<f32>().map_err(failed)?;
        if samples.len() > MOST_SAMPLES || samples.iter().any(|sample| !sample.is_finite()) {
            return Err(SpeechError::Failed(format!("speech of an unexpected shape ({} samples)", samples.len())));
        }
        let mut resampler = Resampler::<MADE_HZ, TELEPHONE_HZ>::new();
        let mut telephone = Vec::with_capacity(samples.len() / 3 + 1);
        resampler.push(samples, &mut telephone);
        resampler.finish(&mut telephone);
        Ok(telephone)
    }

    /// The numbers that make a voice, read once.
    fn style(&mut self, models: &Path, voice: &'static Voice) -> Result<&[f32], SpeechError> {
        if !self.styles.contains_key(voice.name.as_str()) {
            let file = voice.style.as_deref().unwrap_or_default();
            let path = models.join(file);
            let bytes = std::fs::read(&path)
                .map_err(|error| SpeechError::Model(format!("{} cannot be read: {error}", path.display())))?;
            let (numbers, rest) = bytes.as_chunks::<4>();
            if numbers.len() != STYLE_ROWS * STYLE_WIDTH || !rest.is_empty() {
                return Err(SpeechError::Model(format!("{} is not a voice", path.display())));
            }
            self.styles.insert(&voice.name, numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect());
        }
        Ok(self.styles.get(voice.name.as_str()).map_or(&[], Vec::as_slice))
    }
}
