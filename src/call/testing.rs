//! For tests: a world in virtual time that plays caller, recogniser, voice, CRM and network around a scripted
//! conversation ([`Script`]), and checks after every event that the session keeps its promises.

use super::action::{Action, Ending, Outgoing, Turn};
use super::event::{Event, RecogniserFailed, Transcript};
use super::journal;
use super::phase::Phase;
use super::session::{Session, Setup};
pub(super) use super::testing_script::{Chance, Script, say, spoken_ms};
use super::timing::Timing;
use super::{CallTime, JobId, Position};
use crate::crm::{Error, Outcome};
use crate::dialogue::Clause;
use jiff::Zoned;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// What the world does late, or not at all.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    pub(super) recogniser_ms: u64,
    pub(super) recogniser_fails: bool,
    pub(super) doubtful: bool,
    pub(super) judge_ms: u64,
    pub(super) finished: Option<f32>,
    pub(super) voice_ms: u64,
    pub(super) voice_fails: bool,
    pub(super) operation_ms: u64,
    pub(super) operation: Result<Outcome, Error>,
    pub(super) mark_ms: Option<u64>,
    /// How late windows of audio come.
    pub(super) window_late_ms: u64,
    /// How many windows in a thousand never come.
    pub(super) windows_lost: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            recogniser_ms: 250,
            recogniser_fails: false,
            doubtful: false,
            judge_ms: 60,
            finished: Some(0.9),
            voice_ms: 30,
            voice_fails: false,
            operation_ms: 50,
            operation: Ok(Outcome::Released),
            mark_ms: Some(80),
            window_late_ms: 0,
            windows_lost: 0,
        }
    }
}

/// How loud the line is by itself, in dBFS.
const LINE_DB: f32 = -65.0;
/// How long a window of the voice detector is.
const WINDOW_MS: u64 = 32;

/// Everything around a session, in virtual time: windows of audio every 32 ms.
pub(super) struct World {
    pub(super) session: Session<Script>,
    pub(super) faults: Faults,
    pub(super) actions: Vec<(u64, Action)>,
    pub(super) marks_sent: Vec<String>,
    at: u64,
    pending: BTreeMap<u64, VecDeque<Event>>,
    abandoned: Vec<JobId>,
    /// What the recogniser hears in the present turn.
    words: String,
    speaking_until: u64,
    /// The voice detector's answer while the caller makes a sound; zero is clear speech.
    loudness: f32,
    /// How loud the caller is.
    pub(super) level_db: f32,
    stalled: bool,
    chance: Chance,
    pub(super) odd_us: u64,
    events: Vec<(CallTime, Event)>,
    journal: Vec<String>,
    done: Vec<Vec<Action>>,
    /// When the far end has played all it was sent.
    played_until: u64,
    /// How much it has played or will have.
    pub(super) played_ms: u64,
    unplayed_marks: Vec<String>,
    speak_in_flight: Option<JobId>,
    last_clause: usize,
    pub(super) finished: Option<Ending>,
}

impl World {
    pub(super) fn start(script: Script) -> Self {
        Self::start_with(script, Timing::default(), Faults::default())
    }

    pub(super) fn start_with(script: Script, timing: Timing, faults: Faults) -> Self {
        let setup = Setup { converse: script, answered: Self::answered_at(), timing };
        let start = journal::start(&setup, serde_json::Value::Null);
        let (session, actions) = Session::start(setup);
        let mut world = Self {
            session,
            faults,
            actions: Vec::new(),
            marks_sent: Vec::new(),
            at: 0,
            pending: BTreeMap::new(),
            abandoned: Vec::new(),
            words: String::new(),
            speaking_until: 0,
            loudness: 0.0,
            level_db: -30.0,
            stalled: false,
            chance: Chance(0),
            odd_us: 0,
            events: Vec::new(),
            journal: Vec::new(),
            done: Vec::new(),
            played_until: 0,
            played_ms: 0,
            unplayed_marks: Vec::new(),
            speak_in_flight: None,
            last_clause: 0,
            finished: None,
        };
        world.journal.push(start);
        world.journal.extend(journal::actions(&actions));
        world.perform(actions);
        world
    }

    /// Lets time pass, from one thing that happens to the next.
    pub(super) fn run_ms(&mut self, ms: u64) {
        let end = self.at + ms;
        while self.at < end {
            let due = self.session.deadline().map_or(end, CallTime::as_ms);
            let pending = self.pending.first_key_value().map_or(end, |(at, _)| *at);
            let window = (self.at / WINDOW_MS + 1) * WINDOW_MS;
            self.at = due.min(pending).min(window).min(end).max(self.at + 1);
            self.deliver();
            if self.at.is_multiple_of(WINDOW_MS) && !self.stalled {
                self.window();
            }
        }
    }

    /// Time passes without anything being served: a driver that woke late.
    pub(super) fn jump_ms(&mut self, ms: u64) {
        self.at += ms;
        self.deliver();
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.pending.first_entry().filter(|entry| *entry.key() <= self.at) {
            for event in entry.remove() {
                self.give(event);
            }
        }
        if self.session.deadline().is_some_and(|due| due.0.as_micros() <= u128::from(self.at * 1_000 + self.odd_us)) {
            self.give(Event::Tick);
        }
    }

