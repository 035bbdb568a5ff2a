//! A post, changed.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::SocialPost;
use crate::id::{SocialAccountId, SocialPostId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes a post that has not been published. Fails with `Stale` when it is not at the version that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSocialPost {
    /// Which.
    pub post: SocialPostId,
    /// The version that was read; none: whatever it is now.
    pub version: Option<u64>,
    /// The words.
    #[schemars(length(min = 1, max = limits::POST_MAX))]
    pub text: Option<String>,
    /// Pictures and the like, by address.
    #[schemars(length(max = limits::MEDIA_MAX), inner(length(min = 1, max = limits::ADDRESS_MAX)))]
    pub media: Option<Vec<String>>,
    /// Where it goes.
    #[schemars(length(max = limits::ACCOUNTS_MAX))]
    pub accounts: Option<Vec<SocialAccountId>>,
    /// Whether it is published at once.
    #[serde(default)]
    pub publish_now: bool,
    /// When it is published; neither this nor now: as it was.
    pub publish_at: Option<Timestamp>,
}

impl Catalogued for UpdateSocialPost {
    type Outcome = SocialPost;

    const ABOUT: About = About {
        name: "update_social_post",
        description: "Changes a post that has not been published, or sets when it is published, or publishes it now.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Restore,
        route: Some(Route::patch("/social/posts/{post}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.text = self.text.take().map(|text| limits::post(&text)).transpose()?;
        if let Some(media) = &self.media {
            limits::media(media)?;
        }
        self.accounts.as_deref().map_or(Ok(()), limits::accounts)?;
        limits::one_time(self.publish_now, self.publish_at)
    }
}
