//! A way that sales go.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{Pipeline, folded};
use crate::id::StageId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Makes a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePipeline {
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// Its stages, from first to last: 1 to 30.
    #[schemars(length(min = 1, max = STAGES_MAX))]
    pub stages: Vec<StageDraft>,
}

/// A stage as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDraft {
    /// Which, of those that are there; none is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<StageId>,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// How many of a hundred opportunities that get here are won.
    #[schemars(range(max = 100))]
    pub probability: u8,
}

/// The most stages of a pipeline: more than anybody tells apart.
pub(super) const STAGES_MAX: usize = 30;

/// Stages one can tell apart, in a number one can look over.
pub(super) fn stages(stages: &mut [StageDraft]) -> Result<(), Error> {
    if stages.is_empty() || stages.len() > STAGES_MAX {
        return Err(Error::Invalid(Reason::Stages { most: STAGES_MAX }));
    }
    for stage in stages.iter_mut() {
        stage.name = limits::named("stage", &stage.name)?;
        if stage.probability > 100 {
            return Err(Error::Invalid(Reason::Probability));
        }
    }
    let names: BTreeSet<_> = stages.iter().map(|stage| folded(&stage.name)).collect();
    let ids: BTreeSet<_> = stages.iter().filter_map(|stage| stage.id).collect();
    if names.len() < stages.len() || ids.len() < stages.iter().filter(|stage| stage.id.is_some()).count() {
        return Err(Error::Invalid(Reason::StageTwice));
    }
    Ok(())
}

impl Catalogued for CreatePipeline {
    type Outcome = Pipeline;

    const ABOUT: About = About {
        name: "create_pipeline",
        description: "Makes a pipeline with its stages, each with the share of opportunities that get there and are \
                      won.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_pipeline"),
        route: Some(Route::create("/pipelines")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = limits::named("pipeline", &self.name)?;
        stages(&mut self.stages)?;
        if self.stages.iter().any(|stage| stage.id.is_some()) {
            return Err(Error::Invalid(Reason::StageWithId));
        }
        Ok(())
    }
}
