//! What each turn was decided on, told from a replay: evidence, rules and times, a few lines a turn.
//!
//! It reads what went in, what came out and where the caller's turn stood, and asks the endpointing rule once more, by the
//! call's own times. A turn is recorded when its answer stands, which may be long after it was over and after the next one
//! began: what it was decided on is put aside the moment it was over. What became of a sound over the agent's words is told
//! when it is known. The lines hold what was said.

use super::CallTime;
use super::action::{Action, Hints, Speaker, Turn};
use super::endpoint::{self, Evidence};
use super::event::{Event, Transcript};
use super::journal::Replayed;
use super::standing::{FoundOut, Standing, Verdict};
use super::timing::Timing;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Probability from which a window counts as speech here.
const VOICED: f32 = 0.5;
/// The most looks remembered of one turn: a recogniser looks a few times.
const LOOKS_MAX: usize = 64;
/// What the record says was understood when nothing was.
const UNKNOWN: &str = "unknown";

/// Gathers the evidence of turns until they are final.
#[derive(Debug, Default)]
pub struct Explanation {
    /// Of the turn being spoken.
    gathered: Gathered,
    /// Of turns that are over and not recorded yet, in order.
    over: VecDeque<Gathered>,
    /// Where the turn stood before the present step.
    stood: Standing,
    /// Since when the agent is silent for somebody.
    held_at: Option<CallTime>,
    /// Operations given out since the caller's last turn, by name.
    operations: Vec<&'static str>,
}

/// What a turn is decided on.
#[derive(Debug, Default)]
struct Gathered {
    /// The first voiced window, and the last one.
    voice: Option<(CallTime, CallTime)>,
    hints: Hints,
    /// Transcriptions asked for.
    looks: u32,
    heard: Vec<Transcript>,
    finished: Option<f32>,
    judged: u32,
    abandoned: u32,
    /// Where it stood just before it was over.
    stood: Standing,
    /// When it was over.
    over_at: CallTime,
}

impl Explanation {
    /// Takes a step of a replay; the lines of the turns it made final, and of what became of a sound over the agent's words.
    pub fn take(&mut self, step: &Replayed<'_>) -> Vec<String> {
        match step.event {
            Some(event) => self.gathered.happened(step.at, event),
            None => self.gathered.voice = None,
        }
        for action in step.actions {
            match action {
                Action::Transcribe { hints, .. } => {
                    self.gathered.looks += 1;
                    self.gathered.hints = hints.clone();
                }
                Action::Abandon(_) => self.gathered.abandoned += 1,
                Action::Perform { operation, .. } => self.operations.push(operation.name()),
                Action::JudgeTurn { .. }
                | Action::Speak { .. }
                | Action::Send(_)
                | Action::Record(_)
                | Action::Finish(_) => {}
            }
        }
        if self.stood.open && !step.standing.open {
            let gathered = std::mem::take(&mut self.gathered);
            self.over.push_back(Gathered { stood: self.stood, over_at: step.at, ..gathered });
        }
        let mut lines = self.interrupted(step);
        self.stood = step.standing;
        for action in step.actions {
            match action {
                Action::Record(turn) => lines.extend(self.told(step, turn)),
                Action::Finish(ending) => lines.push(format!("{}  the end: {ending:?}", seconds(step.at))),
                Action::Transcribe { .. }
                | Action::JudgeTurn { .. }
                | Action::Perform { .. }
                | Action::Speak { .. }
                | Action::Abandon(_)
                | Action::Send(_) => {}
            }
        }
        lines
    }

