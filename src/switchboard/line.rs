//! The line: the one task that serves a call. Socket, answers, deadline and shutdown in; the session decides; what it
//! wants is done.
//!
//! No policy: nothing here knows why something is said or when a turn ends. Invariant: it ends when the session says
//! so, when the wire breaks, or when the operator wills it, and leaves nothing running.

use super::ear::Ear;
use super::effects::Effects;
use super::registry::{Calls, Claim};
use super::wire::{Outlet, QUIET_MAX, Wire};
use super::{Machine, Parts};
use crate::call::CallTime;
use crate::call::action::{Action, Ending};
use crate::call::event::Event;
use crate::telemetry::cpu::{self, Stage};
use crate::twilio::media::{FromTwilio, Track};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// A call being served.
pub(super) struct Line<'a, W> {
    outlet: Outlet<'a, W>,
    calls: &'a Calls,
    claim: &'a Claim,
    machine: Box<dyn Machine>,
    ear: Ear,
    effects: Effects,
    answered_at: Instant,
    /// The last sign of life.
    heard_at: Instant,
    ending: Option<Ending>,
    /// What somebody of the business does in the call.
    steps: Option<mpsc::Receiver<Event>>,
    /// Reused: the audio being read, the voice events of a packet, what is to be done.
    audio: Vec<u8>,
    voices: Vec<Event>,
    actions: Vec<Action>,
    /// Messages that made no sense, for the log line at the end.
    nonsense: u32,
}

/// Serves a call until it is over; returns how it ended and the work that must still be settled.
pub(super) async fn serve<W: Wire>(parts: &Parts, calls: &Calls, claim: &mut Claim, wire: &mut W) -> (Ending, Effects) {
    let ((machine, first), steps) = (claim.begin(parts), claim.steps.take());
    let claim = &*claim;
    let effects = Effects::new(parts.speech.clone(), parts.backend.clone(), parts.book.clone(), claim);
    let now = Instant::now();
    claim.tape.begins(machine.began());
    let mut line = Line {
        outlet: Outlet::new(wire, &claim.stream_sid, claim.tape.since(now)),
        calls,
        claim,
        machine,
        ear: Ear::taped((parts.speech.vad)(), claim.tape.since(now)),
        effects,
        answered_at: now,
        heard_at: now,
        ending: None,
        steps,
        audio: Vec::new(),
        voices: Vec::new(),
        actions: first,
        nonsense: 0,
    };
    line.perform().await;
    let ending = line.talk().await;
    tracing::info!(lost_ms = line.ear.lost_ms, nonsense = line.nonsense, "call over");
    (ending, line.effects)
}

impl<W: Wire> Line<'_, W> {
    async fn talk(&mut self) -> Ending {
        let mut end_requested = false;
        loop {
            if let Some(ending) = self.ending.take() {
                return ending;
            }
            if self.outlet.is_broken() {
                self.happened(Event::StreamEnded).await;
                continue;
            }
            let wake = self.machine.deadline().map(|at| self.answered_at + at.0);
            let event = tokio::select! {
                () = self.claim.end.cancelled(), if !end_requested => { end_requested = true; Event::EndRequested }
                () = self.claim.cut.cancelled() => Event::StreamEnded,
                Some(event) = next_step(&mut self.steps) => event,
                Some(event) = self.effects.next() => event,
                () = sleep_until(wake.unwrap_or(self.heard_at)), if wake.is_some() => Event::Tick,
                () = sleep_until(self.heard_at + QUIET_MAX) => Event::StreamEnded,
                message = self.outlet.next() => match message {
                    Some(text) => { self.hear(&text).await; continue; }
                    None => Event::StreamEnded,
                },
            };
            self.happened(event).await;
        }
    }

    /// A message from Twilio.
    async fn hear(&mut self, text: &str) {
        self.heard_at = Instant::now();
        let mut audio = std::mem::take(&mut self.audio);
        let event = cpu::spent(Stage::Media, || self.read(text, &mut audio));
        self.audio = audio;
        let mut voices = std::mem::take(&mut self.voices);
        for event in voices.drain(..).chain(event) {
            self.happened(event).await;
        }
        self.voices = voices;
    }

    /// Reads a message: voice is heard at once, anything else is an event.
    fn read(&mut self, text: &str, audio: &mut Vec<u8>) -> Option<Event> {
        let ours = |sid: &str| sid == self.claim.stream_sid;
        match FromTwilio::parse(text, audio) {
            Ok(FromTwilio::Media(packet)) if packet.track == Track::Inbound && ours(&packet.stream_sid) => {
                self.ear.hear(packet.timestamp_ms, packet.audio, &mut self.voices);
                None
            }
            Ok(FromTwilio::Dtmf(key)) if ours(&key.stream_sid) => Some(Event::Dtmf(key.digit)),
            Ok(FromTwilio::Mark(mark)) if ours(&mark.stream_sid) => Some(Event::Mark(mark.name.into_owned())),
            Ok(FromTwilio::Stop(stop)) if ours(&stop.stream_sid) => Some(Event::StreamEnded),
            Ok(_) | Err(_) => {
                self.nonsense = self.nonsense.saturating_add(1);
                None
            }
        }
    }

    async fn happened(&mut self, event: Event) {
        if self.ending.is_some() {
            return;
        }
        let last = event == Event::StreamEnded;
        self.calls.overheard(self.claim, &event);
        let at = CallTime(self.answered_at.elapsed());
        cpu::spent(Stage::Session, || self.machine.handle(at, event, &mut self.actions));
        self.perform().await;
        if last && self.ending.is_none() {
            self.ending = Some(Ending::CallerLeft);
        }
    }

    async fn perform(&mut self) {
        for action in self.actions.drain(..) {
            match action {
                Action::Send(outgoing) => self.outlet.feed(&outgoing).await,
                Action::Transcribe { job, from, to, hints } => {
                    self.effects.transcribe(job, self.ear.clip(from, to), &hints);
                }
                Action::JudgeTurn { job, from, to } => self.effects.judge(job, self.ear.clip(from, to)),
                Action::Perform { job, operation } => self.effects.perform(job, *operation),
                Action::Speak { job, clauses, language } => self.effects.speak(job, clauses, language),
                Action::Abandon(job) => self.effects.abandon(job),
                Action::Record(turn) => self.calls.turn(self.claim, self.effects.record(&turn)),
                Action::Finish(ending) => self.ending = Some(ending),
            }
        }
        self.outlet.flush().await;
    }
}

/// What somebody of the business does next; nothing comes once the call is over.
async fn next_step(steps: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    steps.as_mut()?.recv().await
}
