//! The queue in front of the voice's workers: calls first, warming up when nobody waits.
//!
//! Bounded in both lanes; closed once, after which workers run dry and stop.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs of calls that may wait: at 30 ms each the last of them starts after two seconds, and later is too late.
const LIVE_MAX: usize = 64;
/// Jobs of warming up that may wait: more than the fixed phrases of all businesses of a small installation.
const WARM_MAX: usize = 1_024;

/// How urgent a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Someone is listening.
    Live,
    /// It would be good to have.
    Warm,
}

/// The queue.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    wake: Condvar,
}

struct State<T> {
    live: VecDeque<T>,
    warm: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        let state = State { live: VecDeque::new(), warm: VecDeque::new(), closed: false };
        Self { state: Mutex::new(state), wake: Condvar::new() }
    }

    /// Adds a job; a full or closed queue gives it back.
    pub(super) fn push(&self, lane: Lane, job: T) -> Result<(), T> {
        let mut state = self.lock();
        let closed = state.closed;
        let (jobs, most) = match lane {
            Lane::Live => (&mut state.live, LIVE_MAX),
            Lane::Warm => (&mut state.warm, WARM_MAX),
        };
        if closed || jobs.len() >= most {
            return Err(job);
        }
        jobs.push_back(job);
        self.wake.notify_one();
        Ok(())
    }

    /// The next job, live ones first; waits for one; none once the queue is closed.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.live.pop_front() {
                return Some(job);
            }
            if let Some(job) = state.warm.pop_front() {
                return Some(job);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the queue: what waits is dropped, and every worker is woken to stop.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.live.clear();
        state.warm.clear();
        self.wake.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_jobs_come_before_warming_up() {
        let queue = Queue::new();
        queue.push(Lane::Warm, 1).unwrap();
        queue.push(Lane::Live, 2).unwrap();
        queue.push(Lane::Live, 3).unwrap();
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(2), Some(3), Some(1)]);
    }

    #[test]
    fn a_full_lane_refuses_and_leaves_the_other_open() {
        let queue = Queue::new();
        for job in 0..LIVE_MAX {
            queue.push(Lane::Live, job).unwrap();
        }
        assert_eq!(queue.push(Lane::Live, 999), Err(999));
        assert_eq!(queue.push(Lane::Warm, 7), Ok(()));
    }

    #[test]
    fn a_closed_queue_takes_nothing_and_gives_nothing() {
        let queue = Queue::new();
        queue.push(Lane::Live, 1).unwrap();
        queue.close();
        assert_eq!(queue.pop(), None);
        assert_eq!(queue.push(Lane::Live, 2), Err(2));
    }
}
