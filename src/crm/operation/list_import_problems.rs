//! Rows of a file that could not be taken.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, RowProblem};
use crate::id::ImportId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the rows of an import that could not be taken, or not whole, as they stand in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListImportProblems {
    /// Of which.
    pub import: ImportId,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListImportProblems {
    type Outcome = Page<RowProblem>;

    const ABOUT: About = About {
        name: "list_import_problems",
        description: "Lists the rows of an import that could not be taken, with the reason of each.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/imports/{import}/problems")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
