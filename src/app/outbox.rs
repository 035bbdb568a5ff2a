//! The outbox: operations that send are performed here, in two steps that are never one transaction.
//!
//! The engine queues the message as it performs the operation; then it is taken up, the gate is asked, it is handed to who
//! carries it, and what came of it is settled. Whoever asked waits a little for that; if it takes longer it goes on without
//! them. A crash in between leaves a message that is queued, and is taken up again, or one that is in hand, of which nobody
//! knows whether it went out: that one is not sent again.
//!
//! Invariant: a message is handed over only by whoever took it up, and once each time it was.

mod webhooks;

use crate::clock::Clock;
use crate::crm::backend::{Dispatch, Fate, MessageBook, WebhookBook};
use crate::crm::error::Reason;
use crate::crm::model::{ConversationMessage, Delivery, Medium};
use crate::crm::{Backend, Error, Operation, Outcome, Rehearsal, Request};
use crate::id::{BusinessId, MessageId};
use crate::messaging::email::{EmailSender, Letter};
use crate::messaging::permit::EmailAddress;
use crate::messaging::sms::{SmsSender, Text};
use crate::messaging::webhook::Poster;
use crate::messaging::{Facts, Gate, Refusal, SendError};
use crate::phone::E164;
use crate::twilio::public_address;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long whoever asked waits to hear what became of it: less than an operation may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often is looked for messages whose time has come.
const LOOKED_EVERY: Duration = Duration::from_secs(5);
/// The most that are taken up at one look.
const AT_ONE_LOOK: u32 = 100;
/// A message that has been in hand for so long lost whoever had it: handing over takes seconds.
const IN_HAND_MAX: SignedDuration = SignedDuration::from_mins(5);
/// A message that was not taken is offered so often in all, with waits that double from the first.
const ATTEMPTS_MAX: u32 = 6;
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// What carries messages; what is none is not set up.
#[derive(Clone, Default)]
pub(super) struct Carriers {
    pub(super) sms: Option<Arc<dyn SmsSender>>,
    pub(super) email: Option<Arc<dyn EmailSender>>,
}

/// Says what carries the messages of a business.
#[async_trait]
pub(super) trait Carrying: Send + Sync {
    /// What is set up for it.
    async fn carriers(&self, business: BusinessId) -> Result<Carriers, Error>;
}

/// The engine, with what its operations send.
#[derive(Clone)]
pub(super) struct Outbox {
    pub(super) engine: Arc<dyn Backend>,
    pub(super) book: Arc<dyn MessageBook>,
    pub(super) gate: Gate,
    pub(super) carrying: Arc<dyn Carrying>,
    pub(super) calls: Arc<dyn WebhookBook>,
    pub(super) poster: Poster,
    pub(super) clock: Arc<dyn Clock>,
    /// The address carriers report to, if we can be reached.
    pub(super) public_url: Option<String>,
    /// What is under way: the house waits for it before it closes.
    pub(super) tasks: TaskTracker,
}

#[async_trait]
impl Backend for Outbox {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        self.set_up(request.business, &request.operation).await?;
        let outcome = self.engine.perform(request).await?;
        Ok(if let Outcome::SmsSent(message) = &outcome {
            Outcome::SmsSent(self.deliver(message.business, message.id).await?)
        } else if let Outcome::EmailSent(message) = &outcome {
            Outcome::EmailSent(self.deliver(message.business, message.id).await?)
        } else if let Outcome::MessageSent(message) = &outcome {
            Outcome::MessageSent(self.deliver(message.business, message.id).await?)
        } else if let Outcome::ReviewRequested(asked) = &outcome {
            self.deliver(asked.business, asked.message).await?;
            outcome
        } else if let Outcome::WebhookTriggered(call) = outcome {
            Outcome::WebhookTriggered(self.trigger(call).await?)
        } else if let Outcome::SocialPostCreated(post) = outcome {
            Outcome::SocialPostCreated(self.publish(post).await?)
        } else if let Outcome::SocialPostUpdated(post) = outcome {
            Outcome::SocialPostUpdated(self.publish(post).await?)
        } else {
            outcome
        })
    }

    /// Nothing is queued, and so nothing sent.
    async fn rehearse(&self, request: Request) -> Result<Rehearsal, Error> {
        self.set_up(request.business, &request.operation).await?;
        self.engine.rehearse(request).await
    }
}

