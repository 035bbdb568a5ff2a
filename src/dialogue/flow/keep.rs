//! Keeping times: what is offered is held for whoever it is offered to, before they hear of it, so that what they choose is
//! theirs however many callers wish for the same.
//!
//! Invariant: a time is named as free only while the booking's hold keeps it, or where the calendar cannot hold.
//! Invariant: that a time was "just taken" is said only of one that had been named to them.

use super::super::phrasing::{Meaning, Said, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Dialogue, Flow, Job, Offering};
use super::wish::civil;
use crate::crm::model::{Hold, Slot};
use crate::crm::operation::HoldSlots;
use crate::crm::{Error, Operation, Outcome};
use crate::id::HoldId;
use jiff::Timestamp;
use jiff::civil::Time;

/// Times lost to others after which the calendar is not trusted any more.
const LOST_MAX: u8 = 4;

impl Dialogue {
    /// Offers times once they are kept.
    pub(super) fn offer_slots(&mut self, reply: &mut Reply<'_>, slots: Vec<Slot>) {
        self.keep_and_offer(reply, Offering { slots, near: false, spare: Vec::new() });
    }

    /// Offers the best of what a search found; what fits as well stands in for what somebody else has meanwhile. `near`
    /// are those nearest to a time of a day that was just named.
    pub(super) fn offer_found_slots(&mut self, reply: &mut Reply<'_>, slots: Vec<Slot>, near: bool) {
        let zone = reply.now.time_zone();
        let Flow::Booking(booking) = &self.flow else { return };
        let time = booking.wish.time.as_ref().filter(|_| !near);
        let fits = |slot: &Slot| {
            let (day, at) = reply.civil(*slot);
            slots.iter().any(|best| civil(*best, zone).0 == day) && time.is_none_or(|time| time.names(at))
        };
        let found = booking.found.as_ref().map_or(&[][..], |found| &found.slots);
        let mut spare: Vec<Slot> = found.iter().filter(|slot| !slots.contains(slot) && fits(slot)).copied().collect();
        let far = |slot: &Slot| slots.iter().map(|best| best.start.duration_since(slot.start).abs()).min();
        spare.sort_by_key(far);
        self.keep_and_offer(reply, Offering { slots, near, spare });
    }

