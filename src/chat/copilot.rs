//! Sessions with the copilot: whoever runs the business, over the whole catalogue.
//!
//! A session is a row: between two messages nothing of it is in memory, so that it survives a restart and any instance can go
//! on with it. It belongs to whoever opened it, and everything is asked for on their word: what they may not do, the façade
//! refuses.
//!
//! Invariant: a session answers one message at a time, and at one point of it the same operation is performed once, in
//! whatever words it is asked for.
//!
//! Read next: [`crate::copilot`] for what is said.

#[cfg(test)]
mod tests;

use super::{ChatReply, ChatStatus, MESSAGE_MAX, OPERATION_MAX, OPERATIONS_MAX, key_of};
use crate::clock::Clock;
use crate::copilot::{Copilot, Phrases, Standing, State, Step};
use crate::crm::backend::{SessionLimits, Taken};
use crate::crm::model::{Ai, Business, CopilotSession, Source, Who};
use crate::crm::{Backend, By, CopilotBook, Directory, Error, Outcome, Request};
use crate::id::{BusinessId, ChatId};
use crate::nlu::Grammar;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What holds for every session.
const LIMITS: SessionLimits = SessionLimits {
    idle: SignedDuration::from_mins(30),
    // Longer than a message takes whose operations are as slow as they may be, and no longer than one waits after a crash.
    busy: SignedDuration::from_secs(30),
    messages_per_minute: 60,
};

/// Why a message was not taken. Nothing happened.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CopilotError {
    /// There is nothing in it.
    #[error("the message is empty")]
    Empty,
    /// It is longer than [`MESSAGE_MAX`].
    #[error("the message is longer than {MESSAGE_MAX} characters")]
    TooLong,
    /// There is no such session of theirs.
    #[error("session not found")]
    Unknown,
    /// The message before is still being answered; how many seconds it may take at most.
    #[error("the message before is still being answered")]
    Busy(u64),
    /// There were too many; in how many seconds there is room again.
    #[error("too many messages")]
    TooMany(u64),
    /// The store, or what it keeps.
    #[error(transparent)]
    Store(#[from] Error),
}

/// All sessions with the copilot.
pub struct Copilots {
    crm: Arc<dyn Backend>,
    book: Arc<dyn CopilotBook>,
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    grammar: Arc<Grammar>,
    phrases: Arc<Phrases>,
}

impl std::fmt::Debug for Copilots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copilots").finish_non_exhaustive()
    }
}

impl Copilots {
    /// The copilot of a house.
    pub fn new(
        (crm, book, directory): (Arc<dyn Backend>, Arc<dyn CopilotBook>, Arc<dyn Directory>),
        clock: Arc<dyn Clock>,
        grammar: Arc<Grammar>,
        phrases: Arc<Phrases>,
    ) -> Self {
        Self { crm, book, directory, clock, grammar, phrases }
    }

    /// Opens a session for a business.
    pub async fn open(&self, by: By, business: BusinessId) -> Result<ChatId, CopilotError> {
        let state = kept(&State::default())?;
        let session = CopilotSession { id: ChatId::of_copilot(), business, who: by.who, turn: 0, state };
        let id = session.id;
        self.book.open_session(session).await?;
        Ok(id)
    }

    /// Ends a session of theirs.
    pub async fn close(&self, who: Who, id: ChatId) -> Result<(), CopilotError> {
        if self.book.close_session(id, who).await? { Ok(()) } else { Err(CopilotError::Unknown) }
    }

