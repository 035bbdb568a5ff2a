//! The registry: which calls there are, in which stage, and who is told.
//!
//! Mechanism only: it never waits and never decides. Invariants: a permit is held exactly while a call is awaited or
//! live; a token opens one stream once; whoever watches sees a snapshot and then every event after it, because both are
//! taken under one lock.

use super::live::TOKEN_PARAMETER;
use super::tape::Tape;
use super::{Answered, Machine, Parts, PickedUp};
use crate::call::action::{Action, Ending};
use crate::call::event::Event;
use crate::crm::model::{CallRecord, CallTurn, StepIn};
use crate::id::{BusinessId, CallId};
use crate::twilio::media::Start;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// Calls that are over and still remembered: Twilio asks what follows within seconds.
const OVER_MAX: usize = 1_000;
/// Turns shown of a live call; a longer call shows its last ones (the book has all).
const TURNS_SHOWN: usize = 400;
/// What may wait to be done in a call: a line takes it at once, unless it is stuck.
const STEPS_MAX: usize = 8;

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
    Appointments {
        /// Whose.
        business: BusinessId,
    },
}

impl LiveEvent {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Began { .. } => "began",
            Self::Partial { .. } => "partial",
            Self::Turn { .. } => "turn",
            Self::Ended { .. } => "ended",
            Self::Appointments { .. } => "appointments",
        }
    }
}

/// The registry of calls.
#[derive(Clone)]
pub(super) struct Calls {
    open: Arc<Mutex<Book>>,
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
    /// The machine of a call that goes on, until its new stream is there.
    picked_up: Option<PickedUp>,
    token: String,
    stage: Stage,
    turns: VecDeque<CallTurn>,
    /// Whether its caller can be connected again, once it is over.
    returns: bool,
    end: CancellationToken,
    cut: CancellationToken,
    /// To the line, while it is live.
    steps: Option<mpsc::Sender<Event>>,
}

enum Stage {
    Awaited(OwnedSemaphorePermit),
    Live(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit),
    Over(Fate),
}

/// The right to serve a call, got with its token.
pub(super) struct Claim {
    pub(super) answered: Answered,
    pub(super) stream_sid: String,
    /// Its machine, if it goes on.
    pub(super) picked_up: Option<PickedUp>,
    /// Where it is recorded.
    pub(super) tape: Tape,
    /// Asks for a polite end.
    pub(super) end: CancellationToken,
    /// Cuts the line.
    pub(super) cut: CancellationToken,
    /// What somebody of the business does in the call; taken by its line.
    pub(super) steps: Option<mpsc::Receiver<Event>>,
}

impl Entry {
    fn awaited(answered: Answered, token: String, permit: OwnedSemaphorePermit, returns: bool) -> Self {
        Self {
            answered,
            picked_up: None,
            token,
            stage: Stage::Awaited(permit),
            turns: VecDeque::new(),
            returns,
            end: CancellationToken::new(),
            cut: CancellationToken::new(),
            steps: None,
        }
    }
}

impl Book {
    fn insert(&mut self, entry: Entry) {
        let call_sid = entry.answered.record.call_sid.clone();
        self.sid_by_token.insert(entry.token.clone(), call_sid.clone());
        self.by_sid.insert(call_sid, entry);
    }
}

impl Claim {
    /// The call's machine, new or going on, and what it does first.
    pub(super) fn begin(&mut self, parts: &Parts) -> (Box<dyn Machine>, Vec<Action>) {
        self.picked_up.take().map_or_else(|| parts.answering.answer(&self.answered), |go_on| go_on())
    }
}

impl Calls {
    pub(super) fn new(events: broadcast::Sender<LiveEvent>) -> Self {
        Self { open: Arc::default(), events }
    }

    /// Adds a call unless it is there; its token, and whether it is new.
    pub(super) fn enter(
        &self,
        answered: Answered,
        token: String,
        permit: OwnedSemaphorePermit,
        returns: bool,
    ) -> (String, bool) {
        let mut book = self.lock();
        let call_sid = answered.record.call_sid.clone();
        if let Some(known) = book.by_sid.get(&call_sid) {
            return (known.token.clone(), false);
        }
        book.insert(Entry::awaited(answered, token.clone(), permit, returns));
        (token, true)
    }

    /// Awaits a call's new stream; its turns so far are shown again. Not while it is awaited or live already.
    pub(super) fn enter_again(
        &self,
        answered: Answered,
        turns: Vec<CallTurn>,
        token: String,
        permit: OwnedSemaphorePermit,
        picked_up: PickedUp,
    ) -> bool {
        let mut book = self.lock();
        let call_sid = &answered.record.call_sid;
        match book.by_sid.get(call_sid) {
            Some(entry) if !matches!(entry.stage, Stage::Over(_)) => return false,
            Some(_) | None => {}
        }
        if let Some(old) = book.by_sid.remove(call_sid) {
            book.sid_by_token.remove(&old.token);
        }
        book.over.retain(|over| over != call_sid);
        let shown = turns.len().saturating_sub(TURNS_SHOWN);
        let entry = Entry::awaited(answered, token, permit, true);
        book.insert(Entry { turns: turns.into_iter().skip(shown).collect(), picked_up: Some(picked_up), ..entry });
        true
    }

