//! A call that took place elsewhere.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::{ConversationMessage, Direction};
use crate::id::ContactId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes down a call that took place on another telephone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogCall {
    /// With whom.
    pub contact: ContactId,
    /// Who called.
    pub direction: Direction,
    /// What was said.
    #[schemars(length(max = limits::NOTES_MAX))]
    pub notes: String,
    /// When it began; none: now.
    pub at: Option<Timestamp>,
}

impl Catalogued for LogCall {
    type Outcome = ConversationMessage;

    const ABOUT: About = About {
        name: "log_call",
        description: "Writes down a telephone call with a contact that took place elsewhere, in the timeline of their \
                      conversation.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::create("/contacts/{contact}/calls")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.notes = limits::words("notes", &self.notes, limits::NOTES_MAX)?;
        Ok(())
    }
}
