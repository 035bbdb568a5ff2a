//! Recognition by Whisper (whisper.cpp), on its own threads.
//!
//! Workers are made and warmed once; each owns one model state, whose making costs tens of milliseconds and megabytes.
//! A bounded queue stands before them ([`queue`]): last looks go first, work given up is never started.
//! How a clip becomes words is in [`decode`]; which words to believe is in [`super::filter`].
//!
//! Knows nothing of calls or turns: a clip in, a transcript out.
//!
//! Invariant: a decode under way cannot be stopped, but it is short: its length is capped by the clip's.
//! Invariant: all threads are joined when [`Whisper`] is dropped.

mod decode;
mod queue;

use super::{Clip, SpeechError, SpeechToText, Transcript};
use async_trait::async_trait;
use decode::Listener;
use queue::{Job, Queue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;
use whisper_rs::{WhisperContext, WhisperContextParameters};

/// The model's name in the models' folder.
pub const MODEL: &str = "whisper-base-q8_0.bin";

/// Workers at most: each holds up to 176 MB, and more of them than cores only queue inside the machine.
const WORKERS_MAX: usize = 32;

/// How many recognisers run, and how wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhisperOptions {
    /// Recognisers side by side.
    pub workers: usize,
    /// Threads for a job that has the machine to itself, this program's other work and other programs included; any other
    /// gets one. Only Linux can tell; elsewhere every job gets one.
    pub threads_alone: usize,
}

impl Default for WhisperOptions {
    /// One worker per core, and two threads for a lone job where there are two cores.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { workers: cores, threads_alone: cores.min(2) }
    }
}

/// The recogniser: see the module.
pub struct Whisper {
    queue: Arc<Queue>,
    workers: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

impl Whisper {
    /// Loads the model from `dir` and warms every worker: when this returns, the first caller waits for nothing.
    /// Blocks for about half a second.
    pub fn load(dir: &Path, options: WhisperOptions) -> Result<Self, SpeechError> {
        whisper_rs::install_logging_hooks(); // without a backend feature this silences whisper.cpp
        let path = dir.join(MODEL);
        if !path.is_file() {
            return Err(SpeechError::Model(format!("{} is missing", path.display())));
        }
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false).flash_attn(false); // flash attention is slower on a CPU, and worse with a cut context
        let context = WhisperContext::new_with_params(&path, parameters)
            .map_err(|error| SpeechError::Model(format!("{} cannot be loaded: {error}", path.display())))?;
        let context = Arc::new(context);
        let count = options.workers.clamp(1, WORKERS_MAX);
        let mut whisper = Self { queue: Arc::new(Queue::default()), workers: Vec::with_capacity(count) };
        let (ready, started) = mpsc::sync_channel(count);
        for number in 0..count {
            let (queue, context, ready) = (Arc::clone(&whisper.queue), Arc::clone(&context), ready.clone());
            let worker = thread::Builder::new()
                .name(format!("whisper-{number}"))
                .spawn(move || work(&queue, &context, options.threads_alone.max(1), &ready))
                .map_err(|error| SpeechError::Failed(format!("no thread for a recogniser: {error}")))?;
            whisper.workers.push(worker);
        }
        drop(ready);
        for _ in 0..count {
            started.recv().map_err(|_| SpeechError::Failed("a recogniser stopped while warming".into()))??;
        }
        Ok(whisper)
    }
}

#[async_trait]
impl SpeechToText for Whisper {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        let (answer, words) = oneshot::channel();
        self.queue.push(Job { clip, answer })?;
        words.await.map_err(|_| SpeechError::Failed("the recogniser stopped".into()))?
    }
}

impl Drop for Whisper {
    fn drop(&mut self) {
        self.queue.close();
        for worker in self.workers.drain(..) {
            // A worker that panicked has already told its caller; there is nobody left to tell here.
            let _ = worker.join();
        }
    }
}

/// A worker's life. A panic in the model's wrapper costs one clip and the state, which is made anew.
fn work(
    queue: &Queue,
    context: &Arc<WhisperContext>,
    threads_alone: usize,
    ready: &mpsc::SyncSender<Result<(), SpeechError>>,
) {
    let mut listener = match Listener::warmed(Arc::clone(context)) {
        Ok(listener) => listener,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    let idle = || threads_alone > 1 && machine_idle(threads_alone);
    while let Some((Job { clip, answer }, wide)) = queue.take(idle) {
        let threads = if wide { threads_alone } else { 1 };
        let heard = catch_unwind(AssertUnwindSafe(|| listener.hear(&clip, threads, &|| answer.is_closed())));
        queue.done();
        let heard = heard.unwrap_or_else(|_| {
            tracing::error!("a recogniser panicked; its state is made anew");
            match Listener::warmed(Arc::clone(context)) {
                Ok(fresh) => listener = fresh,
                Err(error) => tracing::error!(%error, "the state could not be made anew"),
            }
            Err(SpeechError::Failed("the recogniser broke on this clip".into()))
        });
        let _ = answer.send(heard); // nobody waits any more: the words are dropped
    }
}

/// Whether `threads` may run without taking a core from anybody: the kernel's count of what runs now, us included, leaves
/// room for the others. Asked per job, because threads that wait for each other by spinning suffer most from a busy core.
fn machine_idle(threads: usize) -> bool {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|load| runnable(&load))
        .is_some_and(|now| now - 1 + threads <= cores)
}

/// The number running now, from the fourth field of `/proc/loadavg`: "0.25 0.41 0.50 1/165 30161".
fn runnable(load: &str) -> Option<usize> {
    load.split_whitespace().nth(3)?.split_once('/')?.0.parse::<usize>().ok().map(|now| now.max(1))
}

#[cfg(test)]
mod tests;
