//! One conversation.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Conversation;
use crate::id::ConversationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reads a conversation, without its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetConversation {
    /// Which.
    pub conversation: ConversationId,
}

impl Catalogued for GetConversation {
    type Outcome = Conversation;

    const ABOUT: About = About {
        name: "get_conversation",
        description: "Reads a conversation: with whom, how much of it is unread, and its last words.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/conversations/{conversation}")),
    };
}
