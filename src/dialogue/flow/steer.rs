//! Steering an offer and correcting a booking: later, earlier, another day, not that one, nothing after all.
//!
//! What each remark sounds like is in the phrase books (the cues). Read next: [`super::book`] for what is then done.

use super::super::ask::Rung;
use super::super::phrasing::lexicon::plain_words;
use super::super::phrasing::{Cue, Meaning, Said, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Booking, Dialogue, Flow};
use super::naming;
use super::wish::{self, Days, TimeWish, WIDER_DAYS, Wish, later};
use crate::crm::model::{Opening, Slot};
use crate::nlu::{Entities, Intent, Understanding, When, WhenValue};
use jiff::civil::{Date, Time, Weekday};

/// Shorter questions are more likely a misheard answer.
const QUESTION_WORDS_MIN: usize = 3;

impl Booking {
    /// Whether they cannot come on that day of the week.
    pub(super) fn avoids(&self, day: Date) -> bool {
        self.avoid[spoken::weekday_index(day)]
    }

    /// Takes note of days they rule out; what they ruled out is no wish. Says whether there were any.
    pub(super) fn rule_out(&mut self, ruled_out: [bool; 7], wish: &mut Wish, today: Date) -> bool {
        if !ruled_out.contains(&true) {
            return false;
        }
        for (avoided, out) in self.avoid.iter_mut().zip(ruled_out) {
            *avoided |= out;
        }
        self.found = None;
        let avoided = |days: Option<Days>| days.and_then(Days::single).is_some_and(|day| self.avoids(day));
        if avoided(wish.days) {
            *wish = Wish::default();
        }
        if wish.days.is_none() && (avoided(self.wish.days) || self.wish.days.is_none()) {
            self.wish.days = Some(Days { from: today, to: later(today, WIDER_DAYS) });
            self.wish.soonest = true;
        }
        true
    }
}

impl Dialogue {
    /// Whether a text rules out a day of the week.
    pub(in crate::dialogue) fn rules_out_a_day(&self, text: &str) -> bool {
        spoken::weekdays_ruled_out(self.lexicon(), text).contains(&true)
    }

    /// Whether they want the last of the day.
    pub(in crate::dialogue) fn wants_the_latest(&self, text: &str) -> bool {
        self.phrases.book(self.language).cues(text).contains(&Cue::Latest)
    }

    /// The wish an expression of time holds at this point: a bare weekday is that of the days spoken of.
    pub(in crate::dialogue) fn wished(&self, reply: &Reply<'_>, when: &When) -> Wish {
        let mut wish = Wish::to(when, reply.today(), &self.lexicon().turns.toward);
        if let Some(day) = self.weekday_meant(reply, &when.text) {
            wish.days = wish.days.map(|_| Days::one(day));
            wish.other_day = None;
        }
        wish.days = wish.days.map(|days| self.weekend_to_come(reply, days));
        wish
    }

    /// "This weekend", said when what is left of it is closed, is the next one.
    fn weekend_to_come(&self, reply: &Reply<'_>, days: Days) -> Days {
        let is_weekend = days.from.weekday() == Weekday::Saturday && later(days.from, 2) == days.to;
        let hours = &self.setting.business.hours;
        let left = (0..2).map(|ahead| later(days.from, ahead)).filter(|day| *day >= reply.today());
        let is_open = |day: Date| {
            let to_come = |opening: &Opening| day > reply.today() || reply.now.time() < opening.to;
            wish::openings_on(hours, day).iter().any(to_come)
        };
        if !is_weekend || !days.contains(reply.today()) || left.into_iter().any(is_open) {
            return days;
        }
        Days { from: later(days.from, 7), to: later(days.to, 7) }
    }

    /// "Next week in the afternoon": the part of the day, of whichever day it will be.
    pub(super) fn part_of_day(&self, wish: &mut Wish, text: &str) {
        let said = plain_words(text);
        let part = self.lexicon().times.day_parts.iter().find(|(words, ..)| said.contains(&plain_words(words)));
        let Some((_, from, to)) = part.filter(|_| wish.time.is_none()) else { return };
        let from = Time::new(*from, 0, 0, 0).unwrap_or(Time::MIN);
        wish.time = Some(TimeWish::Between(from, Time::new(*to, 0, 0, 0).ok()));
    }

