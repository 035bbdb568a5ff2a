//! Whether a person sounds finished: Smart Turn v3.2.
//!
//! It hears the melody of the last eight seconds, not the words: evidence for `call::turn`, never a verdict (a real
//! pause in mid-sentence fools it about one time in four).
//!
//! The silence in which the question is asked is taken away first: the longer it is, the more anything sounds finished
//! to the model (cut sentences: 26 % called finished with no silence after them, 50 % with 200 ms; whole ones: 90 %
//! either way), and how long a silence must be is for others to weigh.
//!
//! Knows nothing of fields or deadlines. Takes tens of milliseconds: never on an async thread.

use super::features::{BANDS, FRAMES, Features, SAMPLES};
use super::onnx::Pool;
use super::{SpeechError, TurnDetector};
use crate::audio::{LISTENING_HZ, Pcm};
use ort::value::TensorRef;
use std::path::Path;

/// The model's name in the models' folder.
pub const MODEL: &str = "smart-turn-v3.2-cpu.onnx";

/// Sessions at most: a call asks once per pause, so two runs side by side are already rare.
const SESSIONS_MAX: usize = 2;

/// Samples judged at a time when looking for the end of the voice: 20 ms.
const STRIDE: usize = 320;
/// Strides kept after the voice.
const TAIL_STRIDES: usize = 5;
/// A stride below this share of the loudest one is silence.
const SILENCE_SHARE: f32 = 0.02;

/// The model, loaded once and shared by all calls.
#[derive(Debug)]
pub struct SmartTurn {
    features: Features,
    pool: Pool,
}

impl SmartTurn {
    /// Loads the model from `dir` and runs it once.
    pub fn load(dir: &Path) -> Result<Self, SpeechError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let model = Self { features: Features::default(), pool: Pool::open(dir, MODEL, cores.min(SESSIONS_MAX))? };
        model.finished(&Pcm(Vec::new()))?;
        Ok(model)
    }

    /// The model's probability for this audio as it is.
    fn probability(&self, audio: &[f32]) -> Result<f32, SpeechError> {
        let features = self.features.of(audio);
        let run = |session: &mut ort::session::Session| -> ort::Result<f32> {
            let input = TensorRef::from_array_view(([1_usize, BANDS, FRAMES], &features[..]))?;
            let outputs = session.run(ort::inputs!["input_features" => input])?;
            // The output is called "logits", but the graph ends in a sigmoid.
            let (_, probability) = outputs["logits"].try_extract_tensor::<f32>()?;
            probability.first().copied().ok_or_else(|| ort::Error::new("the turn detector gave no answer"))
        };
        let probability = self.pool.with(run).map_err(|error| SpeechError::Failed(error.to_string()))?;
        if probability.is_finite() {
            Ok(probability.clamp(0.0, 1.0))
        } else {
            Err(SpeechError::Failed("the turn detector answered with no number".into()))
        }
    }
}

impl TurnDetector for SmartTurn {
    fn finished(&self, turn: &Pcm<LISTENING_HZ>) -> Result<f32, SpeechError> {
        self.probability(without_tail(&turn.0[turn.0.len().saturating_sub(SAMPLES)..]))
    }
}

/// The audio up to a little after its last sound that is not much softer than its loudest.
fn without_tail(audio: &[f32]) -> &[f32] {
    let energies: Vec<f32> = audio.chunks(STRIDE).map(|stride| stride.iter().map(|s| s * s).sum()).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let silence = loudest * SILENCE_SHARE * SILENCE_SHARE;
    let voiced = energies.iter().rposition(|&energy| energy > silence).map_or(0, |last| last + 1);
    &audio[..audio.len().min((voiced + TAIL_STRIDES) * STRIDE)]
}

#[cfg(test)]
mod tests;
