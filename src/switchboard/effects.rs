//! What a session asks for, done: recognition, judging turns, operations, speech, the record.
//!
//! Each answer comes back as an event under its job's id. Work that only serves the conversation is dropped when it is
//! abandoned or the call ends; what changes the world (operations, turns to be kept) is finished first, within
//! [`SETTLE`]. It decides nothing: what a late or failed answer means is the session's.
//!
//! Invariant: every job answers exactly once (speech: once a clause at least), even when what does it panics.

use super::registry::Claim;
use super::{Answered, Parts, Speech};
use crate::audio::mulaw;
use crate::audio::{LISTENING_HZ, Pcm};
use crate::call::JobId;
use crate::call::action::{Action, Hints, Turn};
use crate::call::event::{Event, RecogniserFailed, Transcript};
use crate::crm::model::{Ai, CallTurn, Contact, Source};
use crate::crm::{Backend, By, CallBook, Error, Operation, Request};
use crate::dialogue::Clause;
use crate::id::CallId;
use crate::nlu::{Field, Language};
use crate::speech::priority::{self, Priority};
use crate::speech::{Clip, SpeechRequest};
use crate::telemetry::cpu::{self, Stage};
use futures_util::FutureExt;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// Answers waiting to be taken by the line. It takes them at once; speech, which makes many, waits when it does not.
const ANSWERS_MAX: usize = 64;
/// How long what changes the world may take to finish once the call is over.
const SETTLE: Duration = Duration::from_secs(15);
/// Turns and operations under way at once: the session has one operation and a turn or two; more is a bug upstream.
const LASTING_MAX: usize = 64;

/// The work of one call.
pub(super) struct Effects {
    speech: Speech,
    backend: Arc<dyn Backend>,
    book: Arc<dyn CallBook>,
    call: CallId,
    business: crate::id::BusinessId,
    voice: String,
    names: Names,
    /// Work for the conversation only.
    passing: JoinSet<()>,
    /// Work that must be finished.
    lasting: JoinSet<()>,
    handles: HashMap<JobId, AbortHandle>,
    answers: mpsc::Sender<Event>,
    answered: mpsc::Receiver<Event>,
}

impl Effects {
    pub(super) fn new(speech: Speech, backend: Arc<dyn Backend>, book: Arc<dyn CallBook>, claim: &Claim) -> Self {
        let (answers, answered) = mpsc::channel(ANSWERS_MAX);
        let business = &claim.answered.business;
        Self {
            speech,
            backend,
            book,
            call: claim.answered.record.id,
            business: business.id,
            voice: business.agent_name.clone(),
            names: Names::of(&claim.answered),
            passing: JoinSet::new(),
            lasting: JoinSet::new(),
            handles: HashMap::new(),
            answers,
            answered,
        }
    }

