//! The shelf of recordings: `recordings/<business>/<call>.opus` under the data folder.
//!
//! A recording is written under a name ending in `.part` and gets its own when it is closed, so a file under its final name
//! is whole. What a crash left is closed at the next start: its whole pages are kept. Folders and files are for
//! their owner only.
//!
//! A call whose stream broke and came back has several parts: `<call>.opus`, `<call>-2.opus`, …
//!
//! Invariant: only paths made here, from ids, are ever opened or removed.

use super::ogg_opus::{self, Head, OggOpus};
use crate::id::{BusinessId, CallId};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Ending of a finished recording.
const ENDING: &str = ".opus";
/// What is added while it is being written.
const PART: &str = ".part";
/// Parts of one call: it is resumed a few times at most.
pub const PARTS_MAX: u32 = 20;
/// Granules (48 kHz) of a millisecond.
const GRANULES_PER_MS: u64 = 48;

/// The shelf.
#[derive(Clone, Debug)]
pub struct Recordings {
    root: PathBuf,
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose call it was.
    pub business: BusinessId,
    /// Which call.
    pub call: CallId,
    /// Which of its parts, from 1.
    pub part: u32,
    /// Where it is, seen from the shelf.
    pub path: String,
    /// How long it plays.
    pub length_ms: u64,
    /// How large it is.
    pub bytes: u64,
}

/// A recording being written.
pub struct Taping {
    ogg: OggOpus<BufWriter<File>>,
    place: Place,
    root: PathBuf,
}

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    business: BusinessId,
    call: CallId,
    part: u32,
}

