//! What a caller thinks between hearing and speaking: words from sound, a line for the words, sound for the line.
//!
//! It takes its time off the clock: [`super::stream`] asks, goes on with the call and takes the decision when it comes.

use super::error::SimulatorError;
use super::lines::{Line, Tone};
use super::persona::{Answer, Script};
use super::plan::CallPlan;
use super::words::AgentTurn;
use crate::audio::{Pcm, TELEPHONE_HZ};
use std::collections::VecDeque;
use std::sync::Arc;

/// A question to the mind.
#[derive(Debug)]
pub(super) enum Question {
    /// The agent fell silent: what now?
    Turn {
        /// Its number.
        number: u32,
        /// Samples on the call's clock: where the agent's speech began and where it was last heard. The end also names
        /// the question: if the agent goes on, the answer is void.
        from: usize,
        /// See `from`.
        to: usize,
        /// What was heard between.
        audio: Pcm<TELEPHONE_HZ>,
    },
    /// No answer came.
    NoAnswer,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Speak(Arc<Line>),
    Press(char),
    HangUp,
}

/// What is to be done, and what it answers.
#[derive(Debug)]
pub(super) struct Decision {
    /// The end of the agent's speech this answers; none: the answer that did not come.
    pub(super) heard_until: Option<usize>,
    pub(super) acts: VecDeque<Act>,
}

/// A turn of the agent's as the caller understood it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Understood {
    pub(super) number: u32,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) words: String,
}

/// One caller's mind.
pub(super) struct Mind<'a> {
    plan: &'a CallPlan,
    call_sid: &'a str,
    script: Script,
    /// The script before it answered the agent's turn of this number: until the caller acts on that answer the turn may
    /// go on, and then it is answered anew.
    before: Option<(u32, Script)>,
    tone: Tone,
    pub(super) understood: Vec<Understood>,
}

impl<'a> Mind<'a> {
    pub(super) fn new(plan: &'a CallPlan, call_sid: &'a str) -> Self {
        let persona = &plan.persona;
        let tone = Tone { voice: persona.voice.clone(), pitch: persona.pitch, language: persona.language() };
        Self { plan, call_sid, script: Script::new(persona.clone()), before: None, tone, understood: Vec::new() }
    }

    /// Answers a question.
    pub(super) async fn consider(&mut self, question: Question) -> Result<Decision, SimulatorError> {
        match question {
            Question::NoAnswer => {
                let answer = self.script.no_answer();
                Ok(Decision { heard_until: None, acts: self.prepare(&answer).await? })
            }
            Question::Turn { number, from, to, audio } => {
                let words = self.words(number, to, audio).await?;
                self.remember(Understood { number, from, to, words: words.clone() });
                self.take_back(number);
                let answer = self.script.answer(&words);
                Ok(Decision { heard_until: Some(to), acts: self.prepare(&answer).await? })
            }
        }
    }

    /// Forgets an answer to this turn that was never given.
    fn take_back(&mut self, number: u32) {
        if let Some((_, before)) = self.before.take_if(|(answered, _)| *answered == number) {
            self.script.answer_anew(before);
        }
        self.before = Some((number, self.script.clone()));
    }

    /// The sounds of an answer.
    pub(super) async fn prepare(&self, answer: &Answer) -> Result<VecDeque<Act>, SimulatorError> {
        let mut acts = VecDeque::new();
        for file in &answer.play {
            acts.push_back(Act::Speak(self.plan.voices.read(file).await?));
        }
        for text in &answer.say {
            let text = self.plan.persona.fill(text, &|_| None);
            acts.push_back(Act::Speak(self.plan.voices.speak(&self.tone, &text).await?));
        }
        acts.extend(answer.press.chars().map(Act::Press));
        if answer.hang_up {
            acts.push_back(Act::HangUp);
        }
        Ok(acts)
    }

    async fn words(&self, number: u32, to: usize, audio: Pcm<TELEPHONE_HZ>) -> Result<String, SimulatorError> {
        let Some(source) = &self.plan.words else { return Ok(String::new()) };
        let ended_ms = to as u64 * 1_000 / u64::from(TELEPHONE_HZ);
        let (call_sid, language) = (self.call_sid.to_owned(), self.tone.language);
        source.words(AgentTurn { call_sid, number, ended_ms, audio, language }).await
    }

    /// A turn that went on after a pause is understood anew, as a whole.
    fn remember(&mut self, understood: Understood) {
        match self.understood.last_mut() {
            Some(last) if last.number == understood.number => *last = understood,
            Some(_) | None => self.understood.push(understood),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::E164;
    use crate::simulator::persona::Persona;
    use crate::simulator::words::AgentWords;
    use async_trait::async_trait;

    /// Every turn asks the same.
    struct Asked;

    #[async_trait]
    impl AgentWords for Asked {
        async fn words(&self, _: AgentTurn) -> Result<String, SimulatorError> {
            Ok("And your name?".to_owned())
        }
    }

    #[tokio::test]
    async fn an_answer_that_was_never_given_is_not_used_up() {
        let press = |keys: &str| Answer { press: keys.to_owned(), ..Answer::default() };
        let persona = Arc::new(Persona::answering(vec![press("1"), press("2")]));
        let number = |text: &str| E164::try_from(text.to_owned()).unwrap();
        let (from, to) = (number("+13055550142"), number("+13055550199"));
        let mut plan = CallPlan::new("http://127.0.0.1:1", "AC", "token", from, to, persona);
        plan.words = Some(Arc::new(Asked));
        let mut mind = Mind::new(&plan, "CA1");
        let mut pressed = Vec::new();
        for (number, to) in [(0, 100), (0, 200), (1, 300)] {
            let question = Question::Turn { number, from: 0, to, audio: Pcm(vec![]) };
            pressed.extend(mind.consider(question).await.unwrap().acts);
        }
        assert_eq!(pressed, [Act::Press('1'), Act::Press('1'), Act::Press('2')]);
    }
}
