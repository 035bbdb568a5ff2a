//! The questions: how each is asked first, again, and with a hint; and the ladders of silence and not understanding.
//!
//! A ladder has four rungs: ask in other words, give examples, offer a person or a message, end politely. So whatever
//! a caller does not say, the call ends in a bounded number of turns.

use super::phrasing::{Fill, Meaning, Said, spoken};
use super::reply::Reply;
use super::state::{Ask, Booking, Dialogue, Flow};
use super::{Channel, Then};
use crate::nlu::{Expecting, Term};
use jiff::civil::{Date, Time};

/// How a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    /// For the first time.
    First,
    /// In other words, shorter.
    Again,
    /// With examples, or the keypad.
    Hint,
}

/// Services read out in one breath; a longer list is cut, and the rest is known by name all the same.
const SERVICES_TOLD_MAX: usize = 8;

impl Dialogue {
    /// Asks, and remembers that this was asked.
    pub(super) fn ask(&mut self, reply: &mut Reply<'_>, ask: Ask) {
        self.ask = ask;
        self.put(reply, Rung::First);
    }

    /// Puts the question that stands once more.
    pub(super) fn put(&mut self, reply: &mut Reply<'_>, rung: Rung) {
        let (first, again, hint) = match self.ask {
            Ask::Opening => (Meaning::Opening, Meaning::OpeningAgain, Meaning::OpeningHint),
            Ask::AnythingElse => (Meaning::AnythingElse, Meaning::AnythingElse, Meaning::OpeningHint),
            Ask::Service => (Meaning::AskService, Meaning::AskServiceAgain, Meaning::AskServiceHint),
            Ask::PriceOf => (Meaning::PriceOf, Meaning::PriceOf, Meaning::AskServiceHint),
            Ask::Day if self.moving() => (Meaning::AskNewTime, Meaning::AskDayAgain, Meaning::AskDayHint),
            // With the time known, only the day is missing.
            Ask::Day if matches!(&self.flow, Flow::Booking(booking) if booking.wish.time.is_some()) => {
                (Meaning::AskDayAgain, Meaning::AskDayAgain, Meaning::AskDayHint)
            }
            Ask::Day => (Meaning::AskDay, Meaning::AskDayAgain, Meaning::AskDayHint),
            Ask::WhichDate => return self.put_which_date(reply),
            Ask::Slot => return self.put_slots(reply, rung),
            Ask::Name if matches!(self.flow, Flow::Message(_)) => {
                (Meaning::AskNameMessage, Meaning::AskNameAgain, Meaning::AskNameHint)
            }
            Ask::Name => (Meaning::AskName, Meaning::AskNameAgain, Meaning::AskNameHint),
            Ask::Phone => (Meaning::AskPhone, Meaning::AskPhoneAgain, Meaning::AskPhoneHint),
            Ask::Confirm => {
                if rung == Rung::Hint {
                    self.say(reply, Meaning::YesNoHint, &[]);
                } else {
                    self.read_back(reply);
                }
                return;
            }
            Ask::WhatToChange => (Meaning::WhatToChange, Meaning::WhatToChangeHint, Meaning::WhatToChangeHint),
            Ask::FindBy => (Meaning::FindBy, Meaning::FindByAgain, Meaning::FindByHint),
            Ask::Which => (self.which_meaning(), Meaning::WhichAgain, Meaning::WhichHint),
            Ask::Ending => (Meaning::AskEnding, Meaning::AskEndingAgain, Meaning::AskEndingHint),
            Ask::Words => (Meaning::AskWords, Meaning::AskWordsAgain, Meaning::AskWordsHint),
            Ask::Person => {
                let offer = if self.can_transfer() { Meaning::OfferPerson } else { Meaning::OfferMessage };
                (offer, offer, Meaning::YesNoHint)
            }
            Ask::Leave => (Meaning::ConfirmGoodbye, Meaning::ConfirmGoodbye, Meaning::YesNoHint),
        };
        let meaning = match rung {
            Rung::First => first,
            Rung::Again => again,
            Rung::Hint => hint,
        };
        let fills = self.question_fills(reply);
        self.say(reply, meaning, &fills);
    }

    fn question_fills(&self, reply: &Reply<'_>) -> Vec<Fill> {
        match self.ask {
            Ask::Service | Ask::PriceOf => {
                vec![("services", self.services_told(&self.lexicon().or))]
            }
            Ask::Day => self.service_fills(self.service_name()),
            Ask::Which => self.which_fills(reply),
            Ask::Opening
            | Ask::AnythingElse
            | Ask::WhichDate
            | Ask::Slot
            | Ask::Name
            | Ask::Phone
            | Ask::Confirm
            | Ask::WhatToChange
            | Ask::FindBy
            | Ask::Ending
            | Ask::Words
            | Ask::Person
            | Ask::Leave => Vec::new(),
        }
    }

