//! Payloads posted to programs' addresses: queued by an operation, taken up, posted by the composition, settled.
//!
//! Invariant: a call is taken up once at a time; what was posted without an answer is never queued again.
//! Invariant: a post's state is what its calls say together.

use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{
    Row, away, commit, count_of, damaged, get, instant, instant_of, json, json_of, kept, parsed, parsed_option, word,
    word_of,
};
use super::{Embedded, Perform, Within};
use crate::crm::Error;
use crate::crm::backend::{Posted, WebhookBook};
use crate::crm::error::Reason;
use crate::crm::model::{Delivery, Kind, Page, PostStatus, SocialPost, WebhookCall};
use crate::crm::operation::{ListWebhookCalls, TriggerWebhook};
use crate::id::{BusinessId, SocialPostId, WebhookCallId};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

impl Record for WebhookCall {
    const KIND: Kind = Kind::WebhookCall;
    const TABLE: &'static str = "webhook_calls";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("url", self.url.as_str().into()),
            ("payload", json(&self.payload)?.into()),
            ("post_id", self.post.map(|id| id.to_string()).into()),
            ("delivery", word(&self.delivery)?.into()),
            ("due_at", self.due_at.map(instant).into()),
            ("attempts", i64::from(self.attempts).into()),
            ("status", self.status.map(i64::from).into()),
            ("answer", self.answer.clone().into()),
            ("trouble", self.trouble.clone().into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        let due_at: Option<i64> = get(row, "due_at")?;
        let status: Option<i64> = get(row, "status")?;
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            url: get(row, "url")?,
            payload: json_of(row, "payload")?,
            post: parsed_option(row, "post_id")?,
            delivery: word_of(row, "delivery")?,
            due_at: due_at.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged("due_at"))?,
            attempts: count_of(row, "attempts")?,
            status: status.map(u16::try_from).transpose().map_err(|_| damaged("status"))?,
            answer: get(row, "answer")?,
            trouble: get(row, "trouble")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for TriggerWebhook {
    async fn perform(&self, within: &mut Within<'_>) -> Result<WebhookCall, Error> {
        queue(within, (self.url.clone(), self.payload.clone()), None, within.now).await
    }
}

impl Perform for ListWebhookCalls {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<WebhookCall>, Error> {
        let mut list = within.list::<WebhookCall>();
        if let Some(post) = self.post {
            list.say(" AND post_id = ").bind(post.to_string());
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

/// Queues a payload for an address.
pub(super) async fn queue(
    within: &mut Within<'_>,
    (url, payload): (String, Value),
    post: Option<SocialPostId>,
    due_at: Timestamp,
) -> Result<WebhookCall, Error> {
    let call = WebhookCall {
        id: WebhookCallId::fresh(),
        business: within.business,
        url,
        payload,
        post,
        delivery: Delivery::Queued,
        due_at: Some(due_at),
        attempts: 0,
        status: None,
        answer: None,
        trouble: None,
        version: 1,
        created_at: within.now,
        updated_at: within.now,
    };
    within.insert(call).await
}

/// The calls that publish a post.
pub(super) async fn of_post(within: &mut Within<'_>, post: SocialPostId) -> Result<Vec<WebhookCall>, Error> {
    let mut list = within.list::<WebhookCall>();
    list.say(" AND post_id = ").bind(post.to_string()).say(" ORDER BY created_at, id");
    list.fetch_all(within.connection).await?.iter().map(WebhookCall::of).collect()
}

#[async_trait]
impl WebhookBook for Embedded {
    async fn call(&self, business: BusinessId, id: WebhookCallId) -> Result<WebhookCall, Error> {
        let mut connection = self.store.read().await?;
        Within::of_itself(business, &mut connection, self.clock.now()).load(id).await
    }

    async fn post(&self, business: BusinessId, id: SocialPostId) -> Result<(SocialPost, Vec<WebhookCallId>), Error> {
        let mut connection = self.store.read().await?;
        let mut within = Within::of_itself(business, &mut connection, self.clock.now());
        let post = within.load(id).await?;
        let calls = of_post(&mut within, id).await?;
        Ok((post, calls.into_iter().map(|call| call.id).collect()))
    }

    async fn take_up(&self, business: BusinessId, id: WebhookCallId) -> Result<Option<WebhookCall>, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let Some(before) = within.find::<WebhookCall>(id).await? else { return Ok(None) };
        if before.delivery != Delivery::Queued || before.due_at.is_some_and(|due| due > within.now) {
            return Ok(None);
        }
        let taken = WebhookCall { delivery: Delivery::Sending, attempts: before.attempts + 1, ..before.clone() };
        let call = within.update(&before, taken).await?;
        within.write_down("take_up_webhook").await?;
        commit(transaction).await?;
        Ok(Some(call))
    }

    async fn settle(&self, business: BusinessId, id: WebhookCallId, posted: Posted) -> Result<WebhookCall, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let before: WebhookCall = within.load(id).await?;
        if before.delivery != Delivery::Sending {
            return Ok(before);
        }
        let call = within.update(&before, settled(before.clone(), posted)).await?;
        if let Some(post) = call.post {
            settle_post(&mut within, post).await?;
        }
        within.write_down("settle_webhook").await?;
        commit(transaction).await?;
        Ok(call)
    }