impl Outbox {
    /// Whether what an operation sends can be sent for this business at all.
    async fn set_up(&self, business: BusinessId, operation: &Operation) -> Result<(), Error> {
        let Some(way) = way(operation) else { return Ok(()) };
        if !self.gate.is_open() {
            return Err(Error::Unsupported("sending, while it is switched off (SENDING)"));
        }
        let carriers = self.carrying.carriers(business).await?;
        let (sms, email) = (carriers.sms.is_some(), carriers.email.is_some());
        match way {
            Way::By(Medium::Sms) if !sms => Err(Error::Unsupported(
                "sending texts (set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or the business's own account)",
            )),
            Way::By(Medium::Email) if !email => Err(Error::Unsupported(
                "sending e-mail (set SMTP_URL or SENDGRID_API_KEY, and EMAIL_FROM, or the business's own account)",
            )),
            Way::ByEither if !sms && !email => {
                Err(Error::Unsupported("sending (set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or SMTP_URL)"))
            }
            Way::By(Medium::Sms | Medium::Email | Medium::Chat | Medium::Voice) | Way::ByEither | Way::ToPrograms => {
                Ok(())
            }
        }
    }

    /// Sends a message that was queued, and says how it stands; whatever happens to whoever asked, it is seen through.
    async fn deliver(&self, business: BusinessId, id: MessageId) -> Result<ConversationMessage, Error> {
        let outbox = self.clone();
        let sending = self.tasks.spawn(async move { outbox.send(business, id).await });
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(Ok(Ok(()))) => {}
            // It is queued, or in hand: it goes on without whoever asked.
            Ok(Ok(Err(error))) => tracing::error!(%error, message = %id, "a message is stuck for now"),
            Ok(Err(_)) => tracing::error!(message = %id, "sending a message broke"),
            Err(_) => tracing::warn!(message = %id, "a message takes its time"),
        }
        let message = self.book.message(business, id).await?;
        match message.delivery {
            Delivery::Failed => Err(Error::NotSent(Reason::from(message.trouble.unwrap_or_default()))),
            Delivery::Queued
            | Delivery::Sending
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Unconfirmed
            | Delivery::Received
            | Delivery::Held => Ok(message),
        }
    }

    /// Takes a message up, hands it over and settles it. One that is not to be taken up is left alone.
    async fn send(&self, business: BusinessId, id: MessageId) -> Result<(), Error> {
        // Before it is taken up: one in hand that is not handed over would count as gone.
        let carriers = self.carrying.carriers(business).await?;
        let Some(dispatch) = self.book.take_up(business, id).await? else { return Ok(()) };
        let attempts = dispatch.message.attempts;
        let fate = match self.hand_over(&carriers, &dispatch).await {
            Ok(carrier_id) => Fate::Sent { carrier_id },
            Err(Held::Refused(Refusal::Quiet(at))) => {
                Fate::Later { at, why: Reason::from(Refusal::Quiet(at)).to_string() }
            }
            Err(Held::Refused(refusal)) => Fate::Failed { why: Reason::from(refusal).to_string() },
            Err(Held::NotSetUp(why) | Held::Sending(SendError::Refused(why))) => Fate::Failed { why: why.to_string() },
            Err(Held::Sending(SendError::OptedOut)) => Fate::OptedOut,
            Err(Held::Sending(SendError::Unknown)) => Fate::Unconfirmed,
            Err(Held::Sending(error @ SendError::Away)) if attempts < ATTEMPTS_MAX => {
                Fate::Later { at: self.after(attempts), why: Reason::from(error).to_string() }
            }
            Err(Held::Sending(error @ SendError::Away)) => Fate::Failed { why: Reason::from(error).to_string() },
        };
        let medium = dispatch.message.medium;
        let delivery = self.book.settle(business, id, fate).await?.delivery;
        tracing::info!(%business, message = %id, ?medium, ?delivery, attempts, "a message was taken up");
        Ok(())
    }

    /// When what was not taken so often is offered again.
    fn after(&self, attempts: u32) -> Timestamp {
        let wait = FIRST_WAIT.checked_mul(1 << attempts.saturating_sub(1).min(ATTEMPTS_MAX)).unwrap_or(FIRST_WAIT);
        self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Hands a message to who carries it, if the gate lets it go out.
    async fn hand_over(&self, carriers: &Carriers, dispatch: &Dispatch) -> Result<String, Held> {
        let message = &dispatch.message;
        let facts = Facts {
            stopped: dispatch.stopped,
            do_not_disturb: dispatch.do_not_disturb,
            zone: dispatch.zone.clone(),
            last_heard: dispatch.last_heard,
        };
        let now = self.clock.now();
        let no_address = || Held::NotSetUp(Reason::NoDestination);
        let to = message.to.clone().ok_or_else(no_address)?;
        match (message.medium, &carriers.sms, &carriers.email) {
            (Medium::Sms, Some(sms), _) => {
                let to = E164::try_from(to).map_err(|_| no_address())?;
                let from = message.from.clone().and_then(|from| E164::try_from(from).ok()).ok_or_else(no_address)?;
                let permit = self.gate.admit(message.id, to, &facts, now)?;
                let report_to = self.public_url.as_deref().map(|public| {
                    let path =
                        format!("/webhook/twilio/sms/status?business={}&message={}", message.business, message.id);
                    public_address(public, &path)
                });
                let text =
                    Text { from: &from, body: &message.body, media: &message.media, report_to: report_to.as_deref() };
                Ok(sms.send(permit, text).await?)
            }
            (Medium::Email, _, Some(email)) => {
                let permit = self.gate.admit(message.id, EmailAddress(to), &facts, now)?;
                let subject = message.subject.as_deref().unwrap_or_default();
                let letter = Letter { from_name: &dispatch.sender_name, subject, body: &message.body };
                Ok(email.send(permit, letter).await?)
            }
            (Medium::Sms | Medium::Email | Medium::Chat | Medium::Voice, ..) => {
                let medium = format!("{:?}", message.medium).to_lowercase();
                Err(Held::NotSetUp(Reason::NoCarrier { medium }))
            }
        }
    }

    /// Takes up what waits and what a crash left, until the house closes.
    pub(super) async fn run(self, shut: CancellationToken) {
        loop {
            for looked in [self.look().await, self.look_for_calls().await] {
                if let Err(error) = looked {
                    tracing::error!(%error, "the outbox could not be looked through");
                }
            }
            if tokio::time::timeout(LOOKED_EVERY, shut.cancelled()).await.is_ok() {
                return;
            }
        }
    }

    /// Sends what is due, and settles what was in hand for too long.
    async fn look(&self) -> Result<(), Error> {
        for (business, id) in self.book.due(AT_ONE_LOOK).await? {
            self.send(business, id).await?;
        }
        let before = self.clock.now().checked_sub(IN_HAND_MAX).unwrap_or(Timestamp::MIN);
        for (business, id) in self.book.in_hand_since(before).await? {
            tracing::warn!(%business, message = %id, "a message was in hand when somebody crashed: it is not sent again");
            self.book.settle(business, id, Fate::Unconfirmed).await?;
        }
        Ok(())
    }
}

