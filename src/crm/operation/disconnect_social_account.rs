//! Where posts go no more.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::SocialAccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Disconnects an account of a social network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisconnectSocialAccount {
    /// Which.
    pub account: SocialAccountId,
}

impl Catalogued for DisconnectSocialAccount {
    type Outcome = ();

    const ABOUT: About = About {
        name: "disconnect_social_account",
        description: "Disconnects a social network's account: nothing is posted there any more.",
        effect: Effect::Destructive,
        permission: Permission::Configure,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/social/accounts/{account}")),
    };
}
