//! What stands behind the catalogue, and behind the record of calls.

use super::model::{
    Appointment, Business, CallRecord, CallStatus, CallTurn, Channel, ConsentWish, Contact, ConversationMessage,
    CopilotSession, Delivery, Direction, Hand, Happened, Page, Recording, SocialPost, Way, WebhookCall, Who,
};
use super::{Error, Outcome, Rehearsal, Request};
use crate::id::{BusinessId, CallId, ChatId, ContactId, MessageId, SocialPostId, WebhookCallId};
use crate::phone::E164;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A CRM implementation: the embedded engine or a vendor's.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Performs one operation whole, or not at all (see [`Error`]).
    async fn perform(&self, request: Request) -> Result<Outcome, Error>;
    /// Says what would come of an operation that changes something, and leaves all as it is.
    async fn rehearse(&self, request: Request) -> Result<Rehearsal, Error> {
        drop(request);
        Err(Error::Unsupported("a dry run"))
    }
}

/// Which businesses there are.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Adds a business with what it offers and an empty calendar. Fails with `Invalid` when its hours or services could not be
    /// booked, or its number or an id is in use.
    async fn add(&self, business: &Business, hand: Hand) -> Result<(), Error>;
    /// The business a number belongs to.
    async fn business_by_phone(&self, phone: &E164) -> Result<Option<Business>, Error>;
    /// The business with this id.
    async fn business(&self, id: BusinessId) -> Result<Option<Business>, Error>;
    /// All of them, by when they were added: the first is meant where none is named.
    async fn businesses(&self) -> Result<Vec<Business>, Error>;
    /// A page of them; of these only, when some are named.
    async fn businesses_page(&self, of: Option<&[BusinessId]>, way: Way<'_>) -> Result<Page<Business>, Error>;
}

/// The record of calls: always ours, whichever CRM is behind.
#[async_trait]
pub trait CallBook: Send + Sync {
    /// Opens the record. A second opening of the same `call_sid` changes nothing and returns the first's id.
    async fn begin(&self, call: CallRecord) -> Result<CallId, Error>;
    /// Keeps a turn. The same number twice keeps the first.
    async fn add_turn(&self, call: CallId, turn: CallTurn) -> Result<(), Error>;
    /// Closes the record; closing twice keeps the first ending.
    async fn finish(&self, call: CallId, status: CallStatus, ending: &str, at: Timestamp) -> Result<(), Error>;
    /// Opens a closed record again: its caller is still there.
    async fn reopen(&self, call: CallId) -> Result<(), Error>;
    /// The records a crash left open.
    async fn abandoned(&self) -> Result<Vec<CallRecord>, Error>;
    /// Closes a record a crash left open, at the last sign of life there is (`seen`, or what is written down), and lets go
    /// the slots it had held.
    async fn close_abandoned(&self, call: CallId, seen: Option<Timestamp>) -> Result<(), Error>;
    /// The call is over and nobody comes back to it: lets go the slots it held.
    async fn let_go(&self, call: CallId) -> Result<(), Error>;
    /// A business's calls, newest first, started before `before`.
    async fn calls(
        &self,
        business: BusinessId,
        before: Option<Timestamp>,
        way: Way<'_>,
    ) -> Result<Page<CallRecord>, Error>;
    /// One call with its turns.
    async fn call(&self, business: BusinessId, id: CallId) -> Result<Option<(CallRecord, Vec<CallTurn>)>, Error>;
    /// The call with Twilio's id.
    async fn call_by_sid(&self, call_sid: &str) -> Result<Option<CallRecord>, Error>;
    /// Appointments that are not cancelled, starting in `from..to`, for the calendar page.
    async fn agenda(&self, business: BusinessId, from: Timestamp, to: Timestamp) -> Result<Vec<Appointment>, Error>;
    /// A page of them.
    async fn agenda_page(
        &self,
        business: BusinessId,
        span: (Timestamp, Timestamp),
        way: Way<'_>,
    ) -> Result<Page<Appointment>, Error>;
    /// The contact with this number.
    async fn contact_by_phone(&self, business: BusinessId, phone: &E164) -> Result<Option<Contact>, Error>;
}

/// Which calls were recorded. The sound itself is a file (see [`crate::storage`]).
#[async_trait]
pub trait RecordingBook: Send + Sync {
    /// Enters a recording. The same part of a call twice keeps the first.
    async fn keep_recording(&self, recording: Recording) -> Result<(), Error>;
    /// The recordings of a call, deleted ones included, by part.
    async fn recordings(&self, business: BusinessId, call: CallId) -> Result<Vec<Recording>, Error>;
    /// Some of the recordings of any business entered before this and not deleted, the oldest first.
    async fn recordings_made_before(&self, before: Timestamp) -> Result<Vec<Recording>, Error>;
    /// Notes that the file is gone.
    async fn recording_deleted(&self, recording: &Recording) -> Result<(), Error>;
}

