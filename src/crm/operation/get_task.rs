//! One task.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Task;
use crate::id::TaskId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTask {
    /// Which.
    pub task: TaskId,
}

impl Catalogued for GetTask {
    type Outcome = Task;

    const ABOUT: About = About {
        name: "get_task",
        description: "Reads a task.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/tasks/{task}")),
    };
}
