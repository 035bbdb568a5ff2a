//! Words left for the business.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{ContactDraft, Message};
use crate::id::CallId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Leaves a message for the business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeaveMessage {
    /// Who leaves it.
    pub from: ContactDraft,
    /// The words.
    #[schemars(length(min = 1, max = limits::MESSAGE_MAX))]
    pub body: String,
    /// The call it is left in.
    pub call: Option<CallId>,
}

impl Catalogued for LeaveMessage {
    type Outcome = Message;

    const ABOUT: About = About {
        name: "leave_message",
        description: "Leaves a message for the business, with who left it.",
        effect: Effect::Write,
        permission: Permission::Reception,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/messages")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        limits::person(&mut self.from)?;
        self.body = limits::words("message", &self.body, limits::MESSAGE_MAX)?;
        if self.body.is_empty() {
            return Err(Error::Invalid(Reason::NoWords { what: "message".to_owned() }));
        }
        Ok(())
    }
}
