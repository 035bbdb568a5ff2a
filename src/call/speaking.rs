//! The agent's side: what it says, clause by clause, and how it is cut off.
//!
//! A step's words are one [`Line`]. Lines are made one at a time and played one after the other; the next is made while
//! the one before is still being heard. Knows nothing of what the words mean.
//!
//! Invariant: a line that tells the outcome of an operation is said again if the caller cut in before its first clause was heard.

use super::action::{Action, Outgoing, Stages};
use super::ahead::Piece;
use super::session::{Leaving, Session};
use super::timer::Timer;
use super::timing::ms;
use super::{CallTime, JobId};
use crate::dialogue::{Clause, Converse, Step, Then};
use std::sync::Arc;

/// The most lines waiting to be said; the dialogue never comes near it.
const LINES_MAX: usize = 8;

/// Words of one step: one utterance.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) utterance: u32,
    clauses: Vec<Clause>,
    /// Whether it tells what an operation did: that must not get lost.
    outcome: bool,
    /// Cut off before its first clause was heard.
    unheard: bool,
    /// When its audio was asked for.
    asked_at: Option<CallTime>,
    /// When its first frame left.
    pub(super) began: Option<CallTime>,
    stages: Stages,
}

/// The line whose audio is being made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaking {
    pub(super) job: JobId,
    utterance: u32,
    clauses: usize,
}

impl<C: Converse> Session<C> {
    /// Does what a step says: words, operation and what follows.
    pub(super) fn follow(&mut self, step: Step, stages: Stages, outcome: bool) {
        // A step that says and asks nothing leaves the plan as it was: the outcome of a goodbye's last errand.
        if !step.say.is_empty() || step.operation.is_some() || step.then != Then::Listen {
            self.then = step.then;
            match self.then {
                Then::Transfer(_) | Then::HangUp => {
                    self.timers.set(Timer::Goodbye, self.at + ms(self.timing.goodbye_ms));
                }
                Then::Listen | Then::Hold => {
                    self.timers.clear(Timer::Goodbye);
                }
            }
        }
        let speechless = step.say.is_empty();
        self.say(step.say, outcome, stages);
        if let Some(operation) = step.operation
            && self.leaving == Leaving::No
        {
            self.perform(operation, if speechless { stages } else { Stages::default() });
        }
    }

    /// Puts words in line.
    pub(super) fn say(&mut self, clauses: Vec<Clause>, outcome: bool, stages: Stages) {
        if clauses.is_empty() {
            return;
        }
        if self.lines.len() >= LINES_MAX
            && let Some(place) = self.lines.iter().position(|line| line.asked_at.is_none())
        {
            self.lines.remove(place);
        }
        if self.lines.is_empty() {
            self.rejected = 0;
        }
        let utterance = self.next_utterance;
        self.next_utterance = self.next_utterance.wrapping_add(1);
        self.lines.push_back(Line { utterance, clauses, outcome, unheard: false, asked_at: None, began: None, stages });
    }

    /// Puts words in line that somebody of the business wants said. They must not get lost, like an outcome.
    pub(super) fn say_for_them(&mut self, words: String) {
        if self.leaving == Leaving::No && words.chars().any(char::is_alphanumeric) {
            self.keep_answer();
            self.say(vec![Clause { ear: words.clone(), eye: words, fixed: false }], true, Stages::default());
        }
    }

    /// Has the next line made, if the floor is ours and nothing else is being made.
    pub(super) fn say_next(&mut self) -> bool {
        let caller_speaks = self.turn.is_some() && self.tolerated.is_none();
        let floor_is_taken = caller_speaks || self.closing.is_some() || !self.keys.is_empty();
        if self.speaking.is_some() || (floor_is_taken && self.leaving != Leaving::Saying) {
            return false;
        }
        let Some(place) = self.lines.iter().position(|line| line.asked_at.is_none()) else { return false };
        let (fresh, language, clauses) = (self.job(), self.converse.language(), self.lines[place].clauses.clone());
        let ahead = self.take_voice(&clauses, language);
        let job = ahead.as_ref().map_or(fresh, |voice| voice.job);
        let line = &mut self.lines[place];
        line.asked_at = Some(self.at);
        if let Some(voice) = &ahead {
            let saved = self.at.as_ms().saturating_sub(voice.asked_at.as_ms());
            line.stages.saved_ms = u32::try_from(saved).ok();
        }
        self.playback.open(line.utterance, clauses.iter().map(|clause| clause.eye.as_str()));
        self.speaking = Some(Speaking { job, utterance: line.utterance, clauses: clauses.len() });
        self.timers.set(Timer::SpeechTimeout, self.at + ms(self.timing.speech_ms));
        match ahead {
            Some(voice) => voice.pieces.into_iter().for_each(|piece| self.piece(job, piece)),
            None => self.out.push(Action::Speak { job, clauses, language }),
        }
        true
    }

