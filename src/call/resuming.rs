//! Picking a call up after its stream broke: the caller is still there, and so is what the conversation knows.
//!
//! What belongs to the stream is new (positions, marks, what is being said); what belongs to the call goes on (the
//! conversation, the numbers of turns and jobs, the clock). An operation that was under way is asked for again under its
//! old id, so that a write that happened is answered with what came of it and not done twice. Knows nothing of where the
//! state was kept meanwhile.
//!
//! Invariant: turns are numbered on without a gap, and no job's id is given to other work.

use super::CallTime;
use super::action::{Action, Ending, Stages};
use super::session::{Actions, Leaving, Session, Setup};
use crate::dialogue::Converse;

impl<C: Converse> Session<C> {
    /// The call on a new stream, at a time since the answer, and what it does first. If the old stream's end was never
    /// told (the process was killed), it ends here, as of the last thing that happened.
    #[must_use]
    pub fn resume(mut self, at: CallTime) -> (Self, Actions) {
        if self.leaving != Leaving::Gone {
            self.finish(Ending::CallerLeft);
        }
        let setup = Setup { converse: self.converse, answered: self.answered, timing: self.timing };
        let mut session = Self {
            at: self.at.max(at),
            record: self.record,
            next_utterance: self.next_utterance,
            next_job: self.next_job,
            out: self.out.into_iter().filter(|action| matches!(action, Action::Record(_))).collect(),
            ..Self::fresh(setup)
        };
        if let Some(work) = self.unfinished {
            session.perform_again(work);
        }
        let now = session.now();
        let step = session.converse.resume(&now);
        session.follow(step, Stages::default(), false);
        session.settle();
        let actions = std::mem::take(&mut session.out);
        (session, actions)
    }
}
