//! An opportunity that is one again.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Opportunity;
use crate::id::OpportunityId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opens an opportunity that was closed, at the stage it was in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for ReopenOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "reopen_opportunity",
        description: "Opens a closed opportunity again, at the stage it was in.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/opportunities/{opportunity}/reopen")),
    };
}
