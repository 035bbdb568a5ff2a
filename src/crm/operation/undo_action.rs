//! Something taken back.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Action;
use crate::id::ActionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes an action back, all of it or nothing. Fails with `Stale` when something it changed was changed since, and with
/// `SlotTaken` when a time it gave up is another's by now. Whoever asks must be allowed what the action did. What comes of it
/// is an action too, and can be taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoAction {
    /// Which.
    pub action: ActionId,
}

impl Catalogued for UndoAction {
    /// The action that was taken back.
    type Outcome = Action;

    const ABOUT: About = About {
        name: "undo_action",
        description: "Takes back something that was done, all of it or nothing; refused when what it changed was changed \
                      since.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/actions/{action}/undo")),
    };
}
