//! Which calls there are: permits, stream tokens, what is told to those who watch, and the end of the day.
//!
//! A call is *awaited* from the voice webhook until its stream comes (or [`STREAM_WAIT`] has passed), then *live*, then
//! *over*; it is remembered for a while after, because Twilio asks once more what follows, and may repeat itself.
//!
//! Invariants: a permit is held exactly while a call is awaited or live; a token opens one stream once; whoever watches
//! sees a snapshot and then every event after it, because both are taken under one lock.

use super::{Answered, Parts, line};
use crate::call::action::Ending;
use crate::call::event::Event;
use crate::crm::Error;
use crate::crm::model::{Business, CallRecord, CallStatus, CallTurn, Contact};
use crate::id::CallId;
use crate::phone::E164;
use crate::twilio::media::{FromTwilio, Start};
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How long after the webhook the stream may come. Twilio opens it at once; beyond this the caller is gone.
pub const STREAM_WAIT: Duration = Duration::from_secs(15);
/// The parameter that carries the token.
pub const TOKEN_PARAMETER: &str = "token";
/// Calls that are over and still remembered: Twilio asks what follows within seconds.
const OVER_MAX: usize = 1_000;
/// Sockets that have not said yet which call they are: a stranger can open some, not many.
const INTRODUCTIONS_MAX: usize = 64;
/// Messages before `start`: `connected`, and room for one we do not know.
const PREAMBLE_MAX: usize = 4;
/// Turns shown of a live call; a longer call shows its last ones (the book has all).
const TURNS_SHOWN: usize = 400;
/// How long a polite goodbye may take when the house closes.
const GOODBYE: Duration = Duration::from_secs(20);
/// How long closing a socket may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// How often a drain looks whether the last call has ended.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

/// Text both ways: Twilio's stream, whatever carries it.
pub trait Wire: Stream<Item = Self::Text> + Sink<String, Error = ()> + Unpin + Send + 'static {
    /// A message.
    type Text: Deref<Target = str> + Send;
}

impl<W, T> Wire for W
where
    W: Stream<Item = T> + Sink<String, Error = ()> + Unpin + Send + 'static,
    T: Deref<Target = str> + Send,
{
    type Text = T;
}

/// A call announced by the voice webhook.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Twilio's id.
    pub call_sid: String,
    /// Who calls; none when withheld.
    pub from: Option<E164>,
    /// The number they dialled.
    pub to: E164,
    /// Who it is for.
    pub business: Arc<Business>,
    /// Who calls, when known.
    pub contact: Option<Contact>,
}

/// Why a call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Every line is in use.
    #[error("all lines are in use")]
    Busy,
    /// The house is closing.
    #[error("the service is stopping")]
    Stopping,
    /// The record could not be opened.
    #[error("the call could not be recorded: {0}")]
    Record(#[from] Error),
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody knows it here.
    Unknown,
    /// It is awaited or live.
    Open,
    /// It ended as it should.
    Ended(Ending),
    /// It broke on our side.
    Broke,
}

/// A live call, for those who watch.
#[derive(Clone, Debug, Serialize)]
pub struct LiveCall {
    /// Its record.
    pub call: CallRecord,
    /// Its turns so far.
    pub turns: Vec<CallTurn>,
}

/// What is told to those who watch.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each name says it")]
pub enum LiveEvent {
    Began {
        call: CallRecord,
    },
    /// What is being understood before the turn is over; may be taken back.
    Partial {
        id: CallId,
        text: String,
    },
    Turn {
        id: CallId,
        turn: CallTurn,
    },
    Ended {
        id: CallId,
        ending: String,
    },
    /// The calendar changed.
    Appointments {},
}

impl LiveEvent {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Began { .. } => "began",
            Self::Partial { .. } => "partial",
            Self::Turn { .. } => "turn",
            Self::Ended { .. } => "ended",
            Self::Appointments {} => "appointments",
        }
    }
}

/// The switchboard. Clones are the same one.
#[derive(Clone)]
pub struct Switchboard {
    parts: Arc<Parts>,
    calls: Calls,
    permits: Arc<Semaphore>,
    introductions: Arc<Semaphore>,
    tasks: TaskTracker,
    stopping: Arc<AtomicBool>,
    /// Nothing is awaited any more.
    closed: CancellationToken,
}

