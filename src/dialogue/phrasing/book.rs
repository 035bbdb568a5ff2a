//! The phrase books: every sentence the agent can say, in every language, checked when they are loaded.
//!
//! A phrase has one to three variants. A variant is one text for both channels, or a table with `ear` for those who
//! listen and `eye` for those who read. `|` parts it into clauses, which are synthesised one by one; `{name}` is a
//! placeholder. What is said on a call is written down in the same words, only with figures.
//!
//! Invariant: every [`Meaning`] has a phrase in every language, mentioning only the values that meaning has.
//! Invariant: a phrase that apologises in one variant does not in another, so that we never apologise twice in a row.

use super::lexicon::{Cue, CueWords, Lexicon, plain_words};
use super::meaning::{Meaning, STEADY_SLOTS};
use super::{Fill, Said};
use crate::dialogue::{Channel, Clause};
use crate::nlu::Language;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Variants a phrase may have: more would not be heard in one call.
const VARIANTS_MAX: usize = 3;

/// The phrase books of all languages.
#[derive(Clone, Debug)]
pub struct Phrases {
    english: Book,
    spanish: Book,
}

/// What is wrong with a phrase book.
#[derive(Debug, thiserror::Error)]
pub enum PhrasesError {
    /// Not the expected form; the text names the line.
    #[error("{file}: {source}")]
    Form {
        /// The file.
        file: &'static str,
        /// What, and on which line.
        source: Box<toml::de::Error>,
    },
    /// Something is missing or too much.
    #[error("{file}: {what}")]
    Content {
        /// The file.
        file: &'static str,
        /// What.
        what: String,
    },
}

impl Phrases {
    /// The books that come with the program.
    pub fn embedded() -> Result<Self, PhrasesError> {
        Ok(Self {
            english: Book::load("models/phrases/en.toml", include_str!("../../../models/phrases/en.toml"))?,
            spanish: Book::load("models/phrases/es.toml", include_str!("../../../models/phrases/es.toml"))?,
        })
    }

    /// The book of a language.
    pub fn book(&self, language: Language) -> &Book {
        match language {
            Language::En => &self.english,
            Language::Es => &self.spanish,
        }
    }
}

/// One language's book.
#[derive(Clone, Debug)]
pub struct Book {
    lexicon: Lexicon,
    /// By [`Meaning`], in its order.
    phrases: Vec<Vec<Variant>>,
    /// Cues with their words between spaces.
    cues: Vec<(Cue, Vec<String>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    say: BTreeMap<String, Vec<Variant>>,
    cues: Vec<CueWords>,
    lexicon: Lexicon,
}

/// One way to say something.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Variant {
    Both(String),
    Each { ear: String, eye: String },
}

impl Variant {
    fn ear(&self) -> &str {
        match self {
            Self::Both(text) | Self::Each { ear: text, .. } => text,
        }
    }

    fn eye(&self) -> &str {
        match self {
            Self::Both(text) | Self::Each { eye: text, .. } => text,
        }
    }
}

impl Book {
    fn load(file: &'static str, text: &str) -> Result<Self, PhrasesError> {
        let content = |what: String| PhrasesError::Content { file, what };
        let mut parsed: File =
            toml::from_str(text).map_err(|source| PhrasesError::Form { file, source: Box::new(source) })?;
        if let Some(fault) = parsed.lexicon.fault() {
            return Err(content(fault.to_owned()));
        }
        let mut phrases = Vec::with_capacity(Meaning::ALL.len());
        for &meaning in Meaning::ALL {
            let variants =
                parsed.say.remove(meaning.key()).ok_or_else(|| content(format!("no phrase {}", meaning.key())))?;
            check(meaning, &variants, &parsed.lexicon).map_err(content)?;
            phrases.push(variants);
        }
        if let Some(key) = parsed.say.keys().next() {
            return Err(content(format!("phrase {key} means nothing to the program")));
        }
        let cues = parsed
            .cues
            .into_iter()
            .map(|cue| (cue.cue, cue.words.iter().map(|words| plain_words(words)).collect()))
            .collect();
        Ok(Self { lexicon: parsed.lexicon, phrases, cues })
    }

    /// The word lists.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The cues in a sentence, in the order of the book.
    pub fn cues(&self, text: &str) -> Vec<Cue> {
        let sentence = plain_words(text);
        self.cues
            .iter()
            .filter(|(_, words)| words.iter().any(|words| sentence.contains(words.as_str())))
            .map(|(cue, _)| *cue)
            .collect()
    }

