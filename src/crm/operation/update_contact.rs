//! Somebody changed.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::given::given;
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Channel, Contact};
use crate::id::{ContactId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Changes what is given and leaves the rest (RFC 7396: null removes). Fails with `Stale` when the contact is not at the
/// version that was read, with `Duplicate` when another has the number or the address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateContact {
    /// Which.
    pub contact: ContactId,
    /// The version that was read; none: whatever it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME_MAX))]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME_MAX))]
    pub last_name: Option<String>,
    /// E-mail address; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(max = limits::EMAIL_MAX))]
    pub email: Option<Option<String>>,
    /// Telephone number, with its country code or of the business's country; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub phone: Option<Option<String>>,
    /// All telephone numbers beside the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_phones: Option<BTreeSet<String>>,
    /// All e-mail addresses beside the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(max = limits::EMAIL_MAX)))]
    pub other_emails: Option<BTreeSet<String>>,
    /// Where they came from; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub source: Option<Option<String>>,
    /// The zone they live in, as in `America/New_York`; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub zone: Option<Option<String>>,
    /// Whose they are: a user; null makes them nobody's.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<UserId>")]
    pub owner: Option<Option<UserId>>,
    /// All the words to sort them by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TAGS_MAX), inner(length(min = 1, max = limits::TAG_MAX)))]
    pub tags: Option<BTreeSet<String>>,
    /// Values of the business's own fields, by key; null removes one, those not named stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, Value>>,
    /// How they do not want to be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_disturb: Option<BTreeSet<Channel>>,
}

impl Catalogued for UpdateContact {
    type Outcome = Contact;

    const ABOUT: About = About {
        name: "update_contact",
        description: "Changes what is given of a contact and leaves the rest as it is.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/contacts/{contact}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.first_name = self.first_name.take().map(|name| limits::name(&name)).transpose()?;
        self.last_name = self.last_name.take().map(|name| limits::name(&name)).transpose()?;
        if let Some(Some(text)) = &self.email {
            self.email = Some(limits::email(text)?);
        }
        if let Some(phone) = &mut self.phone {
            *phone = phone.take().filter(|text| !text.trim().is_empty());
        }
        self.other_emails.as_mut().map_or(Ok(()), limits::emails)?;
        if let Some(Some(text)) = &self.source {
            self.source = Some(Some(limits::name(text)?).filter(|text| !text.is_empty()));
        }
        if let Some(Some(text)) = &self.zone {
            self.zone = Some(limits::zone(text)?);
        }
        self.tags.as_mut().map_or(Ok(()), limits::tags)
    }
}
