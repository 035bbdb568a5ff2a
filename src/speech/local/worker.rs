//! One worker of the voice: takes a job, speaks it piece by piece, sends each piece as soon as it is finished.
//!
//! Owns a session of the network and the transforms of each throat, so workers share nothing that blocks.

use super::super::cache::Cache;
use super::super::g2p::EnglishReader;
use super::super::voices::{Voice, VoiceVariant};
use super::super::{SpeechError, SpeechRequest, prepare};
use super::finish::finish;
use super::network::Network;
use super::pieces::pieces;
use super::queue::Queue;
use super::synthesis::{Synthesizer, Throat};
use crate::audio::{Pcm, TELEPHONE_HZ};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Samples in a millisecond.
const SAMPLES_PER_MS: usize = TELEPHONE_HZ as usize / 1_000;
/// What each worker says to itself first, so that the first caller does not wait for memory to be mapped and patterns to
/// be compiled.
const WARM_UP: &str = "Good morning, how can I help you today?";

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

/// A worker.
pub(super) struct Worker {
    network: Network,
    reader: Arc<EnglishReader>,
    cache: Arc<Mutex<Cache>>,
    throats: HashMap<&'static str, Synthesizer>,
}

impl Worker {
    pub(super) fn new(network: Network, reader: Arc<EnglishReader>, cache: Arc<Mutex<Cache>>) -> Self {
        Self { network, reader, cache, throats: HashMap::new() }
    }

    /// Works until the queue closes.
    pub(super) fn run(mut self, queue: &Queue<Job>) {
        while let Some(job) = queue.pop() {
            self.perform(&job);
        }
    }

    /// Speaks once to nobody, so that everything is in memory.
    pub(super) fn warm_up(&mut self, voice: &'static Voice) -> Result<(), SpeechError> {
        self.speak(&prepare::spoken(WARM_UP, &voice.language), voice, 0).map(|_| ())
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
        for piece in pieces(&job.words) {
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
        let VoiceVariant { pace, pitch, formant, breath_db, gain } = voice.variant;
        let phonemes = self.reader.phonemes(text)?;
        if !self.network.knows_any(&phonemes) {
            return Ok(Vec::new());
        }
        let throats = &mut self.throats;
        let synthesizer = throats
            .entry(voice.name.as_str())
            .or_insert_with(|| Synthesizer::new(Throat::new(pitch, formant, breath_db)));
        // Longer frames take longer: the network is asked to hurry by as much.
        let speed = pace * synthesizer.stretch();
        let raw = self.network.run(&phonemes, speed, |spectra| synthesizer.waveform(spectra, seed(&phonemes)))?;
        let mut samples = finish(&raw, gain);
        samples.resize(samples.len() + pause_ms * SAMPLES_PER_MS, 0.0);
        Ok(samples)
    }
}

/// The noise of the same words is always the same, so the same request gives the same samples.
fn seed(phonemes: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    phonemes.hash(&mut hasher);
    hasher.finish()
}

/// Hands a chunk to the listener. There is room for all of them, so a refusal means that nobody listens any more.
fn deliver(listener: &mpsc::Sender<Chunk>, chunk: Chunk) {
    if listener.try_send(chunk).is_err() {
        tracing::trace!("nobody listens any more");
    }
}
