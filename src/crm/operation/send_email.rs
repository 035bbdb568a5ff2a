//! E-mail to a contact.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::ConversationMessage;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sends e-mail to a contact. To whoever asked for no more it is not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendEmail {
    /// To whom.
    pub contact: ContactId,
    /// What it is about.
    #[schemars(length(min = 1, max = limits::SUBJECT_MAX))]
    pub subject: String,
    /// The words.
    #[schemars(length(min = 1, max = limits::LETTER_MAX))]
    pub body: String,
}

impl Catalogued for SendEmail {
    type Outcome = ConversationMessage;

    const ABOUT: About = About {
        name: "send_email",
        description: "Sends an e-mail with a subject to a contact's address, if they want to hear of the business.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/messages/email")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.subject = limits::subject(&self.subject)?;
        self.body = limits::letter(&self.body)?;
        Ok(())
    }
}
