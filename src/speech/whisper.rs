//! Recognition by Whisper (whisper.cpp), on its own threads.
//!
//! Workers are made and warmed once; each owns one model state, whose making costs tens of milliseconds and megabytes.
//! The queue before them and the recipe are shared with the other engine ([`super::recogniser`]); how this one runs is in
//! [`decode`].
//!
//! Knows nothing of calls or turns: a clip in, a transcript out.
//!
//! Invariant: a decode under way cannot be stopped, but it is short: its length is capped by the clip's.
//! Invariant: all threads are joined when [`Whisper`] is dropped.

mod decode;

use super::recogniser::Recogniser;
use super::{Clip, SpeechError, SpeechToText, Transcript};
use async_trait::async_trait;
use decode::Listener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use whisper_rs::{WhisperContext, WhisperContextParameters};

/// The model's name in the models' folder.
pub const MODEL: &str = "whisper-base-q8_0.bin";

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
#[derive(Debug)]
pub struct Whisper(Recogniser);

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
        let threads = options.threads_alone.max(1);
        let make = move || Ok(Box::new(Listener::warmed(Arc::clone(&context), threads)?) as Box<_>);
        Recogniser::start(options.workers, make, move || threads > 1 && machine_idle(threads)).map(Self)
    }
}

#[async_trait]
impl SpeechToText for Whisper {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        self.0.transcribe(clip).await
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
