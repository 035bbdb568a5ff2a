//! A campaign, new.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Campaign, CampaignStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes a campaign that contacts can be added to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCampaign {
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = limits::NOTES_MAX))]
    pub description: String,
    /// Where it stands: a draft, unless said otherwise.
    #[serde(default)]
    pub status: CampaignStatus,
}

impl Catalogued for CreateCampaign {
    type Outcome = Campaign;

    const ABOUT: About = About {
        name: "create_campaign",
        description: "Makes a campaign that contacts can be added to; sending it is not part of this version, which \
                      keeps who is in it.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/campaigns")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = limits::title(&self.name)?;
        self.description = limits::words("description", &self.description, limits::NOTES_MAX)?;
        Ok(())
    }
}
