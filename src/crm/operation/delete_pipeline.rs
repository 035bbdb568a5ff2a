//! A pipeline thrown away.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::PipelineId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a pipeline through which no opportunity goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletePipeline {
    /// Which.
    pub pipeline: PipelineId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeletePipeline {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_pipeline",
        description: "Deletes a pipeline, which can go while no opportunity is in it.",
        effect: Effect::Destructive,
        permission: Permission::Configure,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/pipelines/{pipeline}")),
    };
}
