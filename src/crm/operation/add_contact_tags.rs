//! Tags given to somebody.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Contact;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Adds tags to a contact. One they have already is no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddContactTags {
    /// To whom.
    pub contact: ContactId,
    /// Which.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
}

impl Catalogued for AddContactTags {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "add_contact_tags",
        description: "Adds tags to a contact.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/contacts/{contact}/tags")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::tags(&mut self.tags)
    }
}
