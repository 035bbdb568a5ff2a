//! The models' folder: what must be in it, and how it gets there.
//!
//! `models/manifest.toml` names every file with its size and hash; [`fetch`] makes them stand there, whatever was there
//! before. A file is only ever renamed into place after its hash was checked, so a present file is a right one.
//! Knows nothing of what the models do (see [`crate::speech`]).

mod ct2;
mod fetch;
mod ggml;
mod graph;
mod manifest;
mod whisper_onnx;

pub use fetch::{Report, fetch};
pub use manifest::{Manifest, Model};

use std::path::{Path, PathBuf};

/// Why the models' folder could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest itself is wrong.
    #[error("models/manifest.toml: {0}")]
    Manifest(String),
    /// No source gave the file.
    #[error(
        "{file} could not be had:\n{reasons}\nPut the file into {dir} by hand, or try again when the network is there."
    )]
    NoSource {
        /// The model's file.
        file: String,
        /// What each source said, a line each.
        reasons: String,
        /// Where it belongs.
        dir: PathBuf,
    },
    /// The folder cannot be written.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The models of the manifest that are missing from `dir` or have the wrong size. Quick: hashes are not read.
pub fn missing<'a>(manifest: &'a Manifest, dir: &Path) -> Vec<&'a Model> {
    let there = |model: &Model| std::fs::metadata(dir.join(&model.file)).is_ok_and(|meta| meta.len() == model.bytes);
    manifest.for_this_machine().filter(|model| !there(model)).collect()
}
