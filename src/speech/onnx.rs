//! ONNX Runtime, loaded once from the models' folder, and sessions tuned for many small calls.
//!
//! One intra-op thread and no spinning: a model runs in a fraction of a frame, and calls, not operators, fill the cores.

use super::SpeechError;
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};

/// The shared library's name in the models' folder.
pub const LIBRARY: &str = "libonnxruntime.so";

/// Weights of eight bits are multiplied without overflow also where the processor has no instruction for it (VNNI): there ONNX
/// Runtime adds pairs in sixteen bits otherwise, and a recogniser goes deaf to whole sentences
/// (`kOrtSessionOptionsAvx2PrecisionMode`). Elsewhere nothing changes. Of the voices' models ONNX Runtime cannot do it.
const EXACT: &str = "session.x64quantprecision";

/// Opens a model of the models' folder `dir`.
pub fn session(dir: &Path, file: &str) -> Result<Session, SpeechError> {
    wide_session(dir, file, 1)
}

/// Opens a model whose operators may spread over `threads` threads (none of which spins while it waits).
pub fn wide_session(dir: &Path, file: &str, threads: usize) -> Result<Session, SpeechError> {
    opened(dir, file, threads, false)
}

fn opened(dir: &Path, file: &str, threads: usize, exact: bool) -> Result<Session, SpeechError> {
    let environment = environment(dir)?;
    let path = dir.join(file);
    if !path.is_file() {
        return Err(SpeechError::Model(format!("{} is missing", path.display())));
    }
    let open = || -> ort::Result<Session> {
        Session::builder(&environment)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .with_intra_threads(threads.max(1))?
            .with_memory_pattern(false)? // clips differ in length: a plan for each would only be kept
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            .with_config_entry(EXACT, if exact { "1" } else { "0" })?
            .commit_from_file(&path)
    };
    open().map_err(|error| SpeechError::Model(format!("{} cannot be loaded: {error}", path.display())))
}

/// A few sessions of one model, shared by all calls: a session runs one input at a time, and one per call would cost
/// megabytes each.
#[derive(Debug)]
pub struct Pool {
    sessions: Vec<Mutex<Session>>,
    next: AtomicUsize,
}

impl Pool {
    /// Opens `count` sessions (at least one) of a model.
    pub fn open(dir: &Path, file: &str, count: usize) -> Result<Self, SpeechError> {
        Self::open_wide(dir, file, count, 1)
    }

    /// Opens `count` sessions (at least one), each with `threads` threads.
    pub fn open_wide(dir: &Path, file: &str, count: usize, threads: usize) -> Result<Self, SpeechError> {
        let open = |_| opened(dir, file, threads, true).map(Mutex::new);
        Ok(Self { sessions: (0..count.max(1)).map(open).collect::<Result<_, _>>()?, next: AtomicUsize::new(0) })
    }

    /// Runs something on a free session, or waits for one: as long as one run of the model takes.
    pub fn with<R>(&self, run: impl FnOnce(&mut Session) -> R) -> R {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.sessions.len();
        for offset in 0..count {
            match self.sessions[first.wrapping_add(offset) % count].try_lock() {
                Ok(mut session) => return run(&mut session),
                Err(TryLockError::Poisoned(poisoned)) => return run(&mut poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        run(&mut self.sessions[first % count].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The environment, made on first use; later calls get the same one, whatever their `dir`.
fn environment(dir: &Path) -> Result<Environment, SpeechError> {
    static LOADED: OnceLock<Result<Environment, String>> = OnceLock::new();
    let load = || -> Result<Environment, String> {
        let path = dir.join(LIBRARY);
        if !path.is_file() {
            return Err(format!("{} is missing", path.display()));
        }
        let broken = |error: &dyn std::fmt::Display| format!("{} cannot be loaded: {error}", path.display());
        let builder = ort::init_from(&path).map_err(|error| broken(&error))?;
        builder.with_telemetry(false).build().map_err(|error| broken(&error))
    };
    LOADED.get_or_init(load).clone().map_err(SpeechError::Model)
}
