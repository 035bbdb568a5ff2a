//! Where posts go, new.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::SocialAccount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Connects an account of a social network by the address of a program that posts there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectSocialAccount {
    /// Which network: `facebook`.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub platform: String,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub name: String,
    /// Where posts are sent.
    #[schemars(length(min = 1, max = limits::ADDRESS_MAX))]
    pub webhook: String,
}

impl Catalogued for ConnectSocialAccount {
    type Outcome = SocialAccount;

    const ABOUT: About = About {
        name: "connect_social_account",
        description: "Connects a social network's account by the address of a program that puts posts on it.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/social/accounts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.platform = limits::title(&self.platform)?.to_lowercase();
        self.name = limits::title(&self.name)?;
        limits::address(&self.webhook)
    }
}
