//! An opportunity won or lost.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Opportunity, OpportunityStatus};
use crate::id::OpportunityId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Closes an opportunity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What came of it.
    pub result: OpportunityResult,
    /// Why, in words.
    #[serde(default)]
    #[schemars(length(max = REASON_MAX))]
    pub reason: String,
}

/// What came of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpportunityResult {
    /// It was sold.
    Won,
    /// It was not.
    Lost,
}

impl From<OpportunityResult> for OpportunityStatus {
    fn from(result: OpportunityResult) -> Self {
        match result {
            OpportunityResult::Won => Self::Won,
            OpportunityResult::Lost => Self::Lost,
        }
    }
}

/// The longest reason, in characters: a few sentences.
const REASON_MAX: usize = 500;

impl Catalogued for CloseOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "close_opportunity",
        description: "Closes an opportunity as won or lost, with the reason.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("reopen_opportunity"),
        route: Some(Route::post("/opportunities/{opportunity}/close")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.reason = limits::words("reason", &self.reason, REASON_MAX)?;
        Ok(())
    }
}
