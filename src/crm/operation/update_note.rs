//! A note written anew.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Note;
use crate::id::NoteId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes a note's words. Fails with `Stale` when it is not at the version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateNote {
    /// Which.
    pub note: NoteId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// The words.
    #[schemars(length(min = 1, max = limits::NOTES_MAX))]
    pub body: String,
}

impl Catalogued for UpdateNote {
    type Outcome = Note;

    const ABOUT: About = About {
        name: "update_note",
        description: "Changes the words of a note.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/notes/{note}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.body = limits::note(&self.body)?;
        Ok(())
    }
}
