//! A call in virtual time: the real ear, voice detector, turn detector, recogniser, voice and session, and no waiting.
//!
//! The session is pure, so its events are fed at the times they would have come: audio frame by frame on the media clock,
//! answers of models after a *stated* time ([`Latencies`]) instead of the time this machine happened to take. So a busy
//! machine changes nothing, and a run costs what its models cost; what they said is kept on disk ([`cache`]), so that the
//! next run with other thresholds takes seconds. Knows nothing of what is being measured (see `endpoint.rs`, `barge.rs`).
//!
//! What it leaves out: waiting for a free recogniser, and a network that is late now and then: the way there and back takes
//! as long as is stated.

pub(crate) mod cache;
pub(crate) mod converse;
pub(crate) mod dictation;
pub(crate) mod disturbance;
pub(crate) mod models;
pub(crate) mod sound;
pub(crate) mod tables;
pub(crate) mod warp;

use models::Models;
use ringlypro::audio::{FRAME_BYTES, FRAME_MS, mulaw};
use ringlypro::call::action::{Action, Outgoing};
use ringlypro::call::event::{Event, Transcript};
use ringlypro::call::session::{Session, Setup};
use ringlypro::call::standing::{FoundOut, Interruption};
use ringlypro::call::timing::Timing;
use ringlypro::call::{CallTime, JobId};
use ringlypro::crm::{Error, Outcome};
use ringlypro::dialogue::{Clause, Converse};
use ringlypro::nlu::Language;
use ringlypro::switchboard::{Ear, takes_names};
use sound::Playout;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Milliseconds of a frame on the media clock.
const FRAME: u64 = FRAME_MS as u64;
/// Pieces a clause's audio is handed over in: the voice's own are of about this length.
const CHUNK_BYTES: usize = 2_400;

/// How long the models are taken to need. The defaults are medians of `benches/ears.rs` and `benches/voice.rs` on two
/// quiet cores of the slower machine they were measured on (one without VNNI).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latencies {
    /// A recognition, however short.
    pub(crate) recognise_ms: u64,
    /// … and for each second of the clip.
    pub(crate) recognise_ms_per_s: u64,
    /// The turn detector.
    pub(crate) judge_ms: u64,
    /// The voice, to the first piece of a clause.
    pub(crate) voice_ms: u64,
    /// The way to the far end, and as much back.
    pub(crate) transit_ms: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { recognise_ms: 100, recognise_ms_per_s: 35, judge_ms: 100, voice_ms: 30, transit_ms: 0 }
    }
}

/// One caller's side of the line: what they say by the media clock, and what else comes down it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallerTrack {
    /// 8 kHz, from the answer on, as it arrives; silence follows.
    pub(crate) voice: Vec<f32>,
    /// How long the call lasts.
    pub(crate) length_ms: u64,
    /// Noise of the room, in dBFS; none is a dead line.
    pub(crate) noise_db: Option<f32>,
    /// The agent's own voice coming back.
    pub(crate) echo: Option<Echo>,
    /// Decides the noise.
    pub(crate) seed: u64,
}

/// The agent's voice, leaking back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Echo {
    /// Against what was played, in decibels (negative).
    pub(crate) gain_db: f32,
    /// Behind what was played.
    pub(crate) delay_ms: u64,
}

/// What happened in a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// When each frame of the agent's left, in milliseconds since the answer.
    pub(crate) frames: Vec<u64>,
    /// When unplayed audio was thrown away.
    pub(crate) clears: Vec<u64>,
    /// What the far end played, at 8 kHz on the media clock.
    pub(crate) played: Vec<f32>,
    /// Recognitions: when asked, from and to in milliseconds of the caller's track, and the words.
    pub(crate) recognised: Vec<(u64, u64, u64, String)>,
    /// The turn detector's answers: when asked, and the probability.
    pub(crate) judged: Vec<(u64, f32)>,
    /// What became of each silence for somebody's sake.
    pub(crate) verdicts: Vec<Verdict>,
    /// What was played twice where the agent went on, in milliseconds; negative: left out.
    pub(crate) repeated_ms: Vec<i64>,
}

