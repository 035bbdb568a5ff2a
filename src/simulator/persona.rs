//! Who calls: what they want, how they answer what they are asked, and when they interrupt.
//!
//! Personas are data (`models/personas.toml`, or a file of the same form): rules from the agent's last words to the
//! caller's next line, tried in order. A rule may quote what the agent offered (`${time}`, a group of its pattern), so
//! that a caller picks a day that is open. Knows nothing of sound.

use super::error::SimulatorError;
use super::report::Ending;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The personas that come with the program.
static BUILT_IN: LazyLock<Vec<Arc<Persona>>> = LazyLock::new(|| {
    read(include_str!("../../models/personas.toml")).expect("the embedded personas are well-formed: a test reads them")
});

/// A caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// What they are asked for by.
    pub name: String,
    /// What they do, in a line.
    pub about: String,
    /// Their voice: one of the synthesiser's, or `espeak:` and one of espeak-ng's.
    #[serde(default = "first_caller")]
    pub voice: String,
    /// Above 1: higher and quicker.
    #[serde(default = "one")]
    pub pitch: f64,
    /// ISO 639-1.
    #[serde(default = "english")]
    pub language: String,
    /// How long the agent must be silent before they speak.
    #[serde(default = "pause_ms")]
    pub pause_ms: u64,
    /// How long they wait for an answer.
    #[serde(default = "patience_ms")]
    pub patience_ms: u64,
    /// What they say when no answer comes, one after the other; then they hang up.
    #[serde(default)]
    pub impatient: Vec<String>,
    /// What they say when no rule fits, one after the other; then nothing.
    #[serde(default)]
    pub otherwise: Vec<String>,
    /// Their name, number and other facts, used in lines as `${name}`.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Another persona, described before, whose rules, lines and facts count where this one has none that fit.
    #[serde(default)]
    pub like: Option<String>,
    /// How they answer.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// What they do at a set moment, whatever is being said.
    #[serde(default, rename = "moment")]
    pub moments: Vec<Moment>,
    /// What the agent must have said for the call to have reached its aim.
    #[serde(default)]
    pub goal: Option<Pattern>,
    /// Or how it must have ended, where the last words may be cut off by what they promise.
    #[serde(default)]
    pub goal_ending: Option<Ending>,
}

/// An answer to something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the agent's words must hold; none: anything, even nothing understood.
    pub when: Option<Pattern>,
    /// How often the rule may be used; none: once for each thing it says or does.
    pub times: Option<u32>,
    /// What is done.
    #[serde(flatten)]
    pub answer: Answer,
}

/// What a caller does: speaks (or stays silent), presses keys, hangs up, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// Lines; each use takes the next, the last stays.
    #[serde(default)]
    pub say: Vec<String>,
    /// WAV files instead of lines.
    #[serde(default)]
    pub play: Vec<PathBuf>,
    /// Keys pressed.
    #[serde(default)]
    pub press: String,
    /// Whether they hang up.
    #[serde(default)]
    pub hang_up: bool,
}

/// Something done at a set moment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Counted from the agent's first sound in its turn of this number (0: the greeting).
    pub turn: Option<u32>,
    /// Counted from the end of the caller's line of this number, from 0.
    pub line: Option<u32>,
    /// How long after.
    pub after_ms: u64,
    /// What is done.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A regular expression in a persona's description; upper and lower case are one.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(pub Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        regex::RegexBuilder::new(&text).case_insensitive(true).build().map(Self)
    }
}

impl Persona {
    /// A caller who says these lines one after the other, whatever is answered.
    pub fn reciting(lines: &[&str]) -> Self {
        let say = |line: &&str| Answer { say: vec![(*line).to_owned()], ..Answer::default() };
        Self::answering(lines.iter().map(say).collect())
    }

    /// A caller who plays these files one after the other, whatever is answered.
    pub fn playing(files: &[PathBuf]) -> Self {
        let play = |file: &PathBuf| Answer { play: vec![file.clone()], ..Answer::default() };
        Self::answering(files.iter().map(play).collect())
    }

    /// A caller who gives these answers one after the other, whatever is said.
    pub fn answering(answers: Vec<Answer>) -> Self {
        Self {
            name: "script".to_owned(),
            about: "says its lines in turn".to_owned(),
            voice: first_caller(),
            pitch: one(),
            language: english(),
            pause_ms: pause_ms(),
            patience_ms: patience_ms(),
            impatient: Vec::new(),
            otherwise: Vec::new(),
            facts: BTreeMap::new(),
            like: None,
            rules: answers.into_iter().map(|answer| Rule { answer, ..Rule::default() }).collect(),
            moments: Vec::new(),
            goal: None,
            goal_ending: None,
        }
    }

