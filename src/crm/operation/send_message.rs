//! An answer in a conversation.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{ConversationMessage, Medium};
use crate::id::ConversationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Says something in a conversation, by text or e-mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// In which.
    pub conversation: ConversationId,
    /// By what: `sms` or `email`.
    pub medium: Medium,
    /// What it is about, when it is e-mail.
    pub subject: Option<String>,
    /// The words.
    #[schemars(length(min = 1, max = limits::LETTER_MAX))]
    pub body: String,
}

impl Catalogued for SendMessage {
    type Outcome = ConversationMessage;

    const ABOUT: About = About {
        name: "send_message",
        description: "Sends a message in a conversation by SMS or e-mail, if the contact wants to hear of the \
                      business.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/conversations/{conversation}/messages")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        match self.medium {
            Medium::Sms => {
                self.body = limits::text(&self.body)?;
                if self.subject.is_some() {
                    return Err(Error::Invalid(Reason::SubjectOfText));
                }
            }
            Medium::Email => {
                self.body = limits::letter(&self.body)?;
                self.subject = Some(limits::subject(self.subject.as_deref().unwrap_or_default())?);
            }
            Medium::Chat | Medium::Voice => {
                return Err(Error::Invalid(Reason::MessageMedium));
            }
        }
        Ok(())
    }
}