    /// Forgets those that are idle. Called now and then.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let idle_since = self.clock.now().checked_sub(LIMITS.idle).unwrap_or(Timestamp::MIN);
        self.book.forget_sessions(idle_since).await
    }

    /// The answer to a message. `may` says what they may do in a business now; none: it is not theirs any more.
    pub async fn message(
        &self,
        who: Who,
        may: &(dyn Fn(BusinessId) -> Option<By> + Sync),
        id: ChatId,
        message: &str,
    ) -> Result<ChatReply, CopilotError> {
        let message = message.trim();
        if message.is_empty() {
            return Err(CopilotError::Empty);
        }
        if message.chars().nth(MESSAGE_MAX).is_some() {
            return Err(CopilotError::TooLong);
        }
        let session = match self.book.take_session(id, who, LIMITS).await? {
            Taken::Yours(session) => session,
            Taken::Unknown => return Err(CopilotError::Unknown),
            Taken::Busy(until) => return Err(CopilotError::Busy(self.seconds_until(until))),
            Taken::TooMany(until) => return Err(CopilotError::TooMany(self.seconds_until(until))),
        };
        let by = may(session.business).ok_or(CopilotError::Unknown)?;
        let business = self.directory.business(session.business).await?.ok_or(Error::NotFound("business"))?;
        let zone = TimeZone::get(&business.zone).unwrap_or_else(|error| {
            tracing::error!(%error, "the business's zone is unknown; its times are read as UTC");
            TimeZone::UTC
        });
        let state: State = serde_json::from_str(&session.state).unwrap_or_else(|error| {
            tracing::error!(%error, "a session of the copilot could not be read; it begins anew");
            State::default()
        });
        let copilot = self.copilot(business, by, state);
        let work = Work { house: self, by, session: &session, message, zone };
        let (copilot, done) = work.answer(copilot).await;
        let (expecting, language) = (copilot.expecting(), copilot.language());
        let is_new = session.turn == 0;
        self.book.keep_session(CopilotSession { state: kept(copilot.state())?, ..session }).await?;
        let text = done.text.trim_end().to_owned();
        let data = Value::Object(done.data);
        Ok(ChatReply { session_id: id, is_new, text, status: done.status, expecting, language, data, exchange: None })
    }

    fn copilot(&self, business: Business, by: By, state: State) -> Copilot {
        Copilot::new(Arc::new(business), self.grammar.clone(), self.phrases.clone(), by, state)
    }

    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        let writes = request.operation.writes();
        match tokio::time::timeout(OPERATION_MAX, self.crm.perform(request)).await {
            Ok(result) => result,
            Err(_) if writes => Err(Error::Unknown("no answer in time".to_owned())),
            Err(_) => Err(Error::Unavailable("no answer in time".to_owned())),
        }
    }

    fn seconds_until(&self, at: Timestamp) -> u64 {
        let seconds = at.duration_since(self.clock.now()).as_secs();
        u64::try_from(seconds).unwrap_or(0) + 1
    }
}

/// One message being answered.
struct Work<'a> {
    house: &'a Copilots,
    by: By,
    session: &'a CopilotSession,
    message: &'a str,
    zone: TimeZone,
}

/// What came of it.
struct Done {
    text: String,
    status: ChatStatus,
    data: Map<String, Value>,
}

impl Work<'_> {
    async fn answer(&self, mut copilot: Copilot) -> (Copilot, Done) {
        let mut done = Done { text: String::new(), status: ChatStatus::Open, data: Map::new() };
        let mut step = copilot.hear(&self.now(), self.message);
        if let Some((intent, why)) = step.why.split_first() {
            done.data.insert("intent".to_owned(), json!(intent));
            done.data.insert("why".to_owned(), json!(why));
        }
        for number in 0..OPERATIONS_MAX {
            done.add(&step);
            let Some(operation) = step.operation else { break };
            let scope = format!("copilot:{}:{}", self.session.id, self.session.turn);
            // Not the message: after a broken connection a yes is often said in other words.
            let what = operation.writes().then(|| serde_json::to_string(&operation).unwrap_or_default());
            let key = what.map(|what| key_of(&scope, &what, number));
            done.data.insert("operation".to_owned(), json!(operation.name()));
            let request = Request::new(self.session.business, Source::Web, self.by, operation);
            let request = request.through(Ai::Copilot).once(key);
            let result = self.house.perform(request).await;
            if let Err(error) = &result {
                done.data.insert("error".to_owned(), json!(error.kind()));
            }
            step = copilot.performed(&self.now(), result);
        }
        (copilot, done)
    }

    fn now(&self) -> Zoned {
        self.house.clock.now().to_zoned(self.zone.clone())
    }
}

impl Done {
    fn add(&mut self, step: &Step) {
        if !step.text.is_empty() {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(&step.text);
        }
        if let Some(card) = &step.card {
            self.data.insert("card".to_owned(), json!(card));
        }
        if !step.suggestions.is_empty() {
            self.data.insert("suggestions".to_owned(), json!(step.suggestions));
        }
        match step.standing {
            Standing::Open => {}
            Standing::Done if self.status == ChatStatus::Failed => {}
            Standing::Done => self.status = ChatStatus::Done,
            Standing::Failed => self.status = ChatStatus::Failed,
            Standing::Closed => self.status = ChatStatus::Closed,
        }
    }
}

fn kept(state: &State) -> Result<String, Error> {
    serde_json::to_string(state).map_err(|error| {
        tracing::error!(%error, "a session of the copilot could not be written down");
        Error::Unavailable("the conversation could not be kept".to_owned())
    })
}
