//! Messages on their way out, and what came in: queued here by an operation, taken up, handed over by whoever carries them,
//! and settled here again.
//!
//! Invariant: a message is taken up once at a time, by one instance: it is `queued` before and `sending` after, in one step.
//! Invariant: what was handed over without an answer is never queued again.

use super::contacts::{by_id, find_or_make};
use super::conversations::{Said, say};
use super::records::Record;
use super::store::{Row, away, commit, get, instant, instant_of, kept, parsed, word};
use super::{Embedded, Perform, Within, consents};
use crate::crm::Error;
use crate::crm::backend::{Dispatch, Fate, Incoming, Left, MessageBook, Report};
use crate::crm::error::Reason;
use crate::crm::model::{
    Channel, ConsentWish, Contact, ContactDraft, Conversation, ConversationMessage, Delivery, Direction, Medium,
    Source, Who,
};
use crate::crm::operation::{SendEmail, SendMessage, SendSms};
use crate::id::{BusinessId, ContactId, ConversationId, MessageId};
use async_trait::async_trait;
use jiff::Timestamp;

/// The evidence when a carrier tells that somebody has told it to stop.
const TOLD_THE_CARRIER: &str = "(told the carrier)";

impl Perform for SendSms {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ConversationMessage, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        queue_text(within, &contact, &self.body, &self.media).await
    }
}

impl Perform for SendEmail {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ConversationMessage, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        queue_letter(within, &contact, &self.subject, &self.body).await
    }
}

impl Perform for SendMessage {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ConversationMessage, Error> {
        let conversation: Conversation = within.load(self.conversation).await?;
        let contact = by_id(within.connection, within.business, conversation.contact).await?;
        match self.medium {
            Medium::Sms => {
                let to = last_written_from(within, conversation.id).await?.filter(|from| is_number_of(&contact, from));
                queue_text_to(within, &contact, to, (&self.body, &[])).await
            }
            Medium::Email => {
                queue_letter(within, &contact, self.subject.as_deref().unwrap_or_default(), &self.body).await
            }
            Medium::Chat | Medium::Voice => Err(Error::Invalid(Reason::MessageMedium)),
        }
    }
}

/// Queues a text to a contact's first number.
pub(super) async fn queue_text(
    within: &mut Within<'_>,
    contact: &Contact,
    body: &str,
    media: &[String],
) -> Result<ConversationMessage, Error> {
    queue_text_to(within, contact, None, (body, media)).await
}

/// Queues a text to one of a contact's numbers; to the first where none is given.
async fn queue_text_to(
    within: &mut Within<'_>,
    contact: &Contact,
    to: Option<String>,
    (body, media): (&str, &[String]),
) -> Result<ConversationMessage, Error> {
    let first = || contact.phone.as_ref().or(contact.other_phones.first()).map(ToString::to_string);
    let Some(phone) = to.or_else(first) else {
        return Err(Error::Invalid(Reason::NoPhone));
    };
    let from: String = get(&business(within).await?, "phone")?;
    let said = Said {
        from: Some(from),
        to: Some(phone),
        body: body.to_owned(),
        media: media.to_vec(),
        due_at: Some(within.now),
        ..Said::by(Medium::Sms, Direction::Outbound, Delivery::Queued, within.now)
    };
    say(within, contact, said).await
}

/// Queues a letter to a contact.
pub(super) async fn queue_letter(
    within: &mut Within<'_>,
    contact: &Contact,
    subject: &str,
    body: &str,
) -> Result<ConversationMessage, Error> {
    let Some(email) = &contact.email else {
        return Err(Error::Invalid(Reason::NoEmail));
    };
    let said = Said {
        to: Some(email.clone()),
        subject: Some(subject.to_owned()),
        body: body.to_owned(),
        due_at: Some(within.now),
        ..Said::by(Medium::Email, Direction::Outbound, Delivery::Queued, within.now)
    };
    say(within, contact, said).await
}

#[async_trait]
impl MessageBook for Embedded {
    async fn message(&self, business: BusinessId, id: MessageId) -> Result<ConversationMessage, Error> {
        let mut connection = self.store.read().await?;
        Within::of_itself(business, &mut connection, self.clock.now()).load(id).await
    }

