//! A booking.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Appointment, ContactDraft};
use crate::id::{CallId, ContactId, HoldId, ServiceId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Books. Unless it is said which, the contact is found or made in the same transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BookAppointment {
    /// For what.
    pub service: ServiceId,
    /// When.
    pub start: Timestamp,
    /// The hold on that time, if there is one: it is used up.
    pub hold: Option<HoldId>,
    /// The contact it is for. None: who has the customer's number or address, or somebody new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// For whom. With a contact, what is given here holds for this appointment only.
    pub customer: ContactDraft,
    /// Free words.
    #[serde(default)]
    #[schemars(length(max = limits::NOTES_MAX))]
    pub notes: String,
    /// The call it is booked in.
    pub call: Option<CallId>,
}

impl Catalogued for BookAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "book_appointment",
        description: "Books a service at a time for somebody, who is found among the contacts or added to them.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::Asked,
        undo: Undo::By("cancel_appointment"),
        route: Some(Route::create("/appointments")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::person(&mut self.customer)?;
        self.notes = limits::words("notes", &self.notes, limits::NOTES_MAX)?;
        Ok(())
    }
}
