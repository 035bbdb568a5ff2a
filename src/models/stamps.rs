//! What was verified before: so that a second start need not read hundreds of megabytes again.
//!
//! A stamp is a file's size and time of change beside the hash it had. Invariant: a stamp is trusted only while both are as
//! they were, and only for a hash the manifest accepts; without it the file is read.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file with the stamps, in the models' folder.
const FILE: &str = ".verified.json";

/// The stamps of a folder.
#[derive(Debug)]
pub(super) struct Stamps {
    dir: PathBuf,
    known: BTreeMap<String, Stamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    /// Nanoseconds since 1970.
    changed: u64,
    sha256: String,
}

impl Stamps {
    /// Those of this folder; none where there are none that can be read.
    pub(super) fn of(dir: &Path) -> Self {
        let text = std::fs::read_to_string(dir.join(FILE)).unwrap_or_default();
        Self { dir: dir.to_owned(), known: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// The hash a file had when it was last read, if it has not changed since.
    pub(super) fn hash(&self, file: &str) -> Option<&str> {
        let stamp = self.known.get(file)?;
        let now = self.stamp(file, &stamp.sha256)?;
        (now == *stamp).then_some(stamp.sha256.as_str())
    }

    /// Notes what a file was found to be.
    pub(super) fn note(&mut self, file: &str, sha256: &str) {
        if let Some(stamp) = self.stamp(file, sha256) {
            self.known.insert(file.to_owned(), stamp);
        }
    }

    /// Keeps them. Where that cannot be, as in a folder of somebody else's, files are read again next time.
    pub(super) fn keep(&self) {
        if let Ok(text) = serde_json::to_string_pretty(&self.known) {
            drop(std::fs::write(self.dir.join(FILE), text));
        }
    }

    fn stamp(&self, file: &str, sha256: &str) -> Option<Stamp> {
        let meta = std::fs::metadata(self.dir.join(file)).ok()?;
        let changed = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let changed = u64::try_from(changed.as_nanos()).ok()?;
        Some(Stamp { bytes: meta.len(), changed, sha256: sha256.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_stamp_is_trusted_until_the_file_changes() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("model.bin");
        std::fs::write(&file, b"weights").expect("written");
        let mut stamps = Stamps::of(dir.path());
        assert_eq!(stamps.hash("model.bin"), None);
        stamps.note("model.bin", "abc");
        stamps.keep();
        assert_eq!(Stamps::of(dir.path()).hash("model.bin"), Some("abc"));
        let open = || std::fs::OpenOptions::new().append(true).open(&file).expect("opened");
        open().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).expect("another time");
        assert_eq!(Stamps::of(dir.path()).hash("model.bin"), None);
        stamps.note("model.bin", "abc");
        std::fs::write(&file, b"weight").expect("shorter");
        assert_eq!(stamps.hash("model.bin"), None);
        std::fs::write(dir.path().join(FILE), "nonsense").expect("written");
        assert_eq!(Stamps::of(dir.path()).hash("model.bin"), None);
    }
}
