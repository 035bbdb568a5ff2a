//! What was a sound over the agent's words: words, nothing, or the agent itself?
//!
//! Pure; who asks, and what becomes of it, is [`super::interruption`]'s.

use super::{endpoint, transcript};
use crate::nlu::{Field, Language};

/// Words of which so many letters in a hundred are the agent's own are its echo.
const ECHO_SHARE: usize = 75;
/// Letters compared: an echo that goes on for longer has long been told.
const ECHO_LETTERS_MAX: usize = 120;
/// An echo has at least so many words; fewer are no evidence.
const ECHO_WORDS_MIN: usize = 2;
/// An echo is weaker than the caller by so much, in dB: what a telephone's hybrid returns.
const ECHO_WEAKER_DB: f32 = 6.0;
/// A sound weaker than the caller by so much, in dB, which ends when the agent falls silent, is its echo whatever is made
/// out in it: the telephone garbles what it returns …
pub(super) const FAINT_DB: f32 = 10.0;
/// … if it ends within so many milliseconds: the way to the far end, the echo's delay and the voice detector's.
pub(super) const ECHO_DIES_MS: u64 = 450;
/// What a sound over the agent's words was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody wants to say something.
    Words,
    /// Nobody does.
    Nothing,
    /// It is the agent itself.
    Echo,
}

/// What is known of a sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sound<'a> {
    pub(super) words: &'a str,
    pub(super) language: Language,
    pub(super) field: Field,
    /// Whether the last clause, which asks, was being heard.
    pub(super) asked: bool,
    /// Whether nearly all of it had been heard.
    pub(super) heard_out: bool,
    /// What the agent was saying.
    pub(super) agent: &'a str,
    /// How much weaker than the caller usually is, in dB.
    pub(super) weaker_db: f32,
    /// Whether it ended soon after the agent fell silent, or has not yet had the time to go on for longer.
    pub(super) died: bool,
}

/// Tells words from nothing.
pub(super) fn judge(sound: &Sound<'_>) -> Verdict {
    if !transcript::says_something(sound.words) {
        return Verdict::Nothing;
    }
    let answers = sound.heard_out || sound.asked && endpoint::is_answer(sound.field, sound.language, sound.words);
    if !answers && endpoint::is_back_channel(sound.language, sound.words) {
        return Verdict::Nothing;
    }
    let returned = sound.weaker_db >= ECHO_WEAKER_DB && is_echo(sound.words, sound.agent);
    let garbled = sound.died && sound.weaker_db >= FAINT_DB && !sound.heard_out;
    if returned || garbled { Verdict::Echo } else { Verdict::Words }
}

/// Whether most of these letters are the agent's, in its order: half a word of an echo is written as another word.
fn is_echo(words: &str, agent: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        endpoint::words_of(text).flat_map(|word| word.chars().chain([' '])).flat_map(char::to_lowercase).collect()
    };
    let (mut heard, said) = (plain(words), plain(agent));
    heard.truncate(ECHO_LETTERS_MAX);
    let strange = letters_astray(&heard, &said);
    endpoint::words_of(words).count() >= ECHO_WORDS_MIN && strange * 100 <= heard.len() * (100 - ECHO_SHARE)
}

/// The least letters to be changed, left out or put in to find the one somewhere in the other (Sellers 1980).
fn letters_astray(sought: &[char], text: &[char]) -> usize {
    let mut ending_here: Vec<usize> = (0..=sought.len()).collect();
    let mut least = sought.len();
    for letter in text {
        let mut diagonal = ending_here[0];
        for n in 1..=sought.len() {
            let changed = diagonal + usize::from(sought[n - 1] != *letter);
            diagonal = ending_here[n];
            ending_here[n] = changed.min(ending_here[n] + 1).min(ending_here[n - 1] + 1);
        }
        least = least.min(ending_here[sought.len()]);
    }
    least
}
