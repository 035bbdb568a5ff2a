//! The business itself.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Business;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads how the business is set up: its number, zone, hours, services and what the agent says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetBusiness {}

impl Catalogued for GetBusiness {
    type Outcome = Business;

    const ABOUT: About = About {
        name: "get_business",
        description: "Reads how the business is set up: address, zone, opening hours, services and prices.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/business")),
    };
}
