//! Answers to what was asked, question by question.

#![expect(clippy::wildcard_enum_match_arm, reason = "of sixty intents each question is answered by a few")]

use super::Channel;
use super::ask::Rung;
use super::flow::find::place_of;
use super::flow::steer::hour_offered;
use super::flow::wish::TimeWish;
use super::phrasing::{Cue, Meaning};
use super::reply::Reply;
use super::state::{Ask, Dialogue, Flow};
use crate::crm::model::Slot;
use crate::nlu::{Entities, Expecting, Field, Intent};

/// "And for a check-up?"
const FOLLOW_UP_WORDS_MAX: usize = 4;

impl Dialogue {
    pub(super) fn at_opening(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
    ) -> bool {
        let about_a_visit = entities.service.is_some() || entities.when.is_some();
        // "And a consultation?", "and on Sunday?": the last question, asked of something else.
        let follow_up = match self.last_question {
            Some(Intent::AskPrice) => entities.service.is_some(),
            Some(Intent::AskHours) => entities.when.is_some() && entities.service.is_none(),
            _ => false,
        };
        // So short a question is no wish, though it sounds like one without the "and".
        let asks = text.trim_end().ends_with('?') && text.split_whitespace().count() <= FOLLOW_UP_WORDS_MAX;
        match (intent, self.last_question) {
            (Intent::Unknown | Intent::BookAppointment, Some(question))
                if follow_up && (asks || intent == Intent::Unknown) =>
            {
                self.answer(reply, question, entities, text);
                self.ask(reply, Ask::AnythingElse);
                return true;
            }
            _ => {}
        }
        let urgent = self.phrases.book(self.language).cues(text).contains(&Cue::Urgent);
        match intent {
            Intent::Unknown | Intent::Help | Intent::BookAppointment | Intent::Greeting if urgent => {
                self.urgent(reply, entities, text);
                true
            }
            Intent::Unknown | Intent::SelectOption | Intent::Greeting | Intent::Yes if about_a_visit => {
                self.start_booking(reply, entities, text);
                true
            }
            // Callers do not run the CRM: a service named in what sounds like a command to it is a wish to come.
            _ if entities.service.is_some() && !is_callers(intent) => {
                self.start_booking(reply, entities, text);
                true
            }
            Intent::Greeting | Intent::Yes => {
                self.take_person(entities);
                let said = if intent == Intent::Yes { Meaning::Sure } else { Meaning::Hello };
                self.say(reply, said, &[]);
                self.put(reply, Rung::Again);
                true
            }
            Intent::No => {
                self.ask(reply, Ask::AnythingElse);
                true
            }
            _ => false,
        }
    }

    pub(super) fn price_asked(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) -> bool {
        let answered = self.answer(reply, Intent::AskPrice, entities, text);
        self.ask(reply, Ask::AnythingElse);
        answered
    }

    pub(super) fn at_person(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        // They went on with the appointment instead.
        let goes_on = intent != Intent::Yes && matches!(self.flow, Flow::Booking(_)) && !starts_anew(intent);
        if goes_on && (self.take_person(entities) | self.take_booking(reply, entities, text)) {
            self.misses = 0;
            self.advance_booking(reply);
            return true;
        }
        // With nothing begun, what is named now begins it.
        let begins = matches!(self.flow, Flow::Idle) && (entities.service.is_some() || entities.when.is_some());
        if begins && !matches!(intent, Intent::Yes | Intent::No) && !starts_anew(intent) {
            self.misses = 0;
            return self.at_opening(reply, intent, entities, text);
        }
        match intent {
            Intent::Yes if self.can_transfer() => self.connect(reply),
            Intent::Yes => self.start_message(reply, &Entities::default(), ""),
            // What could not be found will not be found by asking once more.
            Intent::No if matches!(self.flow, Flow::Finding(_)) || self.declined => self.abandon(reply),
            Intent::No => {
                self.declined = true;
                self.back_to_work(reply);
            }
            _ => return false,
        }
        true
    }

    /// On with what was being done, or with nothing.
    pub(super) fn back_to_work(&mut self, reply: &mut Reply<'_>) {
        self.misses = 0;
        match &self.flow {
            Flow::Booking(_) => self.advance_booking(reply),
            Flow::Message(_) => self.advance_message(reply),
            Flow::Cancelling(_) => self.ask(reply, Ask::Confirm),
            Flow::Finding(_) => self.ask(reply, Ask::FindBy),
            Flow::Idle => self.ask(reply, Ask::AnythingElse),
        }
    }

    /// Yes or no to cancelling, or to leaving a message.
    pub(super) fn at_confirm(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
        doubtful: bool,
    ) -> bool {
        let cancelling = matches!(self.flow, Flow::Cancelling(_));
        match intent {
            Intent::Yes => self.confirmed(reply, doubtful),
            Intent::CancelAppointment if cancelling => self.confirmed(reply, doubtful),
            Intent::LeaveMessage if !cancelling => self.confirmed(reply, doubtful),
            // "No, my number is…" corrects what goes with the message.
            _ if !cancelling && (self.correct_name(text, entities) || self.take_person(entities)) => {
                self.ask(reply, Ask::Confirm);
            }
            Intent::RescheduleAppointment if cancelling => self.move_instead(reply, entities),
            Intent::No => self.denied(reply, text),
            _ => return false,
        }
        true
    }

