//! The local voice: text in, telephone speech out, on threads of its own.
//!
//! A clause is prepared for the ear, cut into pieces, turned into phonemes, then spectra, then samples at 8 kHz, which are
//! trimmed, levelled and faded so that clauses can be joined anywhere.
//!
//! Invariant: nothing here blocks an async thread; a request is either answered from the cache at once, queued, or refused.
//! Invariant: a listener's channel has room for every chunk, so no worker ever waits for a slow listener.
//!
//! Read next: `worker` (the steps in order), `synthesis` (the arithmetic), [`super::g2p`], [`super::prepare`].

mod english;
mod finish;
mod network;
mod pieces;
mod queue;
mod spanish;
mod synthesis;
#[cfg(test)]
mod tests;
mod worker;

use super::cache::{Cache, Chunks};
use super::g2p::EnglishReader;
use super::voices::{Voice, voice, voice_of, voices};
use super::{SpeechError, SpeechRequest, TextToSpeech, prepare};
use crate::audio::{Pcm, TELEPHONE_HZ};
use english::English;
use network::Network;
use pieces::pieces;
use queue::{Lane, Queue};
use spanish::Spanish;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;
use worker::{Chunk, Job, Maker, Worker};

/// What each worker says to itself first, so that the first caller does not wait for memory to be mapped and patterns to
/// be compiled.
const WARM_UP: &str = "Good morning, how can I help you today?";
/// The language that has a worker of its own.
const SPANISH: &str = "es";
/// The same for the Spanish worker, which opens its network with it.
const WARM_UP_ES: &str = "Un momento, por favor.";

/// The longest text of one request, in characters: two minutes of speech. A clause is a tenth of it.
pub const LONGEST_TEXT: usize = 2_000;

/// How much of the machine the voice may use.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// Worker threads; one speaks for dozens of callers.
    pub workers: usize,
    /// Bytes of finished audio kept; a second is 32 kB.
    pub cache_bytes: usize,
}

impl Default for Resources {
    /// One worker on a machine of up to four cores, two above; eight minutes of audio.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { workers: if cores > 4 { 2 } else { 1 }, cache_bytes: 16 << 20 }
    }
}

/// The local voice.
pub struct LocalVoice {
    queue: Arc<Queue<Job>>,
    /// Where Spanish waits, when its voice is installed.
    spanish: Option<Arc<Queue<Job>>>,
    cache: Arc<Mutex<Cache>>,
    workers: Vec<JoinHandle<()>>,
}

impl LocalVoice {
    /// Loads everything from the models' folder and warms it; takes about half a second.
    pub fn open(models: &Path, resources: Resources) -> Result<Self, SpeechError> {
        let reader = Arc::new(EnglishReader::open(models)?);
        let cache = Arc::new(Mutex::new(Cache::new(resources.cache_bytes)));
        let spanish = speaks(models, SPANISH).then(|| Arc::new(Queue::new()));
        let mut this = Self { queue: Arc::new(Queue::new()), spanish, cache, workers: Vec::new() };
        for number in 0..resources.workers.max(1) {
            let maker = Box::new(English::new(Network::open(models)?, Arc::clone(&reader)));
            let mut worker = Worker::new(maker, Arc::clone(&this.cache));
            worker.warm_up(WARM_UP, &voices()[0])?;
            this.employ(&format!("voice-{number}"), worker, Arc::clone(&this.queue))?;
        }
        if let Some(queue) = this.spanish.clone() {
            let maker: Box<dyn Maker> = Box::new(Spanish::new(models));
            this.employ("voice-es", Worker::new(maker, Arc::clone(&this.cache)), queue)?;
        }
        Ok(this)
    }

