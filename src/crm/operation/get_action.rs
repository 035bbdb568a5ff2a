//! One thing that was done, with all it changed.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Action;
use crate::id::ActionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads an action with every row it changed, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAction {
    /// Which.
    pub action: ActionId,
}

impl Catalogued for GetAction {
    type Outcome = Action;

    const ABOUT: About = About {
        name: "get_action",
        description: "Reads something that was done, with every row it changed as it was before and after.",
        effect: Effect::Read,
        permission: Permission::ReadHistory,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/actions/{action}")),
    };
}
