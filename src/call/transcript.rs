//! The record of who said what: numbers the turns and puts them together.
//!
//! Invariant: turns are numbered from 0 without a gap, in the order they became final. Knows nothing of why a turn ended.

use super::CallTime;
use super::action::{Speaker, Stages, Turn};

/// The most words of one caller's turn that are kept, in bytes: two minutes of fast speech.
pub(super) const TEXT_BYTES_MAX: usize = 4_096;

/// Numbers turns.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    next: u32,
}

/// What the caller said, by voice or by keys, before anybody has understood it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) what: What,
    pub(super) text: String,
    pub(super) confidence: f32,
    pub(super) began: CallTime,
    pub(super) ended: CallTime,
    pub(super) stages: Stages,
}

/// How the caller expressed themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Spoken,
    Typed,
    Unclear,
}

/// Whether there is a word, a figure or a key in it: a recogniser may answer noise with a lone full stop.
pub(super) fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

impl Record {
    /// A caller's turn.
    pub(super) fn caller(&mut self, words: &Words, why: Vec<String>) -> Turn {
        Turn {
            number: self.number(),
            who: Speaker::Caller,
            text: words.text.clone(),
            cut_off: false,
            began: words.began,
            ended: words.ended,
            confidence: Some(words.confidence),
            why,
            stages: Stages::default(),
        }
    }

    /// An agent's turn, as far as it was heard.
    pub(super) fn agent(
        &mut self,
        heard: String,
        whole: bool,
        began: CallTime,
        ended: CallTime,
        stages: Stages,
    ) -> Turn {
        Turn {
            number: self.number(),
            who: Speaker::Agent,
            text: heard,
            cut_off: !whole,
            began,
            ended,
            confidence: None,
            why: Vec::new(),
            stages,
        }
    }

    fn number(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        number
    }
}

/// Joins what was said in two breaths, within [`TEXT_BYTES_MAX`].
pub(super) fn join(first: &str, second: &str) -> String {
    let mut text =
        [first.trim(), second.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_words_are_bounded_on_a_letter() {
        assert_eq!(join(" my number is", " 305 "), "my number is 305");
        assert_eq!(join("", "yes"), "yes");
        let long = "é".repeat(TEXT_BYTES_MAX);
        assert!(join(&long, "more").len() <= TEXT_BYTES_MAX);
    }
}
