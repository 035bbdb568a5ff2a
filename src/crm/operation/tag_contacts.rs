//! Many people sorted by words.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use super::whom::{Counted, Whom};
use crate::crm::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Gives many contacts tags, beside those they have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagContacts {
    /// Whom.
    pub whom: Whom,
    /// Which.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
}

impl Catalogued for TagContacts {
    type Outcome = Counted;

    const ABOUT: About = About {
        name: "tag_contacts",
        description: "Adds tags to many contacts at once, by their ids or by a filter.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/contacts/tags/add")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.whom.within_limits()?;
        limits::tags(&mut self.tags)
    }
}
