//! Conversations by text: the same dialogue as on the phone, read instead of heard.
//!
//! Knows nothing of HTTP or SMS: a door brings a message and takes the reply. Sessions live in memory; each takes one
//! message at a time, in the order they came, and a message whose sender went away leaves the conversation as it was
//! before it (what the CRM did stays done, and saying the same again gets the same outcome).
//!
//! Invariant: at most [`SESSIONS_MAX`] sessions, each with at most [`WAITING_MAX`] messages waiting; a message that
//! finds no room is refused, never dropped.
//!
//! Read next: [`crate::dialogue`] for what is said.

pub mod copilot;
#[cfg(test)]
mod tests;
pub mod texts;

use crate::clock::Clock;
use crate::crm::model::{Ai, Business, Contact, ConversationMessage, Direction, Source};
use crate::crm::{Backend, By, Error, Operation, Outcome, Request};
use crate::dialogue::{Channel, Converse, Dialogue, Heard, Phrases, Setting, Step, Then, Understand};
use crate::id::{BusinessId, ChatId, ContactId, ConversationId, MessageId};
use crate::nlu::{Field, Language};
use crate::phone::E164;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Sessions at once: a few kilobytes each, so this is some tens of megabytes at the worst.
pub const SESSIONS_MAX: usize = 5_000;

/// A session without a message for so long is forgotten; its hold has lapsed by then.
pub const IDLE_MINUTES: i64 = 30;

/// Messages waiting for their turn in one session: a person does not type faster than we answer.
pub const WAITING_MAX: usize = 8;

/// The longest message, in characters: two pages.
pub const MESSAGE_MAX: usize = 4_000;

/// Lines kept of a conversation as long as it is not known who it is with.
const UNKEPT_MAX: usize = 100;

/// The longest an operation may take before its outcome counts as not known.
const OPERATION_MAX: Duration = Duration::from_secs(15);

/// Operations one message may lead to; the dialogue itself stops earlier.
const OPERATIONS_MAX: usize = 24;

/// Why a message was not taken. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// There is nothing in it.
    #[error("the message is empty")]
    Empty,
    /// It is longer than [`MESSAGE_MAX`].
    #[error("the message is longer than {MESSAGE_MAX} characters")]
    TooLong,
    /// Too many messages of this session are waiting.
    #[error("earlier messages of this conversation are still being answered")]
    Busy,
    /// There are too many conversations.
    #[error("too many conversations at once; try again in a minute")]
    Full,
    /// The business's time zone is not one.
    #[error("the business has no valid time zone")]
    Zone,
}

/// Who writes, and to whom.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The business written to.
    pub business: Arc<Business>,
    /// By which door.
    pub source: Source,
    /// The number written from, when there is one (SMS).
    pub phone: Option<E164>,
    /// The contact with that number, when there is one.
    pub contact: Option<Contact>,
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatReply {
    /// The session, to be sent along with the next message.
    pub session_id: ChatId,
    /// Whether this message began a session: there was none, or it had expired.
    pub is_new: bool,
    /// What to show.
    pub text: String,
    /// Where the conversation stands.
    pub status: ChatStatus,
    /// What kind of answer is expected next.
    pub expecting: Field,
    /// The language spoken.
    pub language: Language,
    /// What was understood, and what the CRM answered: `intent`, `why`, and `appointment`, `slots` and so on.
    pub data: Value,
    /// What belongs into the timeline of whoever this is, once that is known. Nothing for texts: they are there already.
    #[serde(skip)]
    pub exchange: Option<Exchange>,
}

/// What was said with somebody, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// With whom.
    pub contact: ContactId,
    /// Who said what.
    pub lines: Vec<(Direction, String)>,
}

/// Where a conversation stands after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatStatus {
    /// It is the person's turn.
    Open,
    /// Something was booked, moved, cancelled or left.
    Done,
    /// The CRM did not do what was asked.
    Failed,
    /// Goodbyes were said; another message goes on.
    Closed,
}

