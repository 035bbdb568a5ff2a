//! An opportunity thrown away.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::OpportunityId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes an opportunity with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteOpportunity {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_opportunity",
        description: "Deletes an opportunity with its history.",
        effect: Effect::Destructive,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/opportunities/{opportunity}")),
    };
}
