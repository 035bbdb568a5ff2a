//! Many people forgotten.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::whom::{Counted, Whom};
use crate::crm::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes many contacts with their tags, fields and notes. Their appointments stay, with the names given at booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteContacts {
    /// Whom.
    pub whom: Whom,
}

impl Catalogued for DeleteContacts {
    type Outcome = Counted;

    const ABOUT: About = About {
        name: "delete_contacts",
        description: "Deletes many contacts at once, by their ids or by a filter; their appointments stay.",
        effect: Effect::Destructive,
        permission: Permission::DeleteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::post("/contacts/delete")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.whom.within_limits()
    }
}
