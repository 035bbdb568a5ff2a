//! Opportunities, a page at a time.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Opportunity, OpportunityStatus, Page};
use crate::id::{ContactId, PipelineId, StageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists opportunities that fit every filter given, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOpportunities {
    /// In this pipeline.
    pub pipeline: Option<PipelineId>,
    /// At this stage.
    pub stage: Option<StageId>,
    /// That stand so.
    pub status: Option<OpportunityStatus>,
    /// With this contact.
    pub contact: Option<ContactId>,
    /// Worth more than this, in minor units.
    pub value_over: Option<i64>,
    /// Worth less than this, in minor units.
    pub value_under: Option<i64>,
    /// In whose name each of these words is found, or of whose contact's name, number or address it begins a word.
    pub text: Option<String>,
    /// In which order: by when they were made, unless said otherwise.
    #[serde(default)]
    pub sort: OpportunitySort,
    /// The other way round.
    #[serde(default)]
    pub descending: bool,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

/// The orders opportunities are listed in. Equals are told apart by their ids, so that each order is total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpportunitySort {
    /// When they were made.
    #[default]
    Created,
    /// When they last changed.
    Updated,
    /// What they are worth.
    Value,
    /// What they are called.
    Name,
    /// When they are expected to be closed; those nobody expects on a day are last.
    Expected,
}

impl Catalogued for ListOpportunities {
    type Outcome = Page<Opportunity>;

    const ABOUT: About = About {
        name: "list_opportunities",
        description: "Lists opportunities a page at a time, by pipeline, stage, status, contact, value or words.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/opportunities")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if let Some(text) = &self.text {
            self.text = Some(limits::name(text)?).filter(|text| !text.is_empty());
        }
        limits::page(&mut self.limit);
        Ok(())
    }
}
