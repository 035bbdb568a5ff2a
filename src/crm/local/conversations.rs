//! Conversations: what was said with a contact, by whatever medium, in one timeline.
//!
//! Invariant: a contact has one conversation at most, and what the list shows of it is its last message.
//! Invariant: a call stands in the timeline once, and what a carrier tells twice is kept once, by unique keys.

use super::contacts::{by_id, by_phone, find};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{
    Row, count_of, damaged, get, instant, instant_of, json, json_of, kept, parsed, parsed_option, word, word_of,
};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{
    CallRecord, Contact, Conversation, ConversationMessage, Delivery, Direction, Kind, Medium, Page,
};
use crate::crm::operation::{GetConversation, ListConversations, ListMessages, LogCall, MarkRead};
use crate::id::{CallId, ContactId, ConversationId, MessageId};
use crate::phone::E164;
use jiff::Timestamp;

/// The conversation last spoken in first.
const LATEST: Order = Order { column: "last_at", text: false, descending: true };

/// Whether a text stands in it that was not answered, and nothing was said to them since.
const UNANSWERED: &str = " AND EXISTS (SELECT 1 FROM conversation_messages m WHERE m.business_id = conversations.business_id \
    AND m.conversation_id = conversations.id AND m.direction = 'inbound' AND m.trouble IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM conversation_messages o WHERE o.business_id = m.business_id \
    AND o.conversation_id = m.conversation_id AND o.direction = 'outbound' AND o.delivery <> 'failed' \
    AND o.created_at >= m.created_at))";