impl Recordings {
    /// The shelf in this folder, which is made when the first recording is.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Begins a recording.
    pub fn begin(&self, business: BusinessId, call: CallId, head: Head) -> io::Result<Taping> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.root.join(business.to_string()))?;
        for part in 1..=PARTS_MAX {
            let place = Place { business, call, part };
            if self.root.join(place.path()).exists() {
                continue;
            }
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let file = match options.open(self.root.join(place.part_path())) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            let ogg = OggOpus::begin(BufWriter::new(file), place.serial(), head)?;
            return Ok(Taping { ogg, place, root: self.root.clone() });
        }
        Err(io::Error::other("the call has too many recordings"))
    }

    /// Closes what a crash left open. A file that holds nothing is removed.
    pub fn recover(&self) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for business in folders(&self.root)? {
            for entry in fs::read_dir(self.root.join(&business))? {
                let name = entry?.file_name();
                let Some(place) = name.to_str().and_then(|name| Place::of_part(&business, name)) else { continue };
                match self.close_orphan(place) {
                    Ok(found) => kept.extend(found),
                    Err(error) => tracing::warn!(%error, call = %place.call, "a recording cannot be recovered"),
                }
            }
        }
        Ok(kept)
    }

    /// Opens a recording by its path, with its size.
    pub fn open(&self, path: &str) -> io::Result<(File, u64)> {
        let file = File::open(self.root.join(checked(path)?.path()))?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    }

    /// When a recording begins on its call's clock, in milliseconds; none when the file does not say.
    pub fn began_ms(&self, path: &str) -> io::Result<Option<u64>> {
        let file = File::open(self.root.join(checked(path)?.path()))?;
        Ok(ogg_opus::head(BufReader::new(file))?.began_ms)
    }

    /// Removes a recording; one that is gone already is no error.
    pub fn remove(&self, path: &str) -> io::Result<()> {
        match fs::remove_file(self.root.join(checked(path)?.path())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Writes the whole pages of an orphan anew, with an end, and lets it take its name.
    fn close_orphan(&self, place: Place) -> io::Result<Option<Kept>> {
        let orphan = self.root.join(place.part_path());
        let stream = match ogg_opus::read(BufReader::new(File::open(&orphan)?), |_| Ok(())) {
            // Torn before its first header was whole.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            stream => Some(stream?).filter(|stream| stream.granules > 0),
        };
        let Some(stream) = stream else {
            fs::remove_file(&orphan)?;
            return Ok(None);
        };
        let mended = self.root.join(format!("{}.mended", place.part_path()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let writer = BufWriter::new(options.open(&mended)?);
        let mut ogg = OggOpus::begin(writer, place.serial(), stream.head)?;
        ogg_opus::read(BufReader::new(File::open(&orphan)?), |packet| ogg.packet(packet))?;
        let file = ogg.finish(stream.granules)?.into_inner().map_err(io::IntoInnerError::into_error)?;
        let kept = place.keep(&self.root, &mended, &file, stream.granules)?;
        fs::remove_file(&orphan)?;
        Ok(Some(kept))
    }
}

impl Taping {
    /// Adds a packet of 20 ms.
    pub fn packet(&mut self, packet: Vec<u8>) -> io::Result<()> {
        self.ogg.packet(packet)
    }

    /// Closes the recording after so many granules (48 kHz) of sound; it gets its name.
    pub fn finish(self, granules: u64) -> io::Result<Kept> {
        let file = self.ogg.finish(granules)?.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.place.keep(&self.root, &self.root.join(self.place.part_path()), &file, granules)
    }

    /// Gives the recording up: nothing is kept.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_file(self.root.join(self.place.part_path()))
    }
}

impl Place {
    fn name(self) -> String {
        match self.part {
            1 => self.call.to_string(),
            part => format!("{}-{part}", self.call),
        }
    }

    /// Its path on the shelf.
    fn path(self) -> String {
        format!("{}/{}{ENDING}", self.business, self.name())
    }

    fn part_path(self) -> String {
        format!("{}{PART}", self.path())
    }

    /// An Ogg stream needs a number of its own among those in a file; there is one.
    fn serial(self) -> u32 {
        self.part
    }

    fn of_part(business: &str, name: &str) -> Option<Self> {
        Self::of(business, name.strip_suffix(PART)?)
    }

    fn of(business: &str, name: &str) -> Option<Self> {
        let stem = name.strip_suffix(ENDING)?;
        // An id is 36 characters and has hyphens of its own.
        let (call, part) = stem.split_at_checked(36)?;
        let part = if part.is_empty() { 1 } else { part.strip_prefix('-')?.parse().ok()? };
        let place = Self { business: business.parse().ok()?, call: call.parse().ok()?, part };
        // One spelling only, and no surprises in it.
        (place.path() == format!("{business}/{name}")).then_some(place)
    }

    /// Gives a finished file its name; that it survives a power cut is waited for.
    fn keep(self, root: &Path, written: &Path, file: &File, granules: u64) -> io::Result<Kept> {
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        let path = self.path();
        fs::rename(written, root.join(&path))?;
        let Self { business, call, part } = self;
        Ok(Kept { business, call, part, path, length_ms: granules / GRANULES_PER_MS, bytes })
    }
}

/// The place a path names, if it is one of ours.
fn checked(path: &str) -> io::Result<Place> {
    let place = path.split_once('/').and_then(|(business, name)| Place::of(business, name));
    place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no path of a recording"))
}

/// The folders on the shelf; none when there is no shelf yet.
fn folders(root: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const BUSINESS: BusinessId = BusinessId::from_u128(1);
    const CALL: CallId = CallId::from_u128(2);
    const HEAD: Head = Head { pre_skip: 312, hz: 8_000, began_ms: Some(4_200) };

    fn shelf() -> (tempfile::TempDir, Recordings) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Recordings::new(folder.path().join("recordings"));
        (folder, shelf)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_recording_has_its_name_only_when_it_is_whole_and_is_its_owners_alone() {
        let (_folder, shelf) = shelf();
        let mut taping = shelf.begin(BUSINESS, CALL, HEAD).unwrap();
        let path = format!("{BUSINESS}/{CALL}.opus");
        assert_eq!(mode(&shelf.root.join(format!("{path}.part"))), 0o600);
        assert_eq!(mode(&shelf.root.join(BUSINESS.to_string())), 0o700);
        assert!(shelf.open(&path).is_err());
        for _ in 0..60 {
            taping.packet(vec![1; 30]).unwrap();
        }
        let kept = taping.finish(48_000).unwrap();
        assert_eq!((kept.path.as_str(), kept.length_ms, kept.part), (path.as_str(), 1_000, 1));
        assert_eq!(shelf.open(&path).unwrap().1, kept.bytes);
        assert_eq!(mode(&shelf.root.join(&path)), 0o600);
        assert!(shelf.recover().unwrap().is_empty(), "nothing is left open");
        shelf.remove(&path).unwrap();
        shelf.remove(&path).unwrap();
        assert!(shelf.open(&path).is_err());
    }

    #[test]
    fn what_a_crash_left_is_closed_and_what_holds_nothing_is_removed() {
        let (_folder, shelf) = shelf();
        let mut taping = shelf.begin(BUSINESS, CALL, HEAD).unwrap();
        for _ in 0..125 {
            taping.packet(vec![1; 30]).unwrap();
        }
        let part = shelf.root.join(taping.place.part_path());
        // Nobody closes it, and half a page more reaches the disk.
        drop(taping);
        let torn = [fs::read(&part).unwrap(), b"OggS\0\0half a page".to_vec()].concat();
        fs::write(&part, torn).unwrap();
        drop(shelf.begin(BUSINESS, CallId::from_u128(3), HEAD).unwrap());
        let kept = shelf.recover().unwrap();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!((kept[0].call, kept[0].length_ms), (CALL, (100 * 960 - 312) / 48));
        assert_eq!(shelf.began_ms(&kept[0].path).unwrap(), Some(4_200), "it still says when it began");
        let (file, bytes) = shelf.open(&kept[0].path).unwrap();
        assert_eq!(bytes, kept[0].bytes);
        let stream = ogg_opus::read(BufReader::new(file), |_| Ok(())).unwrap();
        assert!(stream.ended, "its end is marked");
        let left: Vec<_> = fs::read_dir(part.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_process_killed_at_any_byte_leaves_what_can_be_played_or_nothing() {
        let (_folder, shelf) = shelf();
        let mut taping = shelf.begin(BUSINESS, CALL, HEAD).unwrap();
        for _ in 0..110 {
            taping.packet(vec![1; 30]).unwrap();
        }
        let part = shelf.root.join(taping.place.part_path());
        let path = taping.place.path();
        drop(taping);
        let whole = fs::read(&part).unwrap();
        let mut longest = 0;
        for bytes in (0..=whole.len()).rev() {
            fs::write(&part, &whole[..bytes]).unwrap();
            let kept = shelf.recover().unwrap();
            assert!(!part.exists(), "{bytes} bytes of {} stay open", whole.len());
            if let Some(kept) = kept.first() {
                let stream = ogg_opus::read(BufReader::new(shelf.open(&path).unwrap().0), |_| Ok(())).unwrap();
                assert!(stream.ended && kept.length_ms > 0, "{bytes}");
                longest = longest.max(kept.length_ms);
                shelf.remove(&path).unwrap();
            }
            assert!(shelf.open(&path).is_err(), "{bytes}");
        }
        assert_eq!(longest, (100 * 960 - 312) / 48);
    }

    #[test]
    fn a_call_that_comes_back_gets_a_second_part() {
        let (_folder, shelf) = shelf();
        let finish = |mut taping: Taping| {
            taping.packet(vec![1; 30]).unwrap();
            taping.finish(480).unwrap()
        };
        assert_eq!(finish(shelf.begin(BUSINESS, CALL, HEAD).unwrap()).part, 1);
        let second = finish(shelf.begin(BUSINESS, CALL, HEAD).unwrap());
        assert_eq!((second.part, second.path), (2, format!("{BUSINESS}/{CALL}-2.opus")));
        assert!(shelf.open(&format!("{BUSINESS}/{CALL}-2.opus")).is_ok());
    }

    #[test]
    fn no_other_file_can_be_opened() {
        let (_folder, shelf) = shelf();
        for path in ["../ringly.db", "/etc/passwd", "a/b.opus", "", "..", &format!("{BUSINESS}/../{CALL}.opus")] {
            assert_eq!(shelf.open(path).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path}");
        }
    }
}
