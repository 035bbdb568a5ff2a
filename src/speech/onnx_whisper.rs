//! Recognition by Whisper run by ONNX Runtime: the same model as [`super::whisper`]'s, with 8-bit arithmetic.
//!
//! About twice as fast as whisper.cpp on a processor with VNNI. The graphs are our own (`ringlypro models` writes them).
//! The models are shared by all workers: [`network`] runs them, [`tokens`] spells, [`rules`] says what may be written next,
//! [`decode`] goes from a stretch of audio to words. The queue and the recipe are the other engine's too
//! ([`super::recogniser`]).
//!
//! Knows nothing of calls or turns: a clip in, a transcript out.
//!
//! Invariant: work given up ends before its next token.
//! Invariant: a caller's state is the keys and values of one look, gone when it ends.

mod decode;
mod network;
mod rules;
mod tokens;

use super::priority::{self, Priority};
use super::recogniser::Recogniser;
use super::{Clip, SpeechError, SpeechToText, Transcript};
use async_trait::async_trait;
use decode::Listener;
use network::Network;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use tokens::Tokens;

/// How many clips are heard side by side, and how wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnnxWhisperOptions {
    /// Clips under way at once. They share the models.
    pub workers: usize,
    /// Threads of one model; none spins.
    pub threads: usize,
}

impl Default for OnnxWhisperOptions {
    /// A worker per core; two threads a model where there are two cores.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { workers: cores, threads: cores.min(2) }
    }
}

/// The recogniser: see the module.
#[derive(Debug)]
pub struct OnnxWhisper(Recogniser);

impl OnnxWhisper {
    /// Loads the models from `dir` and warms them: when this returns, the first caller waits for nothing.
    pub fn load(dir: &Path, options: OnnxWhisperOptions) -> Result<Self, SpeechError> {
        // A model busy with one clip keeps the others waiting: as many models as fill the machine, but no more.
        let models = options.workers.div_ceil(options.threads.max(1));
        // Its threads are made here, and stand back as the one that makes them does.
        let open = || {
            priority::stand_back(Priority::Recogniser);
            Network::open(dir, models, options.threads)
        };
        let opened = thread::scope(|scope| scope.spawn(open).join());
        let network =
            Arc::new(opened.map_err(|_| SpeechError::Model("the recogniser broke while it was loaded".into()))??);
        let tokens = Arc::new(Tokens::read(dir)?);
        let make = move || Ok(Box::new(Listener::warmed(Arc::clone(&network), Arc::clone(&tokens))?) as Box<_>);
        Recogniser::start(options.workers, make, || false).map(Self)
    }
}

#[async_trait]
impl SpeechToText for OnnxWhisper {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        self.0.transcribe(clip).await
    }
}

#[cfg(test)]
mod tests;
