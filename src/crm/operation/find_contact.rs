//! Who has this number.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Contact;
use crate::phone::E164;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds the contact with this number. Nobody asks for it in so many words: doors use it to know who calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindContact {
    /// The number to look for.
    pub phone: E164,
}

impl Catalogued for FindContact {
    /// Not found is an answer, not an error.
    type Outcome = Option<Contact>;

    const ABOUT: About = About {
        name: "find_contact",
        description: "Finds the contact with exactly this telephone number, or says that there is none.",
        effect: Effect::Read,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contacts/by-phone")),
    };
}
