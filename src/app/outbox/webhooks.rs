//! Payloads to programs: posted the way messages are sent, without a permit, for nobody reads them.

use super::{AT_ONE_LOOK, ATTEMPTS_MAX, IN_HAND_MAX, Outbox, PATIENCE};
use crate::crm::Error;
use crate::crm::backend::Posted;
use crate::crm::error::Reason;
use crate::crm::model::{Delivery, PostStatus, SocialPost, WebhookCall};
use crate::id::{BusinessId, WebhookCallId};
use crate::messaging::{Refusal, SendError};

/// How much of an answer is kept, in characters.
const ANSWER_MAX: usize = 2_000;

impl Outbox {
    /// Posts a payload that was queued, and says how it stands; whatever happens to whoever asked, it is seen through.
    pub(super) async fn trigger(&self, call: WebhookCall) -> Result<WebhookCall, Error> {
        self.see_through(call.business, vec![call.id]).await;
        let call = self.calls.call(call.business, call.id).await?;
        match call.delivery {
            Delivery::Failed => Err(Error::NotSent(Reason::from(call.trouble.unwrap_or_default()))),
            Delivery::Queued
            | Delivery::Sending
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Unconfirmed
            | Delivery::Received
            | Delivery::Held => Ok(call),
        }
    }

    /// Publishes a post whose time has come, and says how it stands.
    pub(super) async fn publish(&self, post: SocialPost) -> Result<SocialPost, Error> {
        if post.status != PostStatus::Scheduled || post.due_at.is_some_and(|due| due > self.clock.now()) {
            return Ok(post);
        }
        let (_, calls) = self.calls.post(post.business, post.id).await?;
        self.see_through(post.business, calls).await;
        let (post, _) = self.calls.post(post.business, post.id).await?;
        match post.status {
            PostStatus::Failed => Err(Error::NotSent(Reason::from(post.trouble.unwrap_or_default()))),
            PostStatus::Draft | PostStatus::Scheduled | PostStatus::Published => Ok(post),
        }
    }

    /// Posts these, each once, and waits a little for it.
    async fn see_through(&self, business: BusinessId, calls: Vec<WebhookCallId>) {
        let outbox = self.clone();
        let posting = self.tasks.spawn(async move {
            for call in calls {
                if let Err(error) = outbox.post(business, call).await {
                    tracing::error!(%error, %call, "a webhook's call is stuck for now");
                }
            }
        });
        match tokio::time::timeout(PATIENCE, posting).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!(%business, "posting to a webhook broke"),
            Err(_) => tracing::warn!(%business, "a webhook takes its time"),
        }
    }

    /// Takes a call up, posts it and settles it. One that is not to be taken up is left alone.
    async fn post(&self, business: BusinessId, id: WebhookCallId) -> Result<(), Error> {
        let Some(call) = self.calls.take_up(business, id).await? else { return Ok(()) };
        let posted = if self.gate.is_open() {
            match self.poster.post(&call.url, &id.to_string(), &call.payload).await {
                Ok(answer) => Posted::Answered {
                    status: answer.status,
                    taken: answer.is_success(),
                    answer: answer.body.chars().filter(|c| *c != '\0').take(ANSWER_MAX).collect(),
                },
                Err(error @ SendError::Away) if call.attempts < ATTEMPTS_MAX => {
                    Posted::Later { at: self.after(call.attempts), why: Reason::from(error).to_string() }
                }
                Err(SendError::Unknown) => Posted::Unconfirmed,
                Err(SendError::Refused(why)) => Posted::Failed { why: why.to_string() },
                Err(error @ (SendError::Away | SendError::OptedOut)) => {
                    Posted::Failed { why: Reason::from(error).to_string() }
                }
            }
        } else {
            Posted::Failed { why: Reason::from(Refusal::SwitchedOff).to_string() }
        };
        let call = self.calls.settle(business, id, posted).await?;
        let (delivery, status) = (call.delivery, call.status);
        tracing::info!(%business, call = %id, ?delivery, status, attempts = call.attempts, "a webhook was called");
        Ok(())
    }

    /// Posts what is due, and settles what was in hand for too long.
    pub(super) async fn look_for_calls(&self) -> Result<(), Error> {
        for (business, id) in self.calls.due(AT_ONE_LOOK).await? {
            self.post(business, id).await?;
        }
        let before = self.clock.now().checked_sub(IN_HAND_MAX).unwrap_or(jiff::Timestamp::MIN);
        for (business, id) in self.calls.in_hand_since(before).await? {
            tracing::warn!(%business, call = %id, "a webhook's call was in hand when somebody crashed: it is not made again");
            self.calls.settle(business, id, Posted::Unconfirmed).await?;
        }
        Ok(())
    }
}
