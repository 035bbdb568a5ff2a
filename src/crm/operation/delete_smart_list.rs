//! A smart list thrown away.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::SmartListId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a smart list; the contacts in it stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteSmartList {
    /// Which.
    pub list: SmartListId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteSmartList {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_smart_list",
        description: "Deletes a smart list; the contacts in it stay.",
        effect: Effect::Destructive,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/smart-lists/{list}")),
    };
}
