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
mod stamps;
mod whisper_onnx;

pub use fetch::{Report, fetch};
pub use manifest::{Manifest, Model, Purpose};

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

/// The models for these purposes that are missing from `dir` or have the wrong size. Quick: hashes are not read.
pub fn missing<'a>(manifest: &'a Manifest, purposes: &[Purpose], dir: &Path) -> Vec<&'a Model> {
    let there = |model: &Model| std::fs::metadata(dir.join(&model.file)).is_ok_and(|meta| meta.len() == model.bytes);
    manifest.of(purposes).filter(|model| !there(model)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_missed() {
        let dir = tempfile::tempdir().expect("a folder");
        let manifest = Manifest::built_in().expect("the manifest reads");
        let names = |purposes: &[Purpose]| -> Vec<String> {
            missing(&manifest, purposes, dir.path()).iter().map(|model| model.file.clone()).collect()
        };
        assert!(names(&[Purpose::Spanish]).iter().all(|file| file.starts_with("kokoro/")));
        assert_eq!(names(&[Purpose::WhisperCpp]), ["whisper-base-q8_0.bin"]);
        assert!(names(&[Purpose::Core, Purpose::Onnx]).iter().all(|file| !file.starts_with("kokoro/")));
        let all: usize = Purpose::ALL.iter().map(|purpose| names(&[*purpose]).len()).sum();
        assert_eq!(names(&Purpose::ALL).len(), all, "each has one purpose");
    }
}
