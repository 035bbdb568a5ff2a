//! Who is or was in which workflow.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Enrolment, Page};
use crate::id::{ContactId, WorkflowId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists who is or was in a workflow, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEnrolments {
    /// Only of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Only of this contact.
    pub contact: Option<ContactId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListEnrolments {
    type Outcome = Page<Enrolment>;

    const ABOUT: About = About {
        name: "list_enrolments",
        description: "Lists which contacts are or were in which workflows, the newest first.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/enrolments")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
