//! Have they finished? One rule: how much silence it takes, given everything that is known.
//!
//! Pure and total: words, the field asked for and the turn detector's opinion in, milliseconds out. Which words hang is
//! language data (`models/endpointing.toml`). Knows nothing of audio, jobs or timers.
//!
//! Invariant: the answer never exceeds the longest wait of [`super::timing::Timing`].

use super::timing::Timing;
use crate::nlu::{Field, Language};
use serde::Deserialize;
use std::sync::LazyLock;

/// What speaks for and against the turn being over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence<'a> {
    /// What was asked for.
    pub(super) field: Field,
    /// The language spoken.
    pub(super) language: Language,
    /// The words so far, when they are in.
    pub(super) words: Option<&'a str>,
    /// The turn detector's probability that this sounded finished, when it is in and could tell.
    pub(super) finished: Option<f32>,
    /// Whether the words meant something to the conversation, or answered what it asked.
    pub(super) answered: bool,
    /// Whether they answered it so fully that nothing can be wanting: a day with its time, a goodbye.
    pub(super) whole: bool,
    /// The pauses this caller makes inside a turn, in milliseconds; nothing while they have shown none.
    pub(super) pauses_ms: u64,
}

/// The silence, in milliseconds, after which the turn is over.
pub(super) fn silence_needed_ms(evidence: &Evidence<'_>, timing: &Timing) -> u64 {
    let waits = waits(evidence.field);
    let words = evidence.words.unwrap_or_default();
    let sounds = |waits: ByEar| match evidence.finished {
        Some(p) if p >= SOUNDS_FINISHED => waits.finished,
        Some(p) if p < SOUNDS_UNFINISHED => waits.unfinished,
        Some(_) | None => waits.unknown,
    };
    let usual_ms = if evidence.pauses_ms == 0 { 0 } else { evidence.pauses_ms + BEYOND_A_PAUSE_MS };
    let needed = match shape(evidence.field, evidence.language, words) {
        Shape::Complete => waits.complete,
        Shape::Plain if evidence.whole && takes_leave(evidence.language, words) => AFTER_A_FAREWELL_MS,
        Shape::Plain if evidence.whole || is_closed(evidence, words) => waits.complete,
        Shape::Hanging => waits.hanging.max(usual_ms),
        Shape::Whole => sounds(waits.understood).max(usual_ms),
        Shape::Plain if evidence.answered && ends_with_an_answer(evidence.field) => {
            sounds(waits.understood).max(usual_ms)
        }
        Shape::Plain => sounds(waits.plain).max(usual_ms),
    };
    scaled(needed, timing.patience).min(timing.longest_wait_ms)
}

/// A time by a factor that [`Timing::check`] has bounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds, and never below zero")]
fn scaled(ms: u64, factor: f32) -> u64 {
    (ms as f32 * factor) as u64
}

