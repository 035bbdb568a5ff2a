//! Two contacts made one.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::error::{Error, Reason};
use crate::crm::model::Contact;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Makes two contacts one: all that belongs to one is the other's then. Of what both have, that of the one kept stays, unless
/// `take` says otherwise; what only one has is kept; tags and do-not-disturb are those of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeContacts {
    /// Whose id stays.
    pub keep: ContactId,
    /// Who is no contact of their own afterwards.
    pub gone: ContactId,
    /// What is taken of the one who goes, though the one kept has it too.
    #[serde(default)]
    pub take: BTreeSet<Part>,
    /// The keys of own fields whose values are taken of the one who goes.
    #[serde(default)]
    pub take_fields: BTreeSet<String>,
}

/// Something there is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Part {
    Name,
    Phone,
    Email,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Merged {
    /// The contact kept, as they are now.
    pub contact: Contact,
    /// How many notes, appointments, messages and the like moved to them.
    pub moved: u64,
}

impl Catalogued for MergeContacts {
    type Outcome = Merged;

    const ABOUT: About = About {
        name: "merge_contacts",
        description: "Makes one contact of two: tags, fields, notes, appointments and messages of both belong to the one \
                      that is kept.",
        effect: Effect::Destructive,
        permission: Permission::DeleteContacts,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::post("/contacts/{keep}/merge")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if self.keep == self.gone {
            return Err(Error::Invalid(Reason::MergedWithItself));
        }
        Ok(())
    }
}
