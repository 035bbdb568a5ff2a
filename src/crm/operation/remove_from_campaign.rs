//! A contact out of a campaign.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::{CampaignId, ContactId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes a contact out of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFromCampaign {
    /// Of which.
    pub campaign: CampaignId,
    /// Who.
    pub contact: ContactId,
}

impl Catalogued for RemoveFromCampaign {
    type Outcome = ();

    const ABOUT: About = About {
        name: "remove_from_campaign",
        description: "Takes a contact out of a campaign.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::delete("/campaigns/{campaign}/contacts/{contact}")),
    };
}
