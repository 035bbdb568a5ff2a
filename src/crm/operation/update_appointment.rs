//! An appointment noted.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Appointment, AppointmentStatus};
use crate::id::AppointmentId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes the notes of an appointment, or says what became of it. Its time changes by `reschedule_appointment`, and it is
/// called off by `cancel_appointment`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAppointment {
    /// Which.
    pub appointment: AppointmentId,
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Free words.
    #[schemars(length(max = limits::NOTES_MAX))]
    pub notes: Option<String>,
    /// What became of it: `confirmed` while it is to come, `completed` or `no-show` once it has begun.
    pub status: Option<AppointmentStanding>,
}

/// What can be said of an appointment that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentStanding {
    /// Whoever comes has said so.
    Confirmed,
    /// They came.
    Completed,
    /// They did not come.
    NoShow,
}

impl From<AppointmentStanding> for AppointmentStatus {
    fn from(standing: AppointmentStanding) -> Self {
        match standing {
            AppointmentStanding::Confirmed => Self::Confirmed,
            AppointmentStanding::Completed => Self::Completed,
            AppointmentStanding::NoShow => Self::NoShow,
        }
    }
}

impl Catalogued for UpdateAppointment {
    type Outcome = Appointment;

    const ABOUT: About = About {
        name: "update_appointment",
        description: "Changes the notes of an appointment, or marks it as confirmed, completed or no-show.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/appointments/{appointment}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.notes = self.notes.take().map(|text| limits::words("notes", &text, limits::NOTES_MAX)).transpose()?;
        Ok(())
    }
}
