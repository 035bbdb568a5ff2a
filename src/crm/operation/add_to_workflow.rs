//! A contact into a workflow.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Enrolment;
use crate::id::{ContactId, WorkflowId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adds a contact to a workflow. Adding who is in it already changes at most when their event begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddToWorkflow {
    /// In which.
    pub workflow: WorkflowId,
    /// Who.
    pub contact: ContactId,
    /// When the event it is about begins, if it is about one.
    pub event_start: Option<Timestamp>,
}

impl Catalogued for AddToWorkflow {
    type Outcome = Enrolment;

    const ABOUT: About = About {
        name: "add_to_workflow",
        description: "Adds a contact to a workflow, where they wait: this version keeps who is in a workflow and \
                      does not run its steps yet.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/workflows/{workflow}/contacts")),
    };
}
