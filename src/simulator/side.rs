//! The caller's side of a call: what it has heard and said so far. It outlives the stream it is heard on: when one breaks
//! and Twilio connects another, the same person goes on, on the same sample clock.
//!
//! Invariant: all tracks are equally long, so a sample's index is its time.

use super::caller::{Caller, ReadyMoment};
use super::measure::LineAt;
use super::mind::Understood;
use super::plan::CallPlan;
use super::report::Marks;
use super::sound::NoiseSource;
use super::stream::Closed;
use crate::audio::{FRAME_BYTES, FRAME_MS};
use tokio::time::Instant;

/// Problems listed in a report; a broken gateway would fill it.
const PROBLEMS_MAX: usize = 20;
/// The longest silence between two streams that is put on the tracks, in frames: longer, and the call is over.
const GAP_FRAMES_MAX: u128 = 3_000;

/// What came of a call's streams.
pub(super) struct Outcome {
    pub(super) agent: Vec<f32>,
    pub(super) caller_clean: Vec<f32>,
    pub(super) caller_sent: Vec<f32>,
    pub(super) lines: Vec<LineAt>,
    pub(super) understood: Vec<Understood>,
    pub(super) marks: Marks,
    pub(super) clears: u32,
    pub(super) unheard_ms: u64,
    pub(super) problems: Vec<String>,
}

/// The caller's side.
pub(super) struct Side {
    pub(super) caller: Caller,
    pub(super) noise: Option<NoiseSource>,
    pub(super) agent: Vec<f32>,
    pub(super) caller_clean: Vec<f32>,
    pub(super) caller_sent: Vec<f32>,
    pub(super) marks: Marks,
    pub(super) clears: u32,
    pub(super) unheard_ms: u64,
    problems: Vec<String>,
    /// Streams so far, the present one included.
    pub(super) streams: usize,
    /// When the last one ended.
    left: Option<Instant>,
}

impl Side {
    pub(super) fn new(plan: &CallPlan, moments: Vec<ReadyMoment>) -> Self {
        Self {
            caller: Caller::new(plan.persona.pause(), plan.persona.patience_ms, moments),
            noise: plan.noise.map(|noise| NoiseSource::new(noise.snr_db, plan.seed)),
            agent: Vec::new(),
            caller_clean: Vec::new(),
            caller_sent: Vec::new(),
            marks: Marks::default(),
            clears: 0,
            unheard_ms: 0,
            problems: Vec::new(),
            streams: 0,
            left: None,
        }
    }

    /// A stream begins; what lay between it and the last one was silence.
    pub(super) fn connect(&mut self) {
        self.streams += 1;
        let Some(left) = self.left.take() else { return };
        let frames = (left.elapsed().as_millis() / u128::from(FRAME_MS)).min(GAP_FRAMES_MAX);
        for _ in 0..frames {
            let _unheard = self.caller.tick(&[0.0; FRAME_BYTES]);
            for track in [&mut self.agent, &mut self.caller_clean, &mut self.caller_sent] {
                track.extend_from_slice(&[0.0; FRAME_BYTES]);
            }
        }
    }

    /// A stream has ended.
    pub(super) fn disconnect(&mut self, closed: Closed, waiting_ms: u64) {
        self.left = Some(Instant::now());
        if closed == Closed::ByGateway {
            self.unheard_ms += waiting_ms;
        }
    }

    pub(super) fn problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX && self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn outcome(self, understood: Vec<Understood>) -> Outcome {
        let lines = self.caller.into_lines().into_iter();
        let end = self.agent.len();
        Outcome {
            lines: lines.map(|line| LineAt { text: line.text, from: line.from, to: line.to.min(end) }).collect(),
            agent: self.agent,
            caller_clean: self.caller_clean,
            caller_sent: self.caller_sent,
            understood,
            marks: self.marks,
            clears: self.clears,
            unheard_ms: self.unheard_ms,
            problems: self.problems,
        }
    }
}
