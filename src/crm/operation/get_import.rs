//! How far a file has been brought in.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Import;
use crate::id::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads an import: where it stands, how many rows it has gone through, and what came of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetImport {
    /// Which.
    pub import: ImportId,
}

impl Catalogued for GetImport {
    type Outcome = Import;

    const ABOUT: About = About {
        name: "get_import",
        description: "Reads how far an import has come and what came of its rows.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/imports/{import}")),
    };
}
