//! What is known of somebody, taken out of what was written down.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Erases what the log keeps of a contact, there or deleted: that something was done, when and by whom stays, what it changed
/// goes. What is erased can neither be shown nor taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseContactHistory {
    /// Whose.
    pub contact: ContactId,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// From how many entries.
    pub entries: u64,
}

impl Catalogued for EraseContactHistory {
    type Outcome = Erased;

    const ABOUT: About = About {
        name: "erase_contact_history",
        description: "Erases for good what the log of actions keeps of a contact, who may be deleted already.",
        effect: Effect::Destructive,
        permission: Permission::DeleteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::NotNeeded,
        route: Some(Route::delete("/contacts/{contact}/history")),
    };
}
