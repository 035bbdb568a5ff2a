//! Which language they speak: a sentence is read in the language of the conversation, and in the other one when its
//! small words say so.
//!
//! Invariant: one sentence changes the language only when the other grammar makes sense of it and more of its words
//! belong to that language alone than to this one. Names hold small words of many languages, so a name never does.

use super::ask::Rung;
use super::phrasing::Meaning;
use super::phrasing::lexicon::plain_words;
use super::reply::Reply;
use super::state::{Ask, Dialogue, Unspoken};
use super::{Channel, Language};
use crate::nlu::{Entities, Intent, Understanding};
use jiff::Zoned;

impl Dialogue {
    /// Reads a sentence, and goes over to the other language when it is in that one.
    pub(super) fn read(&mut self, now: &Zoned, text: &str) -> Understanding {
        let here = self.grammar.understand(&self.context(self.language), now, text);
        let other = self.language.other();
        // A message is kept as it was said, in any language.
        if self.ask == Ask::Words || self.own_words(other, text) <= self.own_words(self.language, text) {
            return here;
        }
        let mut there = self.grammar.understand(&self.context(other), now, text);
        // "Juan de la Cruz" is a name in any language.
        let name = here.entities.name.as_deref().map(plain_words);
        let only_a_name = self.ask == Ask::Name && name.is_some_and(|name| name == plain_words(text));
        if !makes_sense(&there) || (only_a_name && there.intent == Intent::Unknown) {
            return here;
        }
        there.why.push(format!("language.{}", other.code()));
        if self.can_speak(other) {
            self.language = other;
        } else if self.unspoken == Unspoken::Needless {
            self.unspoken = Unspoken::Due;
        }
        there
    }

    /// They ask for a language: the one they name, or else the other one. One they asked for in itself is spoken already.
    pub(super) fn switch_language(&mut self, reply: &mut Reply<'_>, text: &str) {
        let plain = plain_words(text);
        let names = |language: &Language| {
            let called = &self.phrases.book(*language).lexicon().called;
            plain.split_whitespace().any(|word| called.iter().any(|name| name == word))
        };
        let wanted = Language::ALL.into_iter().find(names).unwrap_or(self.language.other());
        if self.can_speak(wanted) {
            self.language = wanted;
            self.say(reply, Meaning::LanguageNow, &[]);
        } else {
            self.unspoken = Unspoken::Told;
            self.say(reply, Meaning::CannotSpeak, &[]);
        }
        self.put(reply, Rung::Again);
    }

    /// Whether we can speak or write a language here.
    pub(super) fn can_speak(&self, language: Language) -> bool {
        self.setting.channel == Channel::Eye
            || self.setting.language == language
            || self.setting.languages.contains(&language)
    }

    /// How many words of a text belong to this language and not to the other.
    fn own_words(&self, language: Language, text: &str) -> usize {
        let own = &self.phrases.book(language).lexicon().own_words;
        plain_words(text).split_whitespace().filter(|word| own.iter().any(|known| known == word)).count()
    }
}

fn makes_sense(there: &Understanding) -> bool {
    let Entities { name, phone, service, when, option, .. } = &there.entities;
    there.intent != Intent::Unknown
        || name.is_some()
        || phone.is_some()
        || service.is_some()
        || when.is_some()
        || option.is_some()
}