    fn put_slots(&mut self, reply: &mut Reply<'_>, rung: Rung) {
        let Flow::Booking(booking) = &self.flow else { return };
        let offered = booking.offered.clone();
        if let [only] = offered.as_slice() {
            let fills = self.day_fills(reply, *only);
            let meaning = match rung {
                Rung::First => Meaning::OfferOne,
                Rung::Again => Meaning::OfferOneAgain,
                Rung::Hint => Meaning::YesNoHint,
            };
            return self.say(reply, meaning, &fills);
        }
        let first_day = offered.first().map(|slot| reply.civil(*slot).0);
        let same_day = offered.iter().all(|slot| Some(reply.civil(*slot).0) == first_day);
        let options = self.slot_options(reply, &offered);
        match (rung, first_day) {
            (Rung::First, Some(day)) if same_day => {
                let on_day = spoken::on_day(self.lexicon(), day, reply.today());
                self.say(reply, Meaning::OfferSome, &[("on_day", on_day), ("times", options)]);
            }
            (Rung::First, _) => self.say(reply, Meaning::OfferDays, &[("options", options)]),
            (Rung::Again, _) => self.say(reply, Meaning::OfferAgain, &[("options", options)]),
            (Rung::Hint, _) => self.say(reply, Meaning::OfferHint, &[("options", options)]),
        }
    }

    /// Offered slots in one breath: times alone when they are of one day.
    fn slot_options(&self, reply: &Reply<'_>, offered: &[crate::crm::model::Slot]) -> Said {
        let lexicon = self.lexicon();
        let first_day = offered.first().map(|slot| reply.civil(*slot).0);
        if offered.iter().all(|slot| Some(reply.civil(*slot).0) == first_day) {
            let times: Vec<Time> = offered.iter().map(|slot| reply.civil(*slot).1).collect();
            return self.times_told(&times);
        }
        // Of several days: each day once, with its times.
        let mut days: Vec<(Date, Vec<Time>)> = Vec::new();
        for slot in offered {
            let (day, time) = reply.civil(*slot);
            match days.last_mut() {
                Some((last, times)) if *last == day => times.push(time),
                _ => days.push((day, vec![time])),
            }
        }
        let lines: Vec<Said> = days
            .iter()
            .map(|(day, times)| {
                let on_day = spoken::on_day(lexicon, *day, reply.today());
                let times = spoken::times(lexicon, times, &lexicon.or);
                self.as_value(Meaning::SlotLine, &[("on_day", on_day), ("time", times)])
            })
            .collect();
        let told = spoken::choices(&lines, &lexicon.or);
        let each = offered.iter().map(|slot| {
            let (day, time) = reply.civil(*slot);
            let on_day = spoken::on_day(lexicon, day, reply.today());
            self.as_value(Meaning::SlotLine, &[("on_day", on_day), ("time", spoken::time(lexicon, time))]).eye
        });
        self.listed(told, each.collect::<Vec<_>>())
    }

    pub(super) fn services_told(&self, joiner: &str) -> Said {
        let services = &self.setting.business.services;
        let names: Vec<Said> =
            services.iter().take(SERVICES_TOLD_MAX).map(|service| self.service_said(&service.name)).collect();
        spoken::list(&names, joiner).steadily()
    }

    /// They spoke, and nothing could be made of it.
    pub(super) fn missed(&mut self, reply: &mut Reply<'_>) {
        self.misses = self.misses.saturating_add(1);
        // A question that is itself the last resort is put twice more, not four times.
        if self.ask == Ask::Person || self.ask == Ask::Leave {
            self.misses = self.misses.max(2);
        }
        match self.misses {
            1 => {
                self.say(reply, Meaning::Unclear, &[]);
                reply.preface = reply.step.say.len();
                self.put(reply, Rung::Again);
            }
            2 => {
                self.say(reply, Meaning::Unclear, &[]);
                reply.preface = reply.step.say.len();
                self.put(reply, Rung::Hint);
            }
            3 => {
                // What is wrong was not to be learned: perhaps nothing is.
                if self.ask != Ask::WhatToChange || !self.ask_as_it_is(reply) {
                    self.offer_person(reply);
                }
            }
            _ => {
                self.say(reply, Meaning::GoodbyeUnclear, &[]);
                self.end(reply, Then::HangUp);
            }
        }
    }

