//! A workflow, gone.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::WorkflowId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a workflow, and who is in it is in it no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteWorkflow {
    /// Which.
    pub workflow: WorkflowId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteWorkflow {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_workflow",
        description: "Deletes a workflow and takes out whoever is in it.",
        effect: Effect::Destructive,
        permission: Permission::Configure,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/workflows/{workflow}")),
    };
}
