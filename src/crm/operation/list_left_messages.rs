//! Messages left for the business, the newest first.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{Message, Page};
use crate::id::{CallId, ContactId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists the messages left for the business, the newest first: those of people whom nobody knows, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListLeftMessages {
    /// Only this contact's.
    pub contact: Option<ContactId>,
    /// Only those left in this call.
    pub call: Option<CallId>,
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = limits::LIST_MAX))]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    pub cursor: Option<String>,
}

impl Catalogued for ListLeftMessages {
    type Outcome = Page<Message>;

    const ABOUT: About = About {
        name: "list_left_messages",
        description: "Lists the messages left for the business by telephone and chat, the newest first; those of a \
                      known contact stand in their conversation too, unread.",
        effect: Effect::Read,
        permission: Permission::ReadMessages,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::get("/messages")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::page(&mut self.limit);
        Ok(())
    }
}
