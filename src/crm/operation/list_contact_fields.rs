//! The fields of the business's own.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::ContactField;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the fields that were defined, in the order they were defined in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListContactFields {}

impl Catalogued for ListContactFields {
    type Outcome = Vec<ContactField>;

    const ABOUT: About = About {
        name: "list_contact_fields",
        description: "Lists the fields of the business's own that contacts can have.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contact-fields")),
    };
}
