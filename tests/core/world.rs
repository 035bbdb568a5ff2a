//! Everything around a session, in virtual time: the caller's voice, the recogniser, the voice, the network, the CRM.
//!
//! After every event it is checked that the session keeps its promises to the caller: nothing is said after the end,
//! and nothing is said to stand that no outcome made stand.

use crate::callers::{Caller, Does};
use crate::chance::Chance;
use crate::crm::Crm;
use jiff::{SignedDuration, Zoned};
use ringlypro::call::action::{Action, Ending, Outgoing, Turn};
use ringlypro::call::event::{Event, RecogniserFailed, Transcript};
use ringlypro::call::phase::Phase;
use ringlypro::call::session::{Session, Setup};
use ringlypro::call::timing::Timing;
use ringlypro::call::{CallTime, JobId, Position, journal};
use ringlypro::crm::Outcome;
use ringlypro::crm::local::demo_business;
use ringlypro::crm::model::Business;
use ringlypro::dialogue::{Channel, Clause, Dialogue, Phrases, Setting};
use ringlypro::language::Language;
use ringlypro::nlu::Grammar;
use ringlypro::phone::E164;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, LazyLock};

static GRAMMAR: LazyLock<Arc<Grammar>> = LazyLock::new(|| Arc::new(Grammar::embedded().expect("a grammar")));
static PHRASES: LazyLock<Arc<Phrases>> = LazyLock::new(|| Arc::new(Phrases::embedded().expect("phrases")));

/// How long a window of the voice detector is.
const WINDOW_MS: u64 = 32;
/// How long the voice takes to say a letter, and the caller too.
const LETTER_MS: u64 = 60;
/// How long a person waits before answering.
const PAUSE_MS: u64 = 500;
/// Nobody's call lasts longer: then the caller hangs up.
pub(crate) const CALL_MS_MAX: u64 = 240_000;

/// What only a successful outcome may be worded with, by the outcome.
const CLAIMS: &[(&str, &[&str])] = &[
    ("booked", &["all set", "is booked", "queda reservada"]),
    ("rescheduled", &["is now", "queda cambiada"]),
    ("cancelled", &["is cancelled", "queda cancelada"]),
    ("message_left", &["message is saved", "queda guardado"]),
];

/// What the world does late, badly, or not at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) recogniser_ms: u64,
    /// In a hundred.
    pub(crate) recogniser_fails: u64,
    /// Words of a hundred that are heard as others.
    pub(crate) misheard: u64,
    pub(crate) voice_ms: u64,
    pub(crate) operation_ms: u64,
    /// Windows of a thousand that never come.
    pub(crate) windows_lost: u64,
    /// Chance in a hundred, each second, that the caller is gone.
    pub(crate) hang_up: u64,
    /// Chance in a hundred that the caller talks over an answer.
    pub(crate) barge_in: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            recogniser_ms: 250,
            recogniser_fails: 0,
            misheard: 0,
            voice_ms: 40,
            operation_ms: 30,
            windows_lost: 0,
            hang_up: 0,
            barge_in: 0,
        }
    }
}

pub(crate) struct World {
    session: Session<Dialogue>,
    caller: Caller,
    pub(crate) crm: Crm,
    pub(crate) faults: Faults,
    chance: Chance,
    answered: Zoned,
    at: u64,
    pending: BTreeMap<u64, VecDeque<Event>>,
    abandoned: Vec<JobId>,
    journal: Vec<String>,
    /// What the caller says, and until when it sounds.
    line: String,
    speaking_until: u64,
    /// When the caller means to answer.
    answers_at: Option<u64>,
    /// What the agent has said since the caller spoke.
    heard: String,
    played_until: u64,
    unplayed: Vec<String>,
    left_at: Option<u64>,
    earned: Vec<&'static str>,
    pub(crate) said: Vec<String>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) phases: Vec<Phase>,
    pub(crate) ending: Option<Ending>,
}

/// The demo business.
pub(crate) fn business() -> Arc<Business> {
    Arc::new(demo_business().expect("a business"))
}

/// The caller's number.
pub(crate) fn number() -> E164 {
    E164::try_from("+13055550142".to_owned()).expect("a number")
}

/// A conversation about to begin.
pub(crate) fn dialogue() -> Dialogue {
    let setting = Setting {
        business: business(),
        channel: Channel::Ear,
        language: Language::En,
        languages: vec![Language::En],
        caller: Some(number()),
        contact: None,
        call: None,
    };
    Dialogue::new(setting, GRAMMAR.clone(), PHRASES.clone())
}

