//! Somebody says that they will come.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Appointment;
use crate::id::AppointmentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Marks an appointment that is still to come as confirmed. One that is confirmed stays so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl Catalogued for ConfirmAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "confirm_appointment",
        description: "Marks an appointment as confirmed by whoever comes.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/appointments/{appointment}/confirm")),
    };
}
