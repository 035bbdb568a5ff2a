//! Somebody forgotten.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a contact with their tags, fields and notes. Their appointments stay, with the name given at booking, and so do
/// opportunities, tasks and orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteContact {
    /// Which.
    pub contact: ContactId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteContact {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_contact",
        description: "Deletes a contact with their tags, fields and notes; their appointments stay.",
        effect: Effect::Destructive,
        permission: Permission::DeleteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/contacts/{contact}")),
    };
}