    /// A bare number where an hour fits: "make it four", "nine", "ten on Saturday".
    pub(in crate::dialogue) fn hour_meant(&self, understanding: &Understanding) -> Option<Understanding> {
        /// Longer sentences hold numbers of other things.
        const WORDS_MAX: usize = 7;
        /// "One", "at one", "one please".
        const ONE_WORDS_MAX: usize = 2;
        let entities = &understanding.entities;
        let day = match entities.when.as_ref().map(|when| &when.value) {
            None => None,
            Some(WhenValue::Date(day)) => Some(*day),
            Some(_) => return None,
        };
        let fits = matches!(self.flow, Flow::Booking(_))
            && matches!(self.ask, Ask::Slot | Ask::Day | Ask::Confirm | Ask::WhatToChange)
            && entities.option.is_none()
            && entities.ordinal.is_none()
            && entities.phone.is_none()
            && understanding.text.split_whitespace().count() <= WORDS_MAX;
        // "The other one" is no hour.
        let is_pronoun = entities.number == Some(1.0)
            && !understanding.text.contains('1')
            && understanding.text.split_whitespace().count() > ONE_WORDS_MAX;
        let hour =
            entities.number.filter(|hour| fits && !is_pronoun && hour.fract() == 0.0 && (1.0..=12.0).contains(hour))?;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number from 1 to 12")]
        let hour = hour as i8 % 12;
        let week = &self.setting.business.hours.week;
        let is_open = |time: Time| week.iter().flatten().any(|opening| opening.from <= time && time < opening.to);
        let readings = [Time::new(hour, 0, 0, 0).ok()?, Time::new(hour + 12, 0, 0, 0).ok()?];
        let time = readings.into_iter().find(|time| is_open(*time))?;
        let value = day.map_or(WhenValue::Time(time), |day| WhenValue::DateTime(day.to_datetime(time)));
        let (text, span) = match &entities.when {
            Some(when) => (when.text.clone(), when.span.clone()),
            None => (String::new(), 0..0),
        };
        let when = When { text, span, value, alternatives: Vec::new() };
        let mut meant = understanding.clone();
        meant.entities.when = Some(when);
        meant.why.push("dialogue.hour".to_owned());
        Some(meant)
    }

    /// "Same time next week": the time of the appointment spoken of, and its day of the week where a week was named.
    pub(super) fn same_time(&self, reply: &Reply<'_>, wish: &mut Wish, text: &str) {
        let Flow::Booking(booking) = &self.flow else { return };
        let of = booking.moving.as_ref().map(|moving| moving.slot).or(booking.chosen);
        let Some(slot) = of.filter(|_| self.phrases.book(self.language).cues(text).contains(&Cue::SameTime)) else {
            return;
        };
        let (day, time) = reply.civil(slot);
        wish.time = Some(TimeWish::At(time, Vec::new()));
        if let Some(days) = wish.days.filter(|days| days.single().is_none()) {
            let same = (0..7).map(|ahead| later(days.from, ahead)).find(|other| other.weekday() == day.weekday());
            wish.days = same.filter(|day| days.contains(*day)).map(Days::one).or(wish.days);
        }
    }

    /// Whether the business is open at a time of a day, or closed all day (which is said otherwise).
    pub(super) fn is_open_at(&self, day: Date, time: Time) -> bool {
        let openings = wish::openings_on(&self.setting.business.hours, day);
        openings.is_empty() || openings.iter().any(|opening| opening.from <= time && time < opening.to)
    }

    /// The hour they named was offered on several days: which of them?
    pub(in crate::dialogue) fn ask_which_day(&mut self, reply: &mut Reply<'_>, slots: Vec<Slot>) {
        let lexicon = self.lexicon();
        let days: Vec<Said> =
            slots.iter().map(|slot| spoken::on_day(lexicon, reply.civil(*slot).0, reply.today())).collect();
        let options = spoken::list(&days, &lexicon.or);
        if let Flow::Booking(booking) = &mut self.flow {
            booking.show(slots);
        }
        self.ask = Ask::Slot;
        self.say(reply, Meaning::WhichOfOffered, &[("options", options)]);
    }

    /// Whether they say that all is well as it is.
    pub(in crate::dialogue) fn says_as_it_is(&self, text: &str) -> bool {
        self.phrases.book(self.language).cues(text).contains(&Cue::AsItIs)
    }

