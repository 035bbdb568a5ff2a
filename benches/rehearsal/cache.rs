//! What the models said, kept on disk under `target/`, so that a run with other thresholds need not ask them again.
//!
//! An entry is found by a hash of the samples and of everything the answer depends on: language, glossary, the model's
//! file and the source of what runs it. So nothing stale is ever found. One line an entry, only ever appended.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Hashes are cut to this many bytes: 128 bits.
const KEY_BYTES: usize = 16;

/// A table of answers.
pub(crate) struct Cache {
    known: Mutex<HashMap<String, String>>,
    file: Mutex<File>,
    salt: String,
}

impl Cache {
    /// The table of this name; `about` is everything but the audio that its answers depend on.
    pub(crate) fn open(name: &str, about: &[u8]) -> std::io::Result<Self> {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.cache"));
        std::fs::create_dir_all(env!("CARGO_TARGET_TMPDIR"))?;
        let known = std::fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_once('\t').map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect();
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        Ok(Self { known: Mutex::new(known), file: Mutex::new(file), salt: digest(about) })
    }

    /// The answer for this audio, found out by `ask` if it is not known.
    pub(crate) fn get(&self, audio: &[f32], with: &str, ask: impl FnOnce() -> String) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt.as_bytes());
        hash.update(with.as_bytes());
        for sample in audio {
            hash.update(((sample * 32_768.0) as i16).to_le_bytes());
        }
        let key = hex(&hash.finalize());
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let made = ask().replace(['\t', '\n'], " ");
        let line = format!("{key}\t{made}\n");
        // A line that could not be kept is asked for again the next time.
        drop(self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        made
    }
}

/// What the answers of a model depend on: its file (by length; or the manifest, whole) and the sources whose path holds one
/// of `parts`.
pub(crate) fn depends_on(model: &Path, parts: &[&str]) -> Vec<u8> {
    let mut about = Vec::new();
    if model.extension().is_some_and(|extension| extension == "toml") {
        about.extend(std::fs::read(model).unwrap_or_default());
    } else if let Ok(file) = std::fs::metadata(model) {
        about.extend(file.len().to_le_bytes());
    }
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/speech")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.contains("test") && parts.iter().any(|part| name.contains(part)) {
                sources.push(path);
            }
        }
    }
    sources.sort();
    for source in sources {
        about.extend(std::fs::read(source).unwrap_or_default());
    }
    about
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(KEY_BYTES).fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