    /// A name or a number for the message.
    pub(super) fn message_fact(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
    ) -> bool {
        if self.person_fact(reply, intent, entities, text) {
            self.advance_message(reply);
            return true;
        }
        false
    }

    /// Takes over a name or number that was asked for; "no" to the number is an answer too.
    fn person_fact(&mut self, reply: &Reply<'_>, intent: Intent, entities: &Entities, text: &str) -> bool {
        let correctable = matches!(self.ask, Ask::Confirm | Ask::WhatToChange | Ask::Phone);
        let says_else = entities.phone.is_some() || entities.when.is_some();
        if (correctable && !says_else && self.correct_name(text, entities)) || self.take_person(entities) {
            return true;
        }
        if self.ask != Ask::Phone {
            return false;
        }
        let this_number = self.phrases.book(self.language).cues(text).contains(&Cue::ThisNumber);
        if this_number && let Some(caller) = self.setting.caller.clone() {
            self.person.phone = Some(caller);
            return true;
        }
        if intent == Intent::No {
            self.person.no_phone = true;
            return true;
        }
        intent == Intent::Unknown && self.rest_of_name(reply, text)
    }

    /// Asked for the number, they first say the name out: "Gore", "Al Gore".
    fn rest_of_name(&mut self, reply: &Reply<'_>, text: &str) -> bool {
        let Some(known) = self.person.name.clone().filter(|name| name.split_whitespace().count() == 1) else {
            return false;
        };
        let context = Expecting { field: Field::Name, ..self.context(self.language) };
        let Some(name) = self.grammar.understand(&context, reply.now, text).entities.name else { return false };
        let words: Vec<&str> = name.split_whitespace().collect();
        let name = match words.as_slice() {
            [first, _, ..] if first.eq_ignore_ascii_case(&known) => name,
            [rest] if !rest.eq_ignore_ascii_case(&known) => format!("{known} {rest}"),
            _ => return false,
        };
        self.person.name = Some(name);
        true
    }

