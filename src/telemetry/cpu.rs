//! Where the processor's time goes: CPU seconds by stage, counted from the process's start.
//!
//! Two sources. What has threads of its own (recogniser, voice, journal, the database's) is read from Linux, thread by
//! thread. What shares tokio's threads is measured around its synchronous sections with the thread's own CPU clock, which
//! stands still while the thread waits. What is neither (sockets, timers, tasks passed around) is the process's time less all
//! of these.
//!
//! The two readings are two system calls, half a microsecond of the processor together (`cargo bench --bench frame` times them
//! by the wall clock): a section may be entered for every frame, and not for every sample.
//!
//! Invariant: no nanosecond counts for two stages: a section inside another is taken out of it.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// A part of a call's work that shares threads with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Is this window speech?
    VoiceDetector,
    /// Does this speech sound finished?
    TurnDetector,
    /// The machine of a call: its session, what is understood and answered, and the line of its journal.
    Session,
    /// Bytes to samples and back: the stream's messages, µ-law, 8 to 16 kHz, what is kept for the recogniser.
    Media,
    /// Both tracks into Opus, and onto the disk.
    Recording,
}

impl Stage {
    const ALL: [Self; 5] = [Self::VoiceDetector, Self::TurnDetector, Self::Session, Self::Media, Self::Recording];

    const fn name(self) -> &'static str {
        match self {
            Self::VoiceDetector => "voice_detector",
            Self::TurnDetector => "turn_detector",
            Self::Session => "session",
            Self::Media => "media",
            Self::Recording => "recording",
        }
    }
}

/// Stages with threads of their own: how the threads' names begin, and the stage.
const THREADS: [(&str, &str); 4] =
    [("recogniser", "recogniser"), ("voice", "voice"), ("journals", "journal"), ("sqlx-sqlite", "database")];

/// Nanoseconds by stage.
static SPENT_NS: [AtomicU64; Stage::ALL.len()] = [const { AtomicU64::new(0) }; Stage::ALL.len()];

thread_local! {
    /// Nanoseconds of this thread's that sections have taken.
    static COUNTED_NS: Cell<u64> = const { Cell::new(0) };
}

/// Does synchronous work of a stage and counts what it takes of the processor.
pub fn spent<T>(stage: Stage, work: impl FnOnce() -> T) -> T {
    let (counted, began) = (COUNTED_NS.get(), now_ns(ClockId::ThreadCPUTime));
    let done = work();
    let took = now_ns(ClockId::ThreadCPUTime).saturating_sub(began);
    let inside = COUNTED_NS.get().saturating_sub(counted);
    SPENT_NS[stage as usize].fetch_add(took.saturating_sub(inside), Ordering::Relaxed);
    COUNTED_NS.set(counted + took);
    done
}

/// CPU seconds of the process and of each stage so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// Of the process, all threads, those that are gone included.
    pub process: f64,
    /// Of each stage, by its name.
    pub stages: BTreeMap<&'static str, f64>,
}

/// What has been spent. Reads a small file for each thread where there are any to be read.
pub fn so_far() -> Spent {
    let seconds = |ns: u64| ns as f64 / 1e9;
    let sections = Stage::ALL.map(|stage| (stage.name(), seconds(SPENT_NS[stage as usize].load(Ordering::Relaxed))));
    let mut stages = BTreeMap::from(sections);
    for (name, ns) in threads() {
        if let Some((_, stage)) = THREADS.iter().find(|(begins, _)| name.starts_with(begins)) {
            *stages.entry(stage).or_default() += seconds(ns);
        }
    }
    Spent { process: seconds(now_ns(ClockId::ProcessCPUTime)), stages }
}

/// Memory of the process that is in use now, in bytes; none where the system does not tell.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}

/// The live threads' names and what they have spent, in nanoseconds; none where the system does not tell.
fn threads() -> Vec<(String, u64)> {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let spent = |task: std::fs::DirEntry| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let spent = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        Some((name.trim_end().to_owned(), spent.split_whitespace().next()?.parse().ok()?))
    };
    tasks.flatten().filter_map(spent).collect()
}

fn now_ns(clock: ClockId) -> u64 {
    const NS: u64 = 1_000_000_000;
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    u64::try_from(tv_sec).unwrap_or(0) * NS + u64::try_from(tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the processor busy for at least so long, by its own clock.
    fn toil(ns: u64) {
        let began = now_ns(ClockId::ThreadCPUTime);
        while now_ns(ClockId::ThreadCPUTime) - began < ns {}
    }

    #[test]
    fn what_is_inside_another_stage_is_taken_out_of_it() {
        // Nobody else enters these two stages in this process: tests run in processes of their own.
        let of = |stage: Stage| SPENT_NS[stage as usize].load(Ordering::Relaxed);
        let before = [Stage::Media, Stage::VoiceDetector].map(of);
        let counted = spent(Stage::Media, || {
            toil(2_000_000);
            spent(Stage::VoiceDetector, || toil(20_000_000));
            7
        });
        let after = [Stage::Media, Stage::VoiceDetector].map(of);
        let (media, detector) = (after[0] - before[0], after[1] - before[1]);
        assert_eq!(counted, 7);
        assert!((2_000_000..20_000_000).contains(&media) && detector >= 20_000_000, "{media} {detector}");
        let spent = so_far();
        assert!(spent.process >= 0.022 && spent.stages["voice_detector"] >= 0.02, "{spent:?}");
    }

    #[test]
    fn a_thread_of_its_own_is_told_by_its_name() {
        let (toiled, told) = std::sync::mpsc::channel();
        let (asked, ask) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("recogniser-7".to_owned()).spawn(move || {
            toil(5_000_000);
            toiled.send(()).expect("somebody waits");
            let _ = ask.recv();
        });
        told.recv().expect("it toils");
        let spent = so_far();
        drop(asked);
        thread.expect("a thread").join().expect("it ends");
        if cfg!(target_os = "linux") {
            // Linux brings a thread's figure up to date at its next tick or switch; the wait is a switch.
            assert!(spent.stages["recogniser"] >= 0.005, "{spent:?}");
        }
    }
}
