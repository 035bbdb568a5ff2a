//! A file of contacts brought in.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Column, Duplicates, Import};
use crate::id::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Begins to bring in a file that was previewed; `get_import` says how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImport {
    /// Which.
    pub import: ImportId,
    /// What each column holds; what it was taken for in the preview, when not given.
    pub columns: Option<Vec<Column>>,
    /// What becomes of people who are there already.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// Tags that everybody of the file is given.
    #[serde(default)]
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
}

impl Catalogued for StartImport {
    type Outcome = Import;

    const ABOUT: About = About {
        name: "start_import",
        description: "Begins to bring in a previewed file of contacts, which goes on by itself; whoever is new is found by search a \
                      little later, at the latest when it is done.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("undo_import"),
        route: Some(Route::post("/imports/{import}/start")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::tags(&mut self.tags)
    }
}