    /// Everything said while an appointment is made or moved.
    pub(super) fn in_booking(
        &mut self,
        reply: &mut Reply<'_>,
        intent: Intent,
        entities: &Entities,
        text: &str,
        doubtful: bool,
    ) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        let is_new = booking.moving.is_none();
        if intent == Intent::CancelAppointment {
            match booking.moving.clone() {
                Some(appointment) => self.cancel_instead(reply, appointment),
                None => self.abandon(reply),
            }
            return true;
        }
        // Nothing is offered yet, or they say so: it is another appointment they mean.
        let untouched = booking.offered.is_empty() && booking.chosen.is_none();
        let existing = || self.phrases.book(self.language).cues(text).contains(&Cue::Existing);
        if intent == Intent::RescheduleAppointment && is_new && (untouched || existing()) {
            return false;
        }
        let about_this = self.ask == Ask::Confirm && is_new;
        if matches!(intent, Intent::LeaveMessage | Intent::OptOut)
            || (intent == Intent::ListAppointments && !about_this)
        {
            return false;
        }
        // Asked of what is being read back, it is no question about another appointment.
        let asks_of_this = matches!(intent, Intent::ListAppointments)
            || (intent == Intent::ConfirmAppointment && text.trim_end().ends_with('?'));
        if self.ask == Ask::Confirm && is_new && asks_of_this {
            self.put(reply, Rung::Again);
            return true;
        }
        if self.ask == Ask::WhichDate && self.pick_date(reply, entities, text) {
            return true;
        }
        let person_changed = is_new && self.person_fact(reply, intent, entities, text);
        if !person_changed && self.picks_another(reply, intent, entities) {
            return true;
        }
        let steered = self.ask == Ask::Slot
            && ((!self.rules_out_a_day(text) && !self.wants_the_latest(text) && self.pick_slot(reply, entities))
                || (!person_changed
                    && !self.rules_out_a_day(text)
                    && (self.steer(reply, text) || self.yes_or_no_to_slots(reply, intent, entities))));
        if steered {
            return true;
        }
        let booking_changed = self.take_booking(reply, entities, text);
        if person_changed || booking_changed {
            self.read_back.missed = false;
            self.doubted = false;
            self.advance_booking(reply);
            return true;
        }
        if self.ask == Ask::WhatToChange && self.nothing_to_change(reply, intent, text) {
            return true;
        }
        match (self.ask, intent) {
            (Ask::Confirm, Intent::No) if self.says_as_it_is(text) => self.confirmed(reply, doubtful),
            (Ask::Confirm, Intent::Yes | Intent::BookAppointment | Intent::ConfirmAppointment) => {
                self.confirmed(reply, doubtful);
            }
            (Ask::Confirm, Intent::RescheduleAppointment) if !is_new => self.confirmed(reply, doubtful),
            (Ask::Confirm, Intent::No | Intent::RescheduleAppointment) => self.denied(reply, text),
            (Ask::Confirm | Ask::WhatToChange, _) if self.reopen(reply, text) => {}
            (Ask::Day, _) if self.phrases.book(self.language).cues(text).contains(&Cue::Any) => {
                if let Flow::Booking(booking) = &mut self.flow {
                    booking.wish.soonest = true;
                }
                self.advance_booking(reply);
            }
            (_, Intent::BookAppointment | Intent::CheckAvailability | Intent::RescheduleAppointment) => {
                self.put(reply, Rung::Again);
            }
            _ => return false,
        }
        true
    }

    /// One of the slots offered, by its place, its time or its day.
    fn pick_slot(&mut self, reply: &mut Reply<'_>, entities: &Entities) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        let (offered, zone) = (booking.offered.clone(), reply.now.time_zone());
        if let Some(when) = &entities.when {
            let wish = self.wished(reply, when);
            let fits = |slot: &&Slot| !wish.is_empty() && wish.fits(**slot, zone);
            let named: Vec<Slot> = offered.iter().filter(fits).copied().collect();
            match named.as_slice() {
                [slot] => {
                    self.choose(reply, *slot);
                    return true;
                }
                // The hour alone, of several days: only the day is missing.
                [_, _, ..] if wish.days.is_none() && matches!(wish.time, Some(TimeWish::At(..))) => {
                    self.ask_which_day(reply, named);
                    return true;
                }
                _ => {}
            }
        }
        let by_place = || entities.option.or(entities.ordinal).and_then(|place| place_of(place, offered.len()));
        let by_hour = || hour_offered(reply, &offered, entities);
        // Who reads the times reads their numbers too.
        let place = match self.setting.channel {
            Channel::Ear => by_hour().or_else(by_place),
            Channel::Eye => by_place().or_else(by_hour),
        };
        if let Some(place) = place {
            self.choose(reply, offered[place]);
        }
        place.is_some()
    }

    /// "No, wait, the first", after one of those offered was taken.
    fn picks_another(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities) -> bool {
        let after = matches!(self.ask, Ask::Name | Ask::Phone | Ask::Confirm | Ask::WhatToChange);
        let plain = entities.when.is_none() && entities.service.is_none() && entities.phone.is_none();
        let chooses = matches!(intent, Intent::SelectOption | Intent::No | Intent::Unknown | Intent::HoldOn);
        let Some(option) = entities.option.or(entities.ordinal).filter(|_| after && plain && chooses) else {
            return false;
        };
        let Flow::Booking(booking) = &self.flow else { return false };
        let slot = place_of(option, booking.offered.len()).map(|place| booking.offered[place]);
        let other = slot.filter(|slot| booking.chosen != Some(*slot) && !booking.refused.contains(&slot.start));
        if let Some(slot) = other {
            self.choose(reply, slot);
        }
        other.is_some()
    }

    /// Yes or no to what was offered, with no more said than that.
    fn yes_or_no_to_slots(&mut self, reply: &mut Reply<'_>, intent: Intent, entities: &Entities) -> bool {
        let Flow::Booking(booking) = &self.flow else { return false };
        if entities.when.is_some() || entities.service.is_some() {
            return false;
        }
        match (intent, booking.offered.clone().as_slice()) {
            (Intent::Yes, [only]) => self.choose(reply, *only),
            // A second bare yes to several: the first of them; it is read back all the same.
            (Intent::Yes, [first, ..]) if self.misses > 0 => self.choose(reply, *first),
            (Intent::Yes, _) => {
                self.misses = 1;
                self.put(reply, Rung::Again);
            }
            (Intent::No, _) => {
                self.forget_day();
                self.ask = Ask::Day;
                self.put(reply, Rung::Again);
            }
            _ => return false,
        }
        true
    }
}

/// Whether an intent leaves what is being done.
fn starts_anew(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::RescheduleAppointment | Intent::CancelAppointment | Intent::ListAppointments | Intent::LeaveMessage
    )
}

/// Whether an intent is one a caller has; the others are commands of those who run the business.
fn is_callers(intent: Intent) -> bool {
    use Intent as I;
    matches!(
        intent,
        I::BookAppointment
            | I::RescheduleAppointment
            | I::CancelAppointment
            | I::ConfirmAppointment
            | I::ListAppointments
            | I::CheckAvailability
            | I::AskHours
            | I::AskAddress
            | I::AskServices
            | I::AskPrice
            | I::AskIdentity
            | I::LeaveMessage
            | I::TalkToHuman
            | I::OptOut
            | I::ShowLocation
            | I::Thanks
            | I::No
            | I::Undo
    )
}
