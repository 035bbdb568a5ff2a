//! Keeping journals: each live call's events and what was done about them, in a file a call, off the call's task.
//!
//! One thread writes for all calls. What a call hands over goes through a bounded queue and is never waited for: a journal
//! that cannot keep up is given up with a line that says so, and the call goes on. Lines are in the file as soon as the
//! queue is empty, so that a killed process loses a moment at most. Old journals go by age and by the room they take.
//!
//! A journal holds what people said: the folder and its files are for their owner alone (0700, 0600).
//! It does not know what a line means (see [`crate::call::journal`]).

use crate::call::CallTime;
use crate::call::action::Action;
use crate::call::event::Event;
use crate::call::journal;
use crate::id::CallId;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Notes waiting to be written: some ten seconds of eight busy calls.
const NOTES_MAX: usize = 8_192;
/// Notes taken before what is gathered goes to the files, so that a flood of them is written too.
const GATHERED_MAX: usize = 512;
/// The most a journal grows to: about an hour of talk. A call that goes on is no longer kept.
pub const JOURNAL_BYTES_MAX: u64 = 64 << 20;
/// How long a journal is kept at the least, whatever the configuration says: a broken call may be picked up from it.
const KEPT_AT_LEAST: Duration = Duration::from_mins(10);
/// How long it is waited for the files.
const SETTLE: Duration = Duration::from_secs(2);
/// How often old journals are looked for while no call ends.
const PRUNE_EVERY: Duration = Duration::from_mins(10);
/// How journals' names end.
const ENDING: &str = "jsonl";

/// How long journals are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// At most so long after their last line.
    pub age: Duration,
    /// At most so many bytes together; the oldest go first.
    pub bytes: u64,
}

/// The journals of this installation. The last clone to go waits until all is written.
#[derive(Clone)]
pub struct Journals {
    writer: Arc<Writer>,
}

struct Writer {
    folder: PathBuf,
    notes: SyncSender<Note>,
}

/// What the writing thread is told.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every note is an event: a box each would cost more than the room"
)]
enum Note {
    /// A journal begins or goes on.
    Open(CallId),
    /// Something happened. Written as text by the thread, not by the call.
    Event(CallId, CallTime, Event, Vec<Action>),
    /// A finished line with what was done about it.
    Line(CallId, String, Vec<Action>),
    /// Nothing follows.
    Close(CallId),
    /// Everything before this is to be in the files now.
    Flush(SyncSender<()>),
}

/// One call's way to its journal.
pub struct Journal {
    call: CallId,
    notes: SyncSender<Note>,
    /// A note was lost; the journal is worth nothing from there on.
    lost: AtomicBool,
}

impl Journals {
    /// Opens the folder and starts the thread.
    pub fn open(folder: PathBuf, retention: Retention) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        owner_only(&folder, 0o700)?;
        let (notes, taken) = sync_channel(NOTES_MAX);
        let own = Desk { folder: folder.clone(), retention, open: HashMap::new() };
        std::thread::Builder::new().name("journals".to_owned()).spawn(move || own.write_all(&taken))?;
        Ok(Self { writer: Arc::new(Writer { folder, notes }) })
    }

    /// Begins a call's journal, or goes on with it, with a line and what is done first.
    pub fn begin(&self, call: CallId, line: String, first: Vec<Action>) -> Journal {
        let journal = Journal { call, notes: self.writer.notes.clone(), lost: AtomicBool::new(false) };
        journal.note(Note::Open(call));
        journal.note(Note::Line(call, line, first));
        journal
    }

    /// What is kept of a call; only whole lines. It may take a moment: not for an async thread.
    pub fn read(&self, call: CallId) -> io::Result<String> {
        self.writer.settle();
        read(&path(&self.writer.folder, call))
    }
}

