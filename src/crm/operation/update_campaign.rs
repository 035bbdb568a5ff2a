//! A campaign, changed.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Campaign, CampaignStatus};
use crate::id::CampaignId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes a campaign. Fails with `Stale` when it is not at the version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCampaign {
    /// Which.
    pub campaign: CampaignId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: Option<String>,
    /// What it is for.
    #[schemars(length(max = limits::NOTES_MAX))]
    pub description: Option<String>,
    /// Where it stands.
    pub status: Option<CampaignStatus>,
}

impl Catalogued for UpdateCampaign {
    type Outcome = Campaign;

    const ABOUT: About = About {
        name: "update_campaign",
        description: "Changes a campaign's name, its description or where it stands.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::patch("/campaigns/{campaign}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = self.name.take().map(|name| limits::title(&name)).transpose()?;
        if let Some(description) = &mut self.description {
            *description = limits::words("description", description, limits::NOTES_MAX)?;
        }
        Ok(())
    }
}
