//! How an opportunity went.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{OpportunityStep, Page};
use crate::id::OpportunityId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the steps of an opportunity, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOpportunityHistory {
    /// Of which.
    pub opportunity: OpportunityId,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for GetOpportunityHistory {
    type Outcome = Page<OpportunityStep>;

    const ABOUT: About = About {
        name: "get_opportunity_history",
        description: "Lists the steps of an opportunity, from which stage to which, when and on whose word, the \
                      newest first.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/opportunities/{opportunity}/history")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