    /// They were asked what to change, and it is nothing. Says whether it was dealt with.
    pub(in crate::dialogue) fn nothing_to_change(&mut self, reply: &mut Reply<'_>, intent: Intent, text: &str) -> bool {
        let nothing = matches!(intent, Intent::Yes | Intent::No | Intent::Thanks) || self.says_as_it_is(text);
        if !nothing || self.reopen(reply, text) {
            return nothing;
        }
        if !self.ask_as_it_is(reply) {
            self.abandon(reply);
        }
        true
    }

    /// Asks, once, whether to do it as it is. Says whether that was still to be asked.
    pub(in crate::dialogue) fn ask_as_it_is(&mut self, reply: &mut Reply<'_>) -> bool {
        let Flow::Booking(booking) = &mut self.flow else { return false };
        if booking.as_it_is {
            return false;
        }
        booking.as_it_is = true;
        let meaning = if booking.moving.is_some() { Meaning::MoveAsItIs } else { Meaning::BookAsItIs };
        self.ask = Ask::Confirm;
        self.say(reply, meaning, &[]);
        true
    }

    /// They say how their name is spelled, or which of two it is. Says whether the name changed.
    pub(in crate::dialogue) fn correct_name(&mut self, text: &str, entities: &Entities) -> bool {
        let Some(known) = self.person.name.as_deref() else { return false };
        let spelled_back = self.person.spelled_back.as_deref();
        let was_spelled = known.split_whitespace().any(|part| Some(part) == spelled_back);
        let given = entities.name.as_deref();
        let Some(name) = naming::corrected(self.lexicon(), known, text, given, was_spelled) else { return false };
        self.person.corrected = naming::changed(known, &name);
        self.person.name = Some(name);
        true
    }

    /// Whether it is a question, though not one we know.
    pub(in crate::dialogue) fn asks_something(&self, text: &str) -> bool {
        let is_long = text.split_whitespace().count() >= QUESTION_WORDS_MIN;
        let idle = matches!(self.flow, Flow::Idle);
        let asks = self.phrases.book(self.language).cues(text).contains(&Cue::Asking);
        is_long && (asks || (idle && text.trim_end().ends_with('?')))
    }

    /// A question nobody told us the answer to: say so; a person may know.
    pub(in crate::dialogue) fn not_known(&mut self, reply: &mut Reply<'_>) {
        /// Questions we cannot answer before a person is offered in the middle of something.
        const UNANSWERED_MAX: u8 = 2;
        self.misses = self.misses.saturating_add(1);
        self.say(reply, Meaning::NotKnown, &[]);
        if matches!(self.flow, Flow::Idle) || self.misses > UNANSWERED_MAX {
            return self.offer_person(reply);
        }
        self.put(reply, Rung::Again);
    }

    /// It cannot wait: a person, or the earliest time there is.
    pub(in crate::dialogue) fn urgent(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) {
        self.say(reply, Meaning::Urgent, &[]);
        let wish = Wish { soonest: true, ..Wish::default() };
        self.flow = Flow::Booking(Box::new(Booking { wish, ..Booking::default() }));
        self.take_person(entities);
        self.take_booking(reply, entities, text);
        if self.can_transfer() {
            return self.offer_person(reply);
        }
        if let Some(number) = &self.setting.business.transfer_to {
            let phone = spoken::phone(self.lexicon(), number);
            self.say(reply, Meaning::TransferInText, &[("phone", phone)]);
        }
        match &self.flow {
            Flow::Booking(booking) if booking.service.is_none() => {
                self.ask = Ask::Service;
                self.put(reply, Rung::Again);
            }
            Flow::Booking(_) | Flow::Idle | Flow::Finding(_) | Flow::Cancelling(_) | Flow::Message(_) => {
                self.advance_booking(reply);
            }
        }
    }

