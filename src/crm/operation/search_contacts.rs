//! People found while somebody types.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Contact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds contacts by the beginnings of their names, number or e-mail address. The last word may be half typed, any word
/// of four letters or more may have a typing error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchContacts {
    /// What was typed so far.
    #[schemars(length(max = limits::NAME_MAX))]
    pub query: String,
    /// At most so many: 20 unless said otherwise, 100 at the most.
    #[schemars(range(min = 1, max = SearchContacts::LIMIT_MAX))]
    pub limit: Option<usize>,
}

impl SearchContacts {
    /// The most contacts one search returns.
    const LIMIT_MAX: usize = 100;
    /// How many, unless said otherwise.
    const LIMIT: usize = 20;
}

impl Catalogued for SearchContacts {
    /// The likeliest first.
    type Outcome = Vec<Contact>;

    const ABOUT: About = About {
        name: "search_contacts",
        description: "Finds contacts as one types, by name, telephone number or e-mail address, typing errors forgiven.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contacts/search")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.query = limits::name(&self.query)?;
        self.limit = Some(self.limit.unwrap_or(Self::LIMIT).clamp(1, Self::LIMIT_MAX));
        Ok(())
    }
}
