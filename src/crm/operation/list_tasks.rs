//! Tasks, a page at a time.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, Task};
use crate::id::{ContactId, UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists tasks that fit every filter given, the first due first; those without a time are last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTasks {
    /// Which of them: the open ones, unless said otherwise.
    #[serde(default)]
    pub state: TaskState,
    /// Due at or after.
    pub due_from: Option<Timestamp>,
    /// Due before.
    pub due_before: Option<Timestamp>,
    /// About this contact.
    pub contact: Option<ContactId>,
    /// For this user.
    pub assignee: Option<UserId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

/// Which tasks are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Those that are not done.
    #[default]
    Open,
    /// Those that should have been done by now.
    Overdue,
    /// Those that are done.
    Done,
    /// All of them.
    All,
}

impl Catalogued for ListTasks {
    type Outcome = Page<Task>;

    const ABOUT: About = About {
        name: "list_tasks",
        description: "Lists tasks a page at a time, the first due first: open, overdue, done or all, by when they are \
                      due, contact or user.",
        effect: Effect::Read,
        permission: Permission::ReadRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/tasks")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
