//! A post, gone.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::id::SocialPostId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deletes a post. One that was published stays where it was published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteSocialPost {
    /// Which.
    pub post: SocialPostId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
}

impl Catalogued for DeleteSocialPost {
    type Outcome = ();

    const ABOUT: About = About {
        name: "delete_social_post",
        description: "Deletes a post: if it is waiting it is not published, and if it was published it stays there.",
        effect: Effect::Destructive,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::delete("/social/posts/{post}")),
    };
}