impl World {
    pub(crate) fn answer(caller: Caller, mut crm: Crm, faults: Faults, seed: u64) -> Self {
        let answered: Zoned = "2026-11-23T10:00:00-05:00[America/New_York]".parse().expect("a time");
        let soon = answered.timestamp() + SignedDuration::from_hours(29);
        crm.add("cleaning", soon, "Jenny Park", &number());
        let setup = Setup { converse: dialogue(), answered: answered.clone(), timing: Timing::default() };
        let start = journal::start(&setup, serde_json::Value::Null);
        let (session, actions) = Session::start(setup);
        let mut world = Self {
            session,
            caller,
            crm,
            faults,
            chance: Chance(seed ^ 0x5eed),
            answered,
            at: 0,
            pending: BTreeMap::new(),
            abandoned: Vec::new(),
            journal: vec![start],
            line: String::new(),
            speaking_until: 0,
            answers_at: None,
            heard: String::new(),
            played_until: 0,
            unplayed: Vec::new(),
            left_at: None,
            earned: Vec::new(),
            said: Vec::new(),
            turns: Vec::new(),
            phases: Vec::new(),
            ending: None,
        };
        world.journal.extend(journal::actions(&actions));
        world.perform(actions);
        world
    }

    /// Plays the call to its end; the journal.
    pub(crate) fn play(&mut self) -> &[String] {
        while self.ending.is_none() {
            assert!(self.at < CALL_MS_MAX + 30_000, "the call does not end: {:?}", self.said);
            self.step();
        }
        // What is still on its way finds nobody.
        for (_, events) in std::mem::take(&mut self.pending) {
            for event in events {
                self.give(event);
            }
        }
        self.give(Event::Tick);
        assert_eq!(self.session.deadline(), None, "a call that is over waits for nothing");
        &self.journal
    }

    /// Time passes to the next thing that happens.
    fn step(&mut self) {
        let window = (self.at / WINDOW_MS + 1) * WINDOW_MS;
        let due = self.session.deadline().map_or(window, CallTime::as_ms);
        let pending = self.pending.first_key_value().map_or(window, |(at, _)| *at);
        self.at = window.min(due).min(pending).max(self.at + 1);
        while let Some(entry) = self.pending.first_entry().filter(|entry| *entry.key() <= self.at) {
            for event in entry.remove() {
                self.give(event);
            }
        }
        if self.session.deadline().is_some_and(|due| due.as_ms() <= self.at) {
            self.give(Event::Tick);
        }
        if self.at.is_multiple_of(WINDOW_MS) && self.left_at.is_none() {
            self.window();
        }
    }

    /// 32 ms of the caller's life.
    fn window(&mut self) {
        // The shortest phase is tried most often: else nobody would hang up in it.
        let every_ms = if self.session.phase() == Phase::Recognising { 128 } else { 1_024 };
        let gone =
            self.at >= CALL_MS_MAX || (self.at.is_multiple_of(every_ms) && self.chance.percent(self.faults.hang_up));
        if gone {
            self.leave();
            return;
        }
        self.live();
        let probability = if self.at <= self.speaking_until { 0.95 } else { 0.02 };
        if self.chance.below(1_000) >= self.faults.windows_lost {
            let level_db = if self.at <= self.speaking_until { -30.0 } else { -65.0 };
            self.give(Event::Voice { until: Position(self.at * 16), probability, level_db });
        }
    }

    /// The caller waits for their turn, and takes it.
    fn live(&mut self) {
        let agent_is_silent = self.at >= self.played_until;
        if self.at <= self.speaking_until {
            return;
        }
        if !agent_is_silent {
            self.answers_at = None;
            if !self.heard.is_empty() && self.at.is_multiple_of(512) && self.chance.percent(self.faults.barge_in) {
                self.take_turn();
            }
        } else if !self.heard.is_empty() {
            let answers_at = *self.answers_at.get_or_insert(self.at + PAUSE_MS);
            if self.at >= answers_at {
                self.take_turn();
            }
        }
    }

    fn take_turn(&mut self) {
        self.answers_at = None;
        let heard = std::mem::take(&mut self.heard);
        match self.caller.answer(&heard) {
            None => {}
            Some(Does::HangsUp) => self.leave(),
            Some(Does::Presses(keys)) => {
                for key in keys.chars() {
                    self.give(Event::Dtmf(key));
                }
            }
            Some(Does::Says(line)) => {
                self.speaking_until = self.at + 300 + line.len() as u64 * LETTER_MS;
                self.line = line;
            }
        }
    }

