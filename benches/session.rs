//! What the session costs per event, in nanoseconds and allocations.
//!
//! `cargo bench --bench session`. Prints a table; asserts nothing. The conversation is a trivial one: what the dialogue
//! costs per turn is measured elsewhere.

use jiff::Zoned;
use ringlypro::call::action::Action;
use ringlypro::call::event::{Event, Transcript};
use ringlypro::call::session::{Session, Setup};
use ringlypro::call::timing::Timing;
use ringlypro::call::{CallTime, JobId, Position};
use ringlypro::crm::{Error, Outcome};
use ringlypro::dialogue::{Clause, Converse, Heard, Step};
use ringlypro::nlu::{Field, Language};
use ringlypro::phone::E164;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Times each situation is measured.
const ROUNDS: u32 = 200;
/// Windows of the voice detector are 32 ms apart.
const WINDOW_MS: u64 = 32;

/// A conversation that says the same sentence to everything.
#[derive(Clone)]
struct Same;

impl Converse for Same {
    fn greet(&mut self, _: &Zoned) -> Step {
        sentence()
    }
    fn hear(&mut self, _: &Zoned, _: Heard<'_>) -> Step {
        sentence()
    }
    fn performed(&mut self, _: &Zoned, _: Result<Outcome, Error>) -> Step {
        sentence()
    }
    fn foreseen(&self) -> Option<Outcome> {
        None
    }
    fn still_working(&mut self, _: &Zoned) -> Step {
        sentence()
    }
    fn interrupted(&mut self, _: &str) {}
    fn take_leave(&mut self, _: &Zoned) -> Step {
        sentence()
    }
    fn connect(&mut self, _: &Zoned, _: E164) -> Step {
        sentence()
    }
    fn resume(&mut self, _: &Zoned) -> Step {
        sentence()
    }
    fn untransferred(&mut self, _: &Zoned) -> Step {
        sentence()
    }
    fn expecting(&self) -> Field {
        Field::Anything
    }
    fn language(&self) -> Language {
        Language::En
    }
}

fn sentence() -> Step {
    let words = "How can I help you today?".to_owned();
    Step { say: vec![Clause { ear: words.clone(), eye: words, fixed: false }], ..Step::default() }
}

/// A session with its time and the last actions.
struct Bench {
    session: Session<Same>,
    at: u64,
    last: Vec<Action>,
    /// The latest transcription asked for.
    transcribing: Option<JobId>,
}

impl Bench {
    fn start() -> Self {
        let answered = "2026-12-01T10:00:00-05:00[America/New_York]".parse().expect("a time");
        let timing = Timing { no_input_ms: 3_600_000, longest_call_ms: 7_200_000, ..Timing::default() };
        let (session, last) = Session::start(Setup { converse: Same, answered, timing });
        Self { session, at: 0, last, transcribing: None }
    }

    fn give(&mut self, event: Event) {
        self.session.handle_into(CallTime::from_ms(self.at), event, &mut self.last);
        let asked = |action: &Action| if let Action::Transcribe { job, .. } = action { Some(*job) } else { None };
        self.transcribing = self.last.iter().find_map(asked).or(self.transcribing);
    }

    fn voice(&mut self, probability: f32) {
        self.at += WINDOW_MS;
        let level_db = if probability > 0.5 { -20.0 } else { -60.0 };
        self.give(Event::Voice { until: Position(self.at * 16), probability, level_db });
    }

    /// The voice delivers two seconds of audio for what is to be said.
    fn speak(&mut self) {
        let speak = self.last.iter().find_map(|a| if let Action::Speak { job, .. } = a { Some(*job) } else { None });
        if let Some(job) = speak {
            self.give(Event::Spoken { job, clause: 0, audio: vec![0xFF; 16_000].into(), last: true });
        }
    }

    /// Plays on until nothing is due within the next second.
    fn play_out(&mut self) {
        while let Some(due) = self.session.deadline().filter(|due| due.as_ms() < self.at + 1_000) {
            self.at = self.at.max(due.as_ms());
            self.give(Event::Tick);
        }
    }

    /// The greeting has been heard.
    fn listening() -> Self {
        let mut bench = Self::start();
        bench.speak();
        bench.play_out();
        bench
    }

    /// The caller has begun to speak.
    fn hearing() -> Self {
        let mut bench = Self::listening();
        for _ in 0..10 {
            bench.voice(0.9);
        }
        bench
    }

    /// The caller pauses and the guess is out.
    fn guessing() -> Self {
        let mut bench = Self::hearing();
        while !bench.last.iter().any(|action| matches!(action, Action::Transcribe { .. })) {
            bench.voice(0.1);
        }
        bench
    }
}

fn main() {
    println!("{:<52}{:>10}{:>14}", "one event", "ns", "allocations");
    row("Voice: silence while listening", Bench::listening, 100, |bench| bench.voice(0.02));
    row("Voice: the caller is speaking", Bench::hearing, 100, |bench| bench.voice(0.9));
    row("Voice: in the pause, the guess is out", Bench::guessing, 3, |bench| bench.voice(0.02));
    row("Voice: silence while the agent speaks, frame due", started, 50, |bench| bench.voice(0.02));
    row("Tick: one frame leaves", started, 50, |bench| {
        bench.at = bench.session.deadline().map_or(bench.at, CallTime::as_ms);
        bench.give(Event::Tick);
    });
    row("Mark: unknown", Bench::listening, 100, |bench| bench.give(Event::Mark(String::new())));
    row("Heard: words, the turn ends, speech is asked for", heard, 1, |bench| {
        let transcript =
            Transcript { text: "I'd like an appointment.".to_owned(), confidence: 0.9, took_ms: 300, doubtful: false };
        if let Some(job) = bench.transcribing {
            bench.give(Event::Heard { job, result: Ok(transcript) });
        }
    });
    row("Voice: barge-in, the agent falls silent", barging, 1, |bench| bench.voice(0.95));
}

/// The greeting is being said.
fn started() -> Bench {
    let mut bench = Bench::start();
    bench.speak();
    bench
}

/// The words of the guess are about to come.
fn heard() -> Bench {
    let mut bench = Bench::guessing();
    for _ in 0..20 {
        bench.voice(0.02);
    }
    bench
}

/// The agent has been speaking for a while.
fn barging() -> Bench {
    let mut bench = started();
    bench.voice(0.02);
    bench
}

/// Measures `times` events from a fresh situation, again and again, and prints the mean of one.
fn row(name: &str, situation: impl Fn() -> Bench, times: u32, mut event: impl FnMut(&mut Bench)) {
    let (mut spent, mut allocations) = (Duration::ZERO, 0);
    for _ in 0..ROUNDS {
        let mut bench = situation();
        let start = Instant::now();
        for _ in 0..times {
            event(black_box(&mut bench));
        }
        spent += start.elapsed();
        let mut bench = situation();
        let counted = allocation_counter::measure(|| {
            for _ in 0..times {
                event(black_box(&mut bench));
            }
        });
        allocations += counted.count_total;
    }
    let events = ROUNDS * times;
    let each = allocations as f64 / f64::from(events);
    println!("{name:<52}{:>10}{each:>14.2}", (spent / events).as_nanos());
}