    /// What became of a sound over the agent's words.
    fn interrupted(&mut self, step: &Replayed<'_>) -> Vec<String> {
        let (before, now) = (self.stood.interruption, step.standing.interruption);
        let mut lines = Vec::new();
        let mut tell = |what: String| lines.push(format!("{}     sound   {what}", seconds(step.at)));
        if before.held.is_none() && now.held.is_some() {
            self.held_at = Some(step.at);
            tell("over our words: held".to_owned());
        }
        let after = self.held_at.map_or_else(String::new, |at| format!(" {} ms after", step.at.as_ms() - at.as_ms()));
        if now.held != before.held
            && let Some(found) = now.held.and_then(found_out)
        {
            tell(format!("{found}{after}"));
        }
        if now.beside && !before.beside {
            tell("no words in it: beside it we speak on".to_owned());
        }
        if now.went_on > before.went_on {
            tell(format!("judged {}: went on{after}", verdict(now.judged)));
        }
        if now.cut_off > before.cut_off {
            tell(format!("judged {}: cut off{after}", verdict(now.judged)));
        }
        if now.held.is_none() {
            self.held_at = None;
        }
        lines
    }

    fn told(&mut self, step: &Replayed<'_>, turn: &Turn) -> Vec<String> {
        let who = match turn.who {
            Speaker::Caller => "caller",
            Speaker::Agent => "agent ",
        };
        let cut = if turn.cut_off { " (cut off)" } else { "" };
        let mut lines = vec![format!("{} {:>3} {who}  {:?}{cut}", seconds(turn.began), turn.number, turn.text)];
        match turn.who {
            Speaker::Agent => lines.extend(stages(turn)),
            Speaker::Caller => {
                let gathered = self.of(turn, step.at);
                lines.extend(gathered.lines(turn, step.timing));
                lines.push(format!("              understood: {}", or_none(&turn.why)));
                if !self.operations.is_empty() {
                    lines.push(format!("              meanwhile performed: {}", self.operations.join(", ")));
                }
                self.operations.clear();
                let decided = turn.ended.as_ms().abs_diff(gathered.over_at.as_ms());
                lines.push(format!("              decided {decided} ms after the last voiced window counted"));
            }
        }
        lines
    }

    /// What a turn was decided on. One that was over twice, because the caller went on, was decided on both.
    fn of(&mut self, turn: &Turn, at: CallTime) -> Gathered {
        let mut all = Gathered { over_at: at, ..Gathered::default() };
        while let Some(next) = self.over.pop_front() {
            all = all.and(next);
            if all.over_at >= turn.ended {
                return all;
            }
        }
        // Nobody decided: it was typed, or the call ended in it.
        Gathered { over_at: at, ..all.and(std::mem::take(&mut self.gathered)) }
    }
}

impl Gathered {
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
            | Event::EndRequested
            | Event::SayRequested(_)
            | Event::TransferRequested(_) => {}
        }
    }

    /// The same with what was gathered later.
    fn and(self, later: Self) -> Self {
        let began = self.voice.map(|(began, _)| began);
        Self {
            voice: later.voice.map(|(from, to)| (began.unwrap_or(from), to)).or(self.voice),
            looks: self.looks + later.looks,
            heard: self.heard.into_iter().chain(later.heard).take(LOOKS_MAX).collect(),
            judged: self.judged + later.judged,
            abandoned: self.abandoned + later.abandoned,
            ..later
        }
    }

    fn lines(&self, turn: &Turn, timing: &Timing) -> Vec<String> {
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
        let (field, language, pauses_ms) = (self.hints.field, self.hints.language, self.stood.pauses_ms);
        let (words, finished) = (Some(turn.text.as_str()), self.finished);
        // Where the words themselves ended the turn, whether they meant something is known from what they meant.
        let answered = self.stood.answered.unwrap_or_else(|| turn.why.first().is_some_and(|why| why != UNKNOWN));
        let evidence = Evidence { field, language, words, finished, answered, whole: self.stood.whole, pauses_ms };
        let needed = endpoint::silence_needed_ms(&evidence, timing);
        let pauses = if pauses_ms > 0 { format!(", pauses of {pauses_ms} ms are usual") } else { String::new() };
        tell(format!("asked for {field:?}: silence needed {needed} ms, {}{pauses}", endpoint::reason(&evidence)));
        lines
    }
}

