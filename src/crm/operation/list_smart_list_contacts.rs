//! Who is in a smart list now.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Contact, Page};
use crate::id::SmartListId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the contacts who fit a smart list now, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSmartListContacts {
    /// Which.
    pub list: SmartListId,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListSmartListContacts {
    type Outcome = Page<Contact>;

    const ABOUT: About = About {
        name: "list_smart_list_contacts",
        description: "Lists the contacts who fit a smart list now, in its order.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/smart-lists/{list}/contacts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
