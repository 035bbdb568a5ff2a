//! The copilot: whoever runs the business says in their own words what the CRM is to do.
//!
//! Pure like the caller's dialogue: no IO, no clock. Words come in through [`Copilot::hear`] and become an operation of the
//! catalogue, a question, or an answer; outcomes come back through [`Copilot::performed`]. Between two messages all that a
//! conversation is is its [`State`], a value that is kept as JSON, so that it survives a restart and is served by any instance.
//!
//! Invariant: what destroys, sends or costs, and what the catalogue wants confirmed, is given out only after a yes to a
//! question that read back that very operation.
//! Invariant: success is worded only from a successful outcome.
//! Invariant: every intent has a command or an honest refusal: the table in [`command`] is matched without `_`.
//! Invariant: every operation that has a door is reached, by a command or by the general way ([`form`]).
//!
//! Read next: [`command`] for the table, [`family`] for what each command does, [`reading`] for what words mean, [`hearing`] for
//! how they are taken.

mod choices;
mod command;
mod family;
mod form;
mod hearing;
mod meaning;
mod mentioned;
mod outcome;
pub mod phrases;
mod pronouns;
mod reading;
mod reply;
mod state;
#[cfg(test)]
mod tests;
mod trouble;
mod whom;
mod wish;
mod words;

pub use phrases::Phrases;
pub use reply::{Card, Standing, Step};
pub use state::State;

use crate::crm::model::Business;
use crate::crm::operation::By;
use crate::nlu::{Field, Grammar, Language};
use std::sync::Arc;

/// One conversation with the copilot.
#[derive(Clone, Debug)]
pub struct Copilot {
    business: Arc<Business>,
    grammar: Arc<Grammar>,
    phrases: Arc<Phrases>,
    /// Who speaks, and what they may.
    by: By,
    state: State,
}

impl Copilot {
    /// A conversation that begins, or goes on from what it was.
    pub fn new(business: Arc<Business>, grammar: Arc<Grammar>, phrases: Arc<Phrases>, by: By, state: State) -> Self {
        Self { business, grammar, phrases, by, state }
    }

    /// What it is between two messages.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What kind of answer it waits for.
    pub fn expecting(&self) -> Field {
        self.state.asked.as_ref().map_or(Field::Anything, state::Asked::field)
    }

    /// The language spoken.
    pub fn language(&self) -> Language {
        self.state.language.unwrap_or(self.business.language)
    }

    fn book(&self) -> &phrases::Book {
        self.phrases.book(self.language())
    }
}