    fn keep_and_offer(&mut self, reply: &mut Reply<'_>, offering: Offering) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        if offering.slots.iter().all(|slot| booking.keeps(*slot)) {
            return self.name(reply, offering);
        }
        booking.told |= !reply.step.say.is_empty();
        let (wanted, count) = (offering.slots.iter().chain(&offering.spare), offering.slots.len());
        let starts = wanted.map(|slot| slot.start).take(HoldSlots::STARTS_MAX).collect();
        booking.offering = Some(offering);
        self.hold(reply, Job::Secure, starts, count);
    }

    /// The line broke, and what was kept may have been released with it: what stands on offer is kept anew before it is
    /// named again. Says whether something did.
    pub(in crate::dialogue) fn offer_anew(&mut self, reply: &mut Reply<'_>) -> bool {
        let Flow::Booking(booking) = &mut self.flow else { return false };
        if self.ask != Ask::Slot || self.ended.is_some() || booking.unheld || booking.offered.is_empty() {
            return false;
        }
        let slots = booking.offered.clone();
        let starts = slots.iter().map(|slot| slot.start).collect();
        let count = slots.len();
        self.hops = 0;
        booking.offering = Some(Offering { slots, near: false, spare: Vec::new() });
        self.hold(reply, Job::Secure, starts, count);
        true
    }

    /// Names what is kept.
    fn name(&mut self, reply: &mut Reply<'_>, Offering { slots, near, spare: _ }: Offering) {
        let times: Vec<_> = slots.iter().map(|slot| reply.civil(*slot).1).collect();
        if let Flow::Booking(booking) = &mut self.flow {
            booking.show(slots);
        }
        if !near || times.len() < 2 {
            return self.ask(reply, Ask::Slot);
        }
        self.ask = Ask::Slot;
        let times = self.times_told(&times);
        self.say(reply, Meaning::OfferNear, &[("times", times)]);
    }

    /// Asks the calendar to keep times in place of those kept so far.
    pub(super) fn hold(&mut self, reply: &mut Reply<'_>, job: Job, starts: Vec<Timestamp>, count: usize) {
        let Flow::Booking(booking) = &self.flow else { return };
        let Some(service) = booking.service else { return };
        let operation = HoldSlots {
            service,
            starts,
            count,
            instead_of: booking.hold.as_ref().map(|hold| hold.id),
            moving: booking.moving.as_ref().map(|appointment| appointment.id),
        };
        self.perform(reply, job, Operation::HoldSlots(operation));
    }

    /// What was to be offered is kept, all or some of it: what is kept is offered.
    pub(in crate::dialogue) fn secured(&mut self, reply: &mut Reply<'_>, hold: Hold) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        let Some(offering) = booking.offering.take() else { return };
        offering.slots.iter().filter(|slot| !hold.keeps(slot.start)).for_each(|slot| booking.miss(slot.start));
        let slots = hold.slots.clone();
        booking.hold = Some(hold);
        self.name(reply, Offering { slots, ..offering });
    }

    /// Nothing of what was to be offered could be kept. If it is only gone, it is looked for again; a calendar that cannot
    /// keep anything is asked without.
    pub(in crate::dialogue) fn not_secured(&mut self, reply: &mut Reply<'_>, error: &Error) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        let Some(offering) = booking.offering.take() else { return };
        if matches!(error, Error::SlotTaken | Error::NotBookable(_)) {
            offering.slots.iter().for_each(|slot| {
                if matches!(error, Error::SlotTaken) { booking.lose(slot.start) } else { booking.refuse(slot.start) }
            });
            return self.look_again(reply, Meaning::NothingFree);
        }
        booking.unheld = true;
        self.name(reply, offering);
    }

    /// The time chosen is gone. One they were told of was just taken; of one they named themselves it is enough that it is
    /// not free.
    pub(in crate::dialogue) fn not_kept(&mut self, reply: &mut Reply<'_>, error: &Error) {
        let why = if matches!(error, Error::SlotTaken) { Meaning::SlotTaken } else { Meaning::NotBookable };
        let Flow::Booking(booking) = &mut self.flow else { return self.give_up(reply, why) };
        let named = booking.chosen.is_some_and(|chosen| booking.shown.contains(&chosen.start));
        if named || why == Meaning::NotBookable {
            return self.slot_refused(reply, why);
        }
        if let Some(chosen) = booking.chosen.take() {
            booking.lose(chosen.start);
        }
        self.look_again(reply, why);
    }

    /// The time is gone, or cannot be booked (then it is never offered again): look once more.
    pub(in crate::dialogue) fn slot_refused(&mut self, reply: &mut Reply<'_>, why: Meaning) {
        let Flow::Booking(booking) = &mut self.flow else { return self.give_up(reply, why) };
        if let Some(chosen) = booking.chosen.take() {
            if why == Meaning::SlotTaken { booking.lose(chosen.start) } else { booking.refuse(chosen.start) }
        }
        booking.told = true;
        let is_out = |start: &Timestamp| booking.refused.contains(start) || booking.taken.contains(start);
        let refused = |hold: &Hold| hold.slots.iter().all(|slot| is_out(&slot.start));
        if booking.hold.as_ref().is_some_and(refused) {
            booking.hold = None;
        }
        if booking.lost + 1 < LOST_MAX {
            self.say(reply, why, &[]);
        }
        self.look_again(reply, why);
    }

    /// Searches again what was lost to somebody else, unless that has happened too often.
    fn look_again(&mut self, reply: &mut Reply<'_>, why: Meaning) {
        let Flow::Booking(booking) = &mut self.flow else { return };
        booking.lost = booking.lost.saturating_add(1);
        booking.found = None;
        if booking.lost >= LOST_MAX {
            return self.give_up(reply, why);
        }
        self.seek(reply);
    }

    /// What keeping times will come to if all goes well: it is known beforehand, but for the token.
    pub(in crate::dialogue) fn hold_foreseen(&self) -> Option<Outcome> {
        let Some(Operation::HoldSlots(wanted)) = self.awaiting.as_ref().map(|awaited| &awaited.operation) else {
            return None;
        };
        let Flow::Booking(booking) = &self.flow else { return None };
        let offering = booking.offering.iter().flat_map(|offering| &offering.slots);
        let of_those = |slot: &&Slot| wanted.starts.iter().take(wanted.count).any(|start| *start == slot.start);
        let slots = offering.chain(&booking.chosen).filter(of_those).copied().collect();
        Some(Outcome::Held(Hold { id: HoldId::from_u128(0), slots, expires_at: Timestamp::MAX }))
    }

    /// Times of one day: in one breath, or each on a line.
    pub(in crate::dialogue) fn times_told(&self, times: &[Time]) -> Said {
        let lexicon = self.lexicon();
        let told = spoken::times(lexicon, times, &lexicon.or);
        let (at_one, otherwise) = &lexicon.times.before_time_eye;
        let bare = |eye: String| {
            let rest = eye.strip_prefix(otherwise.as_str()).or_else(|| eye.strip_prefix(at_one.as_str()));
            rest.map_or_else(|| eye.clone(), str::to_owned)
        };
        self.listed(told, times.iter().map(|time| bare(spoken::time(lexicon, *time).eye)))
    }
}