    /// The token of a call that is known.
    pub(super) fn token(&self, call_sid: &str) -> Option<String> {
        self.lock().by_sid.get(call_sid).map(|entry| entry.token.clone())
    }

    /// The token of a call that is picked up and whose new stream is awaited.
    pub(super) fn picked_up(&self, call_sid: &str) -> Option<String> {
        let book = self.lock();
        let entry = book.by_sid.get(call_sid).filter(|entry| entry.picked_up.is_some());
        entry.filter(|entry| matches!(entry.stage, Stage::Awaited(_))).map(|entry| entry.token.clone())
    }

    /// What became of a call.
    pub(super) fn fate(&self, call_sid: &str) -> Fate {
        match self.lock().by_sid.get(call_sid).map(|entry| &entry.stage) {
            None => Fate::Unknown,
            Some(Stage::Awaited(_) | Stage::Live(_)) => Fate::Open,
            Some(Stage::Over(fate)) => fate.clone(),
        }
    }

    /// The live calls now, and every event from now on.
    pub(super) fn watch(&self) -> (Vec<LiveCall>, broadcast::Receiver<LiveEvent>) {
        let book = self.lock();
        let live = book.by_sid.values().filter(|entry| matches!(entry.stage, Stage::Live(_)));
        let shown = live.map(|entry| LiveCall {
            call: entry.answered.record.clone(),
            turns: entry.turns.iter().cloned().collect(),
        });
        (shown.collect(), self.events.subscribe())
    }

    /// Cuts the line of a call.
    pub(super) fn cut(&self, call_sid: &str) {
        if let Some(entry) = self.lock().by_sid.get(call_sid) {
            entry.cut.cancel();
        }
    }

    /// Does something in a call; false when it is not on the line, or much is waiting to be done in it.
    pub(super) fn step_in(&self, call: CallId, step: StepIn) -> bool {
        let book = self.lock();
        let entry = book.by_sid.values().find(|entry| entry.answered.record.id == call);
        let Some((entry, steps)) = entry.and_then(|entry| Some((entry, entry.steps.as_ref()?))) else { return false };
        match step {
            StepIn::Say { words } => steps.try_send(Event::SayRequested(words)).is_ok(),
            StepIn::Transfer { to } => steps.try_send(Event::TransferRequested(to)).is_ok(),
            StepIn::HangUp => {
                entry.end.cancel();
                true
            }
        }
    }

    /// Nobody comes back to this call.
    pub(super) fn leave(&self, call_sid: &str) {
        if let Some(entry) = self.lock().by_sid.get_mut(call_sid) {
            entry.returns = false;
        }
    }

    /// Whether a call is over to which nobody comes back; one that is forgotten is none.
    pub(super) fn has_left(&self, call_sid: &str) -> bool {
        let book = self.lock();
        let over = book.by_sid.get(call_sid).filter(|entry| matches!(entry.stage, Stage::Over(_)));
        over.is_some_and(|entry| !entry.returns)
    }

    /// Asks every call to end politely.
    pub(super) fn end_all(&self) {
        self.lock().by_sid.values().for_each(|entry| entry.end.cancel());
    }

    /// Cuts every line.
    pub(super) fn cut_all(&self) {
        self.lock().by_sid.values().for_each(|entry| entry.cut.cancel());
    }

    pub(super) fn is_awaited(&self, call_sid: &str) -> bool {
        self.lock().by_sid.get(call_sid).is_some_and(|entry| matches!(entry.stage, Stage::Awaited(_)))
    }

    /// Makes an awaited call live, if the token is its own and is used for the first time.
    pub(super) fn claim(&self, start: Start) -> Option<Claim> {
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
        let (steps, taken) = mpsc::channel(STEPS_MAX);
        entry.steps = Some(steps);
        self.tell(LiveEvent::Began { call: entry.answered.record.clone() });
        Some(Claim {
            answered: entry.answered.clone(),
            stream_sid: start.stream_sid,
            picked_up: entry.picked_up.take(),
            tape: Tape::new(None),
            end: entry.end.clone(),
            cut: entry.cut.clone(),
            steps: Some(taken),
        })
    }

    /// Ends a call; its permit is free again. Its id and whether it was live; none when it had ended before.
    pub(super) fn end(&self, call_sid: &str, fate: Fate) -> Option<(CallId, bool)> {
        let mut book = self.lock();
        let entry = book.by_sid.get_mut(call_sid)?;
        let was_live = matches!(entry.stage, Stage::Live(_));
        if matches!(entry.stage, Stage::Over(_)) {
            return None;
        }
        entry.stage = Stage::Over(fate);
        entry.steps = None;
        entry.turns.clear();
        let id = entry.answered.record.id;
        book.over.push_back(call_sid.to_owned());
        if book.over.len() > OVER_MAX
            && let Some(oldest) = book.over.pop_front()
            && let Some(forgotten) = book.by_sid.remove(&oldest)
        {
            book.sid_by_token.remove(&forgotten.token);
        }
        Some((id, was_live))
    }

    /// Shows that a call is over. After it was written down: whoever is told looks it up.
    pub(super) fn ended(&self, id: CallId, ending: &str) {
        self.tell(LiveEvent::Ended { id, ending: ending.to_owned() });
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

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: LiveEvent) {
        // Nobody watching is no error.
        drop(self.events.send(event));
    }
}
