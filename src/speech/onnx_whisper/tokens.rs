//! Whisper's vocabulary: what a number stands for, and how names are spelled in numbers.
//!
//! Invariant: every word is at most [`WORD_BYTES_MAX`] long, so a broken file cannot take memory.

use super::SpeechError;
use std::collections::HashMap;
use std::path::Path;

/// The vocabulary's file: see `models::whisper_onnx::words`.
const FILE: &str = "whisper-base-int8/words.bin";
/// The longest token of Whisper has 128 bytes.
const WORD_BYTES_MAX: usize = 1_024;
/// More tokens than any Whisper has (51,866).
const WORDS_MAX: usize = 1 << 17;

/// The vocabulary.
#[derive(Debug)]
pub(super) struct Tokens {
    words: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
    /// The numbers with a meaning.
    pub(super) special: Special,
}

/// Tokens that are no words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Special {
    /// The end; the first token that is no word.
    pub(super) end: u32,
    /// "A transcript begins".
    pub(super) start: u32,
    /// "Write what is said".
    pub(super) transcribe: u32,
    /// "There is no speech".
    pub(super) no_speech: u32,
    /// "This came before": a prompt follows.
    pub(super) previous: u32,
    /// The time 0.00; times follow in steps of 20 ms to the last token.
    pub(super) first_time: u32,
    /// A single space.
    pub(super) space: u32,
}

impl Tokens {
    /// Reads the vocabulary from the models' folder.
    pub(super) fn read(dir: &Path) -> Result<Self, SpeechError> {
        let path = dir.join(FILE);
        let bytes = std::fs::read(&path)
            .map_err(|error| SpeechError::Model(format!("{} cannot be read: {error}", path.display())))?;
        Self::parse(&bytes).ok_or_else(|| SpeechError::Model(format!("{} is not Whisper's vocabulary", path.display())))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let number = |rest: &mut &[u8]| -> Option<usize> {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            *rest = tail;
            usize::try_from(u32::from_le_bytes(*head)).ok()
        };
        let count = number(&mut rest).filter(|&count| count <= WORDS_MAX)?;
        let mut words = Vec::with_capacity(count);
        for _ in 0..count {
            let length = number(&mut rest).filter(|&length| length <= WORD_BYTES_MAX)?;
            let (word, tail) = rest.split_at_checked(length)?;
            words.push(word.to_vec());
            rest = tail;
        }
        let pairs = words.iter().zip(0_u32..).map(|(word, number)| (word.clone(), number));
        let numbers: HashMap<_, _> = pairs.collect();
        let find = |name: &str| numbers.get(name.as_bytes()).copied();
        let special = Special {
            end: find("<|endoftext|>")?,
            start: find("<|startoftranscript|>")?,
            transcribe: find("<|transcribe|>")?,
            no_speech: find("<|nocaptions|>").or_else(|| find("<|nospeech|>"))?,
            previous: find("<|startofprev|>")?,
            first_time: find("<|notimestamps|>")? + 1,
            space: find(" ")?,
        };
        Some(Self { words, numbers, special })
    }

    /// What a token stands for.
    pub(super) fn bytes(&self, token: u32) -> &[u8] {
        self.words.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// The token that pins a language.
    pub(super) fn language(&self, language: &str) -> Option<u32> {
        self.numbers.get(format!("<|{language}|>").as_bytes()).copied()
    }

    /// A text in tokens, by byte-pair encoding. GPT-2's vocabulary is numbered in the order of its merges, so the pair to
    /// join next is the one whose whole has the lowest number.
    pub(super) fn encode(&self, text: &str) -> Vec<u32> {
        split(text).into_iter().flat_map(|word| self.encode_word(word.as_bytes())).collect()
    }

    fn encode_word(&self, word: &[u8]) -> Vec<u32> {
        let mut ends: Vec<usize> = (0..=word.len()).collect();
        loop {
            let joined = |at: usize| self.numbers.get(&word[ends[at]..ends[at + 2]]).copied();
            let pairs = (0..ends.len().saturating_sub(2)).filter_map(|at| Some((joined(at)?, at)));
            let Some((_, at)) = pairs.min() else { break };
            ends.remove(at + 1);
        }
        ends.windows(2).filter_map(|ends| self.numbers.get(&word[ends[0]..ends[1]]).copied()).collect()
    }
}

/// Cuts a text as GPT-2 does: runs of letters, of figures and of other signs, each with the one space before it.
fn split(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Letter,
        Figure,
        Sign,
        Space,
    }
    let kind = |c: char| match c {
        c if c.is_alphabetic() => Kind::Letter,
        c if c.is_numeric() => Kind::Figure,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Sign,
    };
    let mut words = Vec::new();
    let (mut start, mut last) = (0, None);
    for (at, c) in text.char_indices() {
        let now = kind(c);
        let leading_space = last == Some(Kind::Space) && at == start + 1 && text[start..].starts_with(' ');
        if last.is_some_and(|last| last != now) && !leading_space {
            words.push(&text[start..at]);
            start = at;
        }
        last = Some(now);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::testing::models;

    #[test]
    fn texts_survive_being_encoded() {
        let tokens = Tokens::read(&models()).expect("the vocabulary");
        for text in [" Nguyen, Kowalski, Peña.", " At 10 o'clock; call 555-0142!", " 你好", "", "  two  spaces"] {
            let back: Vec<u8> = tokens.encode(text).iter().flat_map(|&token| tokens.bytes(token).to_vec()).collect();
            assert_eq!(String::from_utf8_lossy(&back), text);
        }
    }

    #[test]
    fn common_words_are_one_token_each() {
        let tokens = Tokens::read(&models()).expect("the vocabulary");
        assert_eq!(tokens.encode(" And so, my fellow Americans").len(), 6);
        assert_eq!(tokens.encode(" and")[0], 293, "as OpenAI's own tokeniser has it");
    }

    #[test]
    fn a_broken_file_is_none() {
        assert!(Tokens::parse(&[]).is_none());
        assert!(Tokens::parse(&[255; 64]).is_none());
        assert!(Tokens::parse(&[1, 0, 0, 0, 200, 0, 0, 0, 1]).is_none());
    }
}