/// The conversations with the copilot: always ours, whichever CRM is behind, so that every instance can go on with each.
#[async_trait]
pub trait CopilotBook: Send + Sync {
    /// Enters a new conversation.
    async fn open_session(&self, session: CopilotSession) -> Result<(), Error>;
    /// Takes a conversation of theirs for one message; until it is kept again, or its time is up, nobody else can.
    async fn take_session(&self, id: ChatId, who: Who, limits: SessionLimits) -> Result<Taken, Error>;
    /// Keeps what a message made of it, one turn later.
    async fn keep_session(&self, session: CopilotSession) -> Result<(), Error>;
    /// Ends a conversation of theirs; false: there was none.
    async fn close_session(&self, id: ChatId, who: Who) -> Result<bool, Error>;
    /// Forgets those nobody has written in since then; how many there were.
    async fn forget_sessions(&self, idle_since: Timestamp) -> Result<u64, Error>;
}

/// Answers of doors, kept for whoever asks once more under the same key: always ours, whichever CRM is behind. They reach it
/// sealed.
#[async_trait]
pub trait RepeatBook: Send + Sync {
    /// Begins what is asked for under a key of theirs; [`Error::KeyReused`] where it was used for something else.
    async fn begin(&self, who: Who, key: &str, fingerprint: &str) -> Result<Begun, Error>;
    /// Keeps the answer.
    async fn answered(&self, who: Who, key: &str, answer: &str) -> Result<(), Error>;
    /// Nothing was done, so the key is free again.
    async fn nothing_done(&self, who: Who, key: &str) -> Result<(), Error>;
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: it is asked for the first time.
    First,
    /// What was answered.
    Again(String),
    /// It was begun, and there is no answer yet, or never will be: the process ended in the middle of it.
    Underway,
}

/// What holds for every conversation with the copilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// After so long without a message it is forgotten.
    pub idle: SignedDuration,
    /// The longest one message can take.
    pub busy: SignedDuration,
    /// Messages a minute.
    pub messages_per_minute: u32,
}

/// Whether a conversation could be taken for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is yours for this message.
    Yours(CopilotSession),
    /// There is none of yours by that id.
    Unknown,
    /// The message before is still being answered, at most until then.
    Busy(Timestamp),
    /// There were too many messages; there is room again then.
    TooMany(Timestamp),
}

/// What was done, for those who follow it.
#[async_trait]
pub trait History: Send + Sync {
    /// What a business's actions touched after the one with this number, in their order, at most so many.
    async fn happened_after(&self, business: BusinessId, number: u64, limit: u32) -> Result<Vec<Happened>, Error>;
    /// The number of a business's last action; 0 before the first.
    async fn last_number(&self, business: BusinessId) -> Result<u64, Error>;
    /// Tells each time this process wrote something; others at the same database may write too.
    fn written(&self) -> watch::Receiver<()>;
}

/// Messages on their way out, and those that come in. Always ours, whichever CRM is behind.
#[async_trait]
pub trait MessageBook: Send + Sync {
    /// A message as it stands.
    async fn message(&self, business: BusinessId, id: MessageId) -> Result<ConversationMessage, Error>;
    /// Takes a message in hand that waits and whose time has come: it is `sending` from now on. None: somebody else has it,
    /// or there is nothing to send.
    async fn take_up(&self, business: BusinessId, id: MessageId) -> Result<Option<Dispatch>, Error>;
    /// What became of a message that was in hand.
    async fn settle(&self, business: BusinessId, id: MessageId, fate: Fate) -> Result<ConversationMessage, Error>;
    /// Some of the messages that wait and whose time has come, of any business, the longest due first.
    async fn due(&self, most: u32) -> Result<Vec<(BusinessId, MessageId)>, Error>;
    /// The messages that have been in hand since before this: whoever took them up is gone.
    async fn in_hand_since(&self, before: Timestamp) -> Result<Vec<(BusinessId, MessageId)>, Error>;
    /// Keeps a text that came in, and what it wants of us. None: it is kept already.
    async fn receive(&self, business: BusinessId, incoming: Incoming) -> Result<Option<ConversationMessage>, Error>;
    /// Some of the texts that wait for an answer from somebody who is gone, of any business, the longest due first.
    async fn unanswered(&self, most: u32) -> Result<Vec<(BusinessId, MessageId)>, Error>;
    /// Takes such a text up for a minute. None: somebody else has it, or it has its answer: the one sent under this key, or a
    /// person's.
    async fn take_answer(&self, business: BusinessId, id: MessageId, key: &str) -> Result<Option<Left>, Error>;
    /// Notes that a text has its answer, or why nobody gives it one.
    async fn answered(&self, business: BusinessId, id: MessageId, why_not: Option<String>) -> Result<(), Error>;
    /// Keeps what was said with a contact in a chat, in order.
    async fn chatted(
        &self,
        business: BusinessId,
        contact: ContactId,
        lines: &[(Direction, String)],
    ) -> Result<(), Error>;
    /// What the carrier tells of a message it was given. A report that comes late changes nothing.
    async fn report(&self, business: BusinessId, id: MessageId, report: Report) -> Result<(), Error>;
    /// Whether an address has asked for no more by a channel.
    async fn stopped(&self, business: BusinessId, channel: Channel, address: &str) -> Result<bool, Error>;
}

