//! Sales that may come of it.
//!
//! Invariant: an opportunity has `closed_at` exactly while it is not open.

use super::{Currency, Who};
use crate::id::{BusinessId, ContactId, OpportunityId, OpportunityStepId, PipelineId, StageId};
use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sale that may come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opportunity {
    /// Its id.
    pub id: OpportunityId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// With whom, when known.
    pub contact: Option<ContactId>,
    /// The pipeline it goes through.
    pub pipeline: PipelineId,
    /// Where in it it stands.
    pub stage: StageId,
    /// What it is worth, in minor units (cents) of the business's currency.
    pub value_minor: i64,
    /// Whether it is still open.
    pub status: OpportunityStatus,
    /// Why it was closed, in words; empty while it is open.
    pub reason: String,
    /// The day it is expected to be closed.
    pub expected_close: Option<civil::Date>,
    /// When it got to its stage.
    pub in_stage_since: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where an opportunity stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpportunityStatus {
    /// It may still come of it.
    Open,
    /// It was sold.
    Won,
    /// Somebody else sold it, or nobody.
    Lost,
}

/// A step of an opportunity on its way. Names are those of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpportunityStep {
    /// Its id.
    pub id: OpportunityStepId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Whose way it is on.
    pub opportunity: OpportunityId,
    /// The stage it left; none when it was made, and the same when only its status changed.
    pub from: Option<StageId>,
    /// What that stage was called.
    pub from_name: Option<String>,
    /// The stage it got to.
    pub to: StageId,
    /// What that stage was called.
    pub to_name: String,
    /// Where it stood as a whole from then on.
    pub status: OpportunityStatus,
    /// On whose word.
    pub who: Who,
    /// When.
    pub created_at: Timestamp,
}

/// What open opportunities are worth, stage by stage and month by month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// What the amounts are in.
    pub currency: Currency,
    /// A row for each stage and month that has any, in the order of the pipelines' names, their stages and the months.
    pub rows: Vec<ForecastRow>,
    /// How many opportunities are open.
    pub count: u64,
    /// What they are worth together, in minor units.
    pub value_minor: i64,
    /// The same, each stage weighed by its probability: the sum of the rows.
    pub weighted_minor: i64,
}

/// What the open opportunities of a stage are worth that are expected to be closed in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastRow {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// What it is called.
    pub pipeline_name: String,
    /// The stage.
    pub stage: StageId,
    /// What it is called.
    pub stage_name: String,
    /// How many of a hundred that get here are won.
    pub probability: u8,
    /// The month, as in 2026-11; none for those nobody expects on a day.
    pub month: Option<String>,
    /// How many.
    pub count: u64,
    /// What they are worth together, in minor units.
    pub value_minor: i64,
    /// The same weighed by the probability, to the nearest minor unit.
    pub weighted_minor: i64,
}
