//! A field no longer kept.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Removes a field of the business's own with all its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveContactField {
    /// Which.
    pub key: String,
}

impl Catalogued for RemoveContactField {
    type Outcome = ();

    const ABOUT: About = About {
        name: "remove_contact_field",
        description: "Removes a field of the business's own, with what every contact has in it.",
        effect: Effect::Destructive,
        permission: Permission::Configure,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/contact-fields/{key}")),
    };
}
