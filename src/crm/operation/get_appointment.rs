//! One appointment.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Appointment;
use crate::id::AppointmentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAppointment {
    /// Which.
    pub appointment: AppointmentId,
}

impl Catalogued for GetAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "get_appointment",
        description: "Reads an appointment.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/appointments/{appointment}")),
    };
}
