//! For tests: seeded chance, and a conversation that notes what it is told and answers by a function.

use crate::crm::{Error, Outcome};
use crate::dialogue::{Clause, Converse, Heard, Step, Then};
use crate::nlu::{Field, Language};
use crate::phone::E164;
use jiff::Zoned;

/// Seeded chance (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// A number from 0 to `end`, `end` left out.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// A place in a list of so many.
    pub(super) fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).expect("below a count")
    }
}

/// What a script answers, by what it hears.
type Answer = fn(&mut Script, &str) -> Step;

/// A conversation that notes what it is told and answers by a function.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) told: Vec<String>,
    pub(super) greeting: Step,
    pub(super) answer: Answer,
    pub(super) outcome: Answer,
    pub(super) field: Field,
    pub(super) chance: Chance,
    /// What any operation will come to.
    pub(super) foreseen: Option<Outcome>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            told: Vec::new(),
            greeting: say(&["Hello,", "how can I help?"]),
            answer: |_, text| say(&[&format!("You said {text}.")]),
            outcome: |_, result| say(&[&format!("It is {result}.")]),
            field: Field::Anything,
            chance: Chance(0),
            foreseen: None,
        }
    }
}

impl Converse for Script {
    fn greet(&mut self, _: &Zoned) -> Step {
        self.greeting.clone()
    }

    fn hear(&mut self, _: &Zoned, heard: Heard<'_>) -> Step {
        let text = match heard {
            Heard::Words { text, .. } => text.to_owned(),
            Heard::Digits(keys) => format!("keys {keys}"),
            Heard::Unclear => "unclear".to_owned(),
            Heard::Silence => "silence".to_owned(),
        };
        self.told.push(text.clone());
        let mut step = (self.answer)(self, &text);
        step.why.push("script".to_owned());
        step
    }

    fn performed(&mut self, _: &Zoned, result: Result<Outcome, Error>) -> Step {
        let text = match result {
            Ok(_) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        self.told.push(format!("performed {text}"));
        (self.outcome)(self, &text)
    }

    fn foreseen(&self) -> Option<Outcome> {
        self.foreseen.clone()
    }

    fn still_working(&mut self, _: &Zoned) -> Step {
        self.told.push("still working".to_owned());
        say(&["One moment."])
    }

    fn interrupted(&mut self, heard: &str) {
        self.told.push(format!("interrupted after [{heard}]"));
    }

    fn take_leave(&mut self, _: &Zoned) -> Step {
        self.told.push("take leave".to_owned());
        Step { then: Then::HangUp, ..say(&["We have to stop here.", "Goodbye."]) }
    }

    fn connect(&mut self, _: &Zoned, to: E164) -> Step {
        Step { then: Then::Transfer(to), ..say(&["I'll connect you."]) }
    }

    fn resume(&mut self, _: &Zoned) -> Step {
        self.told.push("resume".to_owned());
        say(&["We were cut off.", "How can I help?"])
    }

    fn untransferred(&mut self, _: &Zoned) -> Step {
        say(&["Nobody is free."])
    }

    fn expecting(&self) -> Field {
        self.field
    }

    fn language(&self) -> Language {
        Language::En
    }
}

/// A step that says these clauses.
pub(super) fn say(clauses: &[&str]) -> Step {
    let clause = |text: &&str| Clause { ear: (*text).to_owned(), eye: (*text).to_owned(), fixed: false };
    Step { say: clauses.iter().map(clause).collect(), ..Step::default() }
}

/// How long the voice takes to say something: 60 ms a letter.
pub(super) fn spoken_ms(text: &str) -> u64 {
    text.len() as u64 * 60
}
