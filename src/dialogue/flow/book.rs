//! Making and moving an appointment: what is missing is asked for, one thing at a time, in the order it is needed.
//!
//! [`Dialogue::advance_booking`] looks at what is known and does the next thing. Everything said is taken over by
//! [`Dialogue::take_booking`], whenever it is said, so corrections and volunteered facts need no code of their own.

use super::super::phrasing::{Cue, Meaning, Said, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Booking, Dialogue, Flow, Found, Job};
use super::naming;
use super::wish::{self, Days, Offer, TimeWish, WIDER_DAYS, Wish, later};
use crate::crm::Operation;
use crate::crm::model::{Appointment, Slot};
use crate::crm::operation::{BookAppointment, FindSlots, RescheduleAppointment};
use crate::nlu::{Entities, Intent};
use jiff::Timestamp;
use jiff::civil::Date;

/// Fruitless searches after which a person is offered.
const DRY_MAX: u8 = 3;

impl Dialogue {
    pub(in crate::dialogue) fn start_booking(&mut self, reply: &mut Reply<'_>, entities: &Entities, text: &str) {
        let spoken_of = self.priced.take().filter(|_| self.last_question == Some(Intent::AskPrice));
        self.let_go();
        let services = &self.setting.business.services;
        let only = (services.len() == 1).then(|| services[0].id);
        self.flow = Flow::Booking(Box::new(Booking { service: only.or(spoken_of), ..Booking::default() }));
        self.take_person(entities);
        self.take_booking(reply, entities, text);
        self.advance_booking(reply);
    }

    pub(in crate::dialogue) fn start_moving(
        &mut self,
        reply: &mut Reply<'_>,
        appointment: Appointment,
        mut wish: Wish,
    ) {
        let (day, _) = reply.civil(appointment.slot);
        if wish.time.is_some() && wish.days.is_none() {
            wish.days = Some(Days::one(day));
        }
        let open = wish.days.is_none() && !wish.soonest;
        if open {
            let fills = self.appointment_fills(reply, &appointment);
            self.say(reply, Meaning::HaveOne, &fills);
        }
        let service = Some(appointment.service);
        let booking = Booking { service, moving: Some(appointment), wish, ..Booking::default() };
        self.flow = Flow::Booking(Box::new(booking));
        self.advance_booking(reply);
    }

    /// Takes over what was said about the appointment; says whether anything changed.
    pub(in crate::dialogue) fn take_booking(&mut self, reply: &Reply<'_>, entities: &Entities, text: &str) -> bool {
        let zone = reply.now.time_zone();
        let service = entities.service.as_deref().and_then(|name| self.service_named(name)).map(|s| s.id);
        let mut wish = entities.when.as_ref().map(|when| self.wished(reply, when)).unwrap_or_default();
        self.same_time(reply, &mut wish, text);
        self.part_of_day(&mut wish, text);
        // "As soon as possible" starts now; a day said with it stands.
        let today = Days::one(reply.today());
        if wish.days.is_none_or(|days| days == today)
            && self.phrases.book(self.language).cues(text).contains(&Cue::Soonest)
        {
            wish = Wish { soonest: true, ..Wish::default() };
        }
        let ruled_out = spoken::weekdays_ruled_out(self.lexicon(), text);
        let wants_the_latest = self.ask != Ask::Slot && self.wants_the_latest(text);
        let Flow::Booking(booking) = &mut self.flow else { return false };
        booking.latest |= wants_the_latest;
        let mut changed = false;
        if let Some(service) = service.filter(|id| Some(*id) != booking.service && booking.moving.is_none()) {
            booking.service = Some(service);
            booking.found = None;
            changed = true;
        }
        changed |= booking.rule_out(ruled_out, &mut wish, reply.today());
        if !wish.is_empty() {
            let before = booking.wish.clone();
            booking.wish.take(wish);
            let kept = booking.chosen.is_some_and(|slot| booking.wish.fits(slot, zone));
            changed |= booking.wish != before && !kept;
            booking.dry = 0;
        }
        if changed {
            booking.chosen = None;
            booking.widened = false;
        }
        changed
    }

    /// A bare weekday said of a day already spoken of means that week's: "no, Thursday". None when it is no bare
    /// weekday, no single day was spoken of, or that day has passed.
    pub(super) fn weekday_meant(&self, reply: &Reply<'_>, text: &str) -> Option<Date> {
        let Flow::Booking(booking) = &self.flow else { return None };
        let named = spoken::bare_weekday(self.lexicon(), text)?;
        let offered = booking.offered.iter().map(|slot| reply.civil(*slot).0).filter(|_| self.ask == Ask::Slot);
        let of_offered = offered.into_iter().find(|day| spoken::weekday_index(*day) == named);
        if of_offered.is_some() {
            return of_offered;
        }
        let spoken_of = booking.wish.days.filter(|_| !booking.widened)?.single()?;
        let weekday = i32::try_from(spoken::bare_weekday(self.lexicon(), text)?).ok()?;
        let monday_offset = i32::from(spoken_of.weekday().to_monday_zero_offset());
        let day = later(spoken_of, weekday - monday_offset);
        (day >= reply.today()).then_some(day)
    }

