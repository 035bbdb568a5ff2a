//! The conversation: what was understood, plus where we are, becomes a reply and perhaps an operation.
//!
//! Pure: no IO, no clock, no audio. A conversation is cloned to try a guess and thrown away when the guess was wrong.
//! It never claims what did not happen: success is worded only in [`Converse::performed`], from a successful outcome.
//!
//! Read next: `flow/` for each conversation, `phrasing` for how a meaning becomes words.

mod answering;
mod ask;
mod confirm;
mod converse;
mod flow;
mod hearing;
mod keypad;
mod outcome;
pub mod phrasing;
mod repair;
mod reply;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod tongue;

pub use converse::Understand;
pub use phrasing::Phrases;
pub use state::Dialogue;

use crate::crm::model::{Business, Contact};
use crate::crm::{Error, Operation, Outcome};
use crate::id::CallId;
use crate::nlu::{Field, Language};
use crate::phone::E164;
use jiff::Zoned;
use serde::Serialize;
use std::sync::Arc;

/// Where and with whom a conversation takes place.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Who we answer for.
    pub business: Arc<Business>,
    /// By ear or by eye.
    pub channel: Channel,
    /// The language it starts in.
    pub language: Language,
    /// The number they call or write from, when known.
    pub caller: Option<E164>,
    /// The contact with that number, when there is one.
    pub contact: Option<Contact>,
    /// The call, when it is one.
    pub call: Option<CallId>,
    /// The languages that can be spoken here; text can be written in all.
    pub languages: Vec<Language>,
}

/// How the person receives what we say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Listening: short sentences, spoken forms, no ids.
    Ear,
    /// Reading: lists, figures.
    Eye,
}

/// What reached us from the person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard<'a> {
    /// Words, with the recogniser's confidence (1.0 for typed text).
    Words {
        /// The words.
        text: &'a str,
        /// 0 to 1.
        confidence: f32,
    },
    /// Keys pressed.
    Digits(&'a str),
    /// They spoke, and nothing could be made of it.
    Unclear,
    /// They said nothing for the longest time we wait.
    Silence,
}

/// One clause of what we say, for both senses. Audio is made clause by clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Words to be spoken: no figures, no symbols.
    pub ear: String,
    /// The same to be read and kept in the transcript: on a call the same words, with figures.
    pub eye: String,
    /// Whether these words come again and again, so their audio is worth keeping.
    pub fixed: bool,
}

/// What the dialogue does in answer to one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// To be said now, in order.
    pub say: Vec<Clause>,
    /// To be performed; its outcome comes back through [`Converse::performed`]. One at a time.
    pub operation: Option<Operation>,
    /// What follows once all has been said.
    pub then: Then,
    /// What was understood, for the record: the intent's public name and the rules that fired.
    pub why: Vec<String>,
    /// Whether the words meant nothing to the conversation: all that can be said is that nobody understood.
    pub missed: bool,
    /// Whether they answer what was asked so fully that nothing can be wanting: a day with its time, a goodbye.
    pub whole: bool,
    /// Whether they only greet and say who they are: what they want is still to come.
    pub begins: bool,
}

/// What follows once a step has been said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// The person's turn (or, with an operation under way, its outcome).
    #[default]
    Listen,
    /// Wait longer than usual before asking whether they are there: they asked us to hold on.
    Hold,
    /// Connect them to a person.
    Transfer(E164),
    /// End the call.
    HangUp,
}

/// One side of a conversation: what the call and the chat need of it.
///
/// `now` is the present in the business's zone, given by whoever holds the clock.
pub trait Converse: Clone {
    /// The first words.
    fn greet(&mut self, now: &Zoned) -> Step;
    /// The answer to what the person said or did.
    fn hear(&mut self, now: &Zoned, heard: Heard<'_>) -> Step;
    /// The answer to the outcome of the operation given out last.
    fn performed(&mut self, now: &Zoned, result: Result<Outcome, Error>) -> Step;
    /// What the operation given out last will come to if all goes well, where that is known beforehand. For preparing what is
    /// said then; nothing is claimed before the outcome.
    fn foreseen(&self) -> Option<Outcome> {
        None
    }
    /// Something to say while an operation takes long.
    fn still_working(&mut self, now: &Zoned) -> Step;
    /// The person cut in; of what was being said only `heard` reached them.
    fn interrupted(&mut self, heard: &str);
    /// The last words when the call must end (too long, shutting down).
    fn take_leave(&mut self, now: &Zoned) -> Step;
    /// Somebody of the business takes the call over: says so; they are connected to this number.
    fn connect(&mut self, now: &Zoned, to: E164) -> Step;
    /// The line broke and is there again: says so, and puts once more what was said last.
    fn resume(&mut self, now: &Zoned) -> Step;
    /// They were to be connected to a person, nobody answered there, and they are with us again: says so, and offers to
    /// take a message.
    fn untransferred(&mut self, now: &Zoned) -> Step;
    /// What it waits for.
    fn expecting(&self) -> Field;
    /// The language now spoken.
    fn language(&self) -> Language;
}