    async fn take_up(&self, business: BusinessId, id: MessageId) -> Result<Option<Dispatch>, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let Some(before) = within.find::<ConversationMessage>(id).await? else { return Ok(None) };
        if before.delivery != Delivery::Queued || before.due_at.is_some_and(|due| due > within.now) {
            return Ok(None);
        }
        let taken =
            ConversationMessage { delivery: Delivery::Sending, attempts: before.attempts + 1, ..before.clone() };
        let message = within.update(&before, taken).await?;
        let dispatch = facts(&mut within, message).await?;
        within.write_down("take_up_message").await?;
        commit(transaction).await?;
        Ok(Some(dispatch))
    }

    async fn settle(&self, business: BusinessId, id: MessageId, fate: Fate) -> Result<ConversationMessage, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let before: ConversationMessage = within.load(id).await?;
        let after = settled(&before, &fate);
        let message = within.update(&before, after).await?;
        if fate == Fate::OptedOut {
            opt_out(&mut within, &message).await?;
        }
        within.write_down("settle_message").await?;
        commit(transaction).await?;
        Ok(message)
    }

    async fn due(&self, most: u32) -> Result<Vec<(BusinessId, MessageId)>, Error> {
        sqlx::query(
            "SELECT business_id, id FROM conversation_messages WHERE delivery = 'queued' AND due_at <= $1 \
             ORDER BY due_at LIMIT $2",
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

    async fn in_hand_since(&self, before: Timestamp) -> Result<Vec<(BusinessId, MessageId)>, Error> {
        sqlx::query(
            "SELECT business_id, id FROM conversation_messages WHERE delivery = 'sending' AND updated_at < $1 \
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

    async fn receive(&self, business: BusinessId, incoming: Incoming) -> Result<Option<ConversationMessage>, Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        (within.source, within.who) = (Source::Sms, Who::Caller);
        let mut known = within.list::<ConversationMessage>();
        known.say(" AND carrier_id = ").bind(incoming.carrier_id.as_str());
        if !known.fetch_all(within.connection).await?.is_empty() {
            return Ok(None);
        }
        let draft = ContactDraft { phone: Some(incoming.from.clone()), ..ContactDraft::default() };
        let contact = find_or_make(&mut within, &draft).await?;
        let said = Said {
            from: Some(incoming.from.to_string()),
            to: Some(incoming.to.to_string()),
            body: incoming.body.clone(),
            media: incoming.media,
            carrier_id: Some(incoming.carrier_id),
            ..Said::by(Medium::Sms, Direction::Inbound, Delivery::Received, within.now)
        };
        let said = if incoming.answer { said.awaiting_answer(within.now) } else { said };
        let message = say(&mut within, &contact, said).await?;
        if let Some(wish) = incoming.wish {
            let whose = (Channel::Sms, incoming.from.to_string());
            consents::enter(&mut within, whose, wish, (incoming.body, Some(message.id))).await?;
        }
        within.write_down("receive_message").await?;
        commit(transaction).await?;
        Ok(Some(message))
    }

    async fn unanswered(&self, most: u32) -> Result<Vec<(BusinessId, MessageId)>, Error> {
        self.unanswered_texts(most).await
    }

    async fn take_answer(&self, business: BusinessId, id: MessageId, key: &str) -> Result<Option<Left>, Error> {
        self.take_text(business, id, key).await
    }

    async fn answered(&self, business: BusinessId, id: MessageId, why_not: Option<String>) -> Result<(), Error> {
        self.text_answered(business, id, why_not).await
    }

    async fn chatted(
        &self,
        business: BusinessId,
        contact: ContactId,
        lines: &[(Direction, String)],
    ) -> Result<(), Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        (within.source, within.who) = (Source::Web, Who::Caller);
        let contact = by_id(within.connection, business, contact).await?;
        for (direction, words) in lines.iter().filter(|(_, words)| !words.is_empty()) {
            let line = Said {
                body: words.replace('\0', ""),
                ..Said::by(Medium::Chat, *direction, Delivery::Held, within.now)
            };
            say(&mut within, &contact, line).await?;
        }
        within.write_down("chat").await?;
        commit(transaction).await
    }

    async fn report(&self, business: BusinessId, id: MessageId, report: Report) -> Result<(), Error> {
        let mut transaction = self.store.write_for(business).await?;
        let mut within = Within::of_itself(business, &mut transaction, kept(self.clock.now()));
        let Some(before) = within.find::<ConversationMessage>(id).await? else { return Ok(()) };
        let goes_on = match before.delivery {
            Delivery::Sending | Delivery::Sent | Delivery::Unconfirmed => true,
            Delivery::Queued | Delivery::Delivered | Delivery::Failed | Delivery::Received | Delivery::Held => false,
        };
        if before.direction == Direction::Inbound || !goes_on {
            return Ok(());
        }
        let after = ConversationMessage {
            delivery: report.delivery,
            carrier_id: before.carrier_id.clone().or(Some(report.carrier_id)),
            trouble: report.trouble,
            due_at: None,
            ..before.clone()
        };
        let message = within.update(&before, after).await?;
        if report.opted_out {
            opt_out(&mut within, &message).await?;
        }
        within.write_down("report_message").await?;
        commit(transaction).await
    }

    async fn stopped(&self, business: BusinessId, channel: Channel, address: &str) -> Result<bool, Error> {
        let mut connection = self.store.read().await?;
        let mut within = Within::of_itself(business, &mut connection, self.clock.now());
        consents::stopped(&mut within, channel, address).await
    }
}

/// A message as it is after this.
fn settled(before: &ConversationMessage, fate: &Fate) -> ConversationMessage {
    let mut after = before.clone();
    if let Fate::Sent { carrier_id } = fate {
        after.carrier_id = Some(carrier_id.clone());
    }
    // The carrier's report may have come before the answer to whoever handed it over: then that counts.
    if before.delivery != Delivery::Sending {
        return after;
    }
    after.due_at = None;
    match fate {
        Fate::Sent { .. } => (after.delivery, after.trouble) = (Delivery::Sent, None),
        Fate::Later { at, why } => {
            (after.delivery, after.due_at, after.trouble) = (Delivery::Queued, Some(*at), Some(why.clone()));
        }
        Fate::Failed { why } => (after.delivery, after.trouble) = (Delivery::Failed, Some(why.clone())),
        Fate::Unconfirmed => {
            let why = Reason::Unconfirmed.to_string();
            (after.delivery, after.trouble) = (Delivery::Unconfirmed, Some(why));
        }
        Fate::OptedOut => {
            let why = Reason::OptedOut.to_string();
            (after.delivery, after.trouble) = (Delivery::Failed, Some(why));
        }
    }
    after
}

/// Enters that somebody has told the carrier to stop, if the ledger does not say so already.
async fn opt_out(within: &mut Within<'_>, message: &ConversationMessage) -> Result<(), Error> {
    let (Some(channel), Some(address)) = (channel(message.medium), message.to.clone()) else { return Ok(()) };
    if consents::stopped(within, channel, &address).await? {
        return Ok(());
    }
    let evidence = (TOLD_THE_CARRIER.to_owned(), Some(message.id));
    consents::enter(within, (channel, address), ConsentWish::Stop, evidence).await.map(drop)
}

/// A message with what is asked before it goes out.
async fn facts(within: &mut Within<'_>, message: ConversationMessage) -> Result<Dispatch, Error> {
    let contact = by_id(within.connection, within.business, message.contact).await?;
    let business = business(within).await?;
    let channel = channel(message.medium);
    let stopped = match (channel, &message.to) {
        (Some(channel), Some(to)) => consents::stopped(within, channel, to).await?,
        (None, _) | (_, None) => false,
    };
    let mut heard = within.list::<ConversationMessage>();
    heard.say(" AND conversation_id = ").bind(message.conversation.to_string());
    heard.say(" AND medium = ").bind(word(&message.medium)?).say(" AND direction = 'inbound'");
    heard.say(" AND from_address = ").bind(message.to.clone());
    heard.say(" ORDER BY created_at DESC, id DESC LIMIT ").bind(1_i64);
    let heard = heard.fetch_all(within.connection).await?;
    Ok(Dispatch {
        sender_name: get(&business, "name")?,
        zone: contact.zone.map_or_else(|| get(&business, "zone"), Ok)?,
        stopped,
        do_not_disturb: channel.is_some_and(|channel| contact.do_not_disturb.contains(&channel)),
        last_heard: heard.first().map(|row| instant_of(row, "created_at")).transpose()?,
        message,
    })
}

/// The number the last text of a conversation came from.
async fn last_written_from(within: &mut Within<'_>, conversation: ConversationId) -> Result<Option<String>, Error> {
    let mut last = within.list::<ConversationMessage>();
    last.say(" AND conversation_id = ").bind(conversation.to_string());
    last.say(" AND medium = ").bind(word(&Medium::Sms)?).say(" AND direction = 'inbound'");
    last.say(" ORDER BY created_at DESC, id DESC LIMIT ").bind(1_i64);
    let rows = last.fetch_all(within.connection).await?;
    rows.first().map_or(Ok(None), |row| Ok(ConversationMessage::of(row)?.from))
}

/// Whether a contact is reached by a number.
fn is_number_of(contact: &Contact, number: &str) -> bool {
    contact.phone.iter().chain(&contact.other_phones).any(|phone| phone.as_str() == number)
}

/// The channel of the ledger a medium belongs to.
fn channel(medium: Medium) -> Option<Channel> {
    match medium {
        Medium::Sms => Some(Channel::Sms),
        Medium::Email => Some(Channel::Email),
        Medium::Voice => Some(Channel::Call),
        Medium::Chat => None,
    }
}

async fn business(within: &mut Within<'_>) -> Result<Row, Error> {
    sqlx::query("SELECT name, phone, zone FROM businesses WHERE id = $1")
        .bind(within.business.to_string())
        .fetch_optional(&mut *within.connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("business"))
}

pub(super) fn place(row: &Row) -> Result<(BusinessId, MessageId), Error> {
    Ok((parsed(row, "business_id")?, parsed(row, "id")?))
}
