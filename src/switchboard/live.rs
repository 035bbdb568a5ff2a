//! The life of a call here: admitted with a permit, claimed by its stream, served, over; and the end of the day.
//!
//! A call is *awaited* from the voice webhook until its stream comes (or [`STREAM_WAIT`] has passed), then *live*, then
//! *over*; it is remembered for a while after, because Twilio asks once more what follows, and may repeat itself.
//!
//! Invariant: every call that was admitted ends in [`Switchboard::over`], once. Read next: [`super::registry`].

use super::recorder::Reel;
use super::registry::{Calls, Claim, Fate, LiveCall, LiveEvent};
use super::wire::Wire;
use super::{Answered, Parts, effects, line};
use crate::call::action::Ending;
use crate::crm::Error;
use crate::crm::model::{Business, CallRecord, CallStatus, Contact, StepIn};
use crate::id::CallId;
use crate::phone::E164;
use crate::twilio::media::{FromTwilio, Start};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How long after the webhook the stream may come. Twilio opens it at once; beyond this the caller is gone.
pub const STREAM_WAIT: Duration = Duration::from_secs(15);
/// The parameter that carries the token.
pub const TOKEN_PARAMETER: &str = "token";
/// Sockets that have not said yet which call they are: a stranger can open some, not many.
const INTRODUCTIONS_MAX: usize = 64;
/// Messages before `start`: `connected`, and room for one we do not know.
const PREAMBLE_MAX: usize = 4;
/// How long a polite goodbye may take when the house closes.
const GOODBYE: Duration = Duration::from_secs(20);
/// How long closing a socket may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// How often a drain looks whether the last call has ended.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

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
    /// Who works there, by name.
    pub staff: Vec<String>,
    /// Whether it can be picked up once its stream has broken or its transfer has failed: a phone's can, a page's cannot.
    pub returns: bool,
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

/// Why a call was turned away before it was answered, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// Every line was in use, or the house was closing.
    NoLine,
    /// The business has switched its agent off.
    AgentDisabled,
}

/// The switchboard. Clones are the same one.
#[derive(Clone)]
pub struct Switchboard {
    pub(super) parts: Arc<Parts>,
    pub(super) calls: Calls,
    pub(super) permits: Arc<Semaphore>,
    /// Held while a call is admitted, so that a repeat of its webhook waits for its token and takes no line of its own.
    admission: Arc<Mutex<()>>,
    introductions: Arc<Semaphore>,
    tasks: TaskTracker,
    stopping: Arc<AtomicBool>,
    /// Nothing is awaited any more.
    closed: CancellationToken,
}

impl Switchboard {
    /// An empty switchboard.
    pub fn new(parts: Parts) -> Self {
        let permits = Arc::new(Semaphore::new(parts.calls_max));
        let calls = Calls::new(parts.events.clone());
        Self {
            parts: Arc::new(parts),
            calls,
            permits,
            admission: Arc::default(),
            introductions: Arc::new(Semaphore::new(INTRODUCTIONS_MAX)),
            tasks: TaskTracker::new(),
            stopping: Arc::default(),
            closed: CancellationToken::new(),
        }
    }

    /// Takes a permit and opens the record; returns the token its stream must bring. A repeat gets the same token.
    pub async fn admit(&self, incoming: Incoming) -> Result<String, Refusal> {
        let _one_at_a_time = self.admission.lock().await;
        if let Some(token) = self.calls.token(&incoming.call_sid) {
            return Ok(token);
        }
        if self.is_stopping() {
            return Err(Refusal::Stopping);
        }
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let mut record = self.record_of(&incoming, CallStatus::InProgress);
        let id = self.parts.book.begin(record.clone()).await?;
        if id != record.id {
            // It was turned away before, and its record closed.
            self.parts.book.reopen(id).await?;
            record.id = id;
        }
        let Incoming { call_sid, business, contact, staff, returns, .. } = incoming;
        let answered = Answered { record, business, contact, staff };
        let token = (self.parts.mint)().map_err(|error| Error::Unavailable(error.to_string()))?;
        let (token, fresh) = self.calls.enter(answered.clone(), token, permit, returns);
        if fresh {
            self.tasks.spawn(effects::prepare(self.parts.clone(), answered));
            self.await_stream(call_sid);
        }
        Ok(token)
    }

    /// Gives a call up whose stream does not come.
    pub(super) fn await_stream(&self, call_sid: String) {
        let own = self.clone();
        self.tasks.spawn(async move {
            let waited = timeout(STREAM_WAIT, own.closed.cancelled());
            if waited.await.is_err() && own.calls.is_awaited(&call_sid) {
                tracing::warn!("the stream of a call never came");
                own.over(&call_sid, Fate::Broke).await;
            }
        });
    }