    /// The next answer. Never none while the call lives: a sender is kept here.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.answered.recv().await
    }

    pub(super) fn transcribe(&mut self, job: JobId, audio: Pcm<LISTENING_HZ>, hints: &Hints) {
        let clip = Clip {
            audio,
            language: hints.language.code(),
            glossary: self.names.that_may_occur(hints.field),
            urgent: hints.last,
        };
        let stt = self.speech.stt.clone();
        let began = Instant::now();
        let failed = Event::Heard { job, result: Err(RecogniserFailed) };
        self.answer(job, failed, async move {
            let result = match stt.transcribe(clip).await {
                Ok(heard) => Ok(Transcript {
                    text: heard.text,
                    confidence: heard.confidence,
                    took_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
                    doubtful: heard.doubtful,
                }),
                Err(error) => {
                    tracing::warn!(%error, "recognition failed");
                    Err(RecogniserFailed)
                }
            };
            Event::Heard { job, result }
        });
    }

    pub(super) fn judge(&mut self, job: JobId, audio: Pcm<LISTENING_HZ>) {
        let detector = self.speech.turn_detector.clone();
        let slots = self.speech.judging.clone();
        self.answer(job, Event::TurnJudged { job, finished: None }, async move {
            let Ok(slot) = slots.acquire_owned().await else { return Event::TurnJudged { job, finished: None } };
            let (answer, answered) = oneshot::channel();
            // A thread of its own for each opinion: one that has stood back cannot step forward again.
            let judge = move || {
                priority::stand_back(Priority::Opinion);
                let judged = cpu::spent(Stage::TurnDetector, || detector.finished(&audio));
                drop(slot);
                let _ = answer.send(judged); // nobody waits any more: they went on speaking
            };
            let started = thread::Builder::new().name("turn detector".to_owned()).spawn(judge);
            let finished = match (started, answered.await) {
                (_, Ok(Ok(finished))) => Some(finished),
                (_, Ok(Err(error))) => {
                    tracing::warn!(%error, "the turn could not be judged");
                    None
                }
                (started, Err(_)) => {
                    tracing::error!(error = ?started.err(), "the turn detector broke");
                    None
                }
            };
            Event::TurnJudged { job, finished }
        });
    }

    /// Performs an operation; a repeat of the same job performs nothing twice.
    pub(super) fn perform(&mut self, job: JobId, operation: Operation) {
        let unknown = || Error::Unknown("the operation broke".to_owned());
        if self.lasting.len() >= LASTING_MAX {
            let busy = Event::Performed { job, result: Err(Error::Unavailable("too much at once".to_owned())) };
            self.answer(job, busy.clone(), async move { busy });
            return;
        }
        let key = operation.writes().then(|| format!("{}:{}", self.call, job.0));
        let request = Request::new(self.business, Source::Voice, By::caller(), operation);
        let request = request.through(Ai::Receptionist).once(key);
        let (backend, answers) = (self.backend.clone(), self.answers.clone());
        self.reap();
        self.lasting.spawn(async move {
            let performed = AssertUnwindSafe(backend.perform(request)).catch_unwind().await;
            let result = performed.unwrap_or_else(|_| Err(unknown()));
            // Nobody listens when the call is over: it was performed all the same.
            drop(answers.send(Event::Performed { job, result }).await);
        });
    }

    pub(super) fn speak(&mut self, job: JobId, clauses: Vec<Clause>, language: Language) {
        let (tts, voice, answers) = (self.speech.tts.clone(), self.voice.clone(), self.answers.clone());
        self.pass(job, async move {
            for (index, clause) in clauses.into_iter().enumerate() {
                let request = request(clause, language, &voice);
                let spoken = AssertUnwindSafe(async { speak_clause(tts.speak(request), job, index, &answers).await });
                let well = spoken.catch_unwind().await.unwrap_or(false);
                if !well && answers.send(Event::SpeechFailed { job, clause: index }).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Keeps a turn.
    pub(super) fn record(&mut self, turn: &Turn) -> CallTurn {
        let kept = kept_turn(turn);
        let (book, call, row) = (self.book.clone(), self.call, kept.clone());
        self.reap();
        self.lasting.spawn(async move {
            let number = row.number;
            if let Err(error) = book.add_turn(call, row).await {
                tracing::error!(%error, number, "a turn could not be kept");
            }
        });
        kept
    }

    /// The answer to this job is no longer wanted. Operations go on: their outcome is the world's.
    pub(super) fn abandon(&mut self, job: JobId) {
        if let Some(handle) = self.handles.remove(&job) {
            handle.abort();
        }
    }

    /// Ends the work of a call that is over: at once what served the conversation, after it was done the rest.
    pub(super) async fn settle(mut self) {
        self.passing.abort_all();
        self.answered.close();
        let rest = async { while self.lasting.join_next().await.is_some() {} };
        if tokio::time::timeout(SETTLE, rest).await.is_err() {
            tracing::error!("an operation or a turn was given up after the call");
        }
    }

    /// Runs a job that answers once; `failed` is its answer if it panics.
    fn answer(&mut self, job: JobId, failed: Event, work: impl Future<Output = Event> + Send + 'static) {
        let answers = self.answers.clone();
        self.pass(job, async move {
            let event = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(failed);
            drop(answers.send(event).await);
        });
    }

    fn pass(&mut self, job: JobId, work: impl Future<Output = ()> + Send + 'static) {
        self.reap();
        let handle = self.passing.spawn(work);
        self.handles.insert(job, handle);
    }

    /// Forgets what is done.
    fn reap(&mut self) {
        while self.passing.try_join_next().is_some() {}
        while self.lasting.try_join_next().is_some() {}
        self.handles.retain(|_, handle| !handle.is_finished());
    }
}

/// Has the first words of a call made while its stream is still on the way: the voice remembers them.
pub(super) async fn prepare(parts: Arc<Parts>, call: Answered) {
    for action in parts.answering.rehearse(&call) {
        let Action::Speak { clauses, language, .. } = action else { continue };
        for clause in clauses {
            let mut chunks = parts.speech.tts.speak(request(clause, language, &call.business.agent_name));
            while chunks.recv().await.is_some() {}
        }
    }
}

fn request(clause: Clause, language: Language, voice: &str) -> SpeechRequest {
    SpeechRequest { text: clause.ear, language: language.code(), voice: voice.to_owned(), keep: clause.fixed }
}

/// Passes a clause's audio on as it is made; false when it could not be made whole.
async fn speak_clause(
    mut chunks: mpsc::Receiver<Result<Pcm<{ crate::audio::TELEPHONE_HZ }>, crate::speech::SpeechError>>,
    job: JobId,
    clause: usize,
    answers: &mpsc::Sender<Event>,
) -> bool {
    while let Some(chunk) = chunks.recv().await {
        let samples = match chunk {
            Ok(samples) => samples,
            Err(error) => {
                tracing::warn!(%error, "a clause could not be spoken");
                return false;
            }
        };
        let mut bytes = Vec::with_capacity(samples.0.len());
        cpu::spent(Stage::Media, || mulaw::encode_into(&samples.0, &mut bytes));
        let spoken = Event::Spoken { job, clause, audio: bytes.into(), last: false };
        if answers.send(spoken).await.is_err() {
            return true;
        }
    }
    // The end is known only when the channel closes, and waiting for it would hold the last piece back.
    drop(answers.send(Event::Spoken { job, clause, audio: Arc::new([]), last: true }).await);
    true
}

/// Names a caller may say. One given in this call is none of them: it may have been misheard, and would be misheard again.
struct Names {
    /// Of what can be booked, and of the caller.
    usual: Vec<String>,
    /// Of who works there.
    staff: Vec<String>,
}

impl Names {
    fn of(call: &Answered) -> Self {
        let services = call.business.services.iter().map(|service| service.name.clone());
        let caller = call.contact.as_ref().map(Contact::full_name).filter(|name| !name.is_empty());
        Self { usual: services.chain(caller).collect(), staff: call.staff.clone() }
    }

    /// Those that help the recogniser, the likeliest first: where the caller's own name is asked for, nobody else's.
    fn that_may_occur(&self, field: Field) -> Vec<String> {
        if !takes_names(field) {
            return Vec::new();
        }
        let staff = if field == Field::Name { &[][..] } else { &self.staff };
        self.usual.iter().chain(staff).cloned().collect()
    }
}

/// Whether names help the recogniser; where figures are expected they only mislead it.
pub fn takes_names(field: Field) -> bool {
    match field {
        Field::Anything | Field::Service | Field::Name | Field::Choice | Field::Words => true,
        Field::YesNo | Field::Day | Field::Time | Field::Phone | Field::Email => false,
    }
}

/// A turn as it is kept.
pub fn kept_turn(turn: &Turn) -> CallTurn {
    use crate::call::action::Speaker;
    let who = match turn.who {
        Speaker::Caller => "caller",
        Speaker::Agent => "agent",
    };
    CallTurn {
        number: turn.number,
        who: who.to_owned(),
        text: turn.text.clone(),
        cut_off: turn.cut_off,
        began_ms: turn.began.as_ms(),
        ended_ms: turn.ended.as_ms(),
        confidence: turn.confidence,
        why: turn.why.clone(),
        stages: serde_json::to_value(turn.stages).unwrap_or_default(),
    }
}
