//! A task changed.

use super::create_task::title;
use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::given::given;
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Task;
use crate::id::{ContactId, TaskId, UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest (RFC 7396: null removes). Fails with `Stale` when the task is not at the version
/// that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    /// Which.
    pub task: TaskId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// More words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NOTES_MAX))]
    pub body: Option<String>,
    /// Until when; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Timestamp>")]
    pub due: Option<Option<Timestamp>>,
    /// About whom; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ContactId>")]
    pub contact: Option<Option<ContactId>>,
    /// Who is to do it; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<UserId>")]
    pub assignee: Option<Option<UserId>>,
}

impl Catalogued for UpdateTask {
    type Outcome = Task;

    const ABOUT: About = About {
        name: "update_task",
        description: "Changes what is given of a task and leaves the rest as it is.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/tasks/{task}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.title = self.title.take().map(|text| title(&text)).transpose()?;
        self.body = self.body.take().map(|text| limits::words("body", &text, limits::NOTES_MAX)).transpose()?;
        Ok(())
    }
}
