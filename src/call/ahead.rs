//! Work done ahead: while it is only a guess that the caller has finished, the answer is prepared.
//!
//! The words of the guess are answered by a copy of the conversation; what that answer reads from the CRM is read, and
//! its first words are spoken into a drawer. Nothing of it is sent, recorded or written, and the copy is thrown away: once
//! the turn is over the conversation itself answers, and takes out of the drawer what fits. So a wrong guess costs time
//! of the processor and nothing else.
//!
//! Invariant: only reads are performed ahead.
//! Invariant: what was prepared is used for exactly what was wanted, the same operation or the same words, or not at all.
//! Invariant: at most one piece of speech is being made, here or for [`super::speaking`].

use super::JobId;
use super::action::Action;
use super::session::{Leaving, Session};
use super::{CallTime, transcript};
use crate::crm::{Error, Operation, Outcome};
use crate::dialogue::{Clause, Converse, Heard, Step};
use crate::nlu::Language;
use std::sync::Arc;

/// Pieces kept of an answer nobody may want: a minute of audio in pieces of 20 ms.
const PIECES_MAX: usize = 3_000;

/// The answer to a guess, as far as it is prepared.
#[derive(Clone, Debug)]
pub(super) struct Ahead<C> {
    /// The copy of the conversation that has heard the guess.
    converse: C,
    /// What it made of the words.
    answer: Answer,
    read: Option<Read>,
    voice: Option<Voice>,
}

/// What a copy of the conversation made of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Missed,
    Understood,
    /// They answer what was asked, with nothing wanting.
    Whole,
}

/// A read performed ahead.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) job: JobId,
    operation: Operation,
    pub(super) result: Option<Result<Outcome, Error>>,
}

/// Words spoken ahead.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) job: JobId,
    pub(super) asked_at: CallTime,
    clauses: Vec<Clause>,
    language: Language,
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a clause's audio, or that there will be none.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Audio { clause: usize, audio: Arc<[u8]>, last: bool },
    Failed { clause: usize },
}

impl<C: Converse> Ahead<C> {
    /// Whether the words meant something to the conversation.
    pub(super) fn understood(&self) -> bool {
        self.answer != Answer::Missed
    }

    /// Whether they answer so fully that nothing can be wanting.
    pub(super) fn whole(&self) -> bool {
        self.answer == Answer::Whole
    }
}

impl<C: Converse> Session<C> {
    /// Prepares the answer to the words of the present guess.
    pub(super) fn prepare(&mut self) {
        self.drop_ahead();
        let free = self.work.is_none() && self.deferred.is_empty() && self.closing.is_none();
        let Some(turn) = self.turn.as_ref().filter(|_| free && self.leaving == Leaving::No) else { return };
        let Some(guess) = turn.guess.as_ref().and_then(|guess| guess.transcript.as_ref()) else { return };
        let earlier = self.carried.as_ref().map_or("", |words| words.text.as_str());
        let text = transcript::join(earlier, &guess.text);
        if !transcript::says_something(&text) {
            return;
        }
        let now = self.time_of_day(turn.last_voiced_at());
        let mut converse = self.converse.clone();
        let step = converse.hear(&now, Heard::Words { text: &text, confidence: guess.confidence });
        // Who only greets is likely to go on: there is nothing to answer yet.
        let answer = match (step.missed || step.begins, step.whole) {
            (true, _) => Answer::Missed,
            (false, true) => Answer::Whole,
            (false, false) => Answer::Understood,
        };
        self.ahead = Some(Ahead { converse, answer, read: None, voice: None });
        self.prepare_step(step);
    }

    fn prepare_step(&mut self, step: Step) {
        let (reading, voicing) = (self.job(), self.job());
        let busy = self.speaking.is_some();
        let Some(ahead) = &mut self.ahead else { return };
        if !step.say.is_empty() && !busy && ahead.voice.is_none() {
            let (clauses, language) = (step.say, ahead.converse.language());
            self.out.push(Action::Speak { job: voicing, clauses: clauses.clone(), language });
            ahead.voice = Some(Voice { job: voicing, asked_at: self.at, clauses, language, pieces: Vec::new() });
        }
        let Some(operation) = step.operation else { return };
        if operation.writes() {
            return self.prepare_foreseen();
        }
        if ahead.read.is_none() {
            self.out.push(Action::Perform { job: reading, operation: Box::new(operation.clone()) });
            ahead.read = Some(Read { job: reading, operation, result: None });
        }
    }

    /// A write waits for the end of the turn. What is said when it succeeds is spoken ahead all the same, where it is known.
    fn prepare_foreseen(&mut self) {
        let now = self.now();
        let Some(ahead) = self.ahead.as_mut().filter(|ahead| ahead.voice.is_none()) else { return };
        if let Some(outcome) = ahead.converse.foreseen() {
            let step = ahead.converse.performed(&now, Ok(outcome));
            self.prepare_step(step);
        }
    }

    /// Takes the outcome of a read performed ahead, if it is one.
    pub(super) fn performed_ahead(&mut self, job: JobId, result: &Result<Outcome, Error>) -> bool {
        let now = self.now();
        let Some(ahead) = &mut self.ahead else { return false };
        let Some(read) = ahead.read.as_mut().filter(|read| read.job == job && read.result.is_none()) else {
            return false;
        };
        read.result = Some(result.clone());
        let step = ahead.converse.performed(&now, result.clone());
        self.prepare_step(step);
        self.weigh();
        true
    }

    /// Puts a piece spoken ahead into the drawer, if it is one.
    pub(super) fn spoken_ahead(&mut self, job: JobId, piece: Piece) -> bool {
        let Some(voice) = self.ahead.as_mut().and_then(|ahead| ahead.voice.as_mut()).filter(|v| v.job == job) else {
            return false;
        };
        if voice.pieces.len() < PIECES_MAX {
            voice.pieces.push(piece);
        }
        true
    }

    /// What was read ahead for this operation; anything else that was read is of no use any more.
    pub(super) fn take_read(&mut self, operation: &Operation) -> Option<Read> {
        let read = self.ahead.as_mut()?.read.take()?;
        if read.operation == *operation {
            return Some(read);
        }
        self.out.push(Action::Abandon(read.job));
        None
    }

    /// What was spoken ahead of these words; anything else that was spoken is of no use any more.
    pub(super) fn take_voice(&mut self, clauses: &[Clause], language: Language) -> Option<Voice> {
        let voice = self.ahead.as_mut()?.voice.take()?;
        if voice.clauses == clauses && voice.language == language {
            return Some(voice);
        }
        self.out.push(Action::Abandon(voice.job));
        None
    }

    /// The guess was wrong, or its answer is not wanted.
    pub(super) fn drop_ahead(&mut self) {
        if let Some(Ahead { read, voice, converse: _, answer: _ }) = self.ahead.take() {
            let jobs = [read.filter(|read| read.result.is_none()).map(|read| read.job), voice.map(|voice| voice.job)];
            self.out.extend(jobs.into_iter().flatten().map(Action::Abandon));
        }
    }
}
