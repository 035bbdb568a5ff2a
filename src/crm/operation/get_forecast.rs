//! What open opportunities are worth.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Forecast;
use crate::id::PipelineId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adds up what open opportunities are worth, stage by stage and month by month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetForecast {
    /// Of this pipeline; none is all.
    pub pipeline: Option<PipelineId>,
}

impl Catalogued for GetForecast {
    type Outcome = Forecast;

    const ABOUT: About = About {
        name: "get_forecast",
        description: "Adds up what open opportunities are worth, plain and weighed by probability, for each stage and \
                      month.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/opportunities/forecast")),
    };
}