    /// They said nothing.
    pub(super) fn nothing_said(&mut self, reply: &mut Reply<'_>) {
        self.silences = self.silences.saturating_add(1);
        let done = match self.ask {
            // Nothing stands open: a silence is a goodbye.
            Ask::AnythingElse => self.silences >= 2,
            Ask::Person | Ask::Leave => true,
            Ask::Opening
            | Ask::Service
            | Ask::PriceOf
            | Ask::Day
            | Ask::WhichDate
            | Ask::Slot
            | Ask::Name
            | Ask::Phone
            | Ask::Confirm
            | Ask::WhatToChange
            | Ask::FindBy
            | Ask::Which
            | Ask::Ending
            | Ask::Words => self.silences >= 4,
        };
        if done {
            let last = if self.ask == Ask::AnythingElse { Meaning::Goodbye } else { Meaning::GoodbyeSilence };
            self.say(reply, last, &[]);
            return self.end(reply, Then::HangUp);
        }
        match self.silences {
            1 => {
                if self.ask != Ask::AnythingElse {
                    self.say(reply, Meaning::StillThere, &[]);
                }
                reply.preface = reply.step.say.len();
                self.put(reply, Rung::Again);
            }
            2 => self.put(reply, Rung::Hint),
            _ => self.offer_person(reply),
        }
    }

    /// Offers a person, or a message where there is none to be had. What was being done is kept.
    pub(super) fn offer_person(&mut self, reply: &mut Reply<'_>) {
        self.ask(reply, Ask::Person);
    }

    /// Whether a person can be connected here and now.
    pub(super) fn can_transfer(&self) -> bool {
        self.setting.channel == Channel::Ear && self.setting.business.transfer_to.is_some() && !self.nobody_free
    }

    /// Whether an appointment is being moved.
    fn moving(&self) -> bool {
        matches!(&self.flow, Flow::Booking(booking) if booking.moving.is_some())
    }

    /// The name of the service in question, or nothing.
    pub(super) fn service_name(&self) -> &str {
        match &self.flow {
            Flow::Booking(booking) => self.booked_service_name(booking),
            Flow::Idle | Flow::Finding(_) | Flow::Cancelling(_) | Flow::Message(_) => "",
        }
    }

    pub(super) fn booked_service_name<'a>(&'a self, booking: &'a Booking) -> &'a str {
        if let Some(appointment) = &booking.moving {
            return &appointment.service_name;
        }
        let services = &self.setting.business.services;
        services.iter().find(|service| Some(service.id) == booking.service).map_or("", |service| service.name.as_str())
    }

    /// The context in which the next words are understood, should they be of this language.
    pub(super) fn context(&self, language: crate::nlu::Language) -> Expecting {
        let business = &self.setting.business;
        let lexicon = self.phrases.book(language).lexicon();
        let services = business
            .services
            .iter()
            .map(|service| {
                let own = spoken::service(lexicon, &service.name);
                let aliases = service.aliases.iter().cloned().chain((own != service.name).then(|| own.to_owned()));
                Term { name: service.name.clone(), aliases: aliases.collect() }
            })
            .collect();
        let opens = business.hours.week.iter().flatten().map(|opening| opening.from).min();
        let closes = business.hours.week.iter().flatten().map(|opening| opening.to).max();
        Expecting {
            field: self.expected_field(),
            language,
            region: business.region.clone(),
            services,
            options: self.options(lexicon),
            hours: opens.zip(closes),
        }
    }

    pub(super) fn expected_field(&self) -> crate::nlu::Field {
        let one = matches!(&self.flow, Flow::Booking(booking) if booking.offered.len() == 1);
        self.ask.field(one)
    }

    /// The options just read out, as they can be named.
    fn options(&self, lexicon: &super::phrasing::Lexicon) -> Vec<Term> {
        let zone = jiff::tz::TimeZone::get(&self.setting.business.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let term = |slot: crate::crm::model::Slot, name: Option<&str>| {
            let start = slot.start.to_zoned(zone.clone());
            let (day, time) = (spoken::date(lexicon, start.date()), spoken::time(lexicon, start.time()));
            Term {
                name: name.map_or_else(|| format!("{} {}", day.eye, time.eye), str::to_owned),
                aliases: vec![time.ear, time.eye, day.eye],
            }
        };
        match (&self.flow, self.ask) {
            (Flow::Booking(booking), Ask::Slot) => booking.offered.iter().map(|slot| term(*slot, None)).collect(),
            (Flow::Finding(finding), Ask::Which) => {
                finding.found.iter().map(|found| term(found.slot, Some(&found.service_name))).collect()
            }
            (Flow::Booking(_) | Flow::Finding(_) | Flow::Idle | Flow::Cancelling(_) | Flow::Message(_), _) => {
                Vec::new()
            }
        }
    }
}