/// Why a message was not handed over, or not taken.
enum Held {
    Refused(Refusal),
    NotSetUp(Reason),
    Sending(SendError),
}

impl From<Refusal> for Held {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SendError> for Held {
    fn from(error: SendError) -> Self {
        Self::Sending(error)
    }
}

/// The ways out.
enum Way {
    By(Medium),
    /// By text or by e-mail, as the contact can be reached.
    ByEither,
    ToPrograms,
}

/// The way out an operation takes, if it takes one at once.
fn way(operation: &Operation) -> Option<Way> {
    if let Operation::SendSms(_) = operation {
        Some(Way::By(Medium::Sms))
    } else if let Operation::SendEmail(_) = operation {
        Some(Way::By(Medium::Email))
    } else if let Operation::SendMessage(send) = operation {
        Some(Way::By(send.medium))
    } else if let Operation::RequestReview(request) = operation {
        Some(request.medium.map_or(Way::ByEither, Way::By))
    } else if let Operation::TriggerWebhook(_) = operation {
        Some(Way::ToPrograms)
    } else if let Operation::CreateSocialPost(post) = operation {
        post.publish_now.then_some(Way::ToPrograms)
    } else if let Operation::UpdateSocialPost(post) = operation {
        post.publish_now.then_some(Way::ToPrograms)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
