//! People who may be one.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Contact, Page};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds contacts that may be the same person: of the same name; with `contact`, those whose name is like theirs, a typing
/// error forgiven.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindDuplicates {
    /// Like whom; everybody when nobody is named.
    pub contact: Option<ContactId>,
    /// At most so many groups: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

/// Contacts that may be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// What they share.
    pub alike: Alike,
    /// Who, the oldest first.
    pub contacts: Vec<Contact>,
}

/// What duplicates share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// The name, but for case and accents.
    SameName,
    /// The name, but for a typing error or a part that one of them lacks.
    SimilarName,
}

impl Catalogued for FindDuplicates {
    type Outcome = Page<Duplicate>;

    const ABOUT: About = About {
        name: "find_duplicates",
        description: "Finds contacts that may be the same person by their names; merge_contacts makes one of two.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contacts/duplicates")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