    /// What answers open with, where that is the same every time.
    pub fn openings(&self) -> BTreeSet<&str> {
        let all = self.phrases.iter().flatten().filter_map(|variant| variant.ear().split('|').next()).map(str::trim);
        all.filter(|clause| !clause.is_empty() && placeholders(clause).next().is_none()).collect()
    }

    /// Whether a sentence is one of a cue's words and nothing else.
    pub fn is_cue(&self, text: &str, cue: Cue) -> bool {
        let sentence = plain_words(text);
        self.cues.iter().any(|(one, words)| *one == cue && words.contains(&sentence))
    }

    /// Whether these words apologise.
    pub fn apologises(&self, text: &str) -> bool {
        apologises(&self.lexicon, text)
    }

    /// The clauses that convey `meaning` on a channel. `turn` chooses the variant; `contrite` asks for one that does
    /// not apologise.
    pub fn clauses(
        &self,
        channel: Channel,
        meaning: Meaning,
        turn: u32,
        contrite: bool,
        fills: &[Fill],
    ) -> Vec<Clause> {
        let variants = &self.phrases[meaning as usize];
        let fitting: Vec<&Variant> =
            variants.iter().filter(|variant| !(contrite && self.apologises(variant.ear()))).collect();
        let choice = usize::try_from(turn).unwrap_or(0) % fitting.len().max(1);
        let Some(variant) = fitting.get(choice).copied().or_else(|| variants.first()) else { return Vec::new() };
        // The record of a call holds what was said; wording made for the screen belongs to text.
        let written = match channel {
            Channel::Ear => variant.ear(),
            Channel::Eye => variant.eye(),
        };
        variant.ear().split('|').zip(written.split('|')).flat_map(|(ear, eye)| clause(ear, eye, fills)).collect()
    }
}

/// One clause of a phrase, filled; several when a value brings its own partings.
fn clause(ear: &str, eye: &str, fills: &[Fill]) -> Vec<Clause> {
    let fixed = placeholders(ear).all(|name| fills.iter().any(|(slot, said)| *slot == name && said.steady));
    let ear = filled(ear, fills, |said| &said.ear);
    let eye = filled(eye, fills, |said| &said.eye);
    // A line break before written words is theirs: it parts a list.
    let made =
        |ear: &str, eye: &str| Clause { ear: ear.trim().to_owned(), eye: eye.trim_matches(' ').to_owned(), fixed };
    if ear.split('|').count() == eye.split('|').count() {
        ear.split('|').zip(eye.split('|')).map(|(ear, eye)| made(ear, eye)).filter(|c| !c.ear.is_empty()).collect()
    } else {
        vec![made(&ear.replace('|', " "), &eye.replace('|', " "))]
    }
}

fn filled(pattern: &str, fills: &[Fill], form: impl Fn(&Said) -> &str) -> String {
    let mut text = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some((head, (name, tail))) =
        rest.split_once('{').and_then(|(head, tail)| Some((head, tail.split_once('}')?)))
    {
        text.push_str(head);
        let value = fills.iter().find(|(slot, _)| *slot == name).map(|(_, said)| form(said));
        #[cfg(test)]
        assert!(value.is_some(), "{pattern:?} was given no {name}");
        text.push_str(value.unwrap_or_default());
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
}

fn apologises(lexicon: &Lexicon, text: &str) -> bool {
    let sentence = plain_words(text);
    lexicon.apologies.iter().any(|word| sentence.contains(&plain_words(word)))
}

fn check(meaning: Meaning, variants: &[Variant], lexicon: &Lexicon) -> Result<(), String> {
    let key = meaning.key();
    if variants.is_empty() || variants.len() > VARIANTS_MAX {
        return Err(format!("phrase {key} wants 1 to {VARIANTS_MAX} variants"));
    }
    for variant in variants {
        for text in [variant.ear(), variant.eye()] {
            let stray = placeholders(text).find(|name| !meaning.slots().contains(name) && !STEADY_SLOTS.contains(name));
            if let Some(name) = stray {
                return Err(format!("phrase {key} mentions {{{name}}}, which it is never given"));
            }
        }
        if variant.ear().split('|').count() != variant.eye().split('|').count() {
            return Err(format!("phrase {key} has different clauses for ear and eye"));
        }
        if variant.ear().chars().any(|c| c.is_ascii_digit()) {
            return Err(format!("phrase {key} has figures for the ear"));
        }
    }
    if variants.iter().all(|variant| apologises(lexicon, variant.ear())) {
        return Err(format!("phrase {key} needs a variant that does not apologise"));
    }
    Ok(())
}
