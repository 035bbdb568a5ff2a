//! What reaches us without words: keys, silence, noise.

use super::Heard;
use super::Step;
use super::ask::Rung;
use super::flow::find::place_of;
use super::phrasing::Meaning;
use super::reply::Reply;
use super::state::{Ask, Dialogue};
use crate::nlu::{Entities, Field, Intent, Understanding};
use crate::phone::E164;
use jiff::Zoned;

/// The key that changes the language: no list read out is so long.
const LANGUAGE_KEY: i64 = 9;

impl Dialogue {
    /// Keys pressed.
    pub(super) fn keys(&mut self, now: &Zoned, keys: &str) -> Step {
        let mut understanding = Understanding {
            text: keys.to_owned(),
            lang: self.language,
            intent: Intent::Unknown,
            confidence: 1.0,
            entities: Entities::default(),
            why: vec!["keypad".to_owned()],
            also: Vec::new(),
        };
        let keys = keys.trim_end_matches('#');
        let number = keys.parse::<i64>().ok().filter(|_| keys.len() <= 2);
        let field = self.expected_field();
        match (self.ask, number) {
            (Ask::Phone | Ask::FindBy, _) if keys.len() > 1 => {
                understanding.entities.phone = E164::parse(keys, &self.setting.business.region).ok();
                if understanding.entities.phone.is_none() {
                    return self.incomplete_number(now);
                }
            }
            (Ask::Ending, _) if keys.len() > 1 => understanding.entities.digits = Some(keys.to_owned()),
            (_, Some(0)) => understanding.intent = Intent::TalkToHuman,
            (_, Some(LANGUAGE_KEY)) if self.setting.languages.len() > 1 => {
                understanding.intent = Intent::SwitchLanguage;
            }
            (_, Some(1)) if field == Field::YesNo => understanding.intent = Intent::Yes,
            (_, Some(2)) if field == Field::YesNo => understanding.intent = Intent::No,
            (Ask::Slot | Ask::Which, Some(place)) => {
                understanding.intent = Intent::SelectOption;
                understanding.entities.option = Some(place);
            }
            (Ask::Service | Ask::PriceOf, Some(place)) => {
                let services = &self.setting.business.services;
                let service = place_of(place, services.len()).map(|place| services[place].name.clone());
                understanding.entities.service = service;
            }
            _ if keys == "*" => understanding.intent = Intent::Repeat,
            _ => {}
        }
        if self.ask == Ask::Words {
            return self.not_heard(now, false);
        }
        self.understood(now, 1.0, &understanding)
    }

    /// Figures that make no telephone number.
    fn incomplete_number(&mut self, now: &Zoned) -> Step {
        let mut reply = Reply::new(now);
        reply.step.why.push("keypad: no telephone number".to_owned());
        if !self.still_busy(&mut reply) {
            self.number_cut_short(&mut reply);
        }
        self.finish(reply)
    }

    /// Figures were said or pressed, and are too few.
    pub(super) fn number_cut_short(&mut self, reply: &mut Reply<'_>) {
        self.say(reply, Meaning::PhoneIncomplete, &[]);
        self.missed_quietly(reply);
    }

    /// As [`Dialogue::missed`], when what was wrong has been said.
    pub(super) fn missed_quietly(&mut self, reply: &mut Reply<'_>) {
        if self.misses < 2 {
            self.misses += 1;
            self.put(reply, Rung::Hint);
        } else {
            self.missed(reply);
        }
    }

    /// They said nothing (`silence`), or nothing that could be recognised.
    pub(super) fn not_heard(&mut self, now: &Zoned, silence: bool) -> Step {
        let mut reply = Reply::new(now);
        if self.ended.is_some() {
            return self.finish(reply);
        }
        if self.still_busy(&mut reply) {
            return self.finish(reply);
        }
        reply.step.why.push(if silence { "silence" } else { "unclear" }.to_owned());
        if silence {
            self.nothing_said(&mut reply);
        } else {
            self.silences = 0;
            self.missed(&mut reply);
        }
        self.finish(reply)
    }

    /// What reached us, when no words have to be understood.
    pub(super) fn wordless(&mut self, now: &Zoned, heard: Heard<'_>) -> Step {
        match heard {
            Heard::Digits(keys) => self.keys(now, keys),
            Heard::Silence => self.not_heard(now, true),
            Heard::Unclear | Heard::Words { .. } => self.not_heard(now, false),
        }
    }
}