    /// Takes over who they are; says whether anything changed.
    pub(in crate::dialogue) fn take_person(&mut self, entities: &Entities) -> bool {
        let name = entities.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let new_name =
            name.filter(|name| self.person.name.as_deref().is_none_or(|known| !known.eq_ignore_ascii_case(name)));
        let new_phone = entities.phone.as_ref().filter(|phone| self.person.phone.as_ref() != Some(phone));
        let changed = new_name.is_some() || new_phone.is_some();
        if let Some(name) = new_name {
            let known = self.person.name.take().unwrap_or_default();
            self.person.name = Some(naming::merged(&known, name));
        }
        if let Some(phone) = new_phone {
            self.person.phone = Some(phone.clone());
        }
        changed
    }

    /// Does the next thing the booking needs.
    pub(in crate::dialogue) fn advance_booking(&mut self, reply: &mut Reply<'_>) {
        let Flow::Booking(booking) = &self.flow else { return };
        if booking.service.is_none() {
            return self.ask(reply, Ask::Service);
        }
        let Some(chosen) = booking.chosen else { return self.seek(reply) };
        let settled = booking.unheld || booking.hold.as_ref().is_some_and(|hold| hold.slots == [chosen]);
        if !settled {
            return self.hold(reply, Job::Hold, vec![chosen.start], 1);
        }
        if booking.moving.is_some() {
            return self.ask(reply, Ask::Confirm);
        }
        if self.person.name.is_none() {
            self.ask(reply, Ask::Name);
        } else if self.person.phone.is_none() && !self.person.no_phone {
            self.ask(reply, Ask::Phone);
        } else {
            self.ask(reply, Ask::Confirm);
        }
    }

    /// Looks for a time: asks for a day, searches, or offers what was found.
    pub(super) fn seek(&mut self, reply: &mut Reply<'_>) {
        let today = reply.today();
        let horizon = i32::try_from(self.setting.business.hours.horizon_days).unwrap_or(i32::MAX).max(1);
        let Flow::Booking(booking) = &mut self.flow else { return };
        if booking.wish.days.is_none() {
            if !booking.wish.soonest {
                return self.ask(reply, Ask::Day);
            }
            booking.wish.days = Some(Days { from: today, to: later(today, WIDER_DAYS) });
        }
        if self.ask_which_date(reply) {
            return;
        }
        let Flow::Booking(booking) = &mut self.flow else { return };
        let Some(days) = booking.wish.days else { return };
        let farthest = later(today, horizon.saturating_add(1));
        let within = Days { from: days.from.max(today), to: days.to.min(farthest) };
        if within.from >= within.to {
            booking.wish.days = None;
            if days.from >= farthest {
                let count = spoken::count(self.lexicon(), usize::try_from(horizon).unwrap_or(usize::MAX));
                self.say(reply, Meaning::DayTooFar, &[("count", count)]);
            } else {
                self.say(reply, Meaning::DayPassed, &[]);
            }
            self.ask = Ask::Day;
            return self.put(reply, super::super::ask::Rung::Again);
        }
        let fresh = !std::mem::take(&mut booking.stale);
        if booking.found.as_ref().is_some_and(|f| fresh && f.days.from <= within.from && within.to <= f.days.to) {
            return self.offer(reply);
        }
        self.search(reply, within);
    }

    fn search(&mut self, reply: &mut Reply<'_>, days: Days) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        let Some(service) = booking.service else { return };
        let operation = FindSlots {
            service,
            from: start_of(reply, days.from).max(reply.now.timestamp()),
            to: start_of(reply, days.to),
            limit: FindSlots::LIMIT_MAX,
            own_hold: booking.hold.as_ref().map(|hold| hold.id),
            moving: booking.moving.as_ref().map(|appointment| appointment.id),
        };
        booking.found = Some(Found { days, slots: Vec::new().into() });
        self.perform(reply, Job::Slots, Operation::FindSlots(operation));
    }

