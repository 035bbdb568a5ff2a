//! The keypad: keys are gathered until they can be an answer, and then answer like words.
//!
//! Knows nothing of what a key stands for.

use super::action::Stages;
use super::session::{Leaving, Session};
use super::timer::Timer;
use super::timing::ms;
use super::transcript::{What, Words};
use crate::dialogue::Converse;
use crate::nlu::Field;

/// The most keys taken at once: a card number and then some.
const KEYS_MAX: usize = 32;
/// So many keys are a telephone number in North America, and one more with its country code.
const PHONE_KEYS: usize = 10;

impl<C: Converse> Session<C> {
    /// Takes a key.
    pub(super) fn key(&mut self, key: char) {
        let known = matches!(key, '0'..='9' | '*' | '#');
        if !known || self.leaving == Leaving::Saying || (key == '#' && self.keys.is_empty()) {
            return;
        }
        self.drop_turn();
        self.keep_answer();
        self.cut_off();
        if key != '#' {
            self.keys.push(key);
        }
        if key == '#' || self.keys_are_enough() {
            self.end_of_keys();
        } else {
            self.timers.set(Timer::DtmfPause, self.at + ms(self.timing.dtmf_pause_ms));
        }
    }

    /// Whether no further key can be meant.
    fn keys_are_enough(&self) -> bool {
        match self.converse.expecting() {
            Field::Anything | Field::YesNo | Field::Service | Field::Day | Field::Choice => true,
            Field::Phone => self.keys.len() >= PHONE_KEYS + usize::from(self.keys.starts_with('1')),
            Field::Time | Field::Name | Field::Email | Field::Words => self.keys.len() >= KEYS_MAX,
        }
    }

    /// The typed digits are complete.
    pub(super) fn end_of_keys(&mut self) {
        self.timers.clear(Timer::DtmfPause);
        let text = std::mem::take(&mut self.keys);
        if !text.is_empty() {
            let words = self.typed(text);
            self.deliver(words, None);
        }
    }

    pub(super) fn typed(&self, text: String) -> Words {
        let (at, stages) = (self.at, Stages::default());
        Words { what: What::Typed, text, confidence: 1.0, began: at, ended: at, stages }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::action::{Action, Outgoing, Speaker};
    use crate::call::event::Event;
    use crate::call::testing::{Script, World, say};

    #[test]
    fn keys_stop_the_agent_and_answer_like_words() {
        let mut world = World::start(Script {
            greeting: say(&["This is a rather long sentence that nobody would want to listen to until its very end."]),
            field: Field::Phone,
            ..Script::default()
        });
        world.run_ms(1_000);
        for key in "30555501".chars() {
            world.give(Event::Dtmf(key));
            world.run_ms(300);
        }
        assert_eq!(world.count(|a| matches!(a, Action::Send(Outgoing::Clear))), 1);
        world.give(Event::Dtmf('4'));
        world.give(Event::Dtmf('2'));
        assert_eq!(world.told().last().map(String::as_str), Some("keys 3055550142"), "ten digits are a number");
        let turns = world.turns();
        assert_eq!(turns.last().map(|t| (t.who, t.text.as_str())), Some((Speaker::Caller, "3055550142")));
    }

    #[test]
    fn a_pause_or_the_hash_ends_typed_digits_and_one_is_enough_for_a_choice() {
        let mut world = World::start(Script { field: Field::Phone, ..Script::default() });
        world.run_ms(3_000);
        world.give(Event::Dtmf('5'));
        world.run_ms(1_900);
        assert!(world.told().is_empty());
        world.run_ms(200);
        world.run_ms(4_000);
        for key in ['#', '7', 'x', '#'] {
            world.give(Event::Dtmf(key));
        }
        assert_eq!(world.told(), ["keys 5", "keys 7"]);
        let mut world = World::start(Script { field: Field::Choice, ..Script::default() });
        world.run_ms(3_000);
        world.give(Event::Dtmf('2'));
        assert_eq!(world.told(), ["keys 2"]);
    }
}