impl Record for Conversation {
    const KIND: Kind = Kind::Conversation;
    const TABLE: &'static str = "conversations";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("contact_id", self.contact.to_string().into()),
            ("unread", i64::from(self.unread).into()),
            ("last_medium", word(&self.last_medium)?.into()),
            ("last_words", self.last_words.as_str().into()),
            ("last_at", instant(self.last_at).into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            contact: parsed(row, "contact_id")?,
            unread: count_of(row, "unread")?,
            last_medium: word_of(row, "last_medium")?,
            last_words: get(row, "last_words")?,
            last_at: instant_of(row, "last_at")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for ConversationMessage {
    const KIND: Kind = Kind::ConversationMessage;
    const TABLE: &'static str = "conversation_messages";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("conversation_id", self.conversation.to_string().into()),
            ("contact_id", self.contact.to_string().into()),
            ("medium", word(&self.medium)?.into()),
            ("direction", word(&self.direction)?.into()),
            ("delivery", word(&self.delivery)?.into()),
            ("from_address", self.from.clone().into()),
            ("to_address", self.to.clone().into()),
            ("subject", self.subject.clone().into()),
            ("body", self.body.as_str().into()),
            ("media", json(&self.media)?.into()),
            ("call_id", self.call.map(|id| id.to_string()).into()),
            ("carrier_id", self.carrier_id.clone().into()),
            ("due_at", self.due_at.map(instant).into()),
            ("attempts", i64::from(self.attempts).into()),
            ("trouble", self.trouble.clone().into()),
            ("source", word(&self.source)?.into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        let due_at: Option<i64> = get(row, "due_at")?;
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            conversation: parsed(row, "conversation_id")?,
            contact: parsed(row, "contact_id")?,
            medium: word_of(row, "medium")?,
            direction: word_of(row, "direction")?,
            delivery: word_of(row, "delivery")?,
            from: get(row, "from_address")?,
            to: get(row, "to_address")?,
            subject: get(row, "subject")?,
            body: get(row, "body")?,
            media: json_of(row, "media")?,
            call: parsed_option(row, "call_id")?,
            carrier_id: get(row, "carrier_id")?,
            due_at: due_at.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged("due_at"))?,
            attempts: count_of(row, "attempts")?,
            trouble: get(row, "trouble")?,
            source: word_of(row, "source")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ListConversations {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Conversation>, Error> {
        let mut list = within.list::<Conversation>();
        if let Some(contact) = self.contact {
            list.say(" AND contact_id = ").bind(contact.to_string());
        }
        if let Some(medium) = &self.medium {
            list.say(" AND last_medium = ").bind(word(medium)?);
        }
        if self.unread {
            list.say(" AND unread > 0");
        }
        if self.unanswered {
            list.say(UNANSWERED);
        }
        within.page(list, LATEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for GetConversation {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Conversation, Error> {
        within.load(self.conversation).await
    }
}

impl Perform for ListMessages {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<ConversationMessage>, Error> {
        let conversation: Conversation = within.load(self.conversation).await?;
        let mut list = within.list::<ConversationMessage>();
        list.say(" AND conversation_id = ").bind(conversation.id.to_string());
        if let Some(medium) = &self.medium {
            list.say(" AND medium = ").bind(word(medium)?);
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for MarkRead {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Conversation, Error> {
        let known: Conversation = within.load(self.conversation).await?;
        within.update(&known, Conversation { unread: 0, ..known.clone() }).await
    }
}

impl Perform for LogCall {
    async fn perform(&self, within: &mut Within<'_>) -> Result<ConversationMessage, Error> {
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let at = self.at.map_or(within.now, kept);
        if at > within.now {
            return Err(Error::Invalid(Reason::CallInFuture));
        }
        let held = Said { body: self.notes.clone(), at, ..Said::by(Medium::Voice, self.direction, Delivery::Held, at) };
        say(within, &contact, held).await
    }
}

/// Something said, about to be kept.
pub(super) struct Said {
    pub(super) medium: Medium,
    pub(super) direction: Direction,
    pub(super) delivery: Delivery,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: String,
    pub(super) media: Vec<String>,
    pub(super) call: Option<CallId>,
    pub(super) carrier_id: Option<String>,
    pub(super) due_at: Option<Timestamp>,
    /// When it was said.
    pub(super) at: Timestamp,
}

impl Said {
    /// Nothing yet.
    pub(super) fn by(medium: Medium, direction: Direction, delivery: Delivery, at: Timestamp) -> Self {
        Self {
            medium,
            direction,
            delivery,
            from: None,
            to: None,
            subject: None,
            body: String::new(),
            media: Vec::new(),
            call: None,
            carrier_id: None,
            due_at: None,
            at,
        }
    }
}

/// Keeps something said in the conversation with a contact, which begins with it if there is none.
pub(super) async fn say(within: &mut Within<'_>, contact: &Contact, said: Said) -> Result<ConversationMessage, Error> {
    let known = with(within, contact.id).await?;
    let message = ConversationMessage {
        id: MessageId::fresh(),
        business: within.business,
        conversation: known.as_ref().map_or_else(ConversationId::fresh, |known| known.id),
        contact: contact.id,
        medium: said.medium,
        direction: said.direction,
        delivery: said.delivery,
        from: said.from,
        to: said.to,
        subject: said.subject,
        body: said.body,
        media: said.media,
        call: said.call,
        carrier_id: said.carrier_id,
        due_at: said.due_at,
        attempts: 0,
        trouble: None,
        source: within.source,
        version: 1,
        created_at: said.at,
        updated_at: within.now,
    };
    let unread = u32::from(message.delivery == Delivery::Received);
    if let Some(known) = known {
        let mut after = Conversation { unread: known.unread.saturating_add(unread), ..known.clone() };
        if message.created_at >= known.last_at {
            (after.last_medium, after.last_words) = (message.medium, message.gist());
            after.last_at = message.created_at;
        }
        within.update(&known, after).await?;
    } else {
        let begun = Conversation {
            id: message.conversation,
            business: within.business,
            contact: contact.id,
            unread,
            last_medium: message.medium,
            last_words: message.gist(),
            last_at: message.created_at,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(begun).await?;
    }
    within.insert(message).await
}

/// The conversation with a contact, if there is one.
pub(super) async fn with(within: &mut Within<'_>, contact: ContactId) -> Result<Option<Conversation>, Error> {
    let mut list = within.list::<Conversation>();
    list.say(" AND contact_id = ").bind(contact.to_string());
    list.fetch_all(within.connection).await?.first().map(Conversation::of).transpose()
}

/// Gives all that was said with one contact to another, in one timeline; how many rows that were.
pub(super) async fn give(within: &mut Within<'_>, from: ContactId, to: ContactId) -> Result<u64, Error> {
    let Some(theirs) = with(within, from).await? else { return Ok(0) };
    let Some(other) = with(within, to).await? else {
        let messages = give_messages(within, &theirs, (theirs.id, to)).await?;
        within.update(&theirs, Conversation { contact: to, ..theirs.clone() }).await?;
        return Ok(messages + 1);
    };
    let messages = give_messages(within, &theirs, (other.id, to)).await?;
    within.remove(&theirs).await?;
    let latest = if theirs.last_at > other.last_at { &theirs } else { &other };
    let joined = Conversation {
        unread: other.unread.saturating_add(theirs.unread),
        last_medium: latest.last_medium,
        last_words: latest.last_words.clone(),
        last_at: latest.last_at,
        ..other.clone()
    };
    within.update(&other, joined).await?;
    Ok(messages + 1)
}

async fn give_messages(
    within: &mut Within<'_>,
    from: &Conversation,
    (conversation, contact): (ConversationId, ContactId),
) -> Result<u64, Error> {
    let mut list = within.list::<ConversationMessage>();
    list.say(" AND conversation_id = ").bind(from.id.to_string()).say(" ORDER BY id");
    let rows = list.fetch_all(within.connection).await?;
    for row in &rows {
        let message = ConversationMessage::of(row)?;
        within.update(&message, ConversationMessage { conversation, contact, ..message.clone() }).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Forgets all that was said with a contact.
pub(super) async fn forget(within: &mut Within<'_>, contact: ContactId) -> Result<(), Error> {
    let Some(conversation) = with(within, contact).await? else { return Ok(()) };
    within.remove_those::<ConversationMessage>("conversation_id", conversation.id).await?;
    within.remove(&conversation).await
}

/// Enters a call that is over in the timeline of whoever it was with, if it is known who that is.
pub(super) async fn enter_call(within: &mut Within<'_>, call: &CallRecord) -> Result<(), Error> {
    let contact = match (call.contact, &call.from) {
        (Some(contact), _) => find(within.connection, within.business, contact).await?,
        (None, _) => None,
    };
    // Who was merged into somebody meanwhile is found by the number they called from.
    let contact = match (contact, &call.from) {
        (None, Some(phone)) => by_phone(within.connection, within.business, phone).await?,
        (contact, _) => contact,
    };
    let Some(contact) = contact else { return Ok(()) };
    let mut entered = within.list::<ConversationMessage>();
    entered.say(" AND call_id = ").bind(call.id.to_string());
    if !entered.fetch_all(within.connection).await?.is_empty() {
        return Ok(());
    }
    let held = Said {
        from: call.from.as_ref().map(E164::to_string),
        to: Some(call.to.to_string()),
        call: Some(call.id),
        ..Said::by(Medium::Voice, Direction::Inbound, Delivery::Held, call.started_at)
    };
    say(within, &contact, held).await.map(drop)
}
