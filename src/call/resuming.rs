//! Picking a call up after its stream broke: the caller is still there, and so is what the conversation knows.
//!
//! What belongs to the stream is new (positions, marks, what is being said); what belongs to the call goes on (the
//! conversation, the numbers of turns and jobs, the clock). An operation that was under way is asked for again under its
//! old id, so that a write that happened is answered with what came of it and not done twice. A call that had ended with
//! [`Ending::Transferred`] is back because nobody answered there. Knows nothing of where the state was kept meanwhile.
//!
//! Invariant: turns are numbered on without a gap, and no job's id is given to other work.

use super::CallTime;
use super::action::{Action, Ending, Stages};
use super::session::{Actions, Leaving, Session, Setup};
use crate::dialogue::{Converse, Then};

impl<C: Converse> Session<C> {
    /// The call on a new stream, at a time since the answer, and what it does first. If the old stream's end was never
    /// told (the process was killed), it ends here, as of the last thing that happened.
    #[must_use]
    pub fn resume(mut self, at: CallTime) -> (Self, Actions) {
        if self.leaving != Leaving::Gone {
            self.finish(Ending::CallerLeft);
        }
        let untransferred = matches!(self.then, Then::Transfer(_));
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
        session.playback.ask_way(session.at, &mut session.out);
        let now = session.now();
        let step = if untransferred { session.converse.untransferred(&now) } else { session.converse.resume(&now) };
        session.follow(step, Stages::default(), false);
        session.settle();
        let actions = std::mem::take(&mut session.out);
        (session, actions)
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::Outgoing;
    use super::super::phase::Phase;
    use super::super::testing::{Faults, Script, World, say};
    use super::super::timing::Timing;
    use super::*;
    use crate::call::event::Event;
    use crate::crm::Operation;
    use crate::crm::operation::ReleaseHold;
    use crate::dialogue::Step;
    use crate::id::HoldId;
    use crate::phone::E164;

    /// A write in answer to anything.
    fn write(_: &mut Script, _: &str) -> Step {
        let release = Operation::ReleaseHold(ReleaseHold { hold: HoldId::from_u128(1) });
        Step { operation: Some(release), ..Step::default() }
    }

    fn spoken(actions: &[Action]) -> Vec<&str> {
        let clauses = actions.iter().filter_map(|action| {
            let Action::Speak { clauses, .. } = action else { return None };
            Some(clauses.iter().map(|clause| clause.ear.as_str()))
        });
        clauses.flatten().collect()
    }

    #[test]
    fn the_call_says_that_it_was_cut_off_and_goes_on_counting() {
        let mut world = World::start(Script::default());
        world.run_ms(4_000);
        world.say("hello", 500);
        world.run_ms(4_000);
        let turns = world.turns().len();
        world.give(Event::StreamEnded);
        let (mut session, actions) = world.session.resume(CallTime::from_ms(20_000));
        session.check();
        assert_eq!(spoken(&actions), ["We were cut off.", "How can I help?"]);
        assert_eq!(session.phase(), Phase::Speaking);
        let mut done = session.handle(CallTime::from_ms(21_000), Event::Dtmf('1'));
        done.extend(session.handle(CallTime::from_ms(21_500), Event::StreamEnded));
        let recorded = done.iter().find_map(|action| {
            let Action::Record(turn) = action else { return None };
            Some((turn.number as usize, turn.ended.as_ms()))
        });
        assert!(recorded.is_some_and(|(number, at)| number == turns && at >= 21_000), "{recorded:?} {turns}");
    }

    #[test]
    fn a_write_under_way_is_asked_for_again_under_its_id_and_its_outcome_is_told() {
        for told in [false, true] {
            let faults = Faults { operation_ms: 9_000, ..Faults::default() };
            let script = Script { answer: write, ..Script::default() };
            let mut world = World::start_with(script, Timing::default(), faults);
            world.run_ms(4_000);
            world.say("book it", 500);
            world.run_until(|world| world.phase() == Phase::Working);
            let job = world.job_of_operation().expect("under way");
            if told {
                world.give(Event::StreamEnded);
            }
            let (mut session, actions) = world.session.resume(CallTime::from_ms(20_000));
            session.check();
            let again =
                actions.iter().filter(|action| matches!(action, Action::Perform { job: again, .. } if *again == job));
            assert_eq!(again.count(), 1, "{actions:?}");
            let outcome = Event::Performed { job, result: Ok(crate::crm::Outcome::Released) };
            session.handle(CallTime::from_ms(20_100), outcome);
            assert!(session.converse().told.contains(&"performed done".to_owned()), "{:?}", session.converse().told);
        }
    }

    #[test]
    fn whoever_nobody_answered_is_told_so_and_whoever_was_not_yet_connected_was_cut_off() {
        fn transfer(_: &mut Script, _: &str) -> Step {
            Step {
                then: Then::Transfer(E164::parse("+13055550142", "US").expect("a number")),
                ..say(&["I will put you through to a person right now."])
            }
        }
        for (announced, first) in [(true, "Nobody is free."), (false, "We were cut off.")] {
            let mut world = World::start(Script { answer: transfer, ..Script::default() });
            world.run_ms(4_000);
            world.say("a person", 500);
            if announced {
                world.run_until(|world| world.finished.is_some());
            } else {
                world.run_until(|world| world.phase() == Phase::Speaking);
                world.give(Event::StreamEnded);
            }
            let (session, actions) = world.session.resume(CallTime::from_ms(40_000));
            session.check();
            assert_eq!(spoken(&actions).first(), Some(&first));
        }
    }

    #[test]
    fn what_belonged_to_the_old_stream_means_nothing_on_the_new_one() {
        let mut world = World::start(Script { answer: |_, _| say(&["A long answer to come."]), ..Script::default() });
        world.run_ms(400);
        let old_mark = world.marks_sent.last().cloned();
        let (mut session, _) = world.session.resume(CallTime::from_ms(2_000));
        let actions = session.handle(CallTime::from_ms(2_010), Event::Mark(old_mark.unwrap_or_default()));
        session.check();
        assert!(!actions.iter().any(|action| matches!(action, Action::Record(_) | Action::Send(Outgoing::Clear))));
    }
}
