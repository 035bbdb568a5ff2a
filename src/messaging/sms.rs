//! Texts: handed to whoever carries them to telephones.

use super::SendError;
use super::permit::SendPermit;
use crate::crm::error::Reason;
use crate::phone::E164;
use crate::twilio::error::RestError;
use crate::twilio::rest::{NewMessage, RestClient};
use async_trait::async_trait;

/// Twilio's codes for somebody who has told it to stop (21610: unsubscribed recipient).
const OPTED_OUT_CODES: [u32; 1] = [21_610];

/// A text to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The business's number.
    pub from: &'a E164,
    /// The words.
    pub body: &'a str,
    /// Pictures and the like, by address.
    pub media: &'a [String],
    /// Where to tell what becomes of it, if we can be reached.
    pub report_to: Option<&'a str>,
}

/// Carries texts.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Hands one over; returns the carrier's name for it. Never tries again what may have been taken.
    async fn send(&self, permit: SendPermit<E164>, text: Text<'_>) -> Result<String, SendError>;
}

#[async_trait]
impl SmsSender for RestClient {
    async fn send(&self, permit: SendPermit<E164>, text: Text<'_>) -> Result<String, SendError> {
        let Text { from, body, media, report_to } = text;
        let message = NewMessage { from, to: permit.to(), body, media, status_callback: report_to };
        self.create_message(message).await.map_err(|error| match error {
            RestError::Refused { code, .. } if OPTED_OUT_CODES.contains(&code) => SendError::OptedOut,
            RestError::Refused { code, .. } => SendError::Refused(Reason::TwilioRefused { code }),
            RestError::Unauthorised => SendError::Refused(Reason::TwilioCredentials),
            // What is not there is the account: a text is no call.
            RestError::AlreadyOver => SendError::Refused(Reason::TwilioAccount),
            RestError::Unavailable => SendError::Away,
            RestError::Unknown => SendError::Unknown,
        })
    }
}
