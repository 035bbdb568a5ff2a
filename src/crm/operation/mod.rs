//! The catalogue: each thing the CRM can do is one typed operation with one typed outcome.

mod appointments;
mod contacts;
mod messages;

pub use appointments::{
    BookAppointment, CancelAppointment, FindSlots, HoldSlots, ListAppointments, ReleaseHold, RescheduleAppointment,
};
pub use contacts::{FindContact, SaveContact};
pub use messages::LeaveMessage;

use super::model::{Appointment, Contact, Hold, Message, Slot, Source};
use crate::id::BusinessId;
use serde::{Deserialize, Serialize};

/// An operation with whose it is, by which door it came, and the key that makes a repeat harmless.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The tenant; a row of another one is "not found".
    pub business: BusinessId,
    /// The door.
    pub source: Source,
    /// The same key performs once: a retry gets the first outcome. None for reads.
    pub idempotency_key: Option<String>,
    /// What to do.
    pub operation: Operation,
}

/// What can be asked of a CRM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each payload type is documented")]
pub enum Operation {
    FindContact(FindContact),
    SaveContact(SaveContact),
    FindSlots(FindSlots),
    HoldSlots(HoldSlots),
    ReleaseHold(ReleaseHold),
    BookAppointment(BookAppointment),
    RescheduleAppointment(RescheduleAppointment),
    CancelAppointment(CancelAppointment),
    ListAppointments(ListAppointments),
    LeaveMessage(LeaveMessage),
}

/// What came of an operation that succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant answers the operation it is named after")]
pub enum Outcome {
    /// Not found is an answer, not an error.
    Contact(Option<Contact>),
    ContactSaved(Contact),
    /// In order of time; empty when there is nothing free in what was wanted.
    Slots(Vec<Slot>),
    Held(Hold),
    Released,
    Booked(Appointment),
    Rescheduled(Appointment),
    Cancelled(Appointment),
    /// In order of time.
    Appointments(Vec<Appointment>),
    MessageLeft(Message),
}

impl Operation {
    /// Its public name, as doors and logs spell it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FindContact(_) => "find_contact",
            Self::SaveContact(_) => "save_contact",
            Self::FindSlots(_) => "find_slots",
            Self::HoldSlots(_) => "hold_slots",
            Self::ReleaseHold(_) => "release_hold",
            Self::BookAppointment(_) => "book_appointment",
            Self::RescheduleAppointment(_) => "reschedule_appointment",
            Self::CancelAppointment(_) => "cancel_appointment",
            Self::ListAppointments(_) => "list_appointments",
            Self::LeaveMessage(_) => "leave_message",
        }
    }

    /// Whether it changes anything (and so must not run on a guess).
    pub fn writes(&self) -> bool {
        match self {
            Self::FindContact(_) | Self::FindSlots(_) | Self::ListAppointments(_) => false,
            Self::SaveContact(_)
            | Self::HoldSlots(_)
            | Self::ReleaseHold(_)
            | Self::BookAppointment(_)
            | Self::RescheduleAppointment(_)
            | Self::CancelAppointment(_)
            | Self::LeaveMessage(_) => true,
        }
    }
}
