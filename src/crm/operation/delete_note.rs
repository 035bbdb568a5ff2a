//! A note thrown away.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::NoteId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteNote {
    /// Which.
    pub note: NoteId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteNote {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_note",
        description: "Deletes a note.",
        effect: Effect::Destructive,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/notes/{note}")),
    };
}
