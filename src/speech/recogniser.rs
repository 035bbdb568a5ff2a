//! What every recogniser has around its engine: a queue, workers, and the recipe by which a clip becomes words.
//!
//! A bounded queue ([`queue`]) stands before the workers: last looks go first, work given up is never started. Each worker
//! owns one [`Engine`], made and warmed once. How long a look is and when to look again is in [`recipe`]; which words to
//! believe is in [`super::filter`].
//!
//! Knows nothing of models (see [`super::whisper`], [`super::onnx_whisper`]) nor of calls.
//!
//! A worker stands back for the voice: while somebody speaks and somebody else is heard on the same core, a silence inside an
//! answer is worse than words a moment later.
//!
//! Invariant: all threads are joined when [`Recogniser`] is dropped.
//! Invariant: a panic of an engine costs one clip; the engine is made anew.

#[cfg(test)]
pub(super) mod checks;
pub(super) mod queue;
pub(super) mod recipe;

use super::priority::{self, Priority};
use super::{Clip, SpeechError, SpeechToText, Transcript};
use async_trait::async_trait;
use queue::{Job, Queue};
pub(super) use recipe::{Look, Pass};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// Workers at most: each holds its own state, and more of them than cores only queue inside the machine.
const WORKERS_MAX: usize = 32;

/// Runs a model on one stretch of audio.
pub(super) trait Engine: Send {
    /// How many more encoder positions a glossary wants.
    fn glossary_margin(&self, _glossary: &[String]) -> f32 {
        0.0
    }

    /// Listens once. `given_up` may be asked whenever it is cheap; a look given up may return anything.
    fn look(&mut self, look: &Look<'_>, given_up: &dyn Fn() -> bool) -> Result<Pass, SpeechError>;
}

/// Runs an engine once, so that memory is touched and kernels are chosen before the first caller.
pub(super) fn warmed<E: Engine>(mut engine: E) -> Result<E, SpeechError> {
    let silence = vec![0.0; recipe::seconds_to_samples(recipe::CLIP_SECONDS_MIN)];
    let look = Look {
        audio: &silence,
        language: "en",
        glossary: &[],
        positions: recipe::context_positions(recipe::CLIP_SECONDS_MIN, 0.0),
        token_cap: recipe::token_cap(recipe::CLIP_SECONDS_MIN),
        wide: false,
        last: false,
    };
    engine.look(&look, &|| false)?;
    Ok(engine)
}

/// Makes an engine, warmed: when it returns, the first caller waits for nothing.
type Make = dyn Fn() -> Result<Box<dyn Engine>, SpeechError> + Send + Sync;

/// Workers behind a queue.
pub(super) struct Recogniser {
    queue: Arc<Queue>,
    workers: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Recogniser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recogniser").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

impl Recogniser {
    /// Starts `count` workers, each with an engine by `make`; `may_run_wide` is asked for a job that runs alone here.
    /// Blocks until all are warm.
    pub(super) fn start(
        count: usize,
        make: impl Fn() -> Result<Box<dyn Engine>, SpeechError> + Send + Sync + 'static,
        may_run_wide: impl Fn() -> bool + Send + Sync + Copy + 'static,
    ) -> Result<Self, SpeechError> {
        let count = count.clamp(1, WORKERS_MAX);
        let make: Arc<Make> = Arc::new(make);
        let mut recogniser = Self { queue: Arc::new(Queue::default()), workers: Vec::with_capacity(count) };
        let (ready, started) = mpsc::sync_channel(count);
        for number in 0..count {
            let (queue, make, ready) = (Arc::clone(&recogniser.queue), Arc::clone(&make), ready.clone());
            let worker = thread::Builder::new()
                .name(format!("recogniser-{number}"))
                .spawn(move || work(&queue, &make, may_run_wide, &ready))
                .map_err(|error| SpeechError::Failed(format!("no thread for a recogniser: {error}")))?;
            recogniser.workers.push(worker);
        }
        drop(ready);
        for _ in 0..count {
            started.recv().map_err(|_| SpeechError::Failed("a recogniser stopped while warming".into()))??;
        }
        Ok(recogniser)
    }
}

#[async_trait]
impl SpeechToText for Recogniser {
    async fn transcribe(&self, clip: Clip) -> Result<Transcript, SpeechError> {
        let (answer, words) = oneshot::channel();
        self.queue.push(Job { clip, answer })?;
        words.await.map_err(|_| SpeechError::Failed("the recogniser stopped".into()))?
    }
}

impl Drop for Recogniser {
    fn drop(&mut self) {
        self.queue.close();
        for worker in self.workers.drain(..) {
            // A worker that panicked has already told its caller; there is nobody left to tell here.
            let _ = worker.join();
        }
    }
}

/// A worker's life.
fn work(
    queue: &Queue,
    make: &Arc<Make>,
    may_run_wide: impl Fn() -> bool,
    ready: &mpsc::SyncSender<Result<(), SpeechError>>,
) {
    priority::stand_back(Priority::Recogniser);
    let mut engine = match make() {
        Ok(engine) => engine,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    while let Some((Job { clip, answer }, wide)) = queue.take(&may_run_wide) {
        let given_up = || answer.is_closed();
        let heard = catch_unwind(AssertUnwindSafe(|| recipe::hear(engine.as_mut(), &clip, wide, &given_up)));
        queue.done();
        let heard = heard.unwrap_or_else(|_| {
            tracing::error!("a recogniser panicked; it is made anew");
            match make() {
                Ok(fresh) => engine = fresh,
                Err(error) => tracing::error!(%error, "the recogniser could not be made anew"),
            }
            Err(SpeechError::Failed("the recogniser broke on this clip".into()))
        });
        let _ = answer.send(heard); // nobody waits any more: the words are dropped
    }
}
