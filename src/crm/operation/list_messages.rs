//! What was said in a conversation.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{ConversationMessage, Medium, Page};
use crate::id::ConversationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many messages a page has, unless another number is asked for.
const MESSAGES: usize = 20;

/// Lists the messages of a conversation, the newest first. A call is one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMessages {
    /// Of which.
    pub conversation: ConversationId,
    /// Only by this medium.
    pub medium: Option<Medium>,
    /// At most so many: 20 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListMessages {
    type Outcome = Page<ConversationMessage>;

    const ABOUT: About = About {
        name: "list_messages",
        description: "Lists the messages of a conversation over SMS, e-mail, chat and voice in one timeline, the \
                      newest first.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/conversations/{conversation}/messages")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.limit = Some(self.limit.unwrap_or(MESSAGES).clamp(1, limits::LIST_MAX));
        Ok(())
    }
}
