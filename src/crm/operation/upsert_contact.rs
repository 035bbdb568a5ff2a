//! Somebody, known or not.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{Channel, Contact};
use crate::id::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Finds the contact by number, else by address, and sets what is given; or adds them. Atomic. Tags and fields given are
/// added to those there. Fails with `Duplicate` when the number is one contact's and the address another's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpsertContact {
    /// Given name; left as it is when not given.
    #[schemars(length(max = limits::NAME_MAX))]
    pub first_name: Option<String>,
    /// Family name; left as it is when not given.
    #[schemars(length(max = limits::NAME_MAX))]
    pub last_name: Option<String>,
    /// E-mail address.
    #[schemars(length(max = limits::EMAIL_MAX))]
    pub email: Option<String>,
    /// Telephone number, with its country code or of the business's country.
    pub phone: Option<String>,
    /// Telephone numbers beside the first.
    pub other_phones: BTreeSet<String>,
    /// E-mail addresses beside the first.
    #[schemars(inner(length(max = limits::EMAIL_MAX)))]
    pub other_emails: BTreeSet<String>,
    /// Where they came from; the door's name, if somebody new came from nowhere else.
    #[schemars(length(max = limits::NAME_MAX))]
    pub source: Option<String>,
    /// The zone they live in, as in `America/New_York`.
    pub zone: Option<String>,
    /// Whose they are: a user.
    pub owner: Option<UserId>,
    /// Words to sort them by, beside those they have.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
    /// Values of the business's own fields, by key; null removes one.
    pub fields: BTreeMap<String, Value>,
    /// How they do not want to be reached; left as it is when not given.
    pub do_not_disturb: Option<BTreeSet<Channel>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Upserted {
    /// Whether they are new.
    pub created: bool,
    /// The contact as it is now.
    pub contact: Contact,
}

impl Catalogued for UpsertContact {
    type Outcome = Upserted;

    const ABOUT: About = About {
        name: "upsert_contact",
        description: "Finds a contact by telephone number or e-mail address and sets what is given, or adds them, in \
                      one step.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::put("/contacts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.first_name = self.first_name.take().map(|name| limits::name(&name)).transpose()?;
        self.last_name = self.last_name.take().map(|name| limits::name(&name)).transpose()?;
        self.email = self.email.take().map(|text| limits::email(&text)).transpose()?.flatten();
        self.phone = self.phone.take().filter(|text| !text.trim().is_empty());
        if self.email.is_none() && self.phone.is_none() {
            return Err(Error::Invalid(Reason::ContactUnfindable));
        }
        limits::emails(&mut self.other_emails)?;
        self.source = self.source.take().map(|text| limits::name(&text)).transpose()?.filter(|text| !text.is_empty());
        self.zone = self.zone.take().map(|text| limits::zone(&text)).transpose()?.flatten();
        limits::tags(&mut self.tags)
    }
}
