//! Texts that came in and wait for their answer: `due_at` says until when whoever kept one is taken to be at it.
//!
//! Invariant: of several processes one is at it at a time; each that takes it up has it for [`AT_IT_MAX`].

use super::conversations::Said;
use super::outbox::place;
use super::store::{away, commit, instant, kept};
use super::{Embedded, Within};
use crate::crm::Error;
use crate::crm::backend::Left;
use crate::crm::model::ConversationMessage;
use crate::id::{BusinessId, MessageId};
use jiff::{SignedDuration, Timestamp};

/// How long whoever keeps a text, or takes it up, may need to answer it: operations end sooner.
const AT_IT_MAX: SignedDuration = SignedDuration::from_mins(1);

/// Until when whoever begins now is taken to be at it.
fn until(now: Timestamp) -> Option<Timestamp> {
    now.checked_add(AT_IT_MAX).ok()
}

impl Said {
    /// The same, waiting for its answer.
    pub(super) fn awaiting_answer(self, now: Timestamp) -> Self {
        Self { due_at: until(now), ..self }
    }
}

impl Embedded {
    pub(super) async fn unanswered_texts(&self, most: u32) -> Result<Vec<(BusinessId, MessageId)>, Error> {
        sqlx::query(
            "SELECT business_id, id FROM conversation_messages WHERE direction = 'inbound' AND due_at <= $1 \
             ORDER BY due_at, id LIMIT $2",
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

    pub(super) async fn take_text(
        &self,
        business: BusinessId,
        id: MessageId,
        key: &str,
    ) -> Result<Option<Left>, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let Some(before) = within.find::<ConversationMessage>(id).await? else { return Ok(None) };
        if before.due_at.is_none_or(|due| due > within.now) {
            return Ok(None);
        }
        let left = if is_answered(&mut within, &before, key).await? {
            within.update(&before, ConversationMessage { due_at: None, ..before.clone() }).await?;
            None
        } else {
            let spoken_before = spoken_before(&mut within, &before).await?;
            let due_at = until(within.now);
            let taken = ConversationMessage { attempts: before.attempts + 1, due_at, ..before.clone() };
            let message = within.update(&before, taken).await?;
            Some(Left { message, spoken_before })
        };
        within.write_down("answer_message").await?;
        commit(transaction).await?;
        Ok(left)
    }

    pub(super) async fn text_answered(
        &self,
        business: BusinessId,
        id: MessageId,
        why_not: Option<String>,
    ) -> Result<(), Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        // Whom it came from may have been deleted meanwhile.
        let Some(before) = within.find::<ConversationMessage>(id).await? else { return Ok(()) };
        if before.due_at.is_none() {
            return Ok(());
        }
        within.update(&before, ConversationMessage { due_at: None, trouble: why_not, ..before.clone() }).await?;
        within.write_down("answer_message").await?;
        commit(transaction).await?;
        self.tell();
        Ok(())
    }
}

/// Whether it has its answer: the one under this key, or a person's.
async fn is_answered(within: &mut Within<'_>, message: &ConversationMessage, key: &str) -> Result<bool, Error> {
    let answers: i64 = sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM idempotency WHERE business_id = $1 AND key = $2) \
         + (SELECT COUNT(*) FROM conversation_messages WHERE business_id = $1 AND conversation_id = $3 \
            AND direction = 'outbound' AND source <> 'sms' AND delivery <> 'failed' AND created_at >= $4)",
    )
    .bind(within.business.to_string())
    .bind(key)
    .bind(message.conversation.to_string())
    .bind(instant(message.created_at))
    .fetch_one(&mut *within.connection)
    .await
    .map_err(away)?;
    Ok(answers > 0)
}

/// When the business last said something in the conversation before this was said.
async fn spoken_before(within: &mut Within<'_>, message: &ConversationMessage) -> Result<Option<Timestamp>, Error> {
    let at: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(created_at) FROM conversation_messages WHERE business_id = $1 AND conversation_id = $2 \
         AND direction = 'outbound' AND medium = 'sms' AND created_at < $3",
    )
    .bind(within.business.to_string())
    .bind(message.conversation.to_string())
    .bind(instant(message.created_at))
    .fetch_one(&mut *within.connection)
    .await
    .map_err(away)?;
    at.map(Timestamp::from_millisecond).transpose().map_err(|_| super::store::damaged("created_at"))
}