    async fn due(&self, most: u32) -> Result<Vec<(BusinessId, WebhookCallId)>, Error> {
        sqlx::query(
            "SELECT business_id, id FROM webhook_calls WHERE delivery = 'queued' AND due_at <= $1 ORDER BY due_at \
             LIMIT $2",
        )
        .bind(instant(self.clock.now()))
        .bind(i64::from(most))
        .fetch_all(&mut *self.store.read().await?)
        .await
        .map_err(away)?
        .iter()
        .map(place)
        .collect()
    }

    async fn in_hand_since(&self, before: Timestamp) -> Result<Vec<(BusinessId, WebhookCallId)>, Error> {
        sqlx::query(
            "SELECT business_id, id FROM webhook_calls WHERE delivery = 'sending' AND updated_at < $1 \
             ORDER BY updated_at",
        )
        .bind(instant(before))
        .fetch_all(&mut *self.store.read().await?)
        .await
        .map_err(away)?
        .iter()
        .map(place)
        .collect()
    }
}

/// A call as it is after this.
fn settled(mut call: WebhookCall, posted: Posted) -> WebhookCall {
    call.due_at = None;
    match posted {
        Posted::Answered { status, answer, taken } => {
            (call.status, call.answer) = (Some(status), Some(answer));
            call.delivery = if taken { Delivery::Sent } else { Delivery::Failed };
            call.trouble = (!taken).then(|| Reason::HookAnswered { status }.to_string());
        }
        Posted::Later { at, why } => {
            (call.delivery, call.due_at, call.trouble) = (Delivery::Queued, Some(at), Some(why));
        }
        Posted::Failed { why } => (call.delivery, call.trouble) = (Delivery::Failed, Some(why)),
        Posted::Unconfirmed => {
            let why = Reason::PostUnconfirmed.to_string();
            (call.delivery, call.trouble) = (Delivery::Unconfirmed, Some(why));
        }
    }
    call
}

/// A post stands where its calls stand together.
async fn settle_post(within: &mut Within<'_>, id: SocialPostId) -> Result<(), Error> {
    let Some(before) = within.find::<SocialPost>(id).await? else { return Ok(()) };
    let calls = of_post(within, id).await?;
    let open = |call: &WebhookCall| matches!(call.delivery, Delivery::Queued | Delivery::Sending);
    if calls.iter().any(open) {
        return Ok(());
    }
    let trouble = calls.iter().find_map(|call| call.trouble.clone());
    let (status, published_at) = match trouble {
        Some(_) => (PostStatus::Failed, None),
        None => (PostStatus::Published, Some(within.now)),
    };
    within.update(&before, SocialPost { status, published_at, trouble, ..before.clone() }).await.map(drop)
}

fn place(row: &Row) -> Result<(BusinessId, WebhookCallId), Error> {
    Ok((parsed(row, "business_id")?, parsed(row, "id")?))
}
