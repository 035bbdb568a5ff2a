//! The machine: one call, from the greeting to the hang-up.
//!
//! Events go in, actions come out; the same events at the same times give the same actions. The three sides of the work
//! are told apart by file: [`super::speaking`] (what the agent says and how it is cut off), [`super::listening`] (what
//! the caller says) and [`super::working`] (operations). This file holds the state, hands each event and timer to its
//! side, and sees to it that a call always has something to wait for.
//!
//! It knows nothing of sockets, models, databases, wall clocks or Twilio.
//!
//! Invariant: at most one piece of speech is being made, and at most one operation is answered to, at a time.
//! Invariant: nothing follows `Action::Finish`; after it there is no deadline.
//! Invariant: after [`Session::handle`] the deadline lies after the time of the event, so a driver never spins.
//! Invariant: until it is over, a call that waits for nothing else waits for the caller with `Timer::NoInput`.

use super::action::{Action, Ending, Stages};
use super::ahead::{Ahead, Piece};
use super::event::Event;
use super::interruption::{Held, Interruption, Tolerated};
use super::listening::Closing;
use super::phase::Phase;
use super::playback::Playback;
use super::second_thought::SecondThought;
use super::speaking::{Line, Speaking};
use super::timer::{Timer, Timers};
use super::timing::{Timing, ms};
use super::transcript::{Record, Words};
use super::turn::{CallerTurn, Ear, Floor, Pauses};
use super::working::Work;
use super::{CallTime, JobId};
use crate::dialogue::{Converse, Then};
use crate::phone::E164;
use jiff::{SignedDuration, Zoned};
use std::collections::VecDeque;

/// What happened is answered with these, in order.
pub type Actions = Vec<Action>;

/// What a call starts with.
#[derive(Clone, Debug)]
pub struct Setup<C> {
    /// The conversation.
    pub converse: C,
    /// When the call was answered, in the business's zone: the only wall-clock time a call ever sees.
    pub answered: Zoned,
    /// How long things may take; [`Timing::check`] must pass.
    pub timing: Timing,
}

/// One call.
pub struct Session<C> {
    pub(super) converse: C,
    pub(super) answered: Zoned,
    pub(super) timing: Timing,
    /// The time of the latest event; it never goes back.
    pub(super) at: CallTime,
    pub(super) timers: Timers,
    pub(super) out: Actions,
    pub(super) record: Record,
    pub(super) ear: Ear,
    /// How loud the line is by itself.
    pub(super) floor: Floor,
    /// The turn the caller is speaking.
    pub(super) turn: Option<CallerTurn>,
    /// A turn that is over, whose words are still being made out.
    pub(super) closing: Option<Closing>,
    /// Words of an overlong turn's first part, while the caller goes on.
    pub(super) carried: Option<Words>,
    /// Keys pressed so far.
    pub(super) keys: String,
    /// What was said while an operation ran, to be answered after its outcome.
    pub(super) deferred: VecDeque<Words>,
    /// The answer prepared on a guess.
    pub(super) ahead: Option<Ahead<C>>,
    /// How to take back the answer that is about to be given.
    pub(super) second_thought: Option<SecondThought<C>>,
    /// Whether the last interruption turned out to be nothing, so that it is not asked about twice.
    pub(super) asked_again: bool,
    /// The pauses the caller makes inside their turns.
    pub(super) pauses: Pauses,
    /// A sound over the agent's words holds them.
    pub(super) held: Option<Held>,
    /// A sound without words goes on beside them.
    pub(super) tolerated: Option<Tolerated>,
    /// How many such sounds were nothing since the agent began to speak.
    pub(super) rejected: u32,
    /// What became of them all, for whoever watches.
    pub(super) interruptions: Interruption,
    /// How loud the agent's own voice came back, in dBFS.
    pub(super) echo_db: Option<f32>,
    /// How loud the caller usually is at their loudest, in dBFS.
    pub(super) callers_db: Option<f32>,
    pub(super) playback: Playback,
    /// What is being said and will be, in order; the first may be half heard already.
    pub(super) lines: VecDeque<Line>,
    /// The piece of speech being made.
    pub(super) speaking: Option<Speaking>,
    pub(super) next_utterance: u32,
    pub(super) work: Option<Work>,
    /// What was under way when the call ended: asked for again if the call is picked up.
    pub(super) unfinished: Option<Work>,
    /// What follows once all has been said and done.
    pub(super) then: Then,
    pub(super) leaving: Leaving,
    /// Where somebody of the business wants the caller connected to.
    pub(super) wanted_at: Option<E164>,
    pub(super) next_job: u32,
}

