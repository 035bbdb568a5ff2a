//! What came of an operation: the only place where success is worded.

use super::phrasing::{Meaning, Said};
use super::reply::Reply;
use super::state::{Ask, Awaiting, Dialogue, Flow, Job, Undoable};
use crate::crm::model::Slot;
use crate::crm::operation::CancelAppointment;
use crate::crm::{Error, Operation, Outcome};

impl Dialogue {
    /// The outcome of the operation under way.
    pub(super) fn outcome(&mut self, reply: &mut Reply<'_>, result: Result<Outcome, Error>) {
        let Some(awaited) = self.awaiting.take() else { return };
        match result {
            Err(error) => self.failed(reply, awaited, &error),
            Ok(outcome) => self.succeeded(reply, awaited, outcome),
        }
    }

    fn succeeded(&mut self, reply: &mut Reply<'_>, awaited: Awaiting, outcome: Outcome) {
        match (awaited.job, outcome) {
            (Job::Slots, Outcome::Slots(slots)) => self.slots_found(reply, slots),
            (Job::Hold, Outcome::Held(hold)) => {
                if let Flow::Booking(booking) = &mut self.flow {
                    booking.chosen = hold.slots.first().copied().or(booking.chosen);
                    booking.hold = Some(hold);
                }
                self.slot_kept(reply);
            }
            (Job::Secure, Outcome::Held(hold)) => self.secured(reply, hold),
            (Job::Release, Outcome::Released) => {}
            (Job::Book, Outcome::Booked(appointment)) => {
                self.forget_hold();
                self.made = Some(Box::new(appointment.clone()));
                self.undoable = Some(Box::new(Undoable::Booked(appointment.clone())));
                let fills = self.appointment_fills(reply, &appointment);
                self.say(reply, Meaning::Booked, &fills);
                self.done(reply);
            }
            (Job::Move, Outcome::Rescheduled(appointment)) => {
                self.forget_hold();
                self.made = Some(Box::new(appointment.clone()));
                self.undoable = self.slot_before().map(|slot| Box::new(Undoable::Moved(appointment.clone(), slot)));
                let fills = self.appointment_fills(reply, &appointment);
                self.say(reply, Meaning::Moved, &fills);
                self.done(reply);
            }
            (Job::Cancel, Outcome::Cancelled(appointment)) => {
                self.made.take_if(|made| made.id == appointment.id);
                self.undoable = Some(Box::new(Undoable::Cancelled(appointment.clone())));
                let fills = self.appointment_fills(reply, &appointment);
                self.say(reply, Meaning::Cancelled, &fills);
                self.done(reply);
            }
            (Job::List, Outcome::Appointments(found)) => self.appointments_found(reply, found.items),
            (Job::Leave, Outcome::MessageLeft(message)) => {
                self.undoable = Some(Box::new(Undoable::Left));
                self.say(reply, Meaning::MessageLeft, &[("id", Said::plain(message.id.to_string()))]);
                self.done(reply);
            }
            (Job::Flag, Outcome::MessageLeft(_)) => {
                self.say(reply, Meaning::Flagged, &[]);
                self.done(reply);
            }
            // The late answer to a release nobody waits for any more.
            (_, Outcome::Released) => self.awaiting = Some(awaited),
            // An answer to another question: what was asked is not known to have happened.
            (_, other) => {
                let error = Error::Unknown(format!("an unexpected outcome: {}", other.name()));
                self.failed(reply, awaited, &error);
            }
        }
    }

    /// Where the appointment being moved was.
    fn slot_before(&self) -> Option<Slot> {
        let Flow::Booking(booking) = &self.flow else { return None };
        booking.moving.as_ref().map(|appointment| appointment.slot)
    }

    /// The hold was used up by the booking.
    fn forget_hold(&mut self) {
        if let Flow::Booking(booking) = &mut self.flow {
            booking.hold = None;
        }
    }

    pub(super) fn commit_cancel(&mut self, reply: &mut Reply<'_>) {
        match &self.flow {
            Flow::Cancelling(appointment) => {
                let operation = CancelAppointment { appointment: appointment.id, version: None };
                self.perform(reply, Job::Cancel, Operation::CancelAppointment(operation));
            }
            Flow::Idle | Flow::Booking(_) | Flow::Finding(_) | Flow::Message(_) => self.ask(reply, Ask::AnythingElse),
        }
    }
}