/// All conversations by text.
pub struct Chats {
    crm: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    grammar: Arc<dyn Understand>,
    phrases: Arc<Phrases>,
    sessions: Mutex<HashMap<ChatId, Arc<Session>>>,
    /// The session that goes on in a thread of texts.
    threads: Mutex<HashMap<ConversationId, ChatId>>,
    /// The longest an operation may take.
    patience: Duration,
}

impl std::fmt::Debug for Chats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chats").field("sessions", &self.len()).finish_non_exhaustive()
    }
}

struct Session {
    business: BusinessId,
    /// Messages in it or waiting.
    inside: AtomicUsize,
    last_used: Mutex<Timestamp>,
    /// Fair: messages get it in the order they came.
    talk: tokio::sync::Mutex<Talk>,
}

/// What a message changes.
#[derive(Clone)]
struct Talk {
    dialogue: Dialogue,
    /// Messages answered.
    turns: u64,
    /// Who it is, once they have booked or left something.
    contact: Option<ContactId>,
    /// What was said and is in no timeline yet.
    unkept: Vec<(Direction, String)>,
}

/// Counts a message in, and out again however it ends.
struct Inside<'a>(&'a AtomicUsize);

impl<'a> Inside<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Self, ChatError> {
        let inside = Self(count);
        // The first is being answered, the others wait.
        if count.fetch_add(1, Ordering::AcqRel) > WAITING_MAX { Err(ChatError::Busy) } else { Ok(inside) }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Chats {
    /// No conversations yet.
    pub fn new(
        crm: Arc<dyn Backend>,
        clock: Arc<dyn Clock>,
        grammar: Arc<dyn Understand>,
        phrases: Arc<Phrases>,
    ) -> Self {
        let (sessions, threads) = (Mutex::new(HashMap::new()), Mutex::new(HashMap::new()));
        Self { crm, clock, grammar, phrases, sessions, threads, patience: OPERATION_MAX }
    }

    /// How many conversations there are.
    pub fn len(&self) -> usize {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets conversations idle for [`IDLE_MINUTES`]. Called now and then, and whenever room is needed.
    pub fn sweep(&self) {
        let now = self.clock.now();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| !session.expired(now));
        threads.retain(|_, session| sessions.contains_key(session));
    }

    /// The answer to a message. An unknown, expired or another business's session begins a new one.
    pub async fn message(
        &self,
        sender: &Sender,
        session: Option<ChatId>,
        message: &str,
    ) -> Result<ChatReply, ChatError> {
        let message = readable(message)?;
        let zone = zone_of(sender)?;
        let session = self.session(sender, session, &zone)?;
        self.converse(sender, session, &zone, (message, None)).await
    }

    /// The answer to a text: whoever writes in its thread again goes on where they were. What is done for it is done by keys
    /// made of its id, so that answering it again does nothing twice.
    pub async fn text(&self, sender: &Sender, text: &ConversationMessage) -> Result<ChatReply, ChatError> {
        let message = readable(&text.body)?;
        let zone = zone_of(sender)?;
        let session = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            let session = self.session(sender, threads.get(&text.conversation).copied(), &zone)?;
            threads.insert(text.conversation, session.0);
            session
        };
        self.converse(sender, session, &zone, (message, Some(text.id))).await
    }

    /// Whether a thread of texts has a session that goes on.
    pub fn goes_on(&self, thread: ConversationId) -> bool {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = threads.get(&thread).and_then(|id| sessions.get(id));
        session.is_some_and(|session| !session.expired(self.clock.now()))
    }

    async fn converse(
        &self,
        sender: &Sender,
        (id, session, is_new): (ChatId, Arc<Session>, bool),
        zone: &TimeZone,
        (message, text): (&str, Option<MessageId>),
    ) -> Result<ChatReply, ChatError> {
        let inside = Inside::enter(&session.inside)?;
        let mut talk = session.talk.lock().await;
        let mut next = talk.clone();
        next.turns += 1;
        next.dialogue.answer_for(&sender.business);
        let now = || self.clock.now().to_zoned(zone.clone());
        let scope = text.map_or_else(|| format!("chat:{id}:{}", next.turns), |text| format!("text:{text}"));
        let work = Work { chats: self, sender, scope, message };
        let done = work.answer(&mut next.dialogue, &now).await;
        // Committed only when the whole message is answered: a dropped request leaves no half-said state behind.
        let text = done.text.trim_end().to_owned();
        let exchange = if sender.phone.is_none() { next.exchange(done.contact, message, &text) } else { None };
        let (expecting, language) = (next.dialogue.expecting(), next.dialogue.language());
        *talk = next;
        drop(talk);
        session.touch(self.clock.now());
        drop(inside);
        Ok(ChatReply {
            session_id: id,
            is_new,
            text,
            status: done.status,
            expecting,
            language,
            data: Value::Object(done.data),
            exchange,
        })
    }

    fn session(
        &self,
        sender: &Sender,
        wanted: Option<ChatId>,
        zone: &TimeZone,
    ) -> Result<(ChatId, Arc<Session>, bool), ChatError> {
        let now = self.clock.now();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = wanted.and_then(|id| sessions.get(&id).map(|session| (id, Arc::clone(session))));
        if let Some((id, session)) = known
            && session.business == sender.business.id
            && !session.expired(now)
        {
            session.touch(now);
            return Ok((id, session, false));
        }
        if sessions.len() >= SESSIONS_MAX {
            sessions.retain(|_, session| !session.expired(now));
        }
        if sessions.len() >= SESSIONS_MAX {
            return Err(ChatError::Full);
        }
        let id = ChatId::fresh();
        let session = Arc::new(Session {
            business: sender.business.id,
            inside: AtomicUsize::new(0),
            last_used: Mutex::new(now),
            talk: tokio::sync::Mutex::new(Talk {
                dialogue: self.begin(sender, &now.to_zoned(zone.clone())),
                turns: 0,
                contact: None,
                unkept: Vec::new(),
            }),
        });
        sessions.insert(id, Arc::clone(&session));
        Ok((id, session, true))
    }

    fn begin(&self, sender: &Sender, now: &Zoned) -> Dialogue {
        let setting = Setting {
            business: Arc::clone(&sender.business),
            channel: Channel::Eye,
            language: sender.business.language,
            caller: sender.phone.clone(),
            contact: sender.contact.clone(),
            call: None,
            languages: Language::ALL.to_vec(),
        };
        let mut dialogue = Dialogue::new(setting, Arc::clone(&self.grammar), Arc::clone(&self.phrases));
        // They wrote first: the greeting is what stands open, not what is answered.
        let _ = dialogue.greet(now);
        dialogue
    }

    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        let writes = request.operation.writes();
        match tokio::time::timeout(self.patience, self.crm.perform(request)).await {
            Ok(result) => result,
            Err(_) if writes => Err(Error::Unknown("no answer in time".to_owned())),
            Err(_) => Err(Error::Unavailable("no answer in time".to_owned())),
        }
    }
}

