//! Which smart lists there are.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::{SmartList, limits};
use crate::crm::error::Error;
use crate::crm::model::Page;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the smart lists of a business by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSmartLists {
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListSmartLists {
    type Outcome = Page<SmartList>;

    const ABOUT: About = About {
        name: "list_smart_lists",
        description: "Lists the smart lists, which are filters of contacts kept under a name.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/smart-lists")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
