//! A file no longer brought in.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Import;
use crate::id::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stops an import where it is. What was brought in by then stays; `undo_import` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelImport {
    /// Which.
    pub import: ImportId,
}

impl Catalogued for CancelImport {
    type Outcome = Import;

    const ABOUT: About = About {
        name: "cancel_import",
        description: "Stops an import on its way; what was brought in by then stays.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::post("/imports/{import}/cancel")),
    };
}
