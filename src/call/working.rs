//! Operations: one at a time, with a word when they take long and an end when they take too long.
//!
//! What an operation does is never lost: a caller who cuts in still gets its outcome, and their words are answered after
//! it. Knows nothing of CRMs; an operation is passed on as it is.

use super::action::{Action, Stages};
use super::session::{Leaving, Session};
use super::timer::Timer;
use super::timing::ms;
use super::{CallTime, JobId};
use crate::crm::{Error, Operation, Outcome};
use crate::dialogue::{Converse, Step};

/// How soon it is looked again whether the floor is free to say that it takes long.
const LOOK_AGAIN_MS: u64 = 500;

/// An operation under way.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) job: JobId,
    pub(super) writes: bool,
    operation: Box<Operation>,
    since: CallTime,
    /// Of the caller's turn it answers, when nothing was said before it.
    stages: Stages,
}

impl<C: Converse> Session<C> {
    /// Gives an operation out.
    pub(super) fn perform(&mut self, operation: Operation, stages: Stages) {
        debug_assert!(self.work.is_none(), "the dialogue asks for one operation at a time");
        let (fresh, writes, ahead) = (self.job(), operation.writes(), self.take_read(&operation));
        let job = ahead.as_ref().map_or(fresh, |read| read.job);
        if writes {
            // What is being done cannot be taken back.
            self.keep_answer();
        }
        let work = Work { job, writes, operation: Box::new(operation), since: self.at, stages };
        if ahead.is_none() {
            self.out.push(Action::Perform { job, operation: work.operation.clone() });
        }
        self.await_outcome(work);
        if let Some(result) = ahead.and_then(|read| read.result) {
            self.performed(job, result);
        }
    }

    /// Gives an operation out once more, under the id it had: whoever performs it knows whether that is a repeat.
    pub(super) fn perform_again(&mut self, work: Work) {
        self.out.push(Action::Perform { job: work.job, operation: work.operation.clone() });
        self.await_outcome(Work { since: self.at, ..work });
    }

    fn await_outcome(&mut self, work: Work) {
        self.work = Some(work);
        self.timers.set(Timer::StillWorking, self.at + ms(self.timing.still_working_ms));
        self.timers.set(Timer::OperationTimeout, self.at + ms(self.timing.operation_ms));
    }

    /// Takes the outcome.
    pub(super) fn performed(&mut self, job: JobId, result: Result<Outcome, Error>) {
        let Some(work) = self.work.take_if(|work| work.job == job) else { return };
        self.timers.clear(Timer::StillWorking);
        self.timers.clear(Timer::OperationTimeout);
        let now = self.now();
        let step = self.converse.performed(&now, result);
        let took = self.at.as_ms().saturating_sub(work.since.as_ms());
        let stages = Stages { perform_ms: u32::try_from(took).ok(), ..work.stages };
        self.follow(step, stages, true);
        if self.leaving == Leaving::Wanted {
            self.leave();
        }
    }

    /// The operation takes too long. A read is given up; a write goes on, and may yet succeed, so it is uncertain.
    pub(super) fn operation_timeout(&mut self) {
        let Some(work) = &self.work else { return };
        let job = work.job;
        let error = if work.writes {
            Error::Unknown("no answer in time".to_owned())
        } else {
            self.out.push(Action::Abandon(job));
            Error::Unavailable("no answer in time".to_owned())
        };
        self.performed(job, Err(error));
    }

    /// Says that it takes long, unless somebody is speaking.
    pub(super) fn still_working(&mut self) {
        if self.work.is_none() {
            return;
        }
        let floor_is_free =
            self.lines.is_empty() && self.turn.is_none() && self.closing.is_none() && self.keys.is_empty();
        let again = if floor_is_free { self.timing.still_working_again_ms } else { LOOK_AGAIN_MS };
        self.timers.set(Timer::StillWorking, self.at + ms(again));
        if floor_is_free {
            let now = self.now();
            // Only words are taken from this step: an operation is under way already.
            let Step { say, operation: _, then: _, why: _, missed: _, whole: _, begins: _ } =
                self.converse.still_working(&now);
            self.say(say, false, Stages::default());
        }
    }

    /// Gives up an operation that changes nothing.
    pub(super) fn drop_read(&mut self) {
        if let Some(work) = self.work.take_if(|work| !work.writes) {
            self.timers.clear(Timer::StillWorking);
            self.timers.clear(Timer::OperationTimeout);
            self.out.push(Action::Abandon(work.job));
        }
    }
}
