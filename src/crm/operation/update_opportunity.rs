//! An opportunity changed.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::given::given;
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::Opportunity;
use crate::id::{ContactId, OpportunityId};
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest (RFC 7396: null removes). Fails with `Stale` when the opportunity is not at the
/// version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOpportunity {
    /// Which.
    pub opportunity: OpportunityId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: Option<String>,
    /// With whom; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ContactId>")]
    pub contact: Option<Option<ContactId>>,
    /// What it is worth, in minor units (cents) of the business's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = limits::AMOUNT_MAX))]
    pub value_minor: Option<i64>,
    /// The day it is expected to be closed; null removes it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<civil::Date>")]
    pub expected_close: Option<Option<civil::Date>>,
}

impl Catalogued for UpdateOpportunity {
    type Outcome = Opportunity;

    const ABOUT: About = About {
        name: "update_opportunity",
        description: "Changes the name, contact, value or expected closing day of an opportunity and leaves the rest \
                      as it is.",
        effect: Effect::Write,
        permission: Permission::WriteRecords,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/opportunities/{opportunity}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = self.name.take().map(|text| limits::named("opportunity", &text)).transpose()?;
        limits::amount("value", self.value_minor.unwrap_or_default())?;
        limits::day(self.expected_close.flatten())
    }
}