    fn leave(&mut self) {
        self.left_at = Some(self.at);
        self.give(Event::StreamEnded);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of nothing else is it said that it stands")]
    fn give(&mut self, event: Event) {
        let at = CallTime::from_ms(self.at);
        if let Event::Performed { result: Ok(outcome), .. } = &event {
            self.earned.extend(match outcome {
                Outcome::Booked(_) => Some("booked"),
                Outcome::Rescheduled(_) => Some("rescheduled"),
                Outcome::Cancelled(_) => Some("cancelled"),
                Outcome::MessageLeft(_) => Some("message_left"),
                _ => None,
            });
        }
        let over = self.ending.is_some();
        self.journal.push(journal::event(at, &event));
        let actions = self.session.handle(at, event);
        self.journal.extend(journal::actions(&actions));
        assert!(!over || actions.is_empty(), "nothing follows the end: {actions:?}");
        let phase = self.session.phase();
        if self.phases.last() != Some(&phase) {
            self.phases.push(phase);
        }
        self.perform(actions);
    }

    fn later(&mut self, ms: u64, event: Event) {
        self.pending.entry(self.at + ms.max(1)).or_default().push_back(event);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            assert!(self.ending.is_none(), "nothing follows the end: {action:?}");
            match action {
                Action::Transcribe { job, .. } => self.transcribe(job),
                Action::JudgeTurn { job, .. } => self.later(60, Event::TurnJudged { job, finished: Some(0.95) }),
                Action::Perform { job, operation } => {
                    let now = self.answered.timestamp() + SignedDuration::from_millis(self.at.cast_signed());
                    let result = self.crm.perform(&operation, now);
                    self.later(self.faults.operation_ms, Event::Performed { job, result });
                }
                Action::Speak { job, clauses, .. } => self.speak(job, &clauses),
                Action::Abandon(job) => self.abandoned.push(job),
                Action::Send(outgoing) => self.send(outgoing),
                Action::Record(turn) => self.turns.push(turn),
                Action::Finish(ending) => self.ending = Some(ending),
            }
        }
    }

    fn transcribe(&mut self, job: JobId) {
        let words: Vec<&str> = self.line.split(' ').collect();
        let heard: Vec<&str> = words
            .into_iter()
            .map(|word| {
                let misheard = self.chance.percent(self.faults.misheard);
                if misheard { self.chance.one_of(&["the", "four", "yes", "no", "thirty", "book", ""]) } else { word }
            })
            .collect();
        let took_ms = u32::try_from(self.faults.recogniser_ms).expect("short");
        let result = if self.chance.percent(self.faults.recogniser_fails) {
            Err(RecogniserFailed)
        } else {
            Ok(Transcript { text: heard.join(" "), confidence: 0.9, took_ms, doubtful: false })
        };
        self.later(self.faults.recogniser_ms, Event::Heard { job, result });
    }

    fn speak(&mut self, job: JobId, clauses: &[Clause]) {
        assert!(self.left_at.is_none(), "nothing is said to who has hung up: {clauses:?}");
        for (number, clause) in clauses.iter().enumerate() {
            self.check_claims(&clause.ear);
            self.heard.push(' ');
            self.heard.push_str(&clause.eye);
            self.said.push(clause.ear.clone());
            let bytes = usize::try_from(clause.ear.len() as u64 * LETTER_MS * 8).expect("short");
            let audio: Vec<u8> = (0..251).cycle().take(bytes).collect();
            let after = self.faults.voice_ms * (number as u64 + 1);
            self.later(after, Event::Spoken { job, clause: number, audio: audio.into(), last: true });
        }
    }

    /// What is said to stand must stand.
    fn check_claims(&self, words: &str) {
        let words = words.to_lowercase();
        for (outcome, claims) in CLAIMS {
            let claimed = claims.iter().any(|claim| words.contains(claim));
            assert!(!claimed || self.earned.contains(outcome), "{words:?} was said, but nothing was {outcome}");
        }
    }

    fn send(&mut self, outgoing: Outgoing) {
        assert!(self.left_at.is_none(), "nothing is sent to who has hung up");
        match outgoing {
            Outgoing::Media(frame) => {
                assert_eq!(frame.bytes().len(), 160);
                self.played_until = self.played_until.max(self.at) + 20;
            }
            Outgoing::Mark(name) => {
                let played = self.played_until.max(self.at) - self.at;
                self.later(played + 80, Event::Mark(name.clone()));
                self.unplayed.push(name);
            }
            Outgoing::Clear => {
                self.played_until = self.at;
                for name in std::mem::take(&mut self.unplayed) {
                    self.later(20, Event::Mark(name));
                }
            }
        }
    }
}