impl Writer {
    /// Waits until what was handed over is in the files.
    fn settle(&self) {
        let (done, written) = sync_channel(1);
        if self.notes.send(Note::Flush(done)).is_ok() {
            // A disk that takes longer than this is not waited for.
            let _settled = written.recv_timeout(SETTLE);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.settle();
    }
}

impl Journal {
    /// Something happened, and this was done about it.
    pub fn keep(&self, at: CallTime, event: Event, actions: &[Action]) {
        if !self.lost.load(Ordering::Relaxed) {
            self.note(Note::Event(self.call, at, event, actions.to_vec()));
        } else if self
            .notes
            .try_send(Note::Line(self.call, journal::broken("the disk was too slow"), Vec::new()))
            .is_ok()
        {
            self.close();
        }
    }

    fn note(&self, note: Note) {
        if let Err(TrySendError::Full(_)) = self.notes.try_send(note)
            && !self.lost.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("the journal of a call cannot keep up and is given up");
        }
    }

    fn close(&self) {
        // Where there is no room, the thread closes the file at its own end.
        drop(self.notes.try_send(Note::Close(self.call)));
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

/// The whole lines of a journal's file, as far as a journal goes.
pub fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // A last line may cross the bound.
    File::open(path)?.take(JOURNAL_BYTES_MAX + (1 << 21)).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    bytes.truncate(whole);
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn path(folder: &Path, call: CallId) -> PathBuf {
    folder.join(format!("{call}.{ENDING}"))
}

/// The thread's side.
struct Desk {
    folder: PathBuf,
    retention: Retention,
    open: HashMap<CallId, Sheet>,
}

/// A journal being written.
struct Sheet {
    file: File,
    /// Not in the file yet.
    text: Vec<u8>,
    bytes: u64,
}

impl Desk {
    fn write_all(mut self, notes: &Receiver<Note>) {
        self.prune();
        loop {
            let mut next = match notes.recv_timeout(PRUNE_EVERY) {
                Ok(note) => Some(note),
                Err(RecvTimeoutError::Timeout) => {
                    self.prune();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut gathered = 0;
            while let Some(note) = next {
                self.take(note);
                gathered += 1;
                next = if gathered < GATHERED_MAX { notes.try_recv().ok() } else { None };
            }
            self.flush();
        }
        self.flush();
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Open(call) => self.begin(call),
            Note::Event(call, at, event, actions) => {
                if self.open.contains_key(&call) {
                    self.put(call, &journal::event(at, &event), &actions);
                }
            }
            Note::Line(call, line, actions) => self.put(call, &line, &actions),
            Note::Close(call) => {
                self.flush();
                self.open.remove(&call);
                self.prune();
            }
            Note::Flush(done) => {
                self.flush();
                // Whoever asked may have gone.
                let _heard = done.send(());
            }
        }
    }

    fn begin(&mut self, call: CallId) {
        self.flush();
        let path = path(&self.folder, call);
        let opened = private(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((bytes, file)) => {
                self.open.insert(call, Sheet { file, text: Vec::new(), bytes });
            }
            Err(error) => tracing::warn!(%error, "a call's journal cannot be opened; the call goes on without"),
        }
    }

    fn put(&mut self, call: CallId, line: &str, actions: &[Action]) {
        let Some(sheet) = self.open.get_mut(&call) else { return };
        sheet.put(line);
        if let Some(line) = journal::actions(actions) {
            sheet.put(&line);
        }
        if sheet.bytes > JOURNAL_BYTES_MAX {
            sheet.put(&journal::broken("the call is too long to be kept"));
            self.flush();
            self.open.remove(&call);
        }
    }

    /// Brings everything into the files.
    fn flush(&mut self) {
        self.open.retain(|_, sheet| match sheet.file.write_all(&sheet.text) {
            Ok(()) => {
                sheet.text.clear();
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a call's journal cannot be written and is given up");
                false
            }
        });
    }

    /// Lets old journals go.
    fn prune(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        let mut kept: Vec<(Duration, u64, PathBuf)> = Vec::new();
        for entry in entries.flatten() {
            let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            // A clock that was set back makes a file young.
            let age = metadata.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            kept.push((age, metadata.len(), path));
        }
        kept.sort();
        let mut bytes = 0_u64;
        for (age, length, path) in kept {
            bytes = bytes.saturating_add(length);
            let unwanted = age > self.retention.age || bytes > self.retention.bytes;
            if unwanted
                && age > KEPT_AT_LEAST
                && let Err(error) = std::fs::remove_file(&path)
            {
                tracing::warn!(%error, "an old journal cannot be removed");
            }
        }
    }
}

impl Sheet {
    fn put(&mut self, line: &str) {
        self.text.extend_from_slice(line.as_bytes());
        self.text.push(b'\n');
        self.bytes += line.len() as u64 + 1;
    }
}

/// A file to append to that only its owner reads.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn owner_only(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    const KEEP: Retention = Retention { age: Duration::from_hours(24), bytes: u64::MAX };

    fn call(number: u128) -> CallId {
        CallId::from_u128(number)
    }

    #[test]
    fn what_was_kept_is_read_at_once_and_only_its_owner_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::open(folder.path().join("journals"), KEEP).expect("a folder");
        let journal = journals.begin(call(1), "first".to_owned(), Vec::new());
        journal.keep(CallTime::from_ms(7), Event::Tick, &[]);
        let kept = journals.read(call(1)).expect("kept");
        assert_eq!(kept, format!("first\n{}\n", journal::event(CallTime::from_ms(7), &Event::Tick)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = path(&folder.path().join("journals"), call(1));
            let mode = std::fs::metadata(path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_journal_goes_on_where_it_ended_and_a_torn_last_line_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::open(folder.path().to_owned(), KEEP).expect("a folder");
        drop(journals.begin(call(1), "first".to_owned(), Vec::new()));
        let second = journals.begin(call(1), "second".to_owned(), Vec::new());
        assert_eq!(journals.read(call(1)).expect("kept"), "first\nsecond\n");
        drop((second, journals));
        let path = path(folder.path(), call(1));
        let mut file = OpenOptions::new().append(true).open(&path).expect("there");
        file.write_all(b"{\"to").expect("written");
        assert_eq!(read(&path).expect("kept"), "first\nsecond\n");
    }

    #[test]
    fn a_journal_that_grows_too_large_says_so_and_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::open(folder.path().to_owned(), KEEP).expect("a folder");
        let journal = journals.begin(call(1), "x".repeat(1 << 20), Vec::new());
        let audio: std::sync::Arc<[u8]> = vec![0; 700_000].into();
        for _ in 0..100 {
            let job = crate::call::JobId(0);
            journal.keep(CallTime::default(), Event::Spoken { job, clause: 0, audio: audio.clone(), last: true }, &[]);
        }
        let is_given_up =
            |kept: &String| matches!(kept.lines().last().map(journal::parse), Some(Ok(journal::Line::Broken(_))));
        // A read waits for the files, and no longer than a caller can: a slow machine is asked again.
        let kept = (0..30).map(|_| journals.read(call(1)).expect("kept")).find(is_given_up).expect("given up");
        assert!((kept.len() as u64) < JOURNAL_BYTES_MAX + (2 << 20));
    }

    #[test]
    fn old_journals_go_and_young_ones_stay_whatever_room_they_take() {
        let folder = tempfile::tempdir().expect("a folder");
        let age = |hours: u64| SystemTime::UNIX_EPOCH + Duration::from_hours(hours);
        for (name, modified) in [("old.jsonl", Some(age(1))), ("young.jsonl", None), ("other.txt", Some(age(1)))] {
            let file = File::create(folder.path().join(name)).expect("made");
            modified.map_or(Ok(()), |at| file.set_modified(at)).expect("set");
        }
        drop(Journals::open(folder.path().to_owned(), Retention { age: Duration::ZERO, bytes: 0 }).expect("a folder"));
        let mut left: Vec<_> = std::fs::read_dir(folder.path())
            .expect("there")
            .flatten()
            .map(|entry| entry.file_name().into_string().expect("plain"))
            .collect();
        left.sort();
        assert_eq!(left, ["other.txt", "young.jsonl"]);
    }
}
