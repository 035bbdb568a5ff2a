//! A question about contacts, kept under a name.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::{ListContacts, SmartList, limits};
use crate::crm::error::{Error, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps a filter and an order of contacts under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSmartList {
    /// What people call it; no other list of the business is called so.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// Who is in it, and in which order.
    pub filter: ListContacts,
}

impl Catalogued for CreateSmartList {
    type Outcome = SmartList;

    const ABOUT: About = About {
        name: "create_smart_list",
        description: "Keeps a filter of contacts under a name, so that it can be looked at again.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_smart_list"),
        route: Some(Route::create("/smart-lists")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = list_name(&self.name)?;
        self.filter.keepable()
    }
}

/// A list's name: some.
pub(super) fn list_name(name: &str) -> Result<String, Error> {
    let name = limits::name(name)?;
    if name.is_empty() { Err(Error::Invalid(Reason::SmartListNameless)) } else { Ok(name) }
}
