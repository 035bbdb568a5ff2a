//! The caller went on with a turn we had taken for finished, and has heard next to nothing of the answer: it is taken back,
//! and their words are one turn again. Not once a write was given out for it, the holding of offered times included
//! ([`super::working`]): then the answer stands, and what they add is a turn of its own.
//!
//! Knows nothing of when a turn is over (see [`super::listening`]) nor of how words are unsaid (see [`super::speaking`]).
//!
//! Invariant: what was answered is recorded exactly once, when the answer stands.

use super::Position;
use super::action::Action;
use super::event::Transcript;
use super::session::Session;
use super::timer::Timer;
use super::transcript::Words;
use super::turn::CallerTurn;
use crate::dialogue::{Converse, Then};

/// How to take an answer back: the caller went on before they heard any of it.
#[derive(Clone, Debug)]
pub(super) struct SecondThought<C> {
    pub(super) converse: C,
    pub(super) then: Then,
    pub(super) turn: CallerTurn,
    pub(super) words: Words,
    pub(super) why: Vec<String>,
    /// The first utterance that belongs to the answer.
    pub(super) utterance: u32,
}

impl<C: Converse> Session<C> {
    /// The answer stands: what it answers is recorded.
    pub(super) fn keep_answer(&mut self) {
        if let Some(thought) = self.second_thought.take() {
            let turn = self.record.caller(&thought.words, thought.why);
            self.out.push(Action::Record(turn));
        }
    }

    /// Takes the answer back if the caller goes on with the turn it answers; that turn.
    pub(super) fn take_back(&mut self, onset: Position) -> Option<CallerTurn> {
        let mut thought = self.second_thought.take()?;
        let pause_ms = onset.as_ms().saturating_sub(thought.turn.last_voiced().as_ms());
        let length_ms = onset.as_ms().saturating_sub(thought.turn.began.as_ms());
        let room = length_ms + self.timing.second_thought_ms < self.timing.longest_turn_ms;
        if pause_ms > self.timing.second_thought_ms || !room {
            self.second_thought = Some(thought);
            self.keep_answer();
            return None;
        }
        self.pauses.note(pause_ms);
        self.converse = thought.converse;
        self.then = thought.then;
        self.timers.clear(Timer::Goodbye);
        self.drop_read();
        self.unsay(thought.utterance);
        let Words { text, confidence, .. } = thought.words;
        thought.turn.made_out = Some(Transcript { text, confidence, took_ms: 0, doubtful: false });
        Some(thought.turn)
    }
}