/// Whether the call is on its way to its end by our will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    No,
    /// As soon as the operation under way has been answered.
    Wanted,
    /// The last words are being said; nothing the caller does changes that.
    Saying,
    /// Over.
    Gone,
}

impl<C: Converse> Session<C> {
    /// Answers the call: the session, and its first actions.
    pub fn start(setup: Setup<C>) -> (Self, Actions) {
        let mut session = Self::fresh(setup);
        let now = session.now();
        session.playback.ask_way(session.at, &mut session.out);
        let step = session.converse.greet(&now);
        session.follow(step, Stages::default(), false);
        session.settle();
        let actions = std::mem::take(&mut session.out);
        (session, actions)
    }

    /// A session before its first word.
    pub(super) fn fresh(setup: Setup<C>) -> Self {
        let Setup { converse, answered, timing } = setup;
        let mut session = Self {
            converse,
            answered,
            at: CallTime::default(),
            timers: Timers::default(),
            out: Actions::new(),
            record: Record::default(),
            ear: Ear::default(),
            floor: Floor::default(),
            turn: None,
            closing: None,
            carried: None,
            keys: String::new(),
            deferred: VecDeque::new(),
            ahead: None,
            second_thought: None,
            asked_again: false,
            pauses: Pauses::default(),
            held: None,
            tolerated: None,
            rejected: 0,
            interruptions: Interruption::default(),
            echo_db: None,
            callers_db: None,
            playback: Playback::new(&timing),
            lines: VecDeque::new(),
            speaking: None,
            next_utterance: 0,
            work: None,
            unfinished: None,
            then: Then::Listen,
            leaving: Leaving::No,
            wanted_at: None,
            next_job: 0,
            timing,
        };
        session.timers.set(Timer::LongestCall, CallTime::default() + ms(session.timing.longest_call_ms));
        session
    }

    /// Takes an event, at a time since the answer. An earlier time than the last one's counts as the last one's.
    pub fn handle(&mut self, at: CallTime, event: Event) -> Actions {
        let mut actions = Actions::new();
        self.handle_into(at, event, &mut actions);
        actions
    }

    /// The same, with the actions in place of what was there: who keeps the room for them has it filled again and again.
    pub fn handle_into(&mut self, at: CallTime, event: Event, actions: &mut Actions) {
        actions.clear();
        if self.leaving == Leaving::Gone {
            return;
        }
        self.at = self.at.max(at);
        while self.leaving != Leaving::Gone
            && let Some(timer) = self.timers.take_due(self.at)
        {
            self.fire(timer);
        }
        if self.leaving != Leaving::Gone {
            self.take(event);
        }
        self.settle();
        std::mem::swap(&mut self.out, actions);
    }

    /// When `Event::Tick` is wanted next; none once the call is over.
    pub fn deadline(&self) -> Option<CallTime> {
        self.timers.next()
    }

    /// Where the call stands.
    pub fn phase(&self) -> Phase {
        match self.leaving {
            Leaving::Gone => Phase::Over,
            Leaving::Saying => Phase::Leaving,
            Leaving::No | Leaving::Wanted => {
                if self.turn.is_some() || !self.keys.is_empty() {
                    Phase::Hearing
                } else if self.closing.is_some() {
                    Phase::Recognising
                } else if !self.lines.is_empty() {
                    Phase::Speaking
                } else if self.work.is_some() {
                    Phase::Working
                } else {
                    Phase::Listening
                }
            }
        }
    }

