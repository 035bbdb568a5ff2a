//! One person.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Contact;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetContact {
    /// Which.
    pub contact: ContactId,
}

impl Catalogued for GetContact {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "get_contact",
        description: "Reads all that is known of a contact.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contacts/{contact}")),
    };
}