/// A message in hand, and what is to be known before it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The message.
    pub message: ConversationMessage,
    /// Whose it is.
    pub sender_name: String,
    /// Whether the address it goes to has asked for no more.
    pub stopped: bool,
    /// Whether the contact is marked as not to be disturbed by its channel.
    pub do_not_disturb: bool,
    /// IANA zone the contact's clock shows: the business's, as long as nothing else is known.
    pub zone: String,
    /// When the contact last wrote by its medium.
    pub last_heard: Option<Timestamp>,
}

/// What became of a message in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The carrier has it.
    Sent {
        /// The carrier's name for it.
        carrier_id: String,
    },
    /// It was not taken, or not yet to be sent: it waits.
    Later {
        /// Until when.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It does not go out.
    Failed {
        /// Why not.
        why: String,
    },
    /// It was handed over and nobody said whether it was taken.
    Unconfirmed,
    /// Whoever it is for has told the carrier that they want no more: that goes into the ledger.
    OptedOut,
}

/// A text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The carrier's name for it.
    pub carrier_id: String,
    /// Who wrote.
    pub from: E164,
    /// The business's number.
    pub to: E164,
    /// The words.
    pub body: String,
    /// Pictures and the like, by address.
    pub media: Vec<String>,
    /// What it wants of us, if that is all it says.
    pub wish: Option<ConsentWish>,
    /// Whether it is to be answered: it waits for that from then on.
    pub answer: bool,
}

/// A text that somebody kept and did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The text; its `attempts` say how often it was taken up.
    pub message: ConversationMessage,
    /// When the business last wrote in the conversation before that.
    pub spoken_before: Option<Timestamp>,
}

/// What a carrier tells of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The carrier's name for it.
    pub carrier_id: String,
    /// Where it stands.
    pub delivery: Delivery,
    /// What went wrong.
    pub trouble: Option<String>,
    /// Whether it was because they have told the carrier that they want no more.
    pub opted_out: bool,
}

/// Payloads on their way to programs. Always ours, whichever CRM is behind.
#[async_trait]
pub trait WebhookBook: Send + Sync {
    /// A call as it stands.
    async fn call(&self, business: BusinessId, id: WebhookCallId) -> Result<WebhookCall, Error>;
    /// A post, and the calls that publish it.
    async fn post(&self, business: BusinessId, id: SocialPostId) -> Result<(SocialPost, Vec<WebhookCallId>), Error>;
    /// Takes a call in hand that waits and whose time has come: it is `sending` from now on. None: somebody else has it, or
    /// there is nothing to post.
    async fn take_up(&self, business: BusinessId, id: WebhookCallId) -> Result<Option<WebhookCall>, Error>;
    /// What became of a call that was in hand.
    async fn settle(&self, business: BusinessId, id: WebhookCallId, posted: Posted) -> Result<WebhookCall, Error>;
    /// Some of the calls that wait and whose time has come, of any business, the longest due first.
    async fn due(&self, most: u32) -> Result<Vec<(BusinessId, WebhookCallId)>, Error>;
    /// The calls that have been in hand since before this: whoever took them up is gone.
    async fn in_hand_since(&self, before: Timestamp) -> Result<Vec<(BusinessId, WebhookCallId)>, Error>;
}

/// What became of a call in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The address answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        answer: String,
        /// Whether it was taken.
        taken: bool,
    },
    /// It was not reached: the call waits.
    Later {
        /// Until when.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It is not posted.
    Failed {
        /// Why not.
        why: String,
    },
    /// It was posted and nobody said whether it was taken.
    Unconfirmed,
}
