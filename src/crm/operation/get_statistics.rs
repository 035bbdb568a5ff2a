//! How the business did.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::error::{Error, Reason};
use crate::crm::model::Statistics;
use jiff::{SignedDuration, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts what happened from one day to another, both included, as the business counts its days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetStatistics {
    /// The first day.
    pub from: civil::Date,
    /// The last day.
    pub to: civil::Date,
}

/// The longest stretch of days: ten years.
const STRETCH_MAX: SignedDuration = SignedDuration::from_hours(24 * 3_653);

impl Catalogued for GetStatistics {
    type Outcome = Statistics;

    const ABOUT: About = About {
        name: "get_statistics",
        description: "Counts calls, appointments, new contacts, messages, sales and tasks of a stretch of days.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/statistics")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if self.from > self.to {
            return Err(Error::Invalid(Reason::LastDayBeforeFirst));
        }
        if self.to.duration_since(self.from) > STRETCH_MAX {
            return Err(Error::Invalid(Reason::StretchTooLong));
        }
        Ok(())
    }
}
