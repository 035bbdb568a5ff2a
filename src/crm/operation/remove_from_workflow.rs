//! A contact out of a workflow.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Enrolment;
use crate::id::{ContactId, WorkflowId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes a contact out of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFromWorkflow {
    /// Of which.
    pub workflow: WorkflowId,
    /// Who.
    pub contact: ContactId,
}

impl Catalogued for RemoveFromWorkflow {
    type Outcome = Enrolment;

    const ABOUT: About = About {
        name: "remove_from_workflow",
        description: "Takes a contact out of a workflow.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::delete("/workflows/{workflow}/contacts/{contact}")),
    };
}
