//! Keys programs come with: each for one business, for what it was made for, until it is revoked.

use super::{Error, user};
use crate::crm::operation::{Permission, Permissions};
use crate::id::{ApiKeyId, BusinessId};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Its use is written down again after so long.
pub(super) const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The business it is for.
    pub business: BusinessId,
    /// What it is for, in words.
    pub name: String,
    /// How it begins, to tell it from others.
    pub start: String,
    /// What it may do.
    pub scopes: BTreeSet<Permission>,
    /// When it was last seen to be used.
    pub used_at: Option<Timestamp>,
    /// When it was revoked; none: it works.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiKey {
    /// What it may do.
    pub fn may(&self) -> Permissions {
        self.scopes.iter().copied().collect()
    }
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for, in words.
    #[schemars(length(min = 1, max = user::NAME_MAX))]
    pub name: String,
    /// What it may do: something, and nothing that whoever makes it may not.
    #[schemars(length(min = 1))]
    pub scopes: BTreeSet<Permission>,
}

impl NewKey {
    /// Tidies what came in and refuses what cannot be.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.name = user::name(&self.name)?;
        if self.name.is_empty() || self.scopes.is_empty() {
            return Err(Error::Invalid("a key has a name and at least one scope".to_owned()));
        }
        Ok(())
    }
}
