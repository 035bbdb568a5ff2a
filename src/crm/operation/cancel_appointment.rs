//! A booking called off.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Appointment;
use crate::id::AppointmentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cancels an appointment; its time is free again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CancelAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl Catalogued for CancelAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "cancel_appointment",
        description: "Cancels an appointment; its time is free again.",
        effect: Effect::Destructive,
        permission: Permission::Reception,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::post("/appointments/{appointment}/cancel")),
    };
}