    fn employ(&mut self, name: &str, worker: Worker, queue: Arc<Queue<Job>>) -> Result<(), SpeechError> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || worker.run(&queue));
        self.workers.push(thread.map_err(|error| SpeechError::Failed(format!("no thread: {error}")))?);
        Ok(())
    }

    /// Opens, in the background, what is otherwise opened when it is first needed.
    pub fn wake(&self) {
        if self.spanish.is_some()
            && let Some(voice) = voice_of(SPANISH)
        {
            let (text, voice) = (WARM_UP_ES.to_owned(), voice.name.clone());
            self.warm(&[SpeechRequest { text, language: SPANISH, voice, keep: true }]);
        }
    }

    fn queue(&self, language: &str) -> Option<&Queue<Job>> {
        if language == SPANISH { self.spanish.as_deref() } else { Some(&self.queue) }
    }

    /// Speaks and waits for the whole; for command lines and tests, never on an async thread.
    pub fn say(&self, request: SpeechRequest) -> Result<Pcm<TELEPHONE_HZ>, SpeechError> {
        let mut chunks = self.speak(request);
        let mut whole = Pcm::default();
        while let Some(chunk) = chunks.blocking_recv() {
            whole.0.extend(chunk?.0);
        }
        Ok(whole)
    }

    /// Speaks into a WAV file (8 kHz, 16 bits, mono) and tells how long it is, in milliseconds.
    pub fn say_to_wav(&self, request: SpeechRequest, path: &Path) -> Result<u64, SpeechError> {
        let speech = self.say(request)?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: TELEPHONE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let write = || -> hound::Result<()> {
            let mut file = hound::WavWriter::create(path, spec)?;
            for &sample in &speech.0 {
                #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
                file.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16)?;
            }
            file.finalize()
        };
        write().map_err(|error| SpeechError::Failed(format!("{} cannot be written: {error}", path.display())))?;
        Ok(speech.duration_ms())
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TextToSpeech for LocalVoice {
    fn speak(&self, request: SpeechRequest) -> mpsc::Receiver<Chunk> {
        if let Some(chunks) = self.cache().find(&request) {
            return ready(&chunks);
        }
        let Some(queue) = self.queue(request.language) else { return refused(no_voice(request.language)) };
        let (mut job, pieces) = match job(request) {
            Ok(job) => job,
            Err(error) => return refused(error),
        };
        let (sender, receiver) = mpsc::channel(pieces.max(1));
        job.listener = Some(sender);
        match queue.push(Lane::Live, job) {
            Ok(()) => receiver,
            Err(_) => refused(SpeechError::Busy),
        }
    }

    fn warm(&self, requests: &[SpeechRequest]) {
        for request in requests {
            if self.cache().find(request).is_none()
                && let Ok((job, _)) = job(request.clone())
                && let Some(queue) = self.queue(request.language)
                && queue.push(Lane::Warm, job).is_err()
            {
                tracing::debug!("the queue for warming up is full");
                return;
            }
        }
    }
}

impl Drop for LocalVoice {
    fn drop(&mut self) {
        self.queue.close();
        self.spanish.iter().for_each(|queue| queue.close());
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                tracing::error!("a voice worker had panicked");
            }
        }
    }
}

/// The job of a request, and how many pieces it will come in.
fn job(request: SpeechRequest) -> Result<(Job, usize), SpeechError> {
    let voice = known_voice(&request)?;
    if request.text.chars().count() > LONGEST_TEXT {
        return Err(SpeechError::Failed(format!("a text of more than {LONGEST_TEXT} characters")));
    }
    let words = prepare::spoken(&request.text, request.language);
    let count = pieces(&words, is_slow(voice)).len();
    Ok((Job { request, voice, words, listener: None }, count))
}

/// Whether there is a voice for a language in the models' folder.
pub fn speaks(models: &Path, language: &str) -> bool {
    voices()
        .iter()
        .any(|voice| voice.language == language && (voice.style.is_none() || spanish::installed(models, voice)))
}

/// Whether a voice's network takes a good part of the time that it speaks.
fn is_slow(voice: &Voice) -> bool {
    voice.language == SPANISH
}

fn no_voice(language: &str) -> SpeechError {
    SpeechError::Model(format!("no voice for the language \"{language}\" is installed"))
}

/// The voice asked for; an agent called by an English voice's name has another voice in another language.
fn known_voice(request: &SpeechRequest) -> Result<&'static Voice, SpeechError> {
    voice(&request.voice)
        .filter(|voice| voice.language == request.language)
        .or_else(|| voice_of(request.language))
        .ok_or_else(|| SpeechError::Model(format!("there is no voice named \"{}\"", request.voice)))
}

/// A channel that holds finished audio and is closed behind it.
fn ready(chunks: &Chunks) -> mpsc::Receiver<Chunk> {
    let (sender, receiver) = mpsc::channel(chunks.len().max(1));
    for chunk in chunks.iter() {
        if sender.try_send(Ok(Pcm(chunk.clone()))).is_err() {
            tracing::error!("a channel made for all chunks had no room");
        }
    }
    receiver
}

/// A channel that holds one error and is closed behind it.
fn refused(error: SpeechError) -> mpsc::Receiver<Chunk> {
    let (sender, receiver) = mpsc::channel(1);
    if sender.try_send(Err(error)).is_err() {
        tracing::error!("a new channel had no room");
    }
    receiver
}
