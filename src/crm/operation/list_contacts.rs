//! People by what is known of them, a page at a time.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{Channel, Contact, Page};
use crate::id::UserId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists contacts that fit every filter given, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListContacts {
    /// With this tag.
    pub tag: Option<String>,
    /// Of whom this is not known.
    pub without: Option<Unknown>,
    /// Who do not want to be reached this way.
    pub do_not_disturb: Option<Channel>,
    /// Who came from there.
    pub source: Option<String>,
    /// Whose they are.
    pub owner: Option<UserId>,
    /// Added at or after.
    pub created_from: Option<Timestamp>,
    /// Added before.
    pub created_before: Option<Timestamp>,
    /// Changed at or after.
    pub updated_from: Option<Timestamp>,
    /// Changed before.
    pub updated_before: Option<Timestamp>,
    /// With `value` in this field of the business's own; without `value`, with anything in it.
    pub field: Option<String>,
    /// What the field holds.
    pub value: Option<String>,
    /// In which order: by name, unless said otherwise.
    #[serde(default)]
    pub sort: ContactSort,
    /// The other way round.
    #[serde(default)]
    pub descending: bool,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl ListContacts {
    /// Makes it one that can be kept, for all who fit: without a page.
    pub(super) fn keepable(&mut self) -> Result<(), Error> {
        self.within_limits()?;
        (self.limit, self.cursor) = (None, None);
        Ok(())
    }
}

/// Something that may not be known of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Unknown {
    Name,
    Phone,
    Email,
}

/// The orders contacts are listed in. Equals are told apart by their ids, so that each order is total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContactSort {
    /// Family name, then given name.
    #[default]
    Name,
    /// When they were added.
    Created,
    /// When they last changed.
    Updated,
}

impl Catalogued for ListContacts {
    type Outcome = Page<Contact>;

    const ABOUT: About = About {
        name: "list_contacts",
        description: "Lists contacts a page at a time, by tag, by what is missing, by when they were added or changed, \
                      or by a field of the business's own.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/contacts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        if self.value.is_some() && self.field.is_none() {
            return Err(Error::Invalid(Reason::ValueWithoutField));
        }
        self.tag = self.tag.take().map(|tag| Ok::<_, Error>(limits::name(&tag)?.to_lowercase())).transpose()?;
        limits::page(&mut self.limit);
        Ok(())
    }
}
