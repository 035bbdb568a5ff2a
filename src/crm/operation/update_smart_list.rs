//! A smart list called otherwise, or of others.

use super::create_smart_list::list_name;
use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::{ListContacts, SmartList};
use crate::crm::error::Error;
use crate::id::SmartListId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes a smart list's name or filter. Fails with `Stale` when it is not at the version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSmartList {
    /// Which.
    pub list: SmartListId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What people call it; left as it is when not given.
    pub name: Option<String>,
    /// Who is in it, and in which order; left as it is when not given.
    pub filter: Option<ListContacts>,
}

impl Catalogued for UpdateSmartList {
    type Outcome = SmartList;

    const ABOUT: About = About {
        name: "update_smart_list",
        description: "Changes the name or the filter of a smart list.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/smart-lists/{list}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = self.name.take().map(|name| list_name(&name)).transpose()?;
        self.filter.as_mut().map_or(Ok(()), ListContacts::keepable)
    }
}