    /// They answer an offer with a remark that steers it: later, earlier, another day. Says whether it was one.
    pub(in crate::dialogue) fn steer(&mut self, reply: &mut Reply<'_>, text: &str) -> bool {
        let cues = self.phrases.book(self.language).cues(text);
        let zone = reply.now.time_zone().clone();
        let Flow::Booking(booking) = &self.flow else { return false };
        let (Some(found), Some(first), Some(last)) =
            (booking.found.clone(), booking.offered.first().copied(), booking.offered.last().copied())
        else {
            return false;
        };
        let shown = booking.shown.clone();
        let (other_day, more) =
            (has_any(&cues, &[Cue::OtherDay, Cue::TheDay]), has_any(&cues, &[Cue::More, Cue::TheTime]));
        let on = |day: Date, keep: &dyn Fn(&Slot) -> bool| -> Vec<Slot> {
            let of_day = |slot: &&Slot| wish::civil(**slot, &zone).0 == day;
            found.slots.iter().filter(of_day).filter(|slot| keep(slot)).copied().collect()
        };
        let has = |cue: Cue| cues.contains(&cue);
        let tomorrow = plain_words(&self.lexicon().days.tomorrow);
        if has(Cue::DayAfter) && !plain_words(text).contains(&tomorrow) {
            let next = later(reply.civil(last).0, 1);
            if let Flow::Booking(booking) = &mut self.flow {
                booking.wish = Wish { days: Some(Days::one(next)), ..Wish::default() };
                booking.widened = false;
            }
            self.seek(reply);
        } else if other_day {
            self.forget_day();
            self.ask = Ask::Day;
            self.put(reply, Rung::Again);
        } else if has(Cue::Latest) {
            let day = reply.civil(last).0;
            let latest = on(day, &|_| true).last().copied().unwrap_or(last);
            self.choose(reply, latest);
        } else if has(Cue::Later) {
            let day = reply.civil(last).0;
            let after = on(day, &|slot| slot.start > last.start);
            self.offer_or(reply, &after, day, Meaning::NoLater);
        } else if has(Cue::Earlier) {
            let day = reply.civil(first).0;
            let before = on(day, &|slot| slot.start < first.start);
            self.offer_or(reply, &before, day, Meaning::NoEarlier);
        } else if has(Cue::Any) {
            self.choose(reply, first);
        } else if more {
            let new: Vec<Slot> = found.slots.iter().filter(|slot| !shown.contains(&slot.start)).copied().collect();
            self.more(reply, &new, found.days);
        } else {
            return false;
        }
        true
    }

    fn offer_or(&mut self, reply: &mut Reply<'_>, slots: &[Slot], day: Date, none: Meaning) {
        if slots.is_empty() {
            let on_day = spoken::on_day(self.lexicon(), day, reply.today());
            self.say(reply, none, &[("on_day", on_day)]);
            return self.put(reply, Rung::Again);
        }
        let slots = wish::spread(slots, reply.now.time_zone());
        self.offer_slots(reply, slots);
    }

    /// Others than those offered: of the same search, else of the days after it.
    fn more(&mut self, reply: &mut Reply<'_>, new: &[Slot], searched: Days) {
        if !new.is_empty() {
            let slots = wish::spread(new, reply.now.time_zone());
            return self.offer_slots(reply, slots);
        }
        if let Flow::Booking(booking) = &mut self.flow {
            let days = Days { from: searched.to, to: later(searched.to, WIDER_DAYS) };
            booking.wish = Wish { days: Some(days), soonest: true, ..Wish::default() };
            self.seek(reply);
        }
    }

    /// The day is open again; so is the time, which belonged to it and is kept for them no longer.
    pub(in crate::dialogue) fn forget_day(&mut self) {
        if let Flow::Booking(booking) = &mut self.flow {
            self.loose = booking.hold.take().map(|hold| hold.id).or(self.loose);
            booking.wish = Wish::default();
            booking.chosen = None;
            booking.widened = false;
        }
    }
}

/// "Two", when two o'clock is among the times offered, is the hour and not the second: the second is "the second".
pub(in crate::dialogue) fn hour_offered(reply: &Reply<'_>, offered: &[Slot], entities: &Entities) -> Option<usize> {
    // "The last one" is no hour either.
    let is_pronoun = entities.number == Some(1.0) && entities.option.is_some();
    let said = entities.number.filter(|_| entities.ordinal.is_none() && !is_pronoun)?;
    let is_it = |slot: &Slot| {
        let time = reply.civil(*slot).1;
        // The hours of a twelve-hour clock, twelve and not nought.
        let hour = (time.hour() + 11) % 12 + 1;
        (f64::from(hour) - said).abs() < f64::EPSILON && time.minute() == 0
    };
    let place = offered.iter().position(is_it)?;
    offered[place + 1..].iter().all(|slot| !is_it(slot)).then_some(place)
}

fn has_any(cues: &[Cue], wanted: &[Cue]) -> bool {
    wanted.iter().any(|cue| cues.contains(cue))
}
