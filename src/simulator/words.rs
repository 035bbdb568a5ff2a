//! How a simulated caller understands the agent.

use super::error::SimulatorError;
use crate::audio::{LISTENING_HZ, Pcm, TELEPHONE_HZ, resample::Resampler};
use crate::speech::{Clip, SpeechToText};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;

/// What the agent said until it fell silent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentTurn {
    /// The call it was said in.
    pub call_sid: String,
    /// Which turn of the agent's it is, from 0: the greeting.
    pub number: u32,
    /// As it was played to the caller.
    pub audio: Pcm<TELEPHONE_HZ>,
    /// ISO 639-1.
    pub language: &'static str,
}

/// Tells the caller the agent's words.
#[async_trait]
pub trait AgentWords: Send + Sync {
    /// The words of a turn; empty when there were none.
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError>;
}

/// Understands by ear: a recogniser on the audio the caller hears.
#[derive(Clone)]
pub struct ByEar(pub Arc<dyn SpeechToText>);

impl fmt::Debug for ByEar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByEar")
    }
}

#[async_trait]
impl AgentWords for ByEar {
    async fn words(&self, turn: AgentTurn) -> Result<String, SimulatorError> {
        let mut listening = Vec::with_capacity(2 * turn.audio.0.len());
        let mut resampler = Resampler::<TELEPHONE_HZ, LISTENING_HZ>::new();
        resampler.push(&turn.audio.0, &mut listening);
        resampler.finish(&mut listening);
        let clip = Clip { audio: Pcm(listening), language: turn.language, glossary: Vec::new(), urgent: true };
        let heard = self.0.transcribe(clip).await.map_err(|error| SimulatorError::Line(error.to_string()))?;
        Ok(heard.text)
    }
}
