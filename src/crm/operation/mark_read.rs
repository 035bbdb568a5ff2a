//! A conversation that was read.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use crate::crm::model::Conversation;
use crate::id::ConversationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Notes that somebody has read a conversation to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// Which.
    pub conversation: ConversationId,
}

impl Catalogued for MarkRead {
    type Outcome = Conversation;

    const ABOUT: About = About {
        name: "mark_read",
        description: "Notes that a conversation was read: none of it is unread any more.",
        effect: Effect::Write,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::post("/conversations/{conversation}/read")),
    };
}