    /// The built-in personas.
    pub fn all() -> &'static [Arc<Self>] {
        &BUILT_IN
    }

    /// The built-in persona of this name.
    pub fn named(name: &str) -> Option<Arc<Self>> {
        BUILT_IN.iter().find(|persona| persona.name == name).cloned()
    }

    /// How long the agent must be silent before the caller speaks.
    pub(super) const fn pause(&self) -> Duration {
        Duration::from_millis(self.pause_ms)
    }

    /// The language's name, as the speech traits want it: they live as long as the program.
    pub(super) fn language(&self) -> &'static str {
        if self.language == "es" { "es" } else { "en" }
    }

    fn take_after(&mut self, model: &Self) {
        self.rules.extend(model.rules.iter().cloned());
        for (name, fact) in &model.facts {
            self.facts.entry(name.clone()).or_insert_with(|| fact.clone());
        }
        if self.impatient.is_empty() {
            self.impatient.clone_from(&model.impatient);
        }
        if self.otherwise.is_empty() {
            self.otherwise.clone_from(&model.otherwise);
        }
        if self.goal.is_none() && self.goal_ending.is_none() {
            self.goal.clone_from(&model.goal);
        }
    }

    fn check(&self) -> Result<(), SimulatorError> {
        let wrong = |reason: &str| Err(SimulatorError::Persona(format!("{}: {reason}", self.name)));
        if self.language != "en" && self.language != "es" {
            return wrong("its language is neither en nor es");
        }
        if !(0.5..=2.0).contains(&self.pitch) {
            return wrong("its pitch is not between 0.5 and 2");
        }
        if self.moments.iter().any(|moment| moment.turn.is_some() == moment.line.is_some()) {
            return wrong("a moment counts from a turn or from a line, one of the two");
        }
        let answers =
            self.rules.iter().map(|rule| &rule.answer).chain(self.moments.iter().map(|moment| &moment.answer));
        if answers.flat_map(|answer| answer.press.chars()).any(|key| !"0123456789*#ABCD".contains(key)) {
            return wrong("it presses a key that telephones do not have");
        }
        Ok(())
    }
}

/// Reads personas from a file's text.
pub fn read(text: &str) -> Result<Vec<Arc<Persona>>, SimulatorError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Personas {
        #[serde(rename = "persona")]
        personas: Vec<Persona>,
    }
    let read: Personas = toml::from_str(text).map_err(|error| SimulatorError::Persona(error.to_string()))?;
    let mut personas: Vec<Arc<Persona>> = Vec::with_capacity(read.personas.len());
    for mut persona in read.personas {
        if let Some(name) = &persona.like {
            let Some(model) = personas.iter().find(|described| described.name == *name) else {
                return Err(SimulatorError::Persona(format!(
                    "{}: no persona {name} is described before it",
                    persona.name
                )));
            };
            persona.take_after(model);
        }
        persona.check()?;
        personas.push(Arc::new(persona));
    }
    Ok(personas)
}

/// What one persona has said so far, and so what it says next.
#[derive(Clone, Debug)]
pub(super) struct Script {
    persona: Arc<Persona>,
    used: Vec<u32>,
    lost: usize,
    impatient: usize,
}

impl Script {
    pub(super) fn new(persona: Arc<Persona>) -> Self {
        Self { used: vec![0; persona.rules.len()], persona, lost: 0, impatient: 0 }
    }

    /// What is answered to these words: one use of the first rule that fits, its quotations filled in.
    pub(super) fn answer(&mut self, words: &str) -> Answer {
        for (rule, used) in self.persona.rules.iter().zip(&mut self.used) {
            if *used >= rule.times_max() {
                continue;
            }
            let captures = match &rule.when {
                Some(pattern) => match pattern.0.captures(words) {
                    Some(captures) => Some(captures),
                    None => continue,
                },
                None => None,
            };
            let turn = *used as usize;
            *used += 1;
            let quoted = |name: &str| {
                captures.as_ref().and_then(|captures| captures.name(name)).map(|quoted| quoted.as_str().to_owned())
            };
            let say = nth_or_last(&rule.answer.say, turn).map(|line| self.persona.fill(line, &quoted));
            let play = nth_or_last(&rule.answer.play, turn).cloned();
            return Answer {
                say: say.into_iter().collect(),
                play: play.into_iter().collect(),
                press: rule.answer.press.clone(),
                hang_up: rule.answer.hang_up,
            };
        }
        self.lost += 1;
        let line = self.persona.otherwise.get(self.lost - 1).map(|line| self.persona.fill(line, &|_| None));
        Answer { say: line.into_iter().collect(), ..Answer::default() }
    }

    /// Goes back to before an answer that was never given. Patience that was lost meanwhile stays lost.
    pub(super) fn answer_anew(&mut self, before: Self) {
        *self = Self { impatient: self.impatient, ..before };
    }

    /// What is done when no answer comes.
    pub(super) fn no_answer(&mut self) -> Answer {
        self.impatient += 1;
        match self.persona.impatient.get(self.impatient - 1) {
            Some(line) => Answer { say: vec![self.persona.fill(line, &|_| None)], ..Answer::default() },
            None => Answer { hang_up: true, ..Answer::default() },
        }
    }
}

impl Rule {
    fn times_max(&self) -> u32 {
        let things = self.answer.say.len().max(self.answer.play.len()).max(1);
        self.times.unwrap_or_else(|| u32::try_from(things).unwrap_or(u32::MAX))
    }
}

impl Persona {
    /// A line with `${quotations}` and `${facts}` filled in; what is neither stays away.
    pub(super) fn fill(&self, line: &str, quoted: &dyn Fn(&str) -> Option<String>) -> String {
        let mut filled = String::with_capacity(line.len());
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                rest = after;
                break;
            };
            filled.push_str(&quoted(name).or_else(|| self.facts.get(name).cloned()).unwrap_or_default());
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

fn nth_or_last<T>(all: &[T], n: usize) -> Option<&T> {
    all.get(n).or_else(|| all.last())
}

fn first_caller() -> String {
    "caller-1".to_owned()
}

const fn one() -> f64 {
    1.0
}

fn english() -> String {
    "en".to_owned()
}

/// Between people a turn passes after 200 ms; on the telephone with a stranger, or with a machine, after about 600.
const fn pause_ms() -> u64 {
    600
}

/// People say "hello?" into a dead line after some seven seconds.
const fn patience_ms() -> u64 {
    7_000
}

#[cfg(test)]
mod tests;