/// What decided how long to wait, in words: for whoever wonders.
pub(super) fn reason(evidence: &Evidence<'_>) -> &'static str {
    let words = evidence.words.unwrap_or_default();
    match shape(evidence.field, evidence.language, words) {
        Shape::Complete => "the words are a whole answer",
        Shape::Plain if evidence.whole || is_closed(evidence, words) => "the words are a whole answer",
        Shape::Hanging => "the words cannot end here",
        Shape::Whole | Shape::Plain => match evidence.finished {
            Some(p) if p >= SOUNDS_FINISHED => "it sounded finished",
            Some(p) if p < SOUNDS_UNFINISHED => "it sounded unfinished",
            Some(_) | None => "nobody could tell",
        },
    }
}

/// Whether an answer to this is likely to be all: a name may be spelled after it, a number has another group.
fn ends_with_an_answer(field: Field) -> bool {
    match field {
        Field::Anything | Field::YesNo | Field::Service | Field::Day | Field::Time | Field::Choice => true,
        Field::Name | Field::Phone | Field::Email | Field::Words => false,
    }
}

/// How long to wait in each case, in milliseconds of silence.
struct Waits {
    /// The words alone are a whole answer.
    complete: u64,
    /// The words were understood.
    understood: ByEar,
    /// They meant nothing, so far: somebody who goes on may still make sense, and there is nothing to answer yet.
    plain: ByEar,
    /// The words cannot end here.
    hanging: u64,
}

/// How long to wait by how it sounded to the turn detector.
#[derive(Clone, Copy)]
struct ByEar {
    finished: u64,
    unknown: u64,
    unfinished: u64,
}

/// The table. Times people need inside an answer grow with what they have to remember or spell.
const fn waits(field: Field) -> Waits {
    const fn by_ear((finished, unknown, unfinished): (u64, u64, u64)) -> ByEar {
        ByEar { finished, unknown, unfinished }
    }
    let (complete, understood, plain, hanging) = match field {
        Field::YesNo => (300, (300, 380, 500), (600, 800, 1_000), 1_300),
        // Who tells what they want has more to tell: for when, and who they are. Who wants nothing more still says goodbye.
        Field::Anything => (500, (700, 700, 750), (1_200, 1_400, 1_600), 1_600),
        Field::Service | Field::Day | Field::Time | Field::Choice => {
            (300, (300, 600, 800), (1_200, 1_400, 1_600), 1_600)
        }
        Field::Name => (450, (600, 1_050, 1_100), (1_050, 1_100, 1_300), 1_300),
        Field::Phone => (300, (1_200, 1_300, 1_600), (1_200, 1_300, 1_600), 2_000),
        Field::Email => (450, (1_200, 1_300, 2_000), (1_200, 1_300, 2_000), 2_000),
        Field::Words => (800, (800, 1_100, 1_600), (800, 1_100, 1_600), 2_000),
    };
    Waits { complete, understood: by_ear(understood), plain: by_ear(plain), hanging }
}

/// From this probability on it sounded finished.
const SOUNDS_FINISHED: f32 = 0.5;
/// Under this it sounded unfinished; between the two nobody can tell.
const SOUNDS_UNFINISHED: f32 = 0.35;
/// After "goodbye" at the end of one, nothing comes that would be missed.
const AFTER_A_FAREWELL_MS: u64 = 300;
/// So much longer than a caller's usual pause is none of them.
const BEYOND_A_PAUSE_MS: u64 = 150;
/// A number in North America; other plans give eight to twelve, and their callers wait a second longer. More figures than
/// these are no number: the recogniser repeats itself in the middle of one.
const PHONE_DIGITS: usize = 10;
/// So many digits at the end that a telephone number may have been begun, and is not complete.
const UNFINISHED_NUMBER: std::ops::Range<usize> = 5..PHONE_DIGITS;
/// So many letters spelled can be told from an initial.
const SPELLED_LETTERS_MIN: usize = 3;

/// What the words alone tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Complete,
    /// A first and a last name: likely to be all.
    Whole,
    Plain,
    Hanging,
}

fn shape(field: Field, language: Language, words: &str) -> Shape {
    let lexicon = lexicon(language);
    let tail = words.trim_end();
    if tail.is_empty() {
        return Shape::Plain;
    }
    let digits = trailing_digits(lexicon, tail);
    match field {
        Field::Phone if is_whole_number(digits, tail) => return Shape::Complete,
        Field::Phone if (1..PHONE_DIGITS).contains(&digits) => return Shape::Hanging,
        Field::Name => return name_shape(lexicon, tail),
        Field::Email if ends_an_address(tail) => return Shape::Complete,
        Field::YesNo if all_of(tail, &lexicon.answers) => return Shape::Complete,
        Field::Anything
        | Field::YesNo
        | Field::Service
        | Field::Day
        | Field::Time
        | Field::Phone
        | Field::Email
        | Field::Choice
        | Field::Words => {}
    }
    let number_begun = field != Field::Words && UNFINISHED_NUMBER.contains(&digits);
    if is_broken_off(lexicon, tail) || number_begun { Shape::Hanging } else { Shape::Plain }
}

/// Whether the words end where a sentence cannot.
fn is_broken_off(lexicon: &Lexicon, tail: &str) -> bool {
    tail.ends_with([',', '-', '–', '—', ':', '…'])
        || tail.ends_with("...")
        || last_word(tail).is_some_and(|last| same_as_any(last, &lexicon.hanging))
}

/// Whether so many digits, the first of which stands in these words, are a telephone number.
fn is_whole_number(digits: usize, words: &str) -> bool {
    let with_country = words.chars().find(char::is_ascii_digit) == Some('1');
    digits == PHONE_DIGITS || (digits == PHONE_DIGITS + 1 && with_country)
}

