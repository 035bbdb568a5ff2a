//! Noise taken out of a clip before it is recognised: `RNNoise` (Valin 2018, <https://arxiv.org/abs/1709.08243>).
//!
//! It is a choice of the configuration, for whose callers ring from noisy places; what it is worth stands in
//! `benches/RESULTS.md`. Only the recogniser hears the result: the voice and turn detectors, and recordings, keep the line
//! as it is. Knows nothing of models that recognise.

use super::{Clip, SpeechError, SpeechToText, Transcript};
use crate::audio::resample::Resampler;
use crate::audio::{LISTENING_HZ, Pcm};
use async_trait::async_trait;
use nnnoiseless::DenoiseState;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// What `RNNoise` was trained at.
const SUPPRESSING_HZ: u32 = 48_000;
/// It takes samples in the range of 16 bits.
const FULL_SCALE: f32 = 32_768.0;

/// A recogniser that hears clips with the noise taken out.
pub struct Suppressing(Arc<dyn SpeechToText>);

impl Suppressing {
    /// Puts suppression before a recogniser.
    pub fn new(recogniser: Arc<dyn SpeechToText>) -> Self {
        Self(recogniser)
    }
}

#[async_trait]
impl SpeechToText for Suppressing {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        let Clip { audio, language, glossary, urgent } = clip;
        // Some ten milliseconds for a turn: not for an async thread.
        let audio = spawn_blocking(move || suppressed(&audio))
            .await
            .map_err(|_| SpeechError::Failed("the noise could not be taken out".into()))?;
        self.0.transcribe(Clip { audio, language, glossary, urgent }).await
    }
}

/// Audio with the noise taken out, as long as before.
pub fn suppressed(audio: &Pcm<LISTENING_HZ>) -> Pcm<LISTENING_HZ> {
    let mut wide = Vec::new();
    let mut up = Resampler::<LISTENING_HZ, SUPPRESSING_HZ>::new();
    up.push(&audio.0, &mut wide);
    up.finish(&mut wide);
    let mut state = DenoiseState::new();
    let mut clear = [0.0; DenoiseState::FRAME_SIZE];
    let mut down = Resampler::<SUPPRESSING_HZ, LISTENING_HZ>::new();
    let mut out = Vec::with_capacity(audio.0.len());
    for piece in wide.chunks(DenoiseState::FRAME_SIZE) {
        let mut frame = [0.0; DenoiseState::FRAME_SIZE];
        for (to, from) in frame.iter_mut().zip(piece) {
            *to = from * FULL_SCALE;
        }
        state.process_frame(&mut clear, &frame);
        for sample in &mut clear {
            *sample /= FULL_SCALE;
        }
        down.push(&clear, &mut out);
    }
    down.finish(&mut out);
    out.resize(audio.0.len(), 0.0);
    Pcm(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::testing::{noise, recordings_folder, samples, telephone};

    fn level(samples: &[f32]) -> f32 {
        samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
    }

    #[test]
    fn noise_is_taken_out_and_a_voice_stays() {
        let alone = noise(3 * 16_000, 0.05, 7);
        let left = suppressed(&Pcm(alone.clone())).0;
        assert_eq!(left.len(), alone.len());
        // The first second is what it learns from.
        assert!(level(&left[16_000..]) < level(&alone) / 100.0, "{}", level(&left[16_000..]) / level(&alone));
        let Some(folder) = recordings_folder() else { return };
        let voice = telephone(&samples(&folder, "jfk.wav"));
        let kept = suppressed(&Pcm(voice.clone())).0;
        assert!(level(&kept) > level(&voice) / 2.0, "{}", level(&kept) / level(&voice));
        assert!(suppressed(&Pcm(Vec::new())).0.is_empty());
    }
}
