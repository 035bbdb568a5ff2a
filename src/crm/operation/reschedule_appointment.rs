//! A booking moved.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Appointment;
use crate::id::{AppointmentId, HoldId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Moves an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RescheduleAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The new start.
    pub start: Timestamp,
    /// The hold on the new time.
    pub hold: Option<HoldId>,
}

impl Catalogued for RescheduleAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "reschedule_appointment",
        description: "Moves an appointment to another time; its old time is free again.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::post("/appointments/{appointment}/reschedule")),
    };
}