/// A name can be followed by its letters; once the letters said are those of the name, it is over.
fn name_shape(lexicon: &Lexicon, words: &str) -> Shape {
    let spelled: Vec<&str> = words.split_whitespace().rev().map_while(letters).collect();
    let said = || words.split_whitespace().rev().skip(spelled.len()).filter_map(|word| words_of(word).next());
    if !spelled.is_empty() {
        let letters: String =
            spelled.iter().rev().flat_map(|part| part.chars()).filter(|c| c.is_alphabetic()).collect();
        let long = letters.chars().count() >= SPELLED_LETTERS_MIN;
        let told = |word: &str| word.to_lowercase() == letters.to_lowercase();
        return if long && said().any(told) { Shape::Complete } else { Shape::Hanging };
    }
    if is_broken_off(lexicon, words) {
        return Shape::Hanging;
    }
    let named = |word: &&str| word.starts_with(char::is_uppercase) && !same_as_any(word, &lexicon.before_a_name);
    if said().filter(named).count() >= 2 { Shape::Whole } else { Shape::Plain }
}

/// A word that is letters spelled out: "S", "S-M-I", "SMI", "Smith-S".
fn letters(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let last = word.rsplit('-').next().unwrap_or(word);
    let spelled = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_uppercase() || matches!(c, '-' | '.'));
    if spelled(word) {
        Some(word)
    } else if last.len() < word.len() && last.chars().count() == 1 && spelled(last) {
        Some(last)
    } else {
        None
    }
}

/// Whether these words are a bare answer to a question of yes or no.
pub(super) fn is_answer(field: Field, language: Language, words: &str) -> bool {
    field == Field::YesNo && all_of(words, &lexicon(language).answers)
}

/// Whether these words answer a question and end as an answer is ended: "…, please."
fn is_closed(evidence: &Evidence<'_>, words: &str) -> bool {
    let asked = evidence.field != Field::Anything && ends_with_an_answer(evidence.field);
    evidence.answered
        && asked
        && last_word(words).is_some_and(|last| same_as_any(last, &lexicon(evidence.language).closing))
}

/// Whether the last word is a farewell.
fn takes_leave(language: Language, words: &str) -> bool {
    last_word(words).is_some_and(|last| same_as_any(last, &lexicon(language).farewells))
}

/// Whether these words only say that somebody listens.
pub(super) fn is_back_channel(language: Language, words: &str) -> bool {
    all_of(words, &lexicon(language).back_channel)
}

fn all_of(words: &str, list: &[String]) -> bool {
    words_of(words).all(|word| same_as_any(word, list))
}

fn lexicon(language: Language) -> &'static Lexicon {
    match language {
        Language::En => &LEXICON.en,
        Language::Es => &LEXICON.es,
    }
}

/// The words, without punctuation around them.
pub(super) fn words_of(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

fn last_word(text: &str) -> Option<&str> {
    words_of(text).next_back()
}

fn same_as_any(word: &str, list: &[String]) -> bool {
    let plain = word.replace('’', "'").to_lowercase();
    list.contains(&plain)
}

/// How many digits the text ends with, figures grouped in any way or said as words.
fn trailing_digits(lexicon: &Lexicon, text: &str) -> usize {
    let mut digits = 0;
    for word in text.split_whitespace().rev() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let figures = word.chars().filter(char::is_ascii_digit).count();
        let only_figures =
            figures > 0 && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | ',' | ')' | '('));
        if only_figures {
            digits += figures;
        } else if same_as_any(word, &lexicon.digits) {
            digits += 1;
        } else if !word.is_empty() {
            break;
        }
    }
    digits
}

/// Whether the text ends like an address: "…@mail.com", "… dot com".
fn ends_an_address(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let Some((before, ending)) = text.rsplit_once(['.', ' ']) else { return false };
    let dotted = text.len() > ending.len() && text.as_bytes()[text.len() - ending.len() - 1] == b'.';
    let said = before.ends_with(" dot") || before.ends_with(" punto");
    (dotted && text.contains('@') || said) && LEXICON.addresses.endings.iter().any(|e| e == ending)
}

/// The words of `models/endpointing.toml`.
#[derive(Deserialize)]
struct Words {
    en: Lexicon,
    es: Lexicon,
    addresses: Addresses,
}

#[derive(Deserialize)]
struct Lexicon {
    hanging: Vec<String>,
    answers: Vec<String>,
    back_channel: Vec<String>,
    closing: Vec<String>,
    farewells: Vec<String>,
    before_a_name: Vec<String>,
    digits: Vec<String>,
}

#[derive(Deserialize)]
struct Addresses {
    endings: Vec<String>,
}

static LEXICON: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("../../models/endpointing.toml"))
        .expect("the file is part of the program, and a test reads it")
});

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
