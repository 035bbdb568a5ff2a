//! [`Converse`] for [`Dialogue`]: the doors of the conversation, each one reply long.

use super::phrasing::Meaning;
use super::reply::Reply;
use super::state::Dialogue;
use super::{Converse, Heard, Step, Then};
use crate::crm::{Error, Outcome};
use crate::nlu::{Expecting, Field, Language, Understanding};
use crate::phone::E164;
use jiff::Zoned;

/// Makes sense of words: [`crate::nlu::Grammar`] in earnest, a script in tests.
pub trait Understand: std::fmt::Debug + Send + Sync {
    /// What `text` means to somebody who expects this. Total and deterministic.
    fn understand(&self, expecting: &Expecting, now: &Zoned, text: &str) -> Understanding;
}

impl Converse for Dialogue {
    fn greet(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        self.greeting(&mut reply);
        self.finish(reply)
    }

    fn hear(&mut self, now: &Zoned, heard: Heard<'_>) -> Step {
        match heard {
            Heard::Words { text, confidence } if text.chars().any(char::is_alphanumeric) => {
                let understanding = self.read(now, text);
                self.understood(now, confidence, &understanding)
            }
            Heard::Words { .. } | Heard::Digits(_) | Heard::Unclear | Heard::Silence => self.wordless(now, heard),
        }
    }

    fn performed(&mut self, now: &Zoned, result: Result<Outcome, Error>) -> Step {
        let mut reply = Reply::new(now);
        self.outcome(&mut reply, result);
        self.finish(reply)
    }

    fn foreseen(&self) -> Option<Outcome> {
        self.hold_foreseen()
    }

    fn still_working(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        if self.awaiting.is_some() && self.ended.is_none() {
            self.say(&mut reply, Meaning::StillWorking, &[]);
        }
        self.aside(reply)
    }

    fn interrupted(&mut self, heard: &str) {
        self.cut_in(heard);
    }

    fn take_leave(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        self.say(&mut reply, Meaning::TakeLeave, &[]);
        self.end(&mut reply, Then::HangUp);
        self.finish(reply)
    }

    fn connect(&mut self, now: &Zoned, to: E164) -> Step {
        let mut reply = Reply::new(now);
        self.say(&mut reply, Meaning::Transfer, &[]);
        self.end(&mut reply, Then::Transfer(to));
        self.finish(reply)
    }

    fn resume(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        self.say(&mut reply, Meaning::CutOff, &[]);
        reply.preface = reply.step.say.len();
        if self.awaiting.is_some() && self.ended.is_none() {
            self.say(&mut reply, Meaning::OneMoment, &[]);
            return self.aside(reply);
        }
        if !self.offer_anew(&mut reply) {
            reply.step.say.extend(self.said.iter().cloned());
        }
        self.finish(reply)
    }

    fn untransferred(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        self.ended = None;
        self.nobody_free = true;
        (self.misses, self.silences, self.hops) = (0, 0, 0);
        self.say(&mut reply, Meaning::NobodyFree, &[]);
        self.offer_person(&mut reply);
        self.finish(reply)
    }

    fn expecting(&self) -> Field {
        self.expected_field()
    }

    fn language(&self) -> Language {
        self.language
    }
}

impl Understand for crate::nlu::Grammar {
    fn understand(&self, expecting: &Expecting, now: &Zoned, text: &str) -> Understanding {
        crate::nlu::understand(self, expecting, now, text)
    }
}
