//! Many contacts at once: which.

use super::ListContacts;
use crate::crm::error::{Error, Reason};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which contacts: those named, or those who fit a filter. One of both is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// These.
    #[serde(default)]
    #[schemars(length(max = Whom::MAX))]
    pub contacts: BTreeSet<ContactId>,
    /// All who fit; refused when they are too many, in words that say how many may be.
    pub filter: Option<ListContacts>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// How many contacts there were to change.
    pub found: u64,
    /// How many were changed; the others were so already.
    pub changed: u64,
}

impl Whom {
    /// The most contacts one action changes: more would keep callers waiting.
    pub const MAX: usize = 1_000;

    /// Refuses what names nobody, or too many.
    pub(super) fn within_limits(&mut self) -> Result<(), Error> {
        let why = match &mut self.filter {
            Some(_) if !self.contacts.is_empty() => Reason::WhoTwice,
            None if self.contacts.is_empty() => Reason::WhoMissing,
            None if self.contacts.len() > Self::MAX => Reason::TooManyNamed { most: Self::MAX },
            Some(filter) => return filter.keepable(),
            None => return Ok(()),
        };
        Err(Error::Invalid(why))
    }
}
