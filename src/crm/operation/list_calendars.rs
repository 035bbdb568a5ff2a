//! Where appointments are booked.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Calendar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the calendars, in the order they were made in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCalendars {}

impl Catalogued for ListCalendars {
    type Outcome = Vec<Calendar>;

    const ABOUT: About = About {
        name: "list_calendars",
        description: "Lists the calendars appointments are booked in.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/calendars")),
    };
}
