//! Words taken from many people.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use super::whom::{Counted, Whom};
use crate::crm::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Takes tags from many contacts; those they do not have are no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UntagContacts {
    /// Whom.
    pub whom: Whom,
    /// Which.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
}

impl Catalogued for UntagContacts {
    type Outcome = Counted;

    const ABOUT: About = About {
        name: "untag_contacts",
        description: "Removes tags from many contacts at once, by their ids or by a filter.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/contacts/tags/remove")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.whom.within_limits()?;
        limits::tags(&mut self.tags)
    }
}
