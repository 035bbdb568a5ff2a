//! ONNX Runtime, loaded once from the models' folder, and sessions tuned for many small calls.
//!
//! One intra-op thread and no spinning: a model runs in a fraction of a frame, and calls, not operators, fill the cores.

use super::SpeechError;
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use std::path::Path;
use std::sync::OnceLock;

/// The shared library's name in the models' folder.
pub const LIBRARY: &str = "libonnxruntime.so";

/// Opens a model of the models' folder `dir`.
pub fn session(dir: &Path, file: &str) -> Result<Session, SpeechError> {
    let environment = environment(dir)?;
    let path = dir.join(file);
    if !path.is_file() {
        return Err(SpeechError::Model(format!("{} is missing", path.display())));
    }
    let open = || -> ort::Result<Session> {
        Session::builder(&environment)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            .commit_from_file(&path)
    };
    open().map_err(|error| SpeechError::Model(format!("{} cannot be loaded: {error}", path.display())))
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
