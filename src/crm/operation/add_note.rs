//! Something to remember of somebody.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Note;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adds a note to a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// On whom.
    pub contact: ContactId,
    /// The words.
    #[schemars(length(min = 1, max = limits::NOTES_MAX))]
    pub body: String,
}

impl Catalogued for AddNote {
    type Outcome = Note;

    const ABOUT: About = About {
        name: "add_note",
        description: "Adds a note to a contact.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_note"),
        route: Some(Route::create("/contacts/{contact}/notes")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.body = limits::note(&self.body)?;
        Ok(())
    }
}
