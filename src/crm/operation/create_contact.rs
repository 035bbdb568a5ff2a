//! Somebody new.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Channel, Contact};
use crate::id::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Adds a contact. Fails with `Duplicate` when another has the number or the address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateContact {
    /// Given name.
    #[schemars(length(max = limits::NAME_MAX))]
    pub first_name: String,
    /// Family name.
    #[schemars(length(max = limits::NAME_MAX))]
    pub last_name: String,
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
    /// Words to sort them by.
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: BTreeSet<String>,
    /// Values of the business's own fields, by key.
    pub fields: BTreeMap<String, Value>,
    /// How they do not want to be reached.
    pub do_not_disturb: BTreeSet<Channel>,
}

impl Catalogued for CreateContact {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "create_contact",
        description: "Adds a contact; refused, and told whose it is, when another contact has the number or address.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::By("delete_contact"),
        route: Some(Route::create("/contacts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.first_name = limits::name(&self.first_name)?;
        self.last_name = limits::name(&self.last_name)?;
        self.email = self.email.take().map(|text| limits::email(&text)).transpose()?.flatten();
        self.phone = self.phone.take().filter(|text| !text.trim().is_empty());
        limits::emails(&mut self.other_emails)?;
        self.source = self.source.take().map(|text| limits::name(&text)).transpose()?.filter(|text| !text.is_empty());
        self.zone = self.zone.take().map(|text| limits::zone(&text)).transpose()?.flatten();
        limits::tags(&mut self.tags)
    }
}
