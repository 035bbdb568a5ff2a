//! A task done.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Task;
use crate::id::TaskId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Marks a task as done. One that is done stays so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteTask {
    /// Which.
    pub task: TaskId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for CompleteTask {
    type Outcome = Task;

    const ABOUT: About = About {
        name: "complete_task",
        description: "Marks a task as done.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("reopen_task"),
        route: Some(Route::post("/tasks/{task}/complete")),
    };
}
