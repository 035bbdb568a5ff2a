//! A task thrown away.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::TaskId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteTask {
    /// Which.
    pub task: TaskId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteTask {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_task",
        description: "Deletes a task.",
        effect: Effect::Destructive,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/tasks/{task}")),
    };
}