    /// Writes down a call that was not taken. What the book knows of the call already stands.
    pub async fn refuse(&self, incoming: &Incoming, why: TurnedAway) {
        let (status, ending) = match why {
            TurnedAway::NoLine => (CallStatus::Busy, "busy"),
            TurnedAway::AgentDisabled => (CallStatus::NoAnswer, "agent-disabled"),
        };
        let record = self.record_of(incoming, CallStatus::InProgress);
        let (own, at) = (record.id, record.started_at);
        let written = async {
            let id = self.parts.book.begin(record).await?;
            if id == own { self.parts.book.finish(id, status, ending, at).await } else { Ok(()) }
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
        let Some(mut claim) = self.calls.claim(start) else {
            tracing::warn!("a stream with a wrong or used token");
            drop(timeout(CLOSE_MAX, wire.close()).await);
            return;
        };
        let own = self.clone();
        // In a task of its own, so that a drain knows of it and the socket's owner may come and go.
        let task = self.tasks.spawn(async move {
            let span = tracing::info_span!("call", id = %claim.answered.record.id);
            let reel = own.record(&mut claim, &span);
            own.answer(claim, wire, reel).instrument(span).await;
        });
        drop(task.await);
    }

    /// What became of a call.
    pub fn fate(&self, call_sid: &str) -> Fate {
        self.calls.fate(call_sid)
    }

    /// Twilio says the call is over: an awaited one frees its line, a live one is cut. Nobody comes back to either.
    pub async fn hung_up(&self, call_sid: &str) {
        let awaited = self.calls.is_awaited(call_sid);
        self.calls.leave(call_sid);
        self.calls.cut(call_sid);
        if awaited {
            self.over(call_sid, Fate::Ended(Ending::CallerLeft)).await;
        }
    }

    /// The live calls now, and every event from now on.
    pub fn watch(&self) -> (Vec<LiveCall>, broadcast::Receiver<LiveEvent>) {
        self.calls.watch()
    }

    /// Does something in a call; false when it is not on the line, or much is waiting to be done in it.
    pub fn step_in(&self, call: CallId, step: StepIn) -> bool {
        self.calls.step_in(call, step)
    }

    /// Calls awaited or live.
    pub fn open_calls(&self) -> usize {
        self.parts.calls_max - self.permits.available_permits()
    }

    /// Whether the house is closing.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes no more calls; waits `grace` for the live ones, or until `hurry`, then ends them politely, then at all.
    pub async fn drain(&self, grace: Duration, hurry: CancellationToken) {
        self.stopping.store(true, Ordering::Relaxed);
        for (patience, politely) in [(grace, true), (GOODBYE, false)] {
            let all_over = async {
                while self.open_calls() > 0 {
                    tokio::time::sleep(DRAIN_LOOK).await;
                }
            };
            let over = tokio::select! {
                waited = timeout(patience, all_over) => waited.is_ok(),
                () = hurry.cancelled(), if politely => false,
            };
            if over {
                break;
            }
            if politely { self.calls.end_all() } else { self.calls.cut_all() }
        }
        // What is left is writing down the last turns: bounded by the lines themselves.
        self.closed.cancel();
        self.tasks.close();
        drop(timeout(STREAM_WAIT, self.tasks.wait()).await);
    }

    /// Lets the call be recorded, where that is wanted.
    fn record(&self, claim: &mut Claim, span: &tracing::Span) -> Option<Reel> {
        let recorder = self.parts.recorder.as_ref().filter(|_| claim.answered.business.recording)?;
        let (tape, reel) = recorder.begin(&claim.answered.record, &self.tasks, span);
        claim.tape = tape;
        Some(reel)
    }

    async fn answer<W: Wire>(&self, mut claim: Claim, mut wire: W, reel: Option<Reel>) {
        tracing::info!("call answered");
        let line = line::serve(&self.parts, &self.calls, &mut claim, &mut wire);
        let (fate, unsettled) = if let Ok((ending, effects)) = AssertUnwindSafe(line).catch_unwind().await {
            (Fate::Ended(ending), Some(effects))
        } else {
            tracing::error!("the call broke; its caller is told");
            (Fate::Broke, None)
        };
        // Before the call is over, so that whoever looks then finds the recording.
        if let Some(reel) = reel {
            reel.finish().await;
        }
        // In this order: once the socket closes, Twilio asks what became of the call.
        let record = &claim.answered.record;
        self.over(&record.call_sid, fate).await;
        drop(timeout(CLOSE_MAX, wire.close()).await);
        if let Some(effects) = unsettled {
            effects.settle().await;
        }
        // After the last operation, which may have held time. Whoever has left by now is let go of here; whoever leaves
        // later, when Twilio says so.
        if self.calls.has_left(&record.call_sid)
            && let Err(error) = self.parts.book.let_go(record.id).await
        {
            tracing::error!(%error, "the time held in a call could not be let go of");
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
        let Some((id, was_live)) = self.calls.end(call_sid, fate) else { return };
        if let Err(error) = self.parts.book.finish(id, status, ending, self.parts.clock.now()).await {
            tracing::error!(%error, "the end of a call could not be recorded");
        }
        if was_live {
            self.calls.ended(id, ending);
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