    /// Takes a piece of audio, or that there will be none.
    pub(super) fn piece(&mut self, job: JobId, piece: Piece) {
        if self.speaking.is_some_and(|speaking| speaking.job == job) {
            match piece {
                Piece::Audio { clause, audio, last } => self.spoken(job, clause, audio, last),
                Piece::Failed { clause } => self.speech_failed(job, clause),
            }
        } else {
            self.spoken_ahead(job, piece);
        }
    }

    fn spoken(&mut self, job: JobId, clause: usize, audio: Arc<[u8]>, last: bool) {
        let Some(speaking) = self.speaking.filter(|s| s.job == job && clause < s.clauses) else { return };
        if clause > 0 {
            self.playback.complete(speaking.utterance, clause - 1);
        }
        self.playback.push(speaking.utterance, clause, audio);
        self.timers.set(Timer::SpeechTimeout, self.at + ms(self.timing.speech_ms));
        if last {
            self.clause_done(speaking, clause);
        }
    }

    /// A clause stays unsaid, as far as it is not made.
    fn speech_failed(&mut self, job: JobId, clause: usize) {
        if let Some(speaking) = self.speaking.filter(|s| s.job == job && clause < s.clauses) {
            self.clause_done(speaking, clause);
        }
    }

    /// The voice is stuck: the rest of the line stays unsaid.
    pub(super) fn speech_timeout(&mut self) {
        if let Some(speaking) = self.speaking {
            self.out.push(Action::Abandon(speaking.job));
            self.clause_done(speaking, speaking.clauses - 1);
        }
    }

    fn clause_done(&mut self, speaking: Speaking, clause: usize) {
        self.playback.complete(speaking.utterance, clause);
        if clause + 1 == speaking.clauses {
            self.speaking = None;
            self.timers.clear(Timer::SpeechTimeout);
        }
    }

    /// Sends the frames that are due.
    pub(super) fn pump(&mut self) -> bool {
        let before = self.out.len();
        self.playback.pump(self.at, &mut self.out);
        let sent = self.out.len() > before;
        if sent {
            for line in self.lines.iter_mut().filter(|line| line.began.is_none()) {
                if self.playback.has_begun(line.utterance) {
                    line.began = Some(self.at);
                    let waited = self.at.as_ms().saturating_sub(line.asked_at.unwrap_or(self.at).as_ms());
                    line.stages.first_audio_ms = u32::try_from(waited).ok();
                }
            }
            // A caller who went on speaking within a syllable of ours has not heard an answer.
            let taken_in = self.at.back(self.timing.unheard_ms);
            if self.second_thought.is_some()
                && self.lines.iter().any(|line| line.began.is_some_and(|began| began <= taken_in))
            {
                self.keep_answer();
            }
        }
        sent
    }

    /// Takes the first line off when it has been heard.
    pub(super) fn end_of_line(&mut self) -> bool {
        let Some(said) = self.playback.take_over(self.at) else { return false };
        debug_assert_eq!(self.lines.front().map(|line| line.utterance), Some(said.utterance));
        if let Some(line) = self.lines.pop_front() {
            self.record_agent(said.heard, said.whole, said.began, line.stages);
        }
        true
    }

    /// Takes back lines nobody has taken in, from an utterance on.
    pub(super) fn unsay(&mut self, from: u32) {
        if let Some(speaking) = self.speaking.take_if(|speaking| speaking.utterance >= from) {
            self.out.push(Action::Abandon(speaking.job));
            self.timers.clear(Timer::SpeechTimeout);
        }
        if self.playback.retract(from, self.at) {
            self.out.push(Action::Send(Outgoing::Clear));
        }
        self.lines.retain(|line| line.utterance < from);
    }

    /// Empties the ledger, records what was heard, and keeps only outcomes nobody has heard, unless nearly all was.
    pub(super) fn end_lines(&mut self, heard_out: bool) -> String {
        let mut all_heard = String::new();
        for said in self.playback.clear(self.at) {
            let Some(line) = self.lines.iter_mut().find(|line| line.utterance == said.utterance) else { continue };
            if line.began.is_none() {
                continue;
            }
            let first = line.clauses.first().map_or("", |first| first.eye.trim());
            line.unheard = !heard_out && said.heard.len() < first.len();
            let stages = line.stages;
            all_heard = super::transcript::join(&all_heard, &said.heard);
            self.record_agent(said.heard, said.whole, said.began, stages);
        }
        self.lines.retain_mut(|line| {
            line.asked_at = None;
            (line.began.take().is_none() || line.unheard) && line.outcome
        });
        all_heard
    }

    fn record_agent(&mut self, heard: String, whole: bool, began: Option<CallTime>, stages: Stages) {
        self.keep_answer();
        if let Some(began) = began
            && !heard.is_empty()
        {
            let turn = self.record.agent(heard, whole, began, self.at, stages);
            self.out.push(Action::Record(turn));
        }
    }
}

impl Line {
    #[cfg(test)]
    pub(super) fn is_asked(&self) -> bool {
        self.asked_at.is_some()
    }

    pub(super) fn text(&self) -> String {
        self.clauses.iter().map(|clause| clause.eye.trim()).collect::<Vec<_>>().join(" ")
    }
}
