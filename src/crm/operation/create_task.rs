//! Something to do.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::Task;
use crate::id::{ContactId, UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTask {
    /// What is to be done.
    #[schemars(length(min = 1, max = TITLE_MAX))]
    pub title: String,
    /// More words about it.
    #[serde(default)]
    #[schemars(length(max = limits::NOTES_MAX))]
    pub body: String,
    /// Until when.
    pub due: Option<Timestamp>,
    /// About whom.
    pub contact: Option<ContactId>,
    /// Who is to do it.
    pub assignee: Option<UserId>,
}

/// What is to be done, on one line.
pub(super) fn title(text: &str) -> Result<String, Error> {
    let title = limits::words("title", text, TITLE_MAX)?.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { Err(Error::Invalid(Reason::TaskUntitled)) } else { Ok(title) }
}

/// The longest title, in characters: a sentence.
const TITLE_MAX: usize = 200;

impl Catalogued for CreateTask {
    type Outcome = Task;

    const ABOUT: About = About {
        name: "create_task",
        description: "Makes a task or a reminder, with a time it is due at, about a contact or nobody.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_task"),
        route: Some(Route::create("/tasks")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.title = title(&self.title)?;
        self.body = limits::words("body", &self.body, limits::NOTES_MAX)?;
        Ok(())
    }
}
