//! Somebody of the business stepped into a call.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Undo};
use crate::crm::model::StepIn;
use crate::id::CallId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes down what somebody did in a call that was on the line. Whoever holds the line does it, and says so with this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogStepIn {
    /// In which call.
    pub call: CallId,
    /// What was done.
    pub step: StepIn,
}

impl Catalogued for LogStepIn {
    type Outcome = ();

    const ABOUT: About = About {
        name: "log_step_in",
        description: "Writes down what somebody did in a live call.",
        effect: Effect::Write,
        permission: Permission::StepIn,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Never,
        route: None,
    };
}
