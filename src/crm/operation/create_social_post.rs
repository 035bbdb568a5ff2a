//! A post, new.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::SocialPost;
use crate::id::SocialAccountId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes a post: a draft, one for later, or one that is published now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSocialPost {
    /// The words.
    #[schemars(length(min = 1, max = limits::POST_MAX))]
    pub text: String,
    /// Pictures and the like, by address.
    #[serde(default)]
    #[schemars(length(max = limits::MEDIA_MAX), inner(length(min = 1, max = limits::ADDRESS_MAX)))]
    pub media: Vec<String>,
    /// Where it goes; none: everywhere.
    #[serde(default)]
    #[schemars(length(max = limits::ACCOUNTS_MAX))]
    pub accounts: Vec<SocialAccountId>,
    /// Whether it is published at once.
    #[serde(default)]
    pub publish_now: bool,
    /// When it is published; neither this nor now: it is a draft.
    pub publish_at: Option<Timestamp>,
}

impl Catalogued for CreateSocialPost {
    type Outcome = SocialPost;

    const ABOUT: About = About {
        name: "create_social_post",
        description: "Writes a post for social networks as a draft, for a time to come, or to be published now.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::create("/social/posts")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.text = limits::post(&self.text)?;
        limits::media(&self.media)?;
        limits::accounts(&self.accounts)?;
        limits::one_time(self.publish_now, self.publish_at)
    }
}
