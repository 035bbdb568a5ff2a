//! E-mail: handed to an SMTP server.
//!
//! Each message carries our own id in its `Message-ID`, so that a mailbox that gets it twice can show it once.

use super::SendError;
use super::permit::{EmailAddress, SendPermit};
use crate::crm::error::Reason;
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

/// One command may take this long.
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);
/// `SendGrid` takes mail by SMTP from whoever has an API key: the user is this word, the password the key.
/// Source: <https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api>.
const SENDGRID: &str = "smtps://apikey:KEY@smtp.sendgrid.net:465";

/// A letter to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Whose it is: the name beside the address it comes from.
    pub from_name: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// The words.
    pub body: &'a str,
}

/// Carries e-mail.
#[async_trait]
pub trait EmailSender: Send + Sync {
    /// Hands one over; returns its `Message-ID`.
    async fn send(&self, permit: SendPermit<EmailAddress>, letter: Letter<'_>) -> Result<String, SendError>;
}

/// Why no mail can be sent with these settings; the text says what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The server.
    #[error("SMTP_URL cannot be used: write it as in smtps://user:password@mail.example.com:465 ({0})")]
    Url(String),
    /// The sender's address.
    #[error("EMAIL_FROM is no e-mail address: write it as in office@example.com")]
    From,
}

/// An SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: lettre::Address,
}

impl Smtp {
    /// The server at an address (`smtps://…`, or `smtp://…?tls=required`), and the address mail comes from.
    pub fn at(url: &str, from: &str) -> Result<Self, SetupError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| SetupError::Url(error.to_string()))?
            .timeout(Some(SMTP_TIMEOUT))
            .build();
        Ok(Self { transport, from: from.trim().parse().map_err(|_| SetupError::From)? })
    }

    /// `SendGrid`'s, for an API key.
    pub fn sendgrid(key: &str, from: &str) -> Result<Self, SetupError> {
        Self::at(&SENDGRID.replace("KEY", key), from)
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").finish_non_exhaustive()
    }
}

#[async_trait]
impl EmailSender for Smtp {
    async fn send(&self, permit: SendPermit<EmailAddress>, letter: Letter<'_>) -> Result<String, SendError> {
        let unwritable = |_| SendError::Refused(Reason::MailUnwritable);
        let to = permit.to().0.parse().map_err(|_| SendError::Refused(Reason::MailAddress))?;
        let id = format!("<{}@{}>", permit.message(), self.from.domain());
        let message = Message::builder()
            .message_id(Some(id.clone()))
            .from(Mailbox::new(Some(letter.from_name.to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.to_owned())
            .map_err(unwritable)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(id),
            Err(error) => Err(why(&error)),
        }
    }
}

/// What an answer of the server, or its silence, means.
fn why(error: &SmtpError) -> SendError {
    if error.is_transient() {
        return SendError::Away;
    }
    if let Some(code) = error.status().filter(|_| error.is_permanent()) {
        return SendError::Refused(Reason::MailRefused { code: code.to_string() });
    }
    if error.is_client() || error.is_tls() {
        return SendError::Refused(Reason::MailServer);
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.downcast_ref::<std::io::Error>().is_some_and(|error| never_connected(error.kind())) {
            return SendError::Away;
        }
        source = inner.source();
    }
    SendError::Unknown
}

fn never_connected(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable)
}
