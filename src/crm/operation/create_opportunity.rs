//! A sale that may come of it.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Opportunity;
use crate::id::{ContactId, PipelineId, StageId};
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes an opportunity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOpportunity {
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// With whom.
    pub contact: Option<ContactId>,
    /// The pipeline it goes through; none is that of the stage, or the business's first one.
    pub pipeline: Option<PipelineId>,
    /// Where in it it stands; none is at the first stage.
    pub stage: Option<StageId>,
    /// What it is worth, in minor units (cents) of the business's currency.
    #[serde(default)]
    #[schemars(range(min = 0, max = limits::AMOUNT_MAX))]
    pub value_minor: i64,
    /// The day it is expected to be closed.
    pub expected_close: Option<civil::Date>,
}

impl Catalogued for CreateOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "create_opportunity",
        description: "Makes an opportunity: a sale that may come of it, at a stage of a pipeline.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_opportunity"),
        route: Some(Route::create("/opportunities")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = limits::named("opportunity", &self.name)?;
        limits::amount("value", self.value_minor)?;
        limits::day(self.expected_close)
    }
}
