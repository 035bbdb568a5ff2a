//! The switchboard: live calls, from the permit taken in the voice webhook to the last turn written down.
//!
//! [`line`] is the task that serves one call, [`ear`] turns its audio into positions and voice events, [`effects`] does
//! what the session asks for, [`wire`] is its socket, [`live`] leads a call from its ring to its end, [`registry`] knows
//! which there are. No policy lives here: what to say, when to listen and when to stop is the session's. It does not know
//! HTTP: a wire is anything that gives and takes text messages.
//!
//! Invariant: every task belongs to a call and ends with it; a panic in one call costs that call only.

mod ear;
mod effects;
pub mod journals;
mod line;
mod live;
mod recorder;
mod registry;
mod resume;
mod tape;
mod tracks;
mod wire;

pub use ear::Ear;
pub use effects::{kept_turn, takes_names};
pub use live::{Incoming, Refusal, STREAM_WAIT, Switchboard, TOKEN_PARAMETER, TurnedAway};
pub use recorder::Recorder;
pub use registry::{Fate, LiveCall, LiveEvent};
pub use resume::Back;
pub use wire::Wire;

use crate::call::CallTime;
use crate::call::action::Action;
use crate::call::event::Event;
use crate::clock::Clock;
use crate::crm::model::{Business, CallRecord, Contact};
use crate::crm::{Backend, CallBook};
use crate::speech::{SpeechToText, TextToSpeech, TurnDetector, Vad};
use std::sync::Arc;
use tokio::sync::{Semaphore, broadcast};

/// The machine of one call, as the line sees it: events in, actions out.
pub trait Machine: Send {
    /// Takes an event; says what to do, in place of what is in `actions`.
    fn handle(&mut self, at: CallTime, event: Event, actions: &mut Vec<Action>);
    /// When it wants an [`Event::Tick`], if nothing happens before.
    fn deadline(&self) -> Option<CallTime>;
    /// When its stream began, on the call's clock: later than the answer when an earlier stream broke.
    fn began(&self) -> CallTime;
}

/// Makes the machine that answers a call, and what it does first.
pub trait Answering: Send + Sync {
    /// Answers.
    fn answer(&self, call: &Answered) -> (Box<dyn Machine>, Vec<Action>);
    /// What it would do first, if it answered.
    fn rehearse(&self, call: &Answered) -> Vec<Action>;
    /// Makes the machine of a call that comes back ready to go on. It may take a moment: not for an async thread.
    fn pick_up(&self, call: &CallRecord) -> Result<PickedUp, NotResumable>;
}

/// A machine ready to go on, and what it does first, once its new stream is there.
pub type PickedUp = Box<dyn FnOnce() -> (Box<dyn Machine>, Vec<Action>) + Send + Sync>;

/// Why a call cannot be picked up, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotResumable(pub String);

/// A call about to be answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its record.
    pub record: CallRecord,
    /// Who it is for.
    pub business: Arc<Business>,
    /// Who calls, when known.
    pub contact: Option<Contact>,
    /// Who works there, by name.
    pub staff: Vec<String>,
}

/// What hears and speaks.
#[derive(Clone)]
pub struct Speech {
    /// The recogniser.
    pub stt: Arc<dyn SpeechToText>,
    /// The voice.
    pub tts: Arc<dyn TextToSpeech>,
    /// Tells whether a turn is over.
    pub turn_detector: Arc<dyn TurnDetector>,
    /// How many turns are judged at once: it takes tens of milliseconds of a core.
    pub judging: Arc<Semaphore>,
    /// Makes a voice detector for a call.
    pub vad: Arc<dyn Fn() -> Box<dyn Vad> + Send + Sync>,
}

/// What the switchboard is made of.
pub struct Parts {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where calls are recorded.
    pub book: Arc<dyn CallBook>,
    /// What performs operations.
    pub backend: Arc<dyn Backend>,
    /// What hears and speaks.
    pub speech: Speech,
    /// What answers.
    pub answering: Arc<dyn Answering>,
    /// What records calls; none: none is recorded.
    pub recorder: Option<Recorder>,
    /// Makes an unguessable stream token.
    pub mint: Box<dyn Fn() -> std::io::Result<String> + Send + Sync>,
    /// The most calls at once.
    pub calls_max: usize,
    /// Where those who watch listen.
    pub events: broadcast::Sender<LiveEvent>,
}
