//! What each turn was decided on, told from a replay: evidence, rules and times, a few lines a turn.
//!
//! It reads what went in and what came out and asks the endpointing rule once more; it never looks into a session. The
//! lines hold what was said.

use super::CallTime;
use super::action::{Action, Hints, Speaker, Turn};
use super::endpoint::{self, Evidence};
use super::event::{Event, Transcript};
use super::journal::Replayed;
use super::timing::Timing;
use std::fmt::Write as _;

/// Probability from which a window counts as speech here.
const VOICED: f32 = 0.5;
/// The most looks remembered of one turn: a recogniser looks a few times.
const LOOKS_MAX: usize = 64;

/// Gathers the evidence of a turn until it is final.
#[derive(Debug, Default)]
pub struct Explanation {
    /// The first voiced window since the last turn of the caller's, and the last one.
    voice: Option<(CallTime, CallTime)>,
    hints: Hints,
    /// Transcriptions asked for.
    looks: u32,
    heard: Vec<Transcript>,
    finished: Option<f32>,
    judged: u32,
    abandoned: u32,
    /// Operations given out since the caller's last turn, by name.
    operations: Vec<&'static str>,
}

impl Explanation {
    /// Takes a step of a replay; the lines of the turns it made final.
    pub fn take(&mut self, step: &Replayed<'_>) -> Vec<String> {
        if let Some(event) = step.event {
            self.happened(step.at, event);
        } else {
            self.voice = None;
        }
        let mut lines = Vec::new();
        for action in step.actions {
            match action {
                Action::Transcribe { hints, .. } => {
                    self.looks += 1;
                    self.hints = hints.clone();
                }
                Action::Perform { operation, .. } => self.operations.push(operation.name()),
                Action::Abandon(_) => self.abandoned += 1,
                Action::Record(turn) => lines.extend(self.told(step.at, turn)),
                Action::Finish(ending) => lines.push(format!("{}  the end: {ending:?}", seconds(step.at))),
                Action::JudgeTurn { .. } | Action::Speak { .. } | Action::Send(_) => {}
            }
        }
        lines
    }

    fn happened(&mut self, at: CallTime, event: &Event) {
        match event {
            Event::Voice { probability, .. } if *probability >= VOICED => {
                self.voice = Some((self.voice.map_or(at, |(began, _)| began), at));
            }
            Event::Heard { result: Ok(transcript), .. } if self.heard.len() < LOOKS_MAX => {
                self.heard.push(transcript.clone());
            }
            Event::TurnJudged { finished, .. } => {
                self.judged += 1;
                self.finished = *finished;
            }
            Event::Voice { .. }
            | Event::Heard { .. }
            | Event::Dtmf(_)
            | Event::Mark(_)
            | Event::Performed { .. }
            | Event::Spoken { .. }
            | Event::SpeechFailed { .. }
            | Event::Tick
            | Event::StreamEnded
            | Event::EndRequested => {}
        }
    }

    fn told(&mut self, at: CallTime, turn: &Turn) -> Vec<String> {
        let who = match turn.who {
            Speaker::Caller => "caller",
            Speaker::Agent => "agent ",
        };
        let cut = if turn.cut_off { " (cut off)" } else { "" };
        let mut lines = vec![format!("{} {:>3} {who}  {:?}{cut}", seconds(turn.began), turn.number, turn.text)];
        match turn.who {
            Speaker::Agent => lines.extend(stages(turn)),
            Speaker::Caller => {
                lines.extend(self.evidence(turn));
                let decided = turn.ended.as_ms().abs_diff(at.as_ms());
                lines.push(format!("              decided {decided} ms after the last voiced window counted"));
                *self = Self::default();
            }
        }
        lines
    }

    fn evidence(&self, turn: &Turn) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tell = |text: String| lines.push(format!("              {text}"));
        if let Some((began, ended)) = self.voice {
            tell(format!("voice from {} to {}", seconds(began), seconds(ended)));
        }
        let confidence = turn.confidence.map_or_else(|| "none".to_owned(), |value| format!("{value:.2}"));
        tell(format!("confidence {confidence}, {} looks, {} jobs thrown away", self.looks, self.abandoned));
        for heard in &self.heard {
            tell(format!("heard {:?} at {:.2} in {} ms", heard.text, heard.confidence, heard.took_ms));
        }
        match self.finished {
            Some(finished) => tell(format!("turn detector: {finished:.2} finished ({} asked)", self.judged)),
            None if self.judged > 0 => tell("turn detector: could not tell".to_owned()),
            None => {}
        }
        let (field, language) = (self.hints.field, self.hints.language);
        let (words, finished) = (Some(turn.text.as_str()), self.finished);
        let evidence = Evidence { field, language, words, finished, ..Evidence::default() };
        let needed = endpoint::silence_needed_ms(&evidence, &Timing::default());
        tell(format!("asked for {field:?}: silence needed {needed} ms at most, {}", endpoint::reason(&evidence)));
        tell(format!("understood: {}", if turn.why.is_empty() { "-".to_owned() } else { turn.why.join(", ") }));
        if !self.operations.is_empty() {
            tell(format!("meanwhile performed: {}", self.operations.join(", ")));
        }
        lines
    }
}

/// Where the time went before a turn of ours.
fn stages(turn: &Turn) -> Option<String> {
    let serde_json::Value::Object(stages) = serde_json::to_value(turn.stages).ok()? else { return None };
    let mut text = String::new();
    for (name, value) in stages.iter().filter(|(_, value)| !value.is_null()) {
        // Writing to a String cannot fail.
        let _ = write!(text, " {name} {value}");
    }
    (!text.is_empty()).then(|| format!("             {text}"))
}

fn seconds(at: CallTime) -> String {
    format!("{:8.3} s", at.0.as_secs_f64())
}
