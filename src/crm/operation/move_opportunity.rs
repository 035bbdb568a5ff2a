//! An opportunity one stage on, or back.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Opportunity;
use crate::id::{OpportunityId, StageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Moves an open opportunity to a stage, which may be one of another pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// Where to.
    pub stage: StageId,
}

impl Catalogued for MoveOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "move_opportunity",
        description: "Moves an open opportunity to another stage of its pipeline, or of another one.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/opportunities/{opportunity}/move")),
    };
}