    /// The search's result.
    pub(in crate::dialogue) fn slots_found(&mut self, reply: &mut Reply<'_>, mut slots: Vec<Slot>) {
        slots.truncate(FindSlots::LIMIT_MAX);
        slots.sort();
        let Flow::Booking(booking) = &mut self.flow else { return };
        let is_out = |start: &Timestamp| booking.refused.contains(start) || booking.taken.contains(start);
        slots.retain(|slot| !is_out(&slot.start) && !booking.avoids(reply.civil(*slot).0));
        let Some(found) = &mut booking.found else { return };
        // A cut list says nothing of the days after its end.
        if slots.len() == FindSlots::LIMIT_MAX
            && let Some(last) = slots.last()
        {
            found.days.to = found.days.to.min(later(reply.civil(*last).0, 1));
        }
        found.slots = slots.into();
        booking.shown.clear();
        self.offer(reply);
    }

    /// Offers what fits of what was found; takes it at once when it is exactly what was asked for.
    fn offer(&mut self, reply: &mut Reply<'_>) {
        let zone = reply.now.time_zone();
        let Flow::Booking(booking) = &mut self.flow else { return };
        let Some(found) = booking.found.clone() else { return };
        let (wish, told) = (booking.wish.clone(), booking.told);
        let offer = wish::offer(&found.slots, &wish, zone);
        if matches!(offer, Offer::Instead(_) | Offer::Nothing)
            && let Some(second) = booking.wish.second.take()
        {
            (booking.wish, booking.told) = (*second, false);
            return self.seek(reply);
        }
        match offer {
            Offer::Exact(slot) => self.choose(reply, slot),
            Offer::Fitting(_) if std::mem::take(&mut booking.latest) => {
                let last = found.slots.iter().rfind(|slot| wish.fits(**slot, zone)).copied();
                self.offer_slots(reply, last.into_iter().collect());
            }
            Offer::Fitting(slots) => self.offer_found_slots(reply, slots, false),
            // Times of several days are named with their days, whatever was told before.
            Offer::Instead(slots) if told => {
                let near = wish.days.is_some_and(|days| days.single().is_some());
                self.offer_found_slots(reply, slots, near);
            }
            Offer::Instead(slots) => {
                let first = slots.first().map_or(found.days.from, |slot| reply.civil(*slot).0);
                let on_day = spoken::on_day(self.lexicon(), first, reply.today());
                match (&wish.time, wish.days.and_then(Days::single)) {
                    (Some(TimeWish::At(at, _)), Some(day)) if !self.is_open_at(day, *at) => {
                        let hours =
                            spoken::openings(self.lexicon(), wish::openings_on(&self.setting.business.hours, day));
                        let time = spoken::time(self.lexicon(), *at);
                        self.say(reply, Meaning::ClosedAtTime, &[("time", time), ("on_day", on_day), ("hours", hours)]);
                    }
                    (Some(TimeWish::At(at, _)), Some(_)) => {
                        let time = spoken::time(self.lexicon(), *at);
                        self.say(reply, Meaning::TimeTaken, &[("time", time), ("on_day", on_day)]);
                    }
                    (Some(_), Some(_)) => self.say(reply, Meaning::PartTaken, &[("on_day", on_day)]),
                    _ => {
                        self.say(reply, Meaning::NothingFree, &[]);
                        return self.offer_slots(reply, slots);
                    }
                }
                self.offer_found_slots(reply, slots, true);
            }
            Offer::Nothing => self.nothing_free(reply, found.days),
        }
    }

    /// Nothing on those days: say why, and look at the days after, once.
    fn nothing_free(&mut self, reply: &mut Reply<'_>, days: Days) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        booking.dry = booking.dry.saturating_add(1);
        let (dry, widened) = (booking.dry, booking.widened);
        if widened || dry > 1 {
            booking.wish.days = None;
            booking.wish.soonest = false;
            booking.found = None;
            booking.widened = false;
            if dry >= DRY_MAX {
                return self.give_up(reply, Meaning::NothingFree);
            }
            self.say(reply, Meaning::NothingFree, &[]);
            self.ask = Ask::Day;
            return self.put(reply, super::super::ask::Rung::Again);
        }
        booking.widened = true;
        let next = Days { from: days.from, to: later(days.to, WIDER_DAYS) };
        booking.wish.days = Some(next);
        booking.wish.soonest = true;
        match days.single() {
            Some(day) => {
                let on_day = spoken::on_day(self.lexicon(), day, reply.today());
                let closed = wish::openings_on(&self.setting.business.hours, day).is_empty();
                let why = if closed { Meaning::DayClosed } else { Meaning::DayFull };
                self.say(reply, why, &[("on_day", on_day)]);
            }
            None => self.say(reply, Meaning::NothingFree, &[]),
        }
        self.search(reply, next);
    }

    /// This one, then.
    pub(in crate::dialogue) fn choose(&mut self, reply: &mut Reply<'_>, slot: Slot) {
        let (day, time) = reply.civil(slot);
        let Flow::Booking(booking) = &mut self.flow else { return };
        booking.chosen = Some(slot);
        let time = Some(TimeWish::At(time, Vec::new()));
        booking.wish = Wish { days: Some(Days::one(day)), time, ..Wish::default() };
        self.advance_booking(reply);
    }