impl Session {
    fn expired(&self, now: Timestamp) -> bool {
        let last = *self.last_used.lock().unwrap_or_else(PoisonError::into_inner);
        self.inside.load(Ordering::Acquire) == 0 && now.duration_since(last) >= SignedDuration::from_mins(IDLE_MINUTES)
    }

    fn touch(&self, now: Timestamp) {
        *self.last_used.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Talk {
    /// Adds what was just said to what is in no timeline, and hands all of it out once it is known who it is with.
    fn exchange(&mut self, contact: Option<ContactId>, message: &str, reply: &str) -> Option<Exchange> {
        self.contact = contact.or(self.contact);
        self.unkept.push((Direction::Inbound, message.to_owned()));
        self.unkept.push((Direction::Outbound, reply.to_owned()));
        self.unkept.drain(..self.unkept.len().saturating_sub(UNKEPT_MAX));
        let contact = self.contact?;
        Some(Exchange { contact, lines: std::mem::take(&mut self.unkept) })
    }
}

/// A message without stray spaces, if it can be answered.
fn readable(message: &str) -> Result<&str, ChatError> {
    let message = message.trim();
    if message.is_empty() {
        return Err(ChatError::Empty);
    }
    if message.chars().nth(MESSAGE_MAX).is_some() {
        return Err(ChatError::TooLong);
    }
    Ok(message)
}

fn zone_of(sender: &Sender) -> Result<TimeZone, ChatError> {
    TimeZone::get(&sender.business.zone).map_err(|_| ChatError::Zone)
}

/// One message being answered.
struct Work<'a> {
    chats: &'a Chats,
    sender: &'a Sender,
    /// What the keys of its operations begin with.
    scope: String,
    message: &'a str,
}

/// What came of it.
struct Done {
    text: String,
    status: ChatStatus,
    data: Map<String, Value>,
    /// Who they turned out to be.
    contact: Option<ContactId>,
}

impl Work<'_> {
    async fn answer(&self, dialogue: &mut Dialogue, now: &(dyn Fn() -> Zoned + Sync)) -> Done {
        let mut done = Done { text: String::new(), status: ChatStatus::Open, data: Map::new(), contact: None };
        let mut step = dialogue.hear(&now(), Heard::Words { text: self.message, confidence: 1.0 });
        if let Some((intent, why)) = step.why.split_first() {
            done.data.insert("intent".to_owned(), json!(intent));
            done.data.insert("why".to_owned(), json!(why));
        }
        for number in 0..OPERATIONS_MAX {
            done.add(&step);
            let Some(operation) = step.operation else { break };
            let key = operation.writes().then(|| key_of(&self.scope, self.message, number));
            let (business, source) = (self.sender.business.id, self.sender.source);
            let request = Request::new(business, source, By::caller(), operation.clone());
            let request = request.through(Ai::Receptionist).once(key);
            let result = self.chats.perform(request).await;
            done.note(&operation, &result);
            step = dialogue.performed(&now(), result);
        }
        // Of everything a search found only what is on offer is the reader's business.
        let offered = dialogue.offered();
        if !offered.is_empty() {
            done.data.insert("slots".to_owned(), json!(offered));
        }
        done
    }
}

