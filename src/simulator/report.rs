//! What came of a call: how it ended, what was said, the numbers, and the sound of both sides.

use super::error::SimulatorError;
use super::measure::{self, Exchange};
use super::plan::CallPlan;
use super::side::Outcome;
use crate::audio::TELEPHONE_HZ;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// A call's report; its JSON is everything but the sound.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// The call's name at Twilio.
    pub call_sid: String,
    /// Who called.
    pub persona: String,
    /// How it ended.
    pub ending: Ending,
    /// To whom it was transferred.
    pub transferred_to: Option<String>,
    /// Whether the agent said what the persona was after; none where it is after nothing, or heard nothing.
    pub reached_goal: Option<bool>,
    /// From the webhook's request to its answer.
    pub webhook_ms: u64,
    /// From the stream's start to the agent's first sound.
    pub greeting_ms: Option<u64>,
    /// From the first ring to the end.
    pub call_ms: u64,
    /// Each line of the caller's and what it brought.
    pub exchanges: Vec<Exchange>,
    /// The agent's turns as the caller understood them.
    pub agent_turns: Vec<AgentTurnHeard>,
    /// Streams it was held over: more than one, and one broke.
    pub streams: usize,
    /// What was spoken by `<Say>`.
    pub said: Vec<String>,
    /// Marks sent by the agent, and how many of them were answered because of a clear.
    pub marks: Marks,
    /// How often the agent cleared the buffer.
    pub clears: u32,
    /// Audio that waited when the agent closed the stream, and so was never heard.
    pub unheard_ms: u64,
    /// What a real Twilio would have complained of.
    pub problems: Vec<String>,
    /// How the persona wanted it to end.
    #[serde(skip)]
    wanted_ending: Option<Ending>,
    /// What was heard and spoken, 8 kHz.
    #[serde(skip)]
    pub sound: Sound,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The agent's side did.
    AgentHungUp,
    /// The caller did.
    CallerHungUp,
    /// It was transferred.
    Transferred,
    /// It was never connected to the agent: overload, an unknown number, an agent that is off.
    Refused,
    /// The stream broke.
    StreamBroken,
    /// The caller hung up because it took too long.
    TooLong,
}

/// A turn of the agent's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentTurnHeard {
    /// Its number, from 0: the greeting.
    pub number: u32,
    /// Its first sound, in milliseconds of the call.
    pub from_ms: u64,
    /// Its last.
    pub to_ms: u64,
    /// Its words; empty where the caller had no way to tell.
    pub words: String,
}

/// Counts of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Sent by the agent.
    pub sent: u32,
    /// Answered when playback reached them.
    pub reached: u32,
    /// Answered because of a clear.
    pub cleared: u32,
}

/// Both sides of a call on one clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sound {
    /// What the caller sent, noise and µ-law included.
    pub caller: Vec<f32>,
    /// What the caller was played.
    pub agent: Vec<f32>,
}

impl CallReport {
    pub(super) fn new(call_sid: &str, plan: &CallPlan) -> Self {
        Self {
            call_sid: call_sid.to_owned(),
            persona: plan.persona.name.clone(),
            ending: Ending::AgentHungUp,
            transferred_to: None,
            reached_goal: None,
            wanted_ending: plan.persona.goal_ending,
            webhook_ms: 0,
            greeting_ms: None,
            call_ms: 0,
            exchanges: Vec::new(),
            agent_turns: Vec::new(),
            streams: 0,
            said: Vec::new(),
            marks: Marks::default(),
            clears: 0,
            unheard_ms: 0,
            problems: Vec::new(),
            sound: Sound::default(),
        }
    }

    pub(super) fn add_streams(&mut self, plan: &CallPlan, outcome: Outcome) {
        self.greeting_ms = measure::greeting_ms(&outcome.agent);
        self.exchanges = measure::exchanges(&outcome.agent, &outcome.caller_clean, &outcome.lines);
        let to_ms = |samples: usize| samples as u64 * 1_000 / u64::from(TELEPHONE_HZ);
        let heard = outcome.understood.into_iter().map(|turn| AgentTurnHeard {
            number: turn.number,
            from_ms: to_ms(turn.from),
            to_ms: to_ms(turn.to),
            words: turn.words,
        });
        self.agent_turns = heard.collect();
        let reached = |goal: &super::persona::Pattern| self.agent_turns.iter().any(|turn| goal.0.is_match(&turn.words));
        self.reached_goal = plan.persona.goal.as_ref().filter(|_| plan.words.is_some()).map(reached);
        self.marks = outcome.marks;
        self.clears = outcome.clears;
        self.unheard_ms = outcome.unheard_ms;
        self.problems = outcome.problems;
        self.sound = Sound { caller: outcome.caller_sent, agent: outcome.agent };
    }

    /// The call has ended; one that never got to a stream was refused, whatever verb ended it.
    pub(super) fn end(&mut self, ending: Ending) {
        let never_streamed = self.sound.agent.is_empty();
        self.ending = if never_streamed && ending == Ending::AgentHungUp { Ending::Refused } else { ending };
        if let Some(wanted) = self.wanted_ending {
            self.reached_goal = Some(self.ending == wanted);
        }
    }

