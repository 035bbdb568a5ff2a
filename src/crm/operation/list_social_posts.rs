//! The posts there are.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, PostStatus, SocialPost};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists posts, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSocialPosts {
    /// Only those that stand there.
    pub status: Option<PostStatus>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListSocialPosts {
    type Outcome = Page<SocialPost>;

    const ABOUT: About = About {
        name: "list_social_posts",
        description: "Lists posts for social networks, drafts and published ones, the newest first.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/social/posts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
