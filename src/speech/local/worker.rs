//! One worker of the voice: takes a job, speaks it piece by piece, sends each piece as soon as it is finished.
//!
//! Owns what makes its samples ([`Maker`]), so workers share nothing that blocks.

use super::super::cache::Cache;
use super::super::voices::Voice;
use super::super::{SpeechError, SpeechRequest, prepare};
use super::finish::finish;
use super::is_slow;
use super::pieces::pieces;
use super::queue::Queue;
use crate::audio::{Pcm, TELEPHONE_HZ};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Samples in a millisecond.
const SAMPLES_PER_MS: usize = TELEPHONE_HZ as usize / 1_000;
/// A chunk of speech, or why there is none.
pub(super) type Chunk = Result<Pcm<TELEPHONE_HZ>, SpeechError>;

/// Something to be spoken.
pub(super) struct Job {
    pub request: SpeechRequest,
    pub voice: &'static Voice,
    /// The request's text, prepared for the ear.
    pub words: String,
    /// Who listens; none while warming up. Its capacity is at least the number of pieces.
    pub listener: Option<mpsc::Sender<Chunk>>,
}

/// Makes samples of words.
pub(super) trait Maker: Send {
    /// The raw samples of prepared words in a voice; empty when there is nothing to say in them.
    fn make(&mut self, words: &str, voice: &'static Voice) -> Result<Vec<f32>, SpeechError>;
}

/// A worker.
pub(super) struct Worker {
    maker: Box<dyn Maker>,
    cache: Arc<Mutex<Cache>>,
}

impl Worker {
    pub(super) fn new(maker: Box<dyn Maker>, cache: Arc<Mutex<Cache>>) -> Self {
        Self { maker, cache }
    }

    /// Works until the queue closes.
    pub(super) fn run(mut self, queue: &Queue<Job>) {
        while let Some(job) = queue.pop() {
            self.perform(&job);
        }
    }

    /// Speaks once to nobody, so that everything is in memory.
    pub(super) fn warm_up(&mut self, text: &str, voice: &'static Voice) -> Result<(), SpeechError> {
        self.speak(&prepare::spoken(text, &voice.language), voice, 0).map(|_| ())
    }

    fn perform(&mut self, job: &Job) {
        // The same words may have been spoken while this job waited.
        let known = self.cache.lock().unwrap_or_else(PoisonError::into_inner).find(&job.request);
        if let Some(chunks) = known {
            if let Some(listener) = &job.listener {
                chunks.iter().for_each(|chunk| deliver(listener, Ok(Pcm(chunk.clone()))));
            }
            return;
        }
        let mut spoken = Vec::new();
        for piece in pieces(&job.words, is_slow(job.voice)) {
            if job.listener.as_ref().is_some_and(mpsc::Sender::is_closed) {
                return;
            }
            match self.speak(piece.text, job.voice, piece.pause_ms) {
                Ok(samples) => {
                    if let Some(listener) = &job.listener {
                        deliver(listener, Ok(Pcm(samples.clone())));
                    }
                    spoken.push(samples);
                }
                Err(error) => {
                    tracing::warn!(%error, "a clause could not be spoken");
                    if let Some(listener) = &job.listener {
                        deliver(listener, Err(error));
                    }
                    return;
                }
            }
        }
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(&job.request, Arc::from(spoken));
    }

    /// One piece, finished, with its pause behind it.
    fn speak(&mut self, text: &str, voice: &'static Voice, pause_ms: usize) -> Result<Vec<f32>, SpeechError> {
        let raw = self.maker.make(text, voice)?;
        Ok(finish(&raw, voice.variant.gain, pause_ms * SAMPLES_PER_MS))
    }
}

/// Hands a chunk to the listener. There is room for all of them, so a refusal means that nobody listens any more.
fn deliver(listener: &mpsc::Sender<Chunk>, chunk: Chunk) {
    if listener.try_send(chunk).is_err() {
        tracing::trace!("nobody listens any more");
    }
}
