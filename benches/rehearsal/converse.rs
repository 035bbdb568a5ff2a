//! A conversation that expects one thing for ever and answers everything with one short sentence. What it hears is
//! understood as in any other, so that words that mean something are waited on as long as they would be.

use jiff::Zoned;
use ringlypro::crm::{Error, Outcome};
use ringlypro::dialogue::{Clause, Converse, Heard, Step};
use ringlypro::nlu::{self, Field, Grammar, Intent, Language, WhenValue};
use ringlypro::phone::E164;
use std::sync::LazyLock;

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::embedded().expect("the grammar is part of the program"));

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Expecting {
    /// What was asked for.
    pub(crate) field: Field,
    /// The language spoken.
    pub(crate) language: Language,
    /// What the agent says first, clause by clause; nothing: it waits.
    pub(crate) greeting: Vec<String>,
    /// What it says to everything.
    pub(crate) answer: String,
    /// The words it was given, in order, as far as they were not taken back.
    pub(crate) given: Vec<String>,
    /// How often it was cut off.
    pub(crate) cut_off: usize,
}

impl Expecting {
    /// Waits for an answer of this kind.
    pub(crate) fn of(field: Field, language: Language) -> Self {
        let answer = match language {
            Language::En => "Okay.",
            Language::Es => "Muy bien.",
        };
        Self { field, language, greeting: Vec::new(), answer: answer.into(), given: Vec::new(), cut_off: 0 }
    }

    fn saying<'a>(clauses: impl IntoIterator<Item = &'a String>) -> Step {
        let clause = |words: &String| Clause { ear: words.clone(), eye: words.clone(), fixed: false };
        Step { say: clauses.into_iter().map(clause).collect(), ..Step::default() }
    }
}

impl Converse for Expecting {
    fn greet(&mut self, _: &Zoned) -> Step {
        Self::saying(&self.greeting)
    }
    fn hear(&mut self, now: &Zoned, heard: Heard<'_>) -> Step {
        let (missed, whole) = match heard {
            Heard::Words { text, .. } => {
                let expecting =
                    nlu::Expecting { field: self.field, language: self.language, ..nlu::Expecting::default() };
                let understood = nlu::understand(&GRAMMAR, &expecting, now, text);
                let asked_when = matches!(self.field, Field::Day | Field::Time | Field::Choice);
                let timed = understood.entities.when.is_some_and(|when| matches!(when.value, WhenValue::DateTime(_)));
                (understood.intent == Intent::Unknown, asked_when && timed)
            }
            Heard::Digits(_) | Heard::Unclear | Heard::Silence => (false, false),
        };
        self.given.push(match heard {
            Heard::Words { text, .. } => text.to_owned(),
            Heard::Digits(keys) => keys.to_owned(),
            Heard::Unclear => "(unclear)".to_owned(),
            Heard::Silence => "(silence)".to_owned(),
        });
        Step { missed, whole, ..Self::saying([&self.answer]) }
    }
    fn performed(&mut self, _: &Zoned, _: Result<Outcome, Error>) -> Step {
        Step::default()
    }
    fn foreseen(&self) -> Option<Outcome> {
        None
    }
    fn still_working(&mut self, _: &Zoned) -> Step {
        Step::default()
    }
    fn interrupted(&mut self, _: &str) {
        self.cut_off += 1;
    }
    fn connect(&mut self, _: &Zoned, _: E164) -> Step {
        Step::default()
    }
    fn resume(&mut self, _: &Zoned) -> Step {
        Self::saying([&self.answer])
    }
    fn untransferred(&mut self, _: &Zoned) -> Step {
        Self::saying([&self.answer])
    }
    fn take_leave(&mut self, _: &Zoned) -> Step {
        Step::default()
    }
    fn expecting(&self) -> Field {
        self.field
    }
    fn language(&self) -> Language {
        self.language
    }
}
