//! A reply in the making, and what it is once made.

use super::Copilot;
use super::phrases::{Fill, Meaning};
use crate::crm::operation::Operation;
use serde::Serialize;
use serde_json::Value;

/// What the copilot does in answer to one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What to show.
    pub text: String,
    /// To be performed; its outcome comes back through [`Copilot::performed`]. One at a time.
    pub operation: Option<Operation>,
    /// What was found or done, for a page to draw.
    pub card: Option<Card>,
    /// Answers a page can offer.
    pub suggestions: Vec<String>,
    /// Where the conversation stands.
    pub standing: Standing,
    /// What was understood, and the rules that fired.
    pub why: Vec<String>,
}

/// Where a conversation stands after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is the person's turn.
    #[default]
    Open,
    /// Something was done.
    Done,
    /// It could not be done.
    Failed,
    /// Goodbyes were said.
    Closed,
}

/// Rows for a page to draw.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// What the rows are: `contacts`, `notes`, `appointments`, `slots`, `tags`, `fields`, `confirm`.
    pub kind: &'static str,
    /// The rows, as REST shows them, in the order of the text.
    pub items: Vec<Value>,
    /// Whether one of them is to be chosen.
    pub choice: bool,
    /// Whether there are more.
    pub more: bool,
}

impl Card {
    /// Rows of a kind.
    pub(super) fn of<T: Serialize>(kind: &'static str, items: &[T]) -> Self {
        let items = items.iter().filter_map(|item| serde_json::to_value(item).ok()).collect();
        Self { kind, items, choice: false, more: false }
    }

    /// The same, to choose from.
    pub(super) fn choosable(self) -> Self {
        Self { choice: true, ..self }
    }
}

/// A reply in the making.
#[derive(Default)]
pub(super) struct Reply {
    pub(super) step: Step,
}

impl Copilot {
    /// Adds a sentence.
    pub(super) fn say(&self, reply: &mut Reply, meaning: Meaning, fills: &[Fill]) {
        let text = self.book().text(meaning, self.state.turn, fills);
        reply.add(&text);
    }

    /// A sentence by itself.
    pub(super) fn worded(&self, meaning: Meaning, fills: &[Fill]) -> String {
        self.book().text(meaning, self.state.turn, fills)
    }

    /// The reply, whole. What it said is remembered for "repeat".
    pub(super) fn finish(&mut self, reply: Reply) -> Step {
        if !reply.step.text.is_empty() {
            self.state.turn = self.state.turn.wrapping_add(1);
            self.state.said.clone_from(&reply.step.text);
        }
        reply.step
    }
}

impl Reply {
    /// Adds text: a list begins on a line of its own.
    pub(super) fn add(&mut self, text: &str) {
        let all = &mut self.step.text;
        if !all.is_empty() && !text.is_empty() {
            all.push(if all.ends_with('\n') || text.contains('\n') || all.contains('\n') { '\n' } else { ' ' });
        }
        all.push_str(text);
    }

    /// Adds numbered lines.
    pub(super) fn list(&mut self, lines: impl IntoIterator<Item = String>) {
        for (at, line) in lines.into_iter().enumerate() {
            self.step.text.extend(["\n", &(at + 1).to_string(), ". ", &line]);
        }
    }
}