    fn window(&mut self) {
        let speaking = if self.loudness > 0.0 { self.loudness } else { 0.95 };
        let probability = if self.at <= self.speaking_until { speaking } else { 0.02 };
        let level_db = if self.at <= self.speaking_until { self.level_db } else { LINE_DB };
        let window = Event::Voice { until: Position(self.at * 16), probability, level_db };
        if self.chance.below(1_000) < self.faults.windows_lost {
            return;
        }
        if self.faults.window_late_ms == 0 {
            self.give(window);
        } else {
            self.later(self.faults.window_late_ms, window);
        }
    }

    /// The caller says something, for so long; returns when they fall silent.
    pub(super) fn say(&mut self, words: &str, ms: u64) {
        self.begin_saying(words, ms);
        self.run_ms(ms);
    }

    /// The caller begins to say something that will last so long.
    pub(super) fn begin_saying(&mut self, words: &str, ms: u64) {
        words.clone_into(&mut self.words);
        self.loudness = 0.0;
        self.speaking_until = self.at + ms;
    }

    /// A sound the voice detector is not sure about.
    pub(super) fn murmur(&mut self, probability: f32, ms: u64) {
        self.speaking_until = self.at + ms;
        self.loudness = probability;
        self.run_ms(ms);
    }

    /// The stream brings nothing for so long, as if in mid-word.
    pub(super) fn stall_ms(&mut self, ms: u64) {
        self.stalled = true;
        self.run_ms(ms);
        self.stalled = false;
    }

    /// Lets time pass until something is so, a minute at most.
    pub(super) fn run_until(&mut self, so: impl Fn(&Self) -> bool) {
        for _ in 0..60_000 {
            if so(self) {
                return;
            }
            self.run_ms(1);
        }
        panic!("it never came to that");
    }

    /// Hands an event over, and does what comes back.
    pub(super) fn give(&mut self, event: Event) {
        // Real times are no whole milliseconds.
        let at = CallTime(Duration::from_micros(self.at * 1_000 + self.odd_us));
        let over = self.finished.is_some();
        if let Event::Spoken { job, clause, last: true, .. } | Event::SpeechFailed { job, clause } = &event
            && *clause == self.last_clause
        {
            self.speak_in_flight = self.speak_in_flight.filter(|speak| speak != job);
        }
        self.events.push((at, event.clone()));
        let actions = self.session.handle(at, event);
        self.session.check();
        self.done.push(actions.clone());
        assert!(!over || actions.is_empty(), "nothing follows the end");
        assert!(self.session.deadline().is_none_or(|due| due > at), "the deadline lies ahead");
        assert_eq!(
            self.session.deadline().is_none(),
            self.session.phase() == Phase::Over,
            "a live call has a deadline"
        );
        self.perform(actions);
    }

