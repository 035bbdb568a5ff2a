//! What was said between the business and somebody, whatever it was said by, in one timeline; and what they want to hear.

use super::people::Channel;
use super::schedule::Source;
use crate::id::{BusinessId, CallId, ConsentEntryId, ContactId, ConversationId, MessageId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything said between the business and a contact. There is one for each contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// With whom.
    pub contact: ContactId,
    /// How many messages of theirs nobody has read.
    pub unread: u32,
    /// By what the last message came or went.
    pub last_medium: Medium,
    /// Its first words.
    pub last_words: String,
    /// When that was.
    pub last_at: Timestamp,
    /// Counts the changes.
    pub version: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What something is said by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Medium {
    Sms,
    Email,
    Chat,
    Voice,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// They.
    Inbound,
    /// The business.
    Outbound,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// It waits to be sent: its time has not come, or nobody has taken it up yet.
    Queued,
    /// It is being handed to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// It has arrived.
    Delivered,
    /// It did not go out, or did not arrive; `trouble` says why.
    Failed,
    /// It was handed over and nobody said whether it was taken. It is not sent again.
    Unconfirmed,
    /// It came in.
    Received,
    /// It took place: a call, or a line of a chat.
    Held,
}

/// A message of a conversation; a call stands in it as one too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationMessage {
    /// Its id.
    pub id: MessageId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// The conversation it is part of.
    pub conversation: ConversationId,
    /// With whom.
    pub contact: ContactId,
    /// What it is said by.
    pub medium: Medium,
    /// Who says it.
    pub direction: Direction,
    /// Where it stands.
    pub delivery: Delivery,
    /// The number or address it comes from.
    pub from: Option<String>,
    /// The number or address it goes to.
    pub to: Option<String>,
    /// What it is about, when it is e-mail.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// Pictures and the like, by address.
    pub media: Vec<String>,
    /// The call it stands for.
    pub call: Option<CallId>,
    /// The carrier's name for it.
    pub carrier_id: Option<String>,
    /// When it is to go out, while it waits; of a text that came in: until when it waits for its answer.
    pub due_at: Option<Timestamp>,
    /// How often it was taken up to be sent, or to be answered after all.
    pub attempts: u32,
    /// Why it did not go out, or not yet; of a text that came in: why nobody has answered it.
    pub trouble: Option<String>,
    /// The door it came by.
    pub source: Source,
    /// Counts the changes.
    pub version: u64,
    /// When it was said.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What somebody wants to hear of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConsentWish {
    /// No more.
    Stop,
    /// Again.
    Start,
}

/// An entry of the ledger of what people want to hear: never changed, never removed; the last one of an address counts. It
/// belongs to the address, not to a contact: who is deleted and comes back has still said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// Its id.
    pub id: ConsentEntryId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// By which channel.
    pub channel: Channel,
    /// The telephone number or e-mail address.
    pub address: String,
    /// What they want.
    pub wish: ConsentWish,
    /// The evidence: the words in which they said it.
    pub words: String,
    /// The door it came by.
    pub source: Source,
    /// The message in which they said it.
    pub message: Option<MessageId>,
    /// Always 1.
    pub version: u64,
    /// When they said it.
    pub created_at: Timestamp,
    /// The same.
    pub updated_at: Timestamp,
}

impl ConversationMessage {
    /// How many characters of its words a list shows.
    const GIST_MAX: usize = 160;

    /// What a list shows of it.
    pub fn gist(&self) -> String {
        let words = self.subject.as_deref().unwrap_or(&self.body);
        words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(Self::GIST_MAX).collect()
    }
}
