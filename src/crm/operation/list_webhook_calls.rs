//! What was posted to programs.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Page, WebhookCall};
use crate::id::SocialPostId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists what was posted to addresses, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListWebhookCalls {
    /// Only what publishes this post.
    pub post: Option<SocialPostId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListWebhookCalls {
    type Outcome = Page<WebhookCall>;

    const ABOUT: About = About {
        name: "list_webhook_calls",
        description: "Lists what was posted to web addresses and what was answered, the newest first.",
        effect: Effect::Read,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/webhooks/calls")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
