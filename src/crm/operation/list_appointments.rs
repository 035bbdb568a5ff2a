//! What is coming.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{Appointment, AppointmentStatus, Page};
use crate::id::ContactId;
use crate::phone::E164;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Appointments in order of time, of one person (by contact, by number, or by the name given at booking) or of everybody:
/// those that are neither cancelled nor over, unless it is said which.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListAppointments {
    /// Of this contact; none is anybody's.
    pub contact: Option<ContactId>,
    /// Whose; none is everybody's.
    pub phone: Option<E164>,
    /// Booked under this name, whatever its capitals and accents; none is any.
    pub name: Option<String>,
    /// Those that stand so, be they over or not; none is all that are neither cancelled nor over.
    #[serde(default)]
    pub status: BTreeSet<AppointmentStatus>,
    /// Starting at or after.
    pub from: Timestamp,
    /// Starting before.
    pub to: Timestamp,
    /// At most so many (200 at the most).
    pub limit: usize,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListAppointments {
    /// In order of time.
    type Outcome = Page<Appointment>;

    const ABOUT: About = About {
        name: "list_appointments",
        description: "Lists appointments in order of time, of one person or of everybody: those that are neither cancelled \
                      nor over, unless it is said which.",
        effect: Effect::Read,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/appointments/upcoming")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::span(self.from, self.to)?;
        if self.name.as_ref().is_some_and(|name| name.chars().count() > limits::NAME_MAX) {
            return Err(Error::Invalid(Reason::NameTooLong { most: limits::NAME_MAX }));
        }
        self.limit = self.limit.min(limits::LIST_MAX);
        Ok(())
    }
}
