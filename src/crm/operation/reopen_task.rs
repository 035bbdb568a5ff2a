//! A task that is not done after all.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Task;
use crate::id::TaskId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opens a task that was done. One that is open stays so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenTask {
    /// Which.
    pub task: TaskId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for ReopenTask {
    type Outcome = Task;

    const ABOUT: About = About {
        name: "reopen_task",
        description: "Opens a task that was marked as done.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("complete_task"),
        route: Some(Route::post("/tasks/{task}/reopen")),
    };
}
