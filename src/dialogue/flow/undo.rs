//! "Undo that", wherever it is said: the last step of what is being done, or what was done last.
//!
//! Nothing is taken back without the reading back and the yes that the same thing needs when it is asked for outright.

use super::super::ask::Rung;
use super::super::phrasing::{Cue, Meaning};
use super::super::reply::Reply;
use super::super::state::{Ask, Booking, Dialogue, Draft, Flow, Purpose, Undoable};
use super::wish::{Days, TimeWish, Wish};
use crate::crm::model::{Appointment, Slot};

impl Dialogue {
    /// Takes back the last step, or begins to take back what was done last.
    pub(in crate::dialogue) fn undo(&mut self, reply: &mut Reply<'_>) {
        match &self.flow {
            Flow::Booking(_) => self.step_back(reply),
            Flow::Cancelling(_) | Flow::Finding(_) | Flow::Message(Draft { words: None }) => self.abandon(reply),
            Flow::Message(_) => self.denied(reply, ""),
            Flow::Idle => self.take_back(reply),
        }
    }

    /// One question back: from the person to the time, from the time to the day, from the day to the service.
    fn step_back(&mut self, reply: &mut Reply<'_>) {
        let several = self.setting.business.services.len() > 1;
        let Flow::Booking(booking) = &mut self.flow else { return };
        match self.ask {
            Ask::Confirm => self.ask(reply, Ask::WhatToChange),
            Ask::Name | Ask::Phone if !booking.offered.is_empty() => {
                booking.chosen = None;
                let offered = booking.offered.clone();
                self.offer_slots(reply, offered);
            }
            Ask::Name | Ask::Phone | Ask::Slot | Ask::WhichDate => {
                self.forget_day();
                self.ask = Ask::Day;
                self.put(reply, Rung::Again);
            }
            Ask::Day if booking.moving.is_none() && booking.service.is_some() && several => {
                booking.service = None;
                booking.found = None;
                self.ask = Ask::Service;
                self.put(reply, Rung::Again);
            }
            Ask::Opening
            | Ask::AnythingElse
            | Ask::Service
            | Ask::PriceOf
            | Ask::Day
            | Ask::WhatToChange
            | Ask::FindBy
            | Ask::Which
            | Ask::Ending
            | Ask::Words
            | Ask::Person
            | Ask::Leave => self.abandon(reply),
        }
    }

    /// What was done last is undone by its opposite.
    fn take_back(&mut self, reply: &mut Reply<'_>) {
        match self.undoable.as_deref().cloned() {
            Some(Undoable::Booked(appointment)) => self.cancel_instead(reply, appointment),
            Some(Undoable::Moved(appointment, before)) => {
                let wish = exactly(reply, before);
                self.start_moving(reply, appointment, wish);
            }
            Some(Undoable::Cancelled(appointment)) => self.book_again(reply, appointment),
            Some(Undoable::Left) => {
                self.say(reply, Meaning::MessageStays, &[]);
                self.ask(reply, Ask::AnythingElse);
            }
            None => {
                self.say(reply, Meaning::NothingToUndo, &[]);
                self.put(reply, Rung::Again);
            }
        }
    }

    /// The same appointment once more, for the same person.
    fn book_again(&mut self, reply: &mut Reply<'_>, appointment: Appointment) {
        self.person.name = Some(appointment.customer_name).filter(|name| !name.is_empty()).or(self.person.name.take());
        self.person.phone = appointment.customer_phone.or(self.person.phone.take());
        let wish = exactly(reply, appointment.slot);
        self.flow = Flow::Booking(Box::new(Booking { service: Some(appointment.service), wish, ..Booking::default() }));
        self.advance_booking(reply);
    }

    /// "No, the other one": of the appointments found beside the one taken up. Says whether they meant that.
    pub(in crate::dialogue) fn takes_another_found(&mut self, reply: &mut Reply<'_>, text: &str) -> bool {
        if self.beside.is_empty() || !self.phrases.book(self.language).cues(text).contains(&Cue::TheOther) {
            return false;
        }
        let purpose = match &self.flow {
            Flow::Cancelling(_) => Purpose::Cancel,
            Flow::Booking(booking) if booking.moving.is_some() => Purpose::Move,
            Flow::Idle | Flow::Booking(_) | Flow::Finding(_) | Flow::Message(_) => return false,
        };
        let beside = std::mem::take(&mut self.beside);
        self.let_go();
        self.offer_found(reply, purpose, beside);
        true
    }
}

/// The wish for exactly this slot.
fn exactly(reply: &Reply<'_>, slot: Slot) -> Wish {
    let (day, time) = reply.civil(slot);
    Wish { days: Some(Days::one(day)), time: Some(TimeWish::At(time, Vec::new())), ..Wish::default() }
}