    /// The slot is kept, or the calendar cannot keep any: on to what is still missing.
    pub(in crate::dialogue) fn slot_kept(&mut self, reply: &mut Reply<'_>) {
        let Flow::Booking(booking) = &self.flow else { return };
        let asks_more = booking.moving.is_none()
            && (self.person.name.is_none() || (self.person.phone.is_none() && !self.person.no_phone));
        if let (true, Some(chosen)) = (asks_more, booking.chosen) {
            let fills = self.day_fills(reply, chosen);
            self.say(reply, Meaning::SlotKept, &fills);
        }
        self.advance_booking(reply);
    }

    /// Reads the booking back.
    pub(in crate::dialogue) fn read_back_booking(&mut self, reply: &mut Reply<'_>) {
        let Flow::Booking(booking) = &self.flow else { return };
        let Some(chosen) = booking.chosen else { return };
        let mut fills = self.service_fills(self.booked_service_name(booking));
        fills.extend(self.date_fills(reply, chosen));
        if let Some(moving) = &booking.moving {
            let (day, time) = reply.civil(moving.slot);
            fills.push(("old_date", spoken::date(self.lexicon(), day)));
            fills.push(("old_time", spoken::time(self.lexicon(), time)));
            // "from Tuesday … to Thursday": no "on" before the new date here.
            let (new_day, _) = reply.civil(chosen);
            fills.retain(|(slot, _)| *slot != "on_date");
            fills.push(("on_date", spoken::date(self.lexicon(), new_day)));
            self.say(reply, Meaning::ReadBackMove, &fills);
            self.mark_essential(reply);
            return self.say(reply, Meaning::ShallIMove, &[]);
        }
        self.say(reply, Meaning::ReadBackBooking, &fills);
        self.mark_essential(reply);
        self.read_back_name(reply);
        match &self.person.phone {
            Some(phone) if self.setting.caller.as_ref() == Some(phone) => {
                self.say(reply, Meaning::ReadBackThisNumber, &[]);
            }
            Some(phone) => {
                let phone = spoken::phone(self.lexicon(), phone);
                self.say(reply, Meaning::ReadBackPhone, &[("phone", phone)]);
            }
            // The name was the last of it.
            None => close_sentence(reply),
        }
        self.say(reply, Meaning::ShallIBook, &[]);
    }

    /// Their name; one that was corrected is spelled, for a recogniser hears "Mario" and "Maria" alike.
    fn read_back_name(&mut self, reply: &mut Reply<'_>) {
        let name = self.name_or_nothing();
        let Some(part) = self.person.corrected.take() else {
            return self.say(reply, Meaning::ReadBackName, &[("name", name)]);
        };
        let letters = |between: &str| {
            part.chars().flat_map(char::to_uppercase).map(String::from).collect::<Vec<_>>().join(between)
        };
        let spelling = Said::new(letters(", "), letters("-"));
        self.person.spelled_back = Some(part);
        self.say(reply, Meaning::ReadBackNameSpelled, &[("name", name), ("spelling", spelling)]);
    }

    /// They said yes to what was read back.
    pub(in crate::dialogue) fn commit_booking(&mut self, reply: &mut Reply<'_>) {
        let Flow::Booking(booking) = &self.flow else { return };
        let (Some(service), Some(chosen)) = (booking.service, booking.chosen) else {
            return self.advance_booking(reply);
        };
        let hold = booking.hold.as_ref().map(|hold| hold.id);
        if let Some(moving) = &booking.moving {
            let operation = RescheduleAppointment { appointment: moving.id, version: None, start: chosen.start, hold };
            return self.perform(reply, Job::Move, Operation::RescheduleAppointment(operation));
        }
        let operation = BookAppointment {
            service,
            start: chosen.start,
            hold,
            contact: None,
            customer: self.contact_draft(),
            notes: String::new(),
            call: self.setting.call,
        };
        self.perform(reply, Job::Book, Operation::BookAppointment(operation));
    }
}

/// A stop in place of the comma that was to go on.
fn close_sentence(reply: &mut Reply<'_>) {
    let Some(last) = reply.step.say.last_mut() else { return };
    for words in [&mut last.ear, &mut last.eye] {
        if words.ends_with(',') {
            words.pop();
            words.push('.');
        }
    }
}

fn start_of(reply: &Reply<'_>, day: Date) -> Timestamp {
    day.to_zoned(reply.now.time_zone().clone()).map_or_else(|_| reply.now.timestamp(), |at| at.timestamp())
}