    /// The conversation, for whoever asks what is known so far.
    pub fn converse(&self) -> &C {
        &self.converse
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Voice { until, probability, level_db } => self.voice(until, probability, level_db),
            Event::Dtmf(key) => self.key(key),
            Event::Mark(name) => self.playback.mark(self.at, &name),
            Event::Heard { job, result } => self.heard(job, result),
            Event::TurnJudged { job, finished } => self.judged(job, finished),
            Event::Performed { job, result } => {
                if !self.performed_ahead(job, &result) {
                    self.performed(job, result);
                }
            }
            Event::Spoken { job, clause, audio, last } => self.piece(job, Piece::Audio { clause, audio, last }),
            Event::SpeechFailed { job, clause } => self.piece(job, Piece::Failed { clause }),
            Event::Tick => {}
            Event::StreamEnded => self.finish(Ending::CallerLeft),
            Event::EndRequested => self.leave(),
            Event::SayRequested(words) => self.say_for_them(words),
            Event::TransferRequested(to) => self.connect(to),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            // Both are seen to whenever an event has been handled.
            Timer::FrameDue | Timer::PlayedOut => {}
            Timer::EndOfTurn => self.consider(),
            Timer::NoInput => self.no_input(),
            Timer::StillWorking => self.still_working(),
            Timer::OperationTimeout => self.operation_timeout(),
            Timer::RecogniserTimeout => self.recogniser_timeout(),
            Timer::SpeechTimeout => self.speech_timeout(),
            Timer::Verdict => self.verdict_due(),
            Timer::DtmfPause => self.end_of_keys(),
            Timer::LongestCall => self.leave(),
            Timer::Goodbye => self.finish(self.last_ending()),
        }
    }

    /// Brings everything that follows by itself up to date: frames out, utterances over, deferred words, what to wait for.
    pub(super) fn settle(&mut self) {
        if self.held.is_some() && self.turn.is_none() && self.closing.is_none() {
            self.reject_interruption();
        }
        // Each round ends an utterance, answers a deferred turn or starts a line, and all of these are bounded.
        while self.leaving != Leaving::Gone && self.settle_once() {}
        if self.leaving == Leaving::Gone {
            return;
        }
        self.tolerates();
        self.timers.set_or_clear(Timer::FrameDue, self.playback.next_due());
        self.timers.set_or_clear(Timer::PlayedOut, self.playback.over_at());
        let idle = self.turn.is_none() && self.closing.is_none() && self.keys.is_empty() && self.work.is_none();
        if !idle || !self.lines.is_empty() {
            self.timers.clear(Timer::NoInput);
        } else if !self.timers.is_set(Timer::NoInput) {
            let wait = if self.then == Then::Hold { self.timing.hold_ms } else { self.timing.no_input_ms };
            self.timers.set(Timer::NoInput, self.at + ms(wait));
        }
    }

    fn settle_once(&mut self) -> bool {
        self.answer_deferred() || self.say_next() || self.pump() || self.end_of_line() || self.all_said()
    }

    /// Once all has been said and done: transfers or hangs up if that was the plan.
    fn all_said(&mut self) -> bool {
        let busy = self.work.is_some() || self.turn.is_some() || self.closing.is_some() || !self.keys.is_empty();
        if !self.lines.is_empty() || (busy && self.leaving != Leaving::Saying) {
            return false;
        }
        match self.then {
            Then::Transfer(_) | Then::HangUp => {
                self.finish(self.last_ending());
                true
            }
            Then::Listen | Then::Hold => false,
        }
    }

    /// Takes leave: says the last words after what is being said, then ends the call.
    pub(super) fn leave(&mut self) {
        match self.leaving {
            Leaving::Saying | Leaving::Gone => return,
            Leaving::No | Leaving::Wanted => {}
        }
        // What an operation did is told before we go; `Timer::OperationTimeout` bounds the wait.
        if self.work.is_some() {
            self.leaving = Leaving::Wanted;
            return;
        }
        self.keep_answer();
        self.record_rest();
        self.leaving = Leaving::Saying;
        let now = self.now();
        let step = match self.wanted_at.take() {
            Some(to) => self.converse.connect(&now, to),
            None => self.converse.take_leave(&now),
        };
        if let Some(operation) = step.operation {
            let job = self.job();
            self.out.push(Action::Perform { job, operation: Box::new(operation) });
        }
        self.say(step.say, false, Stages::default());
        if matches!(step.then, Then::Transfer(_)) {
            self.then = step.then;
        } else if !matches!(self.then, Then::Transfer(_)) {
            self.then = Then::HangUp;
        }
        self.timers.set(Timer::Goodbye, self.at + ms(self.timing.goodbye_ms));
    }

    /// Connects the caller to somebody who asked for them, unless the call is on its way to its end.
    fn connect(&mut self, to: E164) {
        if self.leaving == Leaving::No {
            self.wanted_at = Some(to);
            self.leave();
        }
    }

    /// How the call ends if it ends now by our will.
    fn last_ending(&self) -> Ending {
        match &self.then {
            Then::Transfer(to) => Ending::Transferred(to.clone()),
            Then::Listen | Then::Hold | Then::HangUp => Ending::HungUp,
        }
    }

    /// Ends the call: records what is not recorded yet, gives up what is under way, and goes silent for good.
    pub(super) fn finish(&mut self, ending: Ending) {
        self.unfinished.clone_from(&self.work);
        self.keep_answer();
        self.record_rest();
        if let Some(speaking) = self.speaking.take() {
            self.out.push(Action::Abandon(speaking.job));
        }
        self.drop_ahead();
        self.held = None;
        self.tolerated = None;
        self.end_lines(false);
        self.lines.clear();
        // A write that is under way goes on without us: what it did is in the CRM.
        self.work = None;
        self.timers.clear_all();
        self.leaving = Leaving::Gone;
        // Whoever left before they were connected was not connected.
        if !matches!(ending, Ending::Transferred(_)) {
            self.then = Then::HangUp;
        }
        self.out.push(Action::Finish(ending));
    }

    /// The present, in the business's zone.
    pub(super) fn now(&self) -> Zoned {
        self.time_of_day(self.at)
    }

    /// A time of the call, in the business's zone.
    pub(super) fn time_of_day(&self, at: CallTime) -> Zoned {
        let since = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
        self.answered.saturating_add(SignedDuration::from_millis(since))
    }

    /// What must hold between two events: for tests.
    #[cfg(test)]
    pub(super) fn check(&self) {
        self.playback.check();
        assert!(self.out.is_empty(), "every action was handed out");
        let asked: Vec<_> = self.lines.iter().filter(|line| line.is_asked()).map(|line| line.utterance).collect();
        assert_eq!(self.playback.utterances(), asked, "the ledger holds the lines asked for, in order");
        assert!(self.lines.iter().map(|line| line.utterance).is_sorted(), "lines are in order");
        assert_eq!(self.speaking.is_some(), self.timers.is_set(Timer::SpeechTimeout));
        assert_eq!(self.held.is_some(), self.playback.is_held());
        assert!(self.tolerated.is_none() || (self.turn.is_some() && self.held.is_none() && !self.lines.is_empty()));
        assert!(self.held.is_none() || self.turn.is_some() || self.closing.is_some(), "held for somebody");
        assert_eq!(self.work.is_some(), self.timers.is_set(Timer::OperationTimeout));
        assert_eq!(self.work.is_some(), self.timers.is_set(Timer::StillWorking));
        assert!(self.keys.is_empty() || self.timers.is_set(Timer::DtmfPause));
        let gone = self.leaving == Leaving::Gone;
        if gone {
            assert!(self.turn.is_none() && self.closing.is_none() && self.lines.is_empty() && self.speaking.is_none());
        } else if let Some(turn) = &self.turn {
            let recognising = self.timers.is_set(Timer::RecogniserTimeout);
            assert!(self.timers.is_set(Timer::EndOfTurn) || recognising, "a turn ends: {turn:?}");
        }
        if self.leaving == Leaving::Saying {
            assert!(matches!(self.then, Then::HangUp | Then::Transfer(_)) && self.timers.is_set(Timer::Goodbye));
        }
        // A floor that is free is ours or the caller's: something is said, done or waited for.
        let idle = self.turn.is_none() && self.closing.is_none() && self.lines.is_empty() && self.work.is_none();
        let waits = self.timers.is_set(Timer::NoInput) || !self.keys.is_empty();
        assert!(gone || !idle || waits, "the call waits for the caller");
    }

    /// A fresh job's id.
    pub(super) fn job(&mut self) -> JobId {
        let job = JobId(self.next_job);
        self.next_job = self.next_job.wrapping_add(1);
        job
    }
}