    /// Writes both sides as a stereo WAV: the caller left, the agent right.
    pub fn write_wav(&self, path: &Path) -> Result<(), SimulatorError> {
        let failed =
            |error: hound::Error| SimulatorError::File { path: path.display().to_string(), reason: error.to_string() };
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: TELEPHONE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).map_err(failed)?;
        let length = self.sound.caller.len().max(self.sound.agent.len());
        let sample = |track: &[f32], n: usize| to_i16(track.get(n).copied().unwrap_or(0.0));
        for n in 0..length {
            writer.write_sample(sample(&self.sound.caller, n)).map_err(failed)?;
            writer.write_sample(sample(&self.sound.agent, n)).map_err(failed)?;
        }
        writer.finalize().map_err(failed)
    }

    /// Writes the report as JSON.
    pub fn write_json(&self, path: &Path) -> Result<(), SimulatorError> {
        let failed = |reason: String| SimulatorError::File { path: path.display().to_string(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        std::fs::write(path, text + "\n").map_err(|error| failed(error.to_string()))
    }
}

impl fmt::Display for CallReport {
    /// The conversation in the order it was held, and how it ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for text in &self.said {
            writeln!(f, "           <Say> {text}")?;
        }
        let agent = self.agent_turns.iter().map(|turn| (turn.from_ms, format!("agent   {}", turn.words)));
        let caller = self.exchanges.iter().map(|exchange| {
            let yielded = exchange.yield_ms.map(|ms| format!("  · yielded in {ms} ms")).unwrap_or_default();
            let answered =
                exchange.reply_ms.map_or("  · not answered".to_owned(), |ms| format!("  · answered in {ms} ms"));
            (exchange.from_ms, format!("caller  {}{yielded}{answered}", exchange.line))
        });
        let mut all: Vec<_> = agent.chain(caller).collect();
        all.sort_by_key(|(at_ms, _)| *at_ms);
        for (at_ms, text) in all {
            writeln!(f, "{:>6}.{} s  {text}", at_ms / 1_000, at_ms % 1_000 / 100)?;
        }
        for problem in &self.problems {
            writeln!(f, "  problem  {problem}")?;
        }
        match &self.transferred_to {
            Some(number) => write!(f, "The call was transferred to {number}"),
            None => f.write_str(self.ending.words()),
        }?;
        match self.reached_goal {
            Some(true) => f.write_str("; the caller got what they wanted."),
            Some(false) => f.write_str("; the caller did not get what they wanted."),
            None => f.write_str("."),
        }
    }
}

impl Ending {
    const fn words(self) -> &'static str {
        match self {
            Self::AgentHungUp => "The agent hung up",
            Self::CallerHungUp => "The caller hung up",
            Self::Transferred => "The call was transferred",
            Self::Refused => "The call was not taken",
            Self::StreamBroken => "The stream broke",
            Self::TooLong => "The caller had enough: the call took too long",
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range first")]
fn to_i16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

/// Several calls in a few numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many were made.
    pub calls: usize,
    /// How many did not come about, or broke.
    pub failed: usize,
    /// How many were refused with a proper answer.
    pub refused: usize,
    /// How many reached their persona's goal, of those that had one.
    pub reached_goal: (usize, usize),
    /// Lines that were never answered.
    pub unanswered: usize,
    /// From the stream's start to the first sound.
    pub greeting_ms: Option<Spread>,
    /// From the caller's last sound to the agent's first.
    pub reply_ms: Option<Spread>,
    /// From the caller's first sound over the agent to its silence.
    pub yield_ms: Option<Spread>,
}

/// How a number is spread (nearest rank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many values there are.
    pub count: usize,
    /// Half are at most this.
    pub p50: i64,
    /// 95 in a hundred are at most this.
    pub p95: i64,
    /// The most.
    pub max: i64,
}

impl Spread {
    /// The spread of some values; none where there are none.
    pub fn of(mut values: Vec<i64>) -> Option<Self> {
        values.sort_unstable();
        let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).max(1) - 1).copied();
        Some(Self { count: values.len(), p50: rank(50)?, p95: rank(95)?, max: rank(100)? })
    }
}

impl Summary {
    /// Sums up.
    pub fn of(reports: &[Result<CallReport, SimulatorError>]) -> Self {
        let good: Vec<_> = reports.iter().filter_map(|report| report.as_ref().ok()).collect();
        let exchanges = || good.iter().flat_map(|report| &report.exchanges);
        let broken = good.iter().filter(|report| report.ending == Ending::StreamBroken).count();
        let goals: Vec<_> = good.iter().filter_map(|report| report.reached_goal).collect();
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        Self {
            calls: reports.len(),
            failed: reports.len() - good.len() + broken,
            refused: good.iter().filter(|report| report.ending == Ending::Refused).count(),
            reached_goal: (goals.iter().filter(|reached| **reached).count(), goals.len()),
            unanswered: exchanges().filter(|exchange| exchange.reply_ms.is_none()).count(),
            greeting_ms: Spread::of(good.iter().filter_map(|report| report.greeting_ms.map(signed)).collect()),
            reply_ms: Spread::of(exchanges().filter_map(|exchange| exchange.reply_ms).collect()),
            yield_ms: Spread::of(exchanges().filter_map(|exchange| exchange.yield_ms.map(signed)).collect()),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reached, aimed) = self.reached_goal;
        write!(f, "{} calls: {} failed, {} refused, ", self.calls, self.failed, self.refused)?;
        write!(f, "{reached} of {aimed} got what they wanted, {} lines unanswered", self.unanswered)?;
        for (name, spread) in [("greeting", self.greeting_ms), ("reply", self.reply_ms), ("yield", self.yield_ms)] {
            if let Some(Spread { count, p50, p95, max }) = spread {
                write!(f, "\n{name:>8}_ms  p50 {p50:>5}  p95 {p95:>5}  max {max:>5}  ({count})")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_by_nearest_rank() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { count: 1, p50: 7, p95: 7, max: 7 }));
        let two = Spread::of(vec![1, 2]);
        assert_eq!(two, Some(Spread { count: 2, p50: 1, p95: 2, max: 2 }));
        let hundred = Spread::of((1..=100).rev().collect());
        assert_eq!(hundred, Some(Spread { count: 100, p50: 50, p95: 95, max: 100 }));
    }
}
