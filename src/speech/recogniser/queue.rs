//! The line in front of the recognisers: bounded, last looks before guesses, given-up work never started.
//!
//! Knows nothing of models. A job is given up when the future that asked for it was dropped, which closes its answer.
//!
//! Invariant: at most [`WAITING_MAX`] jobs of each kind wait.
//! Invariant: every job accepted is either taken by a worker or answered by dropping its sender.
//! Invariant: while a wide job runs (several threads), no other starts. The threads of a wide job spin for each other, and
//! one more thread than cores makes them ten times slower; waiting a few hundred milliseconds is cheaper.

use crate::speech::{Clip, SpeechError, Transcript};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Jobs of one kind that may wait. Two slots clear some five jobs a second, so a longer queue answers too late to matter.
pub(in crate::speech) const WAITING_MAX: usize = 16;

/// A clip and where its words go.
pub(super) struct Job {
    /// What to recognise.
    pub(super) clip: Clip,
    /// Closed when nobody waits any more.
    pub(super) answer: oneshot::Sender<Result<Transcript, SpeechError>>,
}

/// The queue shared by all workers.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    urgent: VecDeque<Job>,
    guesses: VecDeque<Job>,
    running: usize,
    wide: bool,
    closed: bool,
}

impl Queue {
    /// Adds a job. When its line is full, jobs nobody waits for are cleared out first; then it is [`SpeechError::Busy`].
    pub(super) fn push(&self, job: Job) -> Result<(), SpeechError> {
        let mut state = self.lock();
        if state.closed {
            return Err(SpeechError::Failed("the recogniser is closed".into()));
        }
        let line = if job.clip.urgent { &mut state.urgent } else { &mut state.guesses };
        if line.len() >= WAITING_MAX {
            line.retain(|waiting| !waiting.answer.is_closed());
        }
        if line.len() >= WAITING_MAX {
            return Err(SpeechError::Busy);
        }
        line.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next job somebody still waits for, and whether it runs wide; `None` once closed. A job may run wide when nothing
    /// else runs or waits here and `machine_idle` says so of the rest of the machine.
    pub(super) fn take(&self, machine_idle: impl Fn() -> bool) -> Option<(Job, bool)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            while !state.wide
                && let Some(job) = state.urgent.pop_front().or_else(|| state.guesses.pop_front())
            {
                if job.answer.is_closed() {
                    continue;
                }
                let alone = state.running == 0 && state.urgent.is_empty() && state.guesses.is_empty();
                state.wide = alone && machine_idle();
                state.running += 1;
                return Some((job, state.wide));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells that a job taken is over.
    pub(super) fn done(&self) {
        let mut state = self.lock();
        state.running = state.running.saturating_sub(1);
        let was_wide = std::mem::take(&mut state.wide);
        drop(state);
        if was_wide {
            self.changed.notify_all();
        }
    }

    /// Lets the workers go; jobs still waiting are dropped, which their callers see.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.urgent.clear();
        state.guesses.clear();
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Pcm;

    type Answer = oneshot::Receiver<Result<Transcript, SpeechError>>;

    fn job(mark: f32, urgent: bool) -> (Job, Answer) {
        let (answer, receiver) = oneshot::channel();
        let clip = Clip { audio: Pcm(vec![mark]), language: "en", glossary: Vec::new(), urgent };
        (Job { clip, answer }, receiver)
    }

    fn mark(taken: Option<(Job, bool)>) -> f32 {
        taken.expect("a job waits").0.clip.audio.0[0]
    }

    #[test]
    fn last_looks_come_before_guesses_and_each_line_is_first_in_first_out() {
        let queue = Queue::default();
        let mut waiting = Vec::new();
        for (number, urgent) in [(1.0, false), (2.0, true), (3.0, false), (4.0, true)] {
            let (job, answer) = job(number, urgent);
            queue.push(job).unwrap();
            waiting.push(answer);
        }
        let order: Vec<f32> = (0..4).map(|_| mark(queue.take(|| false))).collect();
        assert_eq!(order, [2.0, 4.0, 1.0, 3.0]);
    }

    #[test]
    fn work_nobody_waits_for_is_never_started() {
        let queue = Queue::default();
        let (stale, answer) = job(1.0, true);
        queue.push(stale).unwrap();
        drop(answer);
        let (fresh, _answer) = job(2.0, false);
        queue.push(fresh).unwrap();
        assert!((mark(queue.take(|| false)) - 2.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_full_line_is_busy_until_somebody_gives_up() {
        let queue = Queue::default();
        let mut waiting = Vec::new();
        for _ in 0..WAITING_MAX {
            let (job, answer) = job(1.0, false);
            queue.push(job).unwrap();
            waiting.push(answer);
        }
        let (late, _kept) = job(2.0, false);
        assert!(matches!(queue.push(late), Err(SpeechError::Busy)));
        let (urgent, _kept_too) = job(3.0, true);
        assert!(queue.push(urgent).is_ok(), "a full line of guesses does not keep a last look out");
        waiting.pop();
        let (late, _kept) = job(4.0, false);
        assert!(queue.push(late).is_ok());
    }

    #[test]
    fn a_job_runs_wide_only_when_nothing_else_runs_or_waits_and_the_machine_is_idle() {
        let queue = Queue::default();
        let (first, _a) = job(1.0, true);
        queue.push(first).unwrap();
        assert!(!queue.take(|| false).expect("first").1, "the machine is busy");
        let (second, _b) = job(2.0, true);
        queue.push(second).unwrap();
        assert!(!queue.take(|| true).expect("second").1, "the first still runs");
        queue.done();
        queue.done();
        let (third, _c) = job(3.0, true);
        let (fourth, _d) = job(4.0, true);
        queue.push(third).unwrap();
        queue.push(fourth).unwrap();
        assert!(!queue.take(|| true).expect("third").1, "the fourth waits");
        queue.done();
        assert!(queue.take(|| true).expect("fourth").1);
    }

    #[test]
    fn nothing_starts_beside_a_wide_job() {
        let queue = Queue::default();
        let (first, _a) = job(1.0, true);
        queue.push(first).unwrap();
        assert!(queue.take(|| true).expect("first").1);
        let (second, _b) = job(2.0, true);
        queue.push(second).unwrap();
        let over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| {
                let taken = queue.take(|| true);
                assert!(over.load(std::sync::atomic::Ordering::SeqCst), "it started beside a wide job");
                mark(taken)
            });
            std::thread::sleep(std::time::Duration::from_millis(50));
            over.store(true, std::sync::atomic::Ordering::SeqCst);
            queue.done();
            assert!((taker.join().unwrap() - 2.0).abs() < f32::EPSILON);
        });
    }

    #[test]
    fn closing_answers_those_who_wait_and_lets_workers_go() {
        let queue = Queue::default();
        let (waiting, mut answer) = job(1.0, true);
        queue.push(waiting).unwrap();
        queue.close();
        assert!(queue.take(|| false).is_none());
        assert!(answer.try_recv().is_err());
        assert!(queue.push(job(2.0, true).0).is_err());
    }
}
