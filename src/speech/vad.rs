//! Voice activity by Silero v6: is somebody speaking in these 32 ms?
//!
//! The model's sessions are shared by all calls; a call owns only the recurrent state and 64 samples of context.
//! A cheap gate stands before the model: a line that has been silent for a while is not worth 0.1 ms a window.
//!
//! Knows nothing of turns: thresholds and hangovers are `call::turn`'s.
//!
//! Invariant: the gate closes only after the model has heard [`GATE_WINDOWS`] silent windows, so that it always hears a
//! voice fade; it wakes in the state that silence left, which hears an onset sooner than a fresh one.
//! Invariant: a failing model never costs a call: loudness answers instead, and the log says so once.

use super::onnx::Pool;
use super::{SpeechError, VAD_WINDOW, Vad};
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The model's name in the models' folder.
pub const MODEL: &str = "silero_vad.onnx";

/// Samples of the window before, which the model wants in front of each window.
const CONTEXT: usize = 64;
/// Numbers of recurrent state: the model's [2, 1, 128].
const STATE: usize = 2 * 128;
/// The rate the model is told.
const RATE: [i64; 1] = [16_000];
/// Root mean square below which a window counts as line silence: −60 dBFS. µ-law's own noise lies below −66.
const GATE_RMS: f32 = 0.001;
/// Silent windows in a row after which the model rests: 320 ms, longer than it needs to forget a voice.
const GATE_WINDOWS: u32 = 10;
/// Sessions at most. One window takes 0.1 ms of 32, so two serve hundreds of calls.
const SESSIONS_MAX: usize = 2;
/// Loudness at which the fallback is undecided, in dB over full scale, and its slope per dB.
const FALLBACK_DB: f32 = -38.0;
const FALLBACK_SLOPE: f32 = 0.5;

/// The model, loaded once.
#[derive(Clone, Debug)]
pub struct SileroModel {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: Pool,
    failed: AtomicBool,
}

impl SileroModel {
    /// Loads the model from `dir` and runs it once.
    pub fn load(dir: &Path) -> Result<Self, SpeechError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let pool = Pool::open(dir, MODEL, cores.min(SESSIONS_MAX))?;
        let model = Self { shared: Arc::new(Shared { pool, failed: AtomicBool::new(false) }) };
        model.listen().infer(&[0.0; VAD_WINDOW])?;
        Ok(model)
    }

    /// A detector for one call.
    pub fn listen(&self) -> SileroVad {
        SileroVad {
            shared: Arc::clone(&self.shared),
            input: [0.0; CONTEXT + VAD_WINDOW],
            state: [0.0; STATE],
            silent: 0,
        }
    }
}

/// One call's detector.
#[derive(Debug)]
pub struct SileroVad {
    shared: Arc<Shared>,
    /// Context, then window: what the model takes.
    input: [f32; CONTEXT + VAD_WINDOW],
    state: [f32; STATE],
    /// Silent windows in a row, up to now.
    silent: u32,
}

impl Vad for SileroVad {
    fn speech(&mut self, window: &[f32; VAD_WINDOW]) -> f32 {
        let loudness = rms(window);
        if loudness < GATE_RMS {
            self.silent = self.silent.saturating_add(1);
            if self.silent > GATE_WINDOWS {
                self.remember(window);
                return 0.0;
            }
        } else {
            self.silent = 0;
        }
        match self.infer(window) {
            Ok(probability) => probability,
            Err(error) => {
                if !self.shared.failed.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "the voice detector failed; loudness answers instead");
                }
                self.state = [0.0; STATE];
                by_loudness(loudness)
            }
        }
    }
}

impl SileroVad {
    /// Runs the model on a window and moves its state on.
    fn infer(&mut self, window: &[f32; VAD_WINDOW]) -> Result<f32, SpeechError> {
        self.input[CONTEXT..].copy_from_slice(window);
        let (input, state) = (&self.input, &mut self.state);
        let probability = self.shared.pool.with(|session| run(session, input, state));
        self.remember(window);
        probability.map_err(|error| SpeechError::Failed(error.to_string()))
    }

    /// Keeps the end of a window as the next one's context.
    fn remember(&mut self, window: &[f32; VAD_WINDOW]) {
        self.input[..CONTEXT].copy_from_slice(&window[VAD_WINDOW - CONTEXT..]);
    }
}

/// One run. Inputs are borrowed where they lie; nothing of ours is allocated.
fn run(session: &mut Session, input: &[f32; CONTEXT + VAD_WINDOW], state: &mut [f32; STATE]) -> ort::Result<f32> {
    let outputs = session.run(ort::inputs![
        "input" => TensorRef::from_array_view(([1_usize, CONTEXT + VAD_WINDOW], &input[..]))?,
        "state" => TensorRef::from_array_view(([2_usize, 1, 128], &state[..]))?,
        "sr" => TensorRef::from_array_view(([1_usize; 0], &RATE[..]))?,
    ])?;
    let (_, probability) = outputs["output"].try_extract_tensor::<f32>()?;
    let (_, next) = outputs["stateN"].try_extract_tensor::<f32>()?;
    let (Some(&probability), Ok(next)) = (probability.first(), <[f32; STATE]>::try_from(next)) else {
        return Err(ort::Error::new("the voice detector answered in another shape"));
    };
    let probability = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 0.0 };
    drop(outputs);
    *state = next;
    Ok(probability)
}

/// A probability from loudness alone.
fn by_loudness(rms: f32) -> f32 {
    let db = 20.0 * rms.max(f32::MIN_POSITIVE).log10();
    1.0 / (1.0 + (-(db - FALLBACK_DB) * FALLBACK_SLOPE).exp())
}

fn rms(window: &[f32]) -> f32 {
    (window.iter().map(|sample| sample * sample).sum::<f32>() / window.len() as f32).sqrt()
}

#[cfg(test)]
mod tests;