impl Done {
    fn add(&mut self, step: &Step) {
        for clause in &step.say {
            if !self.text.is_empty() && !self.text.ends_with('\n') && !clause.eye.starts_with('\n') {
                self.text.push(' ');
            }
            self.text.push_str(&clause.eye);
        }
        if step.then == Then::HangUp && self.status == ChatStatus::Open {
            self.status = ChatStatus::Closed;
        }
    }

    fn note(&mut self, operation: &Operation, result: &Result<Outcome, Error>) {
        let (key, value) = match result {
            Ok(Outcome::Contact(contact)) => ("contact", json!(contact)),
            Ok(Outcome::Held(hold)) => ("hold", json!(hold)),
            Ok(Outcome::Booked(appointment) | Outcome::Rescheduled(appointment) | Outcome::Cancelled(appointment)) => {
                self.status = ChatStatus::Done;
                self.contact = Some(appointment.contact);
                ("appointment", json!(appointment))
            }
            Ok(Outcome::Appointments(page)) => ("appointments", json!(page.items)),
            Ok(Outcome::MessageLeft(message)) => {
                if self.status == ChatStatus::Open {
                    self.status = ChatStatus::Done;
                }
                self.contact = message.contact.or(self.contact);
                ("message", json!(message))
            }
            Ok(_) => return,
            Err(error) => {
                if !matches!(operation, Operation::ReleaseHold(_)) {
                    self.status = ChatStatus::Failed;
                }
                ("error", json!(error.to_string()))
            }
        };
        self.data.insert(key.to_owned(), value);
    }
}

/// The same for the same words at the same point of a conversation: saying it again after a broken connection does not do it
/// again. The words are the message's, or the operation's as JSON.
fn key_of(scope: &str, words: &str, number: usize) -> String {
    let digest = Sha256::digest(words.as_bytes());
    let words = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("{scope}:{words:016x}:{number}")
}
