//! One opportunity.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Opportunity;
use crate::id::OpportunityId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads an opportunity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
}

impl Catalogued for GetOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "get_opportunity",
        description: "Reads an opportunity.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/opportunities/{opportunity}")),
    };
}
