//! A contact into a campaign.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::CampaignMember;
use crate::id::{CampaignId, ContactId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adds a contact to a campaign. Adding who is in it already is no error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddToCampaign {
    /// In which.
    pub campaign: CampaignId,
    /// Who.
    pub contact: ContactId,
}

impl Catalogued for AddToCampaign {
    type Outcome = CampaignMember;

    const ABOUT: About = About {
        name: "add_to_campaign",
        description: "Adds a contact to a campaign that is not over.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/campaigns/{campaign}/contacts")),
    };
}
