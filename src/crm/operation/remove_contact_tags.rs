//! Tags taken from somebody.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Contact;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Removes tags from a contact. One they have not is no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveContactTags {
    /// From whom.
    pub contact: ContactId,
    /// Which.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
}

impl Catalogued for RemoveContactTags {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "remove_contact_tags",
        description: "Removes tags from a contact.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::delete("/contacts/{contact}/tags")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::tags(&mut self.tags)
    }
}