/// The agent fell silent because somebody made a sound over its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// When.
    pub(crate) held_at: u64,
    /// How long it took to find out whether it stays silent or goes on; none: it never did.
    pub(crate) after_ms: Option<u64>,
}

impl Heard {
    /// When the agent began to speak, each time after at least `apart_ms` without a frame.
    pub(crate) fn beginnings(&self, apart_ms: u64) -> Vec<u64> {
        let mut last = None;
        let began = |at: &u64| last.replace(*at).is_none_or(|before: u64| *at >= before + apart_ms);
        self.frames.iter().copied().filter(began).collect()
    }
}

/// A call under way.
pub(crate) struct Rehearsal<'a, C> {
    models: &'a Models,
    latencies: Latencies,
    session: Session<C>,
    language: Language,
    ear: Ear,
    track: CallerTrack,
    room: sound::Room,
    playout: Playout,
    at: u64,
    waiting: BTreeMap<u64, VecDeque<Event>>,
    abandoned: Vec<JobId>,
    heard: Heard,
    stood: Interruption,
    over: bool,
    events: Vec<Event>,
}

impl<'a, C: Converse> Rehearsal<'a, C> {
    /// Answers a call; `perform` is nobody: an operation finds its backend unavailable.
    pub(crate) fn run(
        models: &'a Models,
        converse: C,
        timing: Timing,
        latencies: Latencies,
        track: CallerTrack,
    ) -> (Heard, C) {
        let answered = "2026-12-01T10:00:00-05:00[America/New_York]".parse().expect("a time");
        let language = converse.language();
        let (session, first) = Session::start(Setup { converse, answered, timing });
        let mut call = Self {
            models,
            latencies,
            session,
            language,
            ear: Ear::new(models.listen()),
            room: sound::Room::new(track.noise_db, track.seed),
            track,
            playout: Playout::default(),
            at: 0,
            waiting: BTreeMap::new(),
            abandoned: Vec::new(),
            heard: Heard::default(),
            stood: Interruption::default(),
            over: false,
            events: Vec::new(),
        };
        call.perform(first);
        call.talk();
        call.heard.played = call.playout.played();
        call.heard.repeated_ms = call.playout.repeated_ms();
        let converse = call.session.converse().clone();
        (call.heard, converse)
    }

    fn talk(&mut self) {
        let mut frame = 0;
        while !self.over && self.at < self.track.length_ms {
            let arrives = (frame + 1) * FRAME;
            let due = self.session.deadline().map_or(u64::MAX, |due| due.0.as_micros().div_ceil(1_000) as u64);
            let answer = self.waiting.first_key_value().map_or(u64::MAX, |(at, _)| *at);
            self.at = arrives.min(due).min(answer).max(self.at);
            for name in self.playout.until(self.at.saturating_sub(self.latencies.transit_ms)) {
                self.give(Event::Mark(name));
            }
            if answer <= self.at {
                let events = self.waiting.pop_first().map(|(_, events)| events).unwrap_or_default();
                for event in events {
                    self.give(event);
                }
            } else if arrives <= self.at {
                self.hear(frame);
                frame += 1;
            } else {
                self.give(Event::Tick);
            }
        }
    }

    /// A frame of the caller's comes in.
    fn hear(&mut self, frame: u64) {
        let from = frame as usize * FRAME_BYTES;
        let mut samples: Vec<f32> =
            (from..from + FRAME_BYTES).map(|at| self.track.voice.get(at).copied().unwrap_or(0.0)).collect();
        if let Some(echo) = self.track.echo {
            let gain = 10_f32.powf(echo.gain_db / 20.0);
            for (n, sample) in samples.iter_mut().enumerate() {
                // What arrives here was heard there one way earlier.
                let played = (from + n).checked_sub((echo.delay_ms + self.latencies.transit_ms) as usize * 8);
                *sample += gain * played.map_or(0.0, |at| self.playout.sample(at));
            }
        }
        self.room.add_to(&mut samples);
        let mut bytes = Vec::with_capacity(FRAME_BYTES);
        mulaw::encode_into(&samples, &mut bytes);
        let mut events = std::mem::take(&mut self.events);
        self.ear.hear(frame * FRAME, &bytes, &mut events);
        for event in events.drain(..) {
            self.give(event);
        }
        self.events = events;
    }

