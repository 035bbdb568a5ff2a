//! Spanish words to phonemes, by rule: its spelling says how it sounds.

use super::super::SpeechError;
use piper_plus_g2p::spanish::phonemize_spanish;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How the rules write the rolled r: a sign of their own, for which the voice has a letter.
const ROLLED_R: char = '\u{E01D}';
/// How they write the "ch" of "noche".
const CH: char = '\u{E054}';

/// The phonemes of a sentence of words, in the alphabet the voice was taught.
pub fn phonemes(sentence: &str) -> Result<String, SpeechError> {
    let words: String = sentence.chars().filter(|c| !matches!(c, '¿' | '¡')).collect();
    // The rules' author tested them on Spanish, not on everything a caller may be called.
    let read = catch_unwind(AssertUnwindSafe(|| phonemize_spanish(&words)))
        .map_err(|_| SpeechError::Failed("the rules of reading panicked".to_owned()))?;
    Ok(read
        .iter()
        .flat_map(|phoneme| phoneme.chars())
        .map(|c| match c {
            ROLLED_R => 'r',
            CH => 'ʧ',
            c => c,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_read_as_they_are_spelled() {
        for (words, expected) in [
            ("hola", "ˈola"),
            ("noche", "nˈoʧe"),
            ("perro", "pˈero"),
            ("pero", "pˈeɾo"),
            ("mañana", "maɲˈana"),
            ("jueves", "xwˈeβes"),
        ] {
            assert_eq!(phonemes(words).unwrap(), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_fail(text in ".{0,80}") {
            prop_assert!(phonemes(&text).is_ok());
        }
    }
}
