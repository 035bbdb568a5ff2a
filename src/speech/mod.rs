//! Hearing and speaking: the traits the rest of the house sees, and the models behind them.
//!
//! Knows nothing of calls, dialogue, CRM or Twilio. Models are loaded and warmed once at start; every queue is bounded.
//!
//! Read next: [`onnx_whisper`] and [`whisper`] (recognition), `vad`, `turn_detector`, `local` (the voice), `prepare` (text for the ear).

mod cache;
pub mod features;
pub mod filter;
pub mod g2p;
pub mod local;
pub mod onnx;
pub mod onnx_whisper;
pub mod prepare;
pub mod priority;
mod recogniser;
pub mod suppression;
#[cfg(test)]
#[allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shared with the bench; arithmetic on test audio"
)]
mod testing;
pub mod turn_detector;
pub mod vad;
pub mod voices;
pub mod whisper;

use crate::audio::{LISTENING_HZ, Pcm, TELEPHONE_HZ};
use async_trait::async_trait;
use tokio::sync::mpsc;

/// Samples the voice detector takes at a time: 32 ms at 16 kHz.
pub const VAD_WINDOW: usize = 512;

/// Tells speech from everything else, window by window. One per call: it has state.
pub trait Vad: Send {
    /// The probability that this window (512 samples at 16 kHz) holds speech. Under 1 ms.
    fn speech(&mut self, window: &[f32; VAD_WINDOW]) -> f32;
}

/// Tells whether a person sounds finished. Shared; takes tens of milliseconds, so never on an async thread.
pub trait TurnDetector: Send + Sync {
    /// The probability that the turn is over, from its last eight seconds.
    fn finished(&self, turn: &Pcm<LISTENING_HZ>) -> Result<f32, SpeechError>;
}

/// A stretch of a caller's audio to be recognised.
#[derive(Clone, Debug)]
pub struct Clip {
    /// The audio.
    pub audio: Pcm<LISTENING_HZ>,
    /// ISO 639-1: "en", "es".
    pub language: &'static str,
    /// Names that may occur (services, staff, the caller); empty when figures are expected.
    pub glossary: Vec<String>,
    /// A guess gives way to a last look when slots are short.
    pub urgent: bool,
}

/// What was recognised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The words; empty for noise and silence.
    pub text: String,
    /// 0 to 1.
    pub confidence: f32,
    /// The words one by one, with times in milliseconds from the start of the clip; may be empty.
    pub words: Vec<Word>,
    /// There may be words in it, but none to be believed; neither noise nor silence is.
    pub doubtful: bool,
}

/// One recognised word.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// From, in milliseconds of the clip.
    pub from_ms: u32,
    /// Until.
    pub to_ms: u32,
    /// 0 to 1.
    pub confidence: f32,
}

/// Recognises speech. Dropping the future gives the work up.
#[async_trait]
pub trait SpeechToText: Send + Sync {
    /// The words of a clip.
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError>;
}

/// Makes speech.
pub trait TextToSpeech: Send + Sync {
    /// Speaks one clause (words only: see `prepare`). Chunks come as they are ready; dropping the receiver stops the work.
    /// The channel closes after the last chunk or the first error.
    fn speak(&self, request: SpeechRequest) -> mpsc::Receiver<Result<Pcm<TELEPHONE_HZ>, SpeechError>>;

    /// Speaks these in the background, while nobody waits, so that they are ready when asked for. What finds no room is left
    /// out: it will be spoken when it is needed. A voice that remembers nothing does nothing.
    fn warm(&self, _requests: &[SpeechRequest]) {}
}

/// What to speak, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpeechRequest {
    /// The words.
    pub text: String,
    /// ISO 639-1: "en", "es".
    pub language: &'static str,
    /// The voice's name, from `models/voices.toml`.
    pub voice: String,
    /// Whether the audio is worth keeping for next time.
    pub keep: bool,
}

/// What can go wrong with a model.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SpeechError {
    /// A file is missing or not what it should be.
    #[error("{0}; run `ringlypro models` to fetch it")]
    Model(String),
    /// All slots are busy and the queue is full.
    #[error("too much speech at once")]
    Busy,
    /// The model failed on this input.
    #[error("the model failed: {0}")]
    Failed(String),
}
