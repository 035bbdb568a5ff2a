//! The acoustic network: phonemes in, spectra out.
//!
//! Knows its tensors and its alphabet, nothing of text or samples. One session per worker: running it needs it whole.

use super::super::{SpeechError, onnx};
use super::synthesis::{BINS, Spectra};
use ort::session::Session;
use ort::value::Tensor;
use std::collections::HashMap;
use std::path::Path;

/// The network's file in the models' folder.
const MODEL: &str = "hibari/hibari.onnx";
/// Its alphabet: phoneme → number.
const ALPHABET: &str = "hibari/vocab.json";
/// The number that stands at both ends.
const EDGE: i64 = 0;
/// The longest it is asked for: what it was trained to take. Text is cut long before.
pub(super) const LONGEST_PHONEMES: usize = 400;
/// A minute in frames of 12.5 ms: no clause lasts so long, so more is a failure of the network.
const MOST_FRAMES: usize = 4_800;

/// The network, opened.
pub(super) struct Network {
    session: Session,
    alphabet: HashMap<char, i64>,
}

impl Network {
    pub(super) fn open(models: &Path) -> Result<Self, SpeechError> {
        Ok(Self { session: onnx::session(models, MODEL)?, alphabet: alphabet(&models.join(ALPHABET))? })
    }

    /// Runs the network and hands its spectra to `then`; durations are divided by `speed`.
    pub(super) fn run<T>(
        &mut self,
        phonemes: &str,
        speed: f32,
        then: impl FnOnce(&Spectra<'_>) -> T,
    ) -> Result<T, SpeechError> {
        let failed = |error: ort::Error| SpeechError::Failed(error.to_string());
        let mut ids = vec![EDGE];
        ids.extend(phonemes.chars().filter_map(|phoneme| self.alphabet.get(&phoneme)).take(LONGEST_PHONEMES));
        ids.push(EDGE);
        let ids = Tensor::from_array(([1, ids.len()], ids)).map_err(failed)?;
        let speed = Tensor::from_array(([1], vec![speed])).map_err(failed)?;
        let outputs = self.session.run(ort::inputs!["ids" => ids, "speed" => speed]).map_err(failed)?;
        let output = |name: &str| -> Result<&[f32], SpeechError> {
            let value = outputs.get(name).ok_or_else(|| SpeechError::Failed(format!("no output {name}")))?;
            value.try_extract_tensor::<f32>().map(|(_, values)| values).map_err(failed)
        };
        let pitch_hz = output("f0")?;
        let frames = pitch_hz.len();
        let spectra = Spectra {
            frames,
            harmonic: output("lh")?,
            turn: output("theta")?,
            noise: output("ln")?,
            free: output("lr")?,
            phase: output("phi")?,
            pitch_hz,
        };
        let parts = [spectra.harmonic, spectra.turn, spectra.noise, spectra.free, spectra.phase];
        if frames == 0 || frames > MOST_FRAMES || parts.iter().any(|part| part.len() != frames * BINS) {
            return Err(SpeechError::Failed(format!("spectra of an unexpected shape ({frames} frames)")));
        }
        Ok(then(&spectra))
    }

    /// Whether any of these phonemes is in the alphabet: there is nothing to say otherwise.
    pub(super) fn knows_any(&self, phonemes: &str) -> bool {
        phonemes.chars().any(|phoneme| phoneme.is_alphabetic() && self.alphabet.contains_key(&phoneme))
    }
}

pub(super) fn alphabet(path: &Path) -> Result<HashMap<char, i64>, SpeechError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| SpeechError::Model(format!("{} cannot be read: {error}", path.display())))?;
    serde_json::from_str(&text)
        .map_err(|error| SpeechError::Model(format!("{} is not the voice's alphabet: {error}", path.display())))
}
