//! Who is in a campaign.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{CampaignMember, Page};
use crate::id::CampaignId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists who is in a campaign, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCampaignMembers {
    /// In which.
    pub campaign: CampaignId,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListCampaignMembers {
    type Outcome = Page<CampaignMember>;

    const ABOUT: About = About {
        name: "list_campaign_members",
        description: "Lists the contacts in a campaign, the newest first.",
        effect: Effect::Read,
        permission: Permission::ReadContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/campaigns/{campaign}/contacts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
