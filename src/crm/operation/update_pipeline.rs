//! A pipeline changed.

use super::create_pipeline::{STAGES_MAX, StageDraft, stages};
use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Pipeline;
use crate::id::PipelineId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes what is given of a pipeline. `stages` are all of them, in their order: one that is not named goes, which it can
/// while no opportunity is in it. Fails with `Stale` when the pipeline is not at the version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePipeline {
    /// Which.
    pub pipeline: PipelineId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: Option<String>,
    /// Its stages, from first to last: 1 to 30.
    #[schemars(length(min = 1, max = STAGES_MAX))]
    pub stages: Option<Vec<StageDraft>>,
}

impl Catalogued for UpdatePipeline {
    type Outcome = Pipeline;

    const ABOUT: About = About {
        name: "update_pipeline",
        description: "Renames a pipeline, or renames, orders, adds and removes its stages; only a stage without \
                      opportunities can go.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/pipelines/{pipeline}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = self.name.take().map(|text| limits::named("pipeline", &text)).transpose()?;
        self.stages.as_deref_mut().map_or(Ok(()), stages)
    }
}
