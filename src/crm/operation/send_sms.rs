//! A text to a contact.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::Error;
use crate::crm::model::ConversationMessage;
use crate::id::ContactId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sends a text to a contact's telephone. At night it waits for the morning; to whoever asked for no more it is not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendSms {
    /// To whom.
    pub contact: ContactId,
    /// The words.
    #[schemars(length(min = 1, max = limits::TEXT_MAX))]
    pub body: String,
    /// Pictures and the like, by address.
    #[serde(default)]
    #[schemars(length(max = limits::MEDIA_MAX), inner(length(min = 1, max = limits::ADDRESS_MAX)))]
    pub media: Vec<String>,
}

impl Catalogued for SendSms {
    type Outcome = ConversationMessage;

    const ABOUT: About = About {
        name: "send_sms",
        description: "Sends a text message to a contact's telephone number, if they want to hear of the business.",
        effect: Effect::Sends,
        permission: Permission::SendMessages,
        confirmation: Confirmation::Asked,
        undo: Undo::Never,
        route: Some(Route::create("/messages/sms")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.body = limits::text(&self.body)?;
        limits::media(&self.media)
    }
}