/// The registry of calls.
#[derive(Clone)]
pub(super) struct Calls {
    book: Arc<Mutex<Book>>,
    events: broadcast::Sender<LiveEvent>,
}

#[derive(Default)]
struct Book {
    by_sid: HashMap<String, Entry>,
    sid_by_token: HashMap<String, String>,
    /// In the order they ended.
    over: VecDeque<String>,
}

struct Entry {
    answered: Answered,
    token: String,
    stage: Stage,
    turns: VecDeque<CallTurn>,
    end: CancellationToken,
    cut: CancellationToken,
}

enum Stage {
    Awaited(OwnedSemaphorePermit),
    Live(OwnedSemaphorePermit),
    Over(Fate),
}

/// The right to serve a call, got with its token.
pub(super) struct Claim {
    pub(super) answered: Answered,
    pub(super) stream_sid: String,
    /// Asks for a polite end.
    pub(super) end: CancellationToken,
    /// Cuts the line.
    pub(super) cut: CancellationToken,
}

impl Switchboard {
    /// An empty switchboard.
    pub fn new(parts: Parts) -> Self {
        let permits = Arc::new(Semaphore::new(parts.calls_max));
        let calls = Calls { book: Arc::default(), events: parts.events.clone() };
        Self {
            parts: Arc::new(parts),
            calls,
            permits,
            introductions: Arc::new(Semaphore::new(INTRODUCTIONS_MAX)),
            tasks: TaskTracker::new(),
            stopping: Arc::default(),
            closed: CancellationToken::new(),
        }
    }

    /// Takes a permit and opens the record; returns the token its stream must bring. A repeat gets the same token.
    pub async fn admit(&self, incoming: Incoming) -> Result<String, Refusal> {
        if let Some(entry) = self.calls.lock().by_sid.get(&incoming.call_sid) {
            return Ok(entry.token.clone());
        }
        if self.is_stopping() {
            return Err(Refusal::Stopping);
        }
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let mut record = self.record_of(&incoming, CallStatus::InProgress);
        record.id = self.parts.book.begin(record.clone()).await?;
        let entry = Entry {
            answered: Answered { record, business: incoming.business, contact: incoming.contact },
            token: (self.parts.mint)().map_err(|error| Error::Unavailable(error.to_string()))?,
            stage: Stage::Awaited(permit),
            turns: VecDeque::new(),
            end: CancellationToken::new(),
            cut: CancellationToken::new(),
        };
        let (token, fresh) = self.calls.enter(incoming.call_sid.clone(), entry);
        if fresh {
            let (own, sid) = (self.clone(), incoming.call_sid);
            self.tasks.spawn(async move {
                let waited = timeout(STREAM_WAIT, own.closed.cancelled());
                if waited.await.is_err() && own.calls.is_awaited(&sid) {
                    tracing::warn!("the stream of a call never came");
                    own.over(&sid, Fate::Broke).await;
                }
            });
        }
        Ok(token)
    }

