//! Where posts can go.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, SocialAccount};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the connected accounts of social networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSocialAccounts {
    /// Only of this network.
    pub platform: Option<String>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListSocialAccounts {
    type Outcome = Page<SocialAccount>;

    const ABOUT: About = About {
        name: "list_social_accounts",
        description: "Lists the connected accounts of social networks, with the addresses posts are sent to.",
        effect: Effect::Read,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/social/accounts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.platform = self.platform.take().map(|platform| platform.trim().to_lowercase());
        limits::page(&mut self.limit);
        Ok(())
    }
}
