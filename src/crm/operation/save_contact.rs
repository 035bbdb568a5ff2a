//! A person as a conversation learns of them.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Contact, ContactDraft};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds the contact by phone or e-mail and fills in what is new, or makes one. Atomic. What is known already is never
/// overwritten: who says a name on somebody's telephone does not rename them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SaveContact {
    /// What is known.
    pub draft: ContactDraft,
}

impl Catalogued for SaveContact {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "save_contact",
        description: "Finds a person by telephone number or e-mail address and fills in what was not known, or adds \
                      them; nothing known is overwritten.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: None,
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::person(&mut self.draft)
    }
}