    /// Writes down a call that was not taken.
    pub async fn refuse(&self, incoming: &Incoming, ending: &'static str) {
        let record = self.record_of(incoming, CallStatus::InProgress);
        let at = record.started_at;
        let written = async {
            let id = self.parts.book.begin(record).await?;
            self.parts.book.finish(id, CallStatus::Busy, ending, at).await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "a refused call could not be recorded");
        }
    }

    /// Serves a stream: it says which call it is, is checked, and becomes the call's line.
    pub async fn serve<W: Wire>(&self, mut wire: W) {
        let Ok(introduction) = self.introductions.try_acquire() else { return };
        let start = timeout(STREAM_WAIT, introduce(&mut wire)).await.ok().flatten();
        drop(introduction);
        let Some(start) = start else {
            tracing::debug!("a stream that did not say what it is");
            return;
        };
        let Some(claim) = self.calls.claim(start) else {
            tracing::warn!("a stream with a wrong or used token");
            drop(timeout(CLOSE_MAX, wire.close()).await);
            return;
        };
        let own = self.clone();
        // In a task of its own, so that a drain knows of it and the socket's owner may come and go.
        let task = self.tasks.spawn(async move {
            let span = tracing::info_span!("call", id = %claim.answered.record.id);
            own.answer(&claim, wire).instrument(span).await;
        });
        drop(task.await);
    }

    /// What became of a call.
    pub fn fate(&self, call_sid: &str) -> Fate {
        match self.calls.lock().by_sid.get(call_sid).map(|entry| &entry.stage) {
            None => Fate::Unknown,
            Some(Stage::Awaited(_) | Stage::Live(_)) => Fate::Open,
            Some(Stage::Over(fate)) => fate.clone(),
        }
    }

    /// Twilio says the call is over: an awaited one frees its line, a live one is cut.
    pub async fn hung_up(&self, call_sid: &str) {
        let awaited = {
            let book = self.calls.lock();
            let Some(entry) = book.by_sid.get(call_sid) else { return };
            entry.cut.cancel();
            matches!(entry.stage, Stage::Awaited(_))
        };
        if awaited {
            self.over(call_sid, Fate::Ended(Ending::CallerLeft)).await;
        }
    }

    /// The live calls now, and every event from now on.
    pub fn watch(&self) -> (Vec<LiveCall>, broadcast::Receiver<LiveEvent>) {
        let book = self.calls.lock();
        let live = book.by_sid.values().filter(|entry| matches!(entry.stage, Stage::Live(_)));
        let snapshot =
            live.map(|e| LiveCall { call: e.answered.record.clone(), turns: e.turns.iter().cloned().collect() });
        (snapshot.collect(), self.calls.events.subscribe())
    }

    /// Calls awaited or live.
    pub fn open_calls(&self) -> usize {
        self.parts.calls_max - self.permits.available_permits()
    }

    /// Whether the house is closing.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes no more calls; waits `grace` for the live ones, then ends them politely, then at all.
    pub async fn drain(&self, grace: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        for (patience, then) in [(grace, true), (GOODBYE, false)] {
            let all_over = async {
                while self.open_calls() > 0 {
                    tokio::time::sleep(DRAIN_LOOK).await;
                }
            };
            if timeout(patience, all_over).await.is_ok() {
                break;
            }
            for entry in self.calls.lock().by_sid.values() {
                if then { entry.end.cancel() } else { entry.cut.cancel() }
            }
        }
        // What is left is writing down the last turns: bounded by the lines themselves.
        self.closed.cancel();
        self.tasks.close();
        drop(timeout(STREAM_WAIT, self.tasks.wait()).await);
    }

    async fn answer<W: Wire>(&self, claim: &Claim, mut wire: W) {
        tracing::info!("call answered");
        let line = line::serve(&self.parts, &self.calls, claim, &mut wire);
        let (fate, unsettled) = match AssertUnwindSafe(line).catch_unwind().await {
            Ok((ending, effects)) => (Fate::Ended(ending), Some(effects)),
            Err(_) => {
                tracing::error!("the call broke; its caller is told");
                (Fate::Broke, None)
            }
        };
        // In this order: once the socket closes, Twilio asks what became of the call.
        self.over(&claim.answered.record.call_sid, fate).await;
        drop(timeout(CLOSE_MAX, wire.close()).await);
        if let Some(effects) = unsettled {
            effects.settle().await;
        }
    }

    /// Closes a call here and in the book. Twilio asks for its fate once the socket closes, so this comes before.
    async fn over(&self, call_sid: &str, fate: Fate) {
        let (status, ending) = match &fate {
            Fate::Ended(Ending::HungUp) => (CallStatus::Completed, "hung-up"),
            Fate::Ended(Ending::Transferred(_)) => (CallStatus::Completed, "transferred"),
            Fate::Ended(Ending::CallerLeft) => (CallStatus::Completed, "caller-left"),
            Fate::Broke | Fate::Open | Fate::Unknown => (CallStatus::Failed, "failed"),
        };
        let Some(id) = self.calls.end(call_sid, fate, ending) else { return };
        if let Err(error) = self.parts.book.finish(id, status, ending, self.parts.clock.now()).await {
            tracing::error!(%error, "the end of a call could not be recorded");
        }
    }

    fn record_of(&self, incoming: &Incoming, status: CallStatus) -> CallRecord {
        CallRecord {
            id: CallId::fresh(),
            business: incoming.business.id,
            call_sid: incoming.call_sid.clone(),
            from: incoming.from.clone(),
            to: incoming.to.clone(),
            contact: incoming.contact.as_ref().map(|contact| contact.id),
            status,
            started_at: self.parts.clock.now(),
            ended_at: None,
            ending: None,
        }
    }
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call unless it is there; its token, and whether it is new.
    fn enter(&self, call_sid: String, entry: Entry) -> (String, bool) {
        let mut book = self.lock();
        if let Some(known) = book.by_sid.get(&call_sid) {
            return (known.token.clone(), false);
        }
        let token = entry.token.clone();
        book.sid_by_token.insert(token.clone(), call_sid.clone());
        book.by_sid.insert(call_sid, entry);
        (token, true)
    }

    fn is_awaited(&self, call_sid: &str) -> bool {
        self.lock().by_sid.get(call_sid).is_some_and(|entry| matches!(entry.stage, Stage::Awaited(_)))
    }

    /// Makes an awaited call live, if the token is its own and is used for the first time.
    fn claim(&self, start: Start) -> Option<Claim> {
        let mut book = self.lock();
        let sid = book.sid_by_token.get(start.parameters.get(TOKEN_PARAMETER)?)?.clone();
        let entry = book.by_sid.get_mut(&sid).filter(|_| sid == start.call_sid)?;
        match std::mem::replace(&mut entry.stage, Stage::Over(Fate::Broke)) {
            Stage::Awaited(permit) => entry.stage = Stage::Live(permit),
            other @ (Stage::Live(_) | Stage::Over(_)) => {
                entry.stage = other;
                return None;
            }
        }
        self.tell(LiveEvent::Began { call: entry.answered.record.clone() });
        Some(Claim {
            answered: entry.answered.clone(),
            stream_sid: start.stream_sid,
            end: entry.end.clone(),
            cut: entry.cut.clone(),
        })
    }

    /// Ends a call; its permit is free again. None when it had ended before.
    fn end(&self, call_sid: &str, fate: Fate, ending: &str) -> Option<CallId> {
        let mut book = self.lock();
        let entry = book.by_sid.get_mut(call_sid)?;
        let was_live = matches!(entry.stage, Stage::Live(_));
        if matches!(entry.stage, Stage::Over(_)) {
            return None;
        }
        entry.stage = Stage::Over(fate);
        entry.turns.clear();
        let id = entry.answered.record.id;
        book.over.push_back(call_sid.to_owned());
        if book.over.len() > OVER_MAX
            && let Some(oldest) = book.over.pop_front()
            && let Some(forgotten) = book.by_sid.remove(&oldest)
        {
            book.sid_by_token.remove(&forgotten.token);
        }
        if was_live {
            self.tell(LiveEvent::Ended { id, ending: ending.to_owned() });
        }
        Some(id)
    }

    /// Shows a finished turn, and writes its line in the log.
    pub(super) fn turn(&self, claim: &Claim, turn: CallTurn) {
        let stage = |name: &str| turn.stages.get(name).and_then(serde_json::Value::as_u64);
        tracing::info!(
            number = turn.number,
            who = turn.who,
            began_ms = turn.began_ms,
            ended_ms = turn.ended_ms,
            cut_off = turn.cut_off,
            confidence = turn.confidence,
            endpoint_ms = stage("endpoint_ms"),
            recognise_ms = stage("recognise_ms"),
            understand_ms = stage("understand_ms"),
            perform_ms = stage("perform_ms"),
            first_audio_ms = stage("first_audio_ms"),
            "turn"
        );
        let mut book = self.lock();
        if let Some(entry) = book.by_sid.get_mut(&claim.answered.record.call_sid) {
            if entry.turns.len() == TURNS_SHOWN {
                entry.turns.pop_front();
            }
            entry.turns.push_back(turn.clone());
        }
        self.tell(LiveEvent::Turn { id: claim.answered.record.id, turn });
    }

    /// Shows what is being understood.
    pub(super) fn overheard(&self, claim: &Claim, event: &Event) {
        if let Event::Heard { result: Ok(transcript), .. } = event
            && !transcript.text.is_empty()
        {
            self.tell(LiveEvent::Partial { id: claim.answered.record.id, text: transcript.text.clone() });
        }
    }

    fn tell(&self, event: LiveEvent) {
        // Nobody watching is no error.
        drop(self.events.send(event));
    }
}

/// Waits for the message that says which call this is.
async fn introduce<W: Wire>(wire: &mut W) -> Option<Start> {
    let mut audio = Vec::new();
    for _ in 0..PREAMBLE_MAX {
        let text = wire.next().await?;
        if let Ok(FromTwilio::Start(start)) = FromTwilio::parse(&text, &mut audio) {
            return Some(start);
        }
    }
    None
}
