//! What a file brought in, taken back.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Import;
use crate::id::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Begins to take an import back: contacts it added go, contacts it changed are as they were. Those changed since stay
/// as they are, and are counted as not taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoImport {
    /// Which.
    pub import: ImportId,
}

impl Catalogued for UndoImport {
    type Outcome = Import;

    const ABOUT: About = About {
        name: "undo_import",
        description: "Takes back all that an import added and changed, except what was changed since.",
        effect: Effect::Destructive,
        permission: Permission::DeleteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::NotNeeded,
        route: Some(Route::post("/imports/{import}/undo")),
    };
}
