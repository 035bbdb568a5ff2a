//! One post.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::SocialPost;
use crate::id::SocialPostId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSocialPost {
    /// Which.
    pub post: SocialPostId,
}

impl Catalogued for GetSocialPost {
    type Outcome = SocialPost;

    const ABOUT: About = About {
        name: "get_social_post",
        description: "Reads a post for social networks: its words and where it stands.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/social/posts/{post}")),
    };
}