/// What is known of a sound before it is over; nothing at first.
const fn found_out(found: FoundOut) -> Option<&'static str> {
    match found {
        FoundOut::Nothing => None,
        FoundOut::Listening => Some("listened to"),
        FoundOut::NoWords => Some("no words so far"),
        FoundOut::Faint => Some("faint words: an echo unless they go on"),
        FoundOut::Words => Some("words: we stay silent"),
    }
}

const fn verdict(judged: Option<Verdict>) -> &'static str {
    match judged {
        Some(Verdict::Words) => "words",
        Some(Verdict::Nothing) => "nothing",
        Some(Verdict::Echo) => "our own echo",
        None => "by the clock",
    }
}

fn or_none(why: &[String]) -> String {
    if why.is_empty() { "-".to_owned() } else { why.join(", ") }
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

#[cfg(test)]
mod tests {
    use super::super::journal;
    use super::super::testing::{Faults, Script, World};
    use super::*;

    /// The number that follows these words for the first time.
    fn number(text: &str, words: &str) -> Option<u64> {
        text.split_once(words)?.1.split_whitespace().next()?.parse().ok()
    }

    #[test]
    fn a_turn_is_told_by_the_calls_own_times_and_by_the_moment_it_was_over() {
        let needed = [1.0, 2.0].map(|patience| {
            let timing = Timing { patience, ..Timing::default() };
            let mut world = World::start_with(Script::default(), timing, Faults::default());
            world.run_ms(4_000);
            world.say("hello", 500);
            world.run_ms(8_000);
            world.say("hello", 500);
            world.run_ms(8_000);
            let (kept, mut explanation, mut lines) = (world.journal(), Explanation::default(), Vec::new());
            let watched = journal::watch(
                kept.iter().map(String::as_str),
                |_| Ok(Script::default()),
                |step| lines.extend(explanation.take(&step)),
            );
            assert!(watched.is_ok());
            let text = lines.join("\n");
            let (decided, endpoint) = (number(&text, "decided "), number(&text, "endpoint_ms "));
            assert!(decided.is_some() && decided == endpoint, "{text}");
            number(&text, "silence needed ").unwrap_or_else(|| panic!("no silence in {text}"))
        });
        assert_eq!(needed[1], 2 * needed[0]);
    }

    #[test]
    fn what_became_of_a_sound_over_the_agents_words_is_told_with_its_times() {
        let long =
            || super::super::testing::say(&["This is a rather long sentence that nobody listens to until its end."]);
        let told = |sound: &str, ms, level_db| {
            let script = move || Script { greeting: long(), ..Script::default() };
            let mut world = World::start(script());
            world.level_db = level_db;
            world.run_ms(1_500);
            world.say(sound, ms);
            world.run_ms(6_000);
            let (kept, mut explanation, mut lines) = (world.journal(), Explanation::default(), Vec::new());
            let watched = journal::watch(
                kept.iter().map(String::as_str),
                |_| Ok(script()),
                |step| lines.extend(explanation.take(&step)),
            );
            assert!(watched.is_ok());
            let what = |line: String| line.split_once("sound   ").map(|(_, what)| what.to_owned());
            lines.into_iter().filter_map(what).collect::<Vec<_>>()
        };
        let nothing = told("Mm-hm.", 250, -18.0);
        assert_eq!(nothing[..2], ["over our words: held", "listened to 200 ms after"]);
        assert!(nothing.last().is_some_and(|last| last.starts_with("judged nothing: went on ")), "{nothing:?}");
        let words = told("Actually, tomorrow.", 600, -18.0);
        assert_eq!(words[..2], nothing[..2]);
        assert!(words[2].starts_with("words: we stay silent "), "{words:?}");
        assert!(words.last().is_some_and(|last| last.starts_with("judged words: cut off ")), "{words:?}");
        // Softer than the caller is expected to be, and it goes on.
        let soft = told("Actually, tomorrow.", 600, -30.0);
        assert!(soft[2].starts_with("faint words"), "{soft:?}");
        assert_eq!(soft.last().map(String::as_str), Some("judged words: cut off 500 ms after"));
    }
}
