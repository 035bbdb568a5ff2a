//! Conversations, the latest first.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Conversation, Medium, Page};
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists conversations, the one last spoken in first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConversations {
    /// Only with this contact.
    pub contact: Option<ContactId>,
    /// Only those last spoken in by this medium.
    pub medium: Option<Medium>,
    /// Only those with messages nobody has read.
    #[serde(default)]
    pub unread: bool,
    /// Only those with a text that the receptionist did not answer and nobody has since.
    #[serde(default)]
    pub unanswered: bool,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListConversations {
    type Outcome = Page<Conversation>;

    const ABOUT: About = About {
        name: "list_conversations",
        description: "Lists the conversations with contacts over SMS, e-mail, chat and voice, the one last spoken in \
                      first.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/conversations")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