    fn later(&mut self, ms: u64, event: Event) {
        self.pending.entry(self.at + ms.max(1)).or_default().push_back(event);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            assert!(self.finished.is_none(), "nothing follows Finish");
            self.actions.push((self.at, action.clone()));
            match action {
                Action::Transcribe { job, from, to, .. } => {
                    assert!(from <= to);
                    self.transcribe(job);
                }
                Action::JudgeTurn { job, .. } => {
                    let finished = self.faults.finished;
                    self.later(self.faults.judge_ms, Event::TurnJudged { job, finished });
                }
                Action::Perform { job, .. } => {
                    let result = self.faults.operation.clone();
                    self.later(self.faults.operation_ms, Event::Performed { job, result });
                }
                Action::Speak { job, clauses, .. } => self.speak(job, &clauses),
                Action::Abandon(job) => {
                    self.speak_in_flight = self.speak_in_flight.filter(|speak| *speak != job);
                    self.abandoned.push(job);
                }
                Action::Send(outgoing) => self.send(outgoing),
                Action::Record(_) => {}
                Action::Finish(ending) => self.finished = Some(ending),
            }
        }
    }

    fn transcribe(&mut self, job: JobId) {
        let took_ms = u32::try_from(self.faults.recogniser_ms).unwrap_or(u32::MAX);
        let (text, doubtful) = (self.words.clone(), self.faults.doubtful && self.words.is_empty());
        let transcript = Transcript { text, confidence: 0.9, took_ms, doubtful };
        let result = if self.faults.recogniser_fails { Err(RecogniserFailed) } else { Ok(transcript) };
        self.later(self.faults.recogniser_ms, Event::Heard { job, result });
    }

    fn speak(&mut self, job: JobId, clauses: &[Clause]) {
        assert_eq!(self.speak_in_flight.replace(job), None, "one piece of speech at a time");
        for (clause, words) in clauses.iter().enumerate() {
            let after = self.faults.voice_ms * (clause as u64 + 1);
            if self.faults.voice_fails {
                self.later(after, Event::SpeechFailed { job, clause });
                continue;
            }
            let bytes = usize::try_from(spoken_ms(&words.ear) * 8).expect("short");
            let audio: Vec<u8> = (0..251).cycle().take(bytes).collect();
            let (first, rest) = audio.split_at(bytes / 3);
            self.later(after, Event::Spoken { job, clause, audio: first.into(), last: false });
            self.later(after, Event::Spoken { job, clause, audio: rest.into(), last: true });
        }
        self.last_clause = clauses.len() - 1;
    }

    fn send(&mut self, outgoing: Outgoing) {
        match outgoing {
            Outgoing::Media(frame) => {
                assert_eq!(frame.bytes().len(), crate::audio::FRAME_BYTES);
                self.played_until = self.played_until.max(self.at) + 20;
                self.played_ms += 20;
            }
            Outgoing::Mark(name) => {
                if !name.starts_with("way:") {
                    self.marks_sent.push(name.clone());
                }
                if let Some(ms) = self.faults.mark_ms {
                    let played = self.played_until.max(self.at) - self.at;
                    self.later(played + ms, Event::Mark(name.clone()));
                    self.unplayed_marks.push(name);
                }
            }
            Outgoing::Clear => {
                self.played_ms -= self.played_until.saturating_sub(self.at);
                self.played_until = self.at;
                for name in std::mem::take(&mut self.unplayed_marks) {
                    self.later(20, Event::Mark(name));
                }
            }
        }
    }

    /// When every call of the tests is answered.
    pub(super) fn answered_at() -> Zoned {
        "2026-12-01T10:00:00-05:00[America/New_York]".parse().expect("a time")
    }

    /// What has happened, with when.
    pub(super) fn events(&self) -> &[(CallTime, Event)] {
        &self.events
    }

    /// The call's journal.
    pub(super) fn journal(&self) -> Vec<String> {
        let mut lines = self.journal.clone();
        for ((at, event), actions) in self.events.iter().zip(&self.done) {
            lines.push(journal::event(*at, event));
            lines.extend(journal::actions(actions));
        }
        lines
    }

    /// How many events were handled while the call lasted.
    pub(super) fn handled(&self) -> usize {
        let ended = self.ended_at().unwrap_or(u64::MAX);
        self.events.iter().filter(|(at, _)| at.as_ms() <= ended).count()
    }

    /// When the call ended.
    pub(super) fn ended_at(&self) -> Option<u64> {
        self.first(|action| matches!(action, Action::Finish(_)))
    }

    /// How often what was sent was thrown away.
    pub(super) fn clears(&self) -> u64 {
        self.count(|action| matches!(action, Action::Send(Outgoing::Clear))) as u64
    }

    /// Whether an operation's answer was handed over in time.
    pub(super) fn answered(&self, job: JobId) -> bool {
        let timed_out = self.told().iter().any(|told| told.contains("no answer in time"));
        timed_out
            || self.events.iter().any(|(_, e)| matches!(e, Event::Performed { job: answered, .. } if *answered == job))
    }

    pub(super) fn at_ms(&self) -> u64 {
        self.at
    }

    pub(super) fn phase(&self) -> Phase {
        self.session.phase()
    }

    pub(super) fn told(&self) -> &[String] {
        &self.session.converse().told
    }

    /// Every recorded turn.
    pub(super) fn turns(&self) -> Vec<Turn> {
        let turns = self
            .actions
            .iter()
            .filter_map(|(_, action)| if let Action::Record(turn) = action { Some(turn.clone()) } else { None });
        turns.collect()
    }

    /// When the first frame left after a time.
    pub(super) fn first_frame_after(&self, ms: u64) -> Option<u64> {
        let media = |action: &Action| matches!(action, Action::Send(Outgoing::Media(_)));
        self.actions.iter().find(|(at, action)| *at > ms && media(action)).map(|(at, _)| *at)
    }

    /// When the first action of a kind came.
    pub(super) fn first(&self, kind: impl Fn(&Action) -> bool) -> Option<u64> {
        self.actions.iter().find(|(_, action)| kind(action)).map(|(at, _)| *at)
    }

    /// How many frames left in a stretch of time.
    pub(super) fn frames_between(&self, from: u64, to: u64) -> usize {
        let media = |action: &Action| matches!(action, Action::Send(Outgoing::Media(_)));
        self.actions.iter().filter(|(at, action)| (from..to).contains(at) && media(action)).count()
    }

    /// The stretches of audio that were to be recognised.
    pub(super) fn transcriptions(&self) -> Vec<(Position, Position)> {
        let stretches = self.actions.iter().filter_map(|(_, action)| {
            if let Action::Transcribe { from, to, .. } = action { Some((*from, *to)) } else { None }
        });
        stretches.collect()
    }

    /// The id of the first operation.
    pub(super) fn job_of_operation(&self) -> Option<JobId> {
        self.actions
            .iter()
            .find_map(|(_, action)| if let Action::Perform { job, .. } = action { Some(*job) } else { None })
    }

    /// How many actions of a kind there were.
    pub(super) fn count(&self, kind: impl Fn(&Action) -> bool) -> usize {
        self.actions.iter().filter(|(_, action)| kind(action)).count()
    }
}