    fn give(&mut self, event: Event) {
        let job = match &event {
            Event::Heard { job, .. } | Event::TurnJudged { job, .. } | Event::Spoken { job, .. } => Some(*job),
            _ => None,
        };
        if !self.over && job.is_none_or(|job| !self.abandoned.contains(&job)) {
            let actions = self.session.handle(CallTime::from_ms(self.at), event);
            self.watch();
            self.perform(actions);
        }
    }

    /// Notes when the agent falls silent for somebody, and when it knows what to do about them.
    fn watch(&mut self) {
        let now = self.session.standing().interruption;
        let before = std::mem::replace(&mut self.stood, now);
        if before.held.is_none() && now.held.is_some() {
            self.heard.verdicts.push(Verdict { held_at: self.at, after_ms: None });
        }
        let over = before.held.is_some() && now.held.is_none();
        if (over || now.held == Some(FoundOut::Words))
            && let Some(verdict) = self.heard.verdicts.last_mut()
        {
            verdict.after_ms.get_or_insert(self.at - verdict.held_at);
        }
    }

    fn later(&mut self, ms: u64, event: Event) {
        self.waiting.entry(self.at + ms.max(1)).or_default().push_back(event);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Transcribe { job, from, to, hints } => {
                    let clip = self.ear.clip(from, to);
                    let (from, to) = (from.as_ms(), to.as_ms());
                    let (text, confidence, doubtful) =
                        self.models.words(clip, hints.language, takes_names(hints.field));
                    let took = self.latencies.recognise_ms + self.latencies.recognise_ms_per_s * (to - from) / 1_000;
                    self.heard.recognised.push((self.at, from, to, text.clone()));
                    let transcript = Transcript { text, confidence, took_ms: took as u32, doubtful };
                    self.later(took, Event::Heard { job, result: Ok(transcript) });
                }
                Action::JudgeTurn { job, from, to } => {
                    let finished = self.models.finished(&self.ear.clip(from, to));
                    self.heard.judged.push((self.at, finished));
                    self.later(self.latencies.judge_ms, Event::TurnJudged { job, finished: Some(finished) });
                }
                Action::Perform { job, .. } => {
                    let result: Result<Outcome, Error> =
                        Err(Error::Unavailable("nobody performs anything here".into()));
                    self.later(5, Event::Performed { job, result });
                }
                Action::Speak { job, clauses, .. } => self.speak(job, &clauses),
                Action::Abandon(job) => self.abandoned.push(job),
                Action::Send(Outgoing::Media(frame)) => {
                    self.heard.frames.push(self.at);
                    self.playout.media(self.at + self.latencies.transit_ms, frame.bytes());
                }
                Action::Send(Outgoing::Mark(name)) => self.playout.mark(self.at + self.latencies.transit_ms, name),
                Action::Send(Outgoing::Clear) => {
                    self.heard.clears.push(self.at);
                    for name in self.playout.clear(self.at + self.latencies.transit_ms) {
                        self.later(2 * self.latencies.transit_ms, Event::Mark(name));
                    }
                }
                Action::Finish(_) => self.over = true,
                _ => {}
            }
        }
    }

    fn speak(&mut self, job: JobId, clauses: &[Clause]) {
        for (number, clause) in clauses.iter().enumerate() {
            let bytes = self.models.spoken(&clause.ear, self.language);
            // Clauses are made one after the other; each is made far faster than it is played.
            let after = self.latencies.voice_ms * (number as u64 + 1);
            let pieces: Vec<Arc<[u8]>> = bytes.chunks(CHUNK_BYTES).map(Arc::from).collect();
            for audio in pieces {
                self.later(after, Event::Spoken { job, clause: number, audio, last: false });
            }
            self.later(after, Event::Spoken { job, clause: number, audio: Arc::new([]), last: true });
        }
    }
}
