//! Spanish words to phonemes, by rule: its spelling says how it sounds.

use super::super::SpeechError;
use piper_plus_g2p::spanish::phonemize_spanish;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How the rules write the rolled r: a sign of their own, for which the voice has a letter.
const ROLLED_R: char = '\u{E01D}';
/// How they write the "ch" of "noche".
const CH: char = '\u{E054}';

/// What stands before a stressed vowel.
const STRESS: char = 'ˈ';

/// The phonemes of a sentence of words, in the alphabet the voice was taught.
pub fn phonemes(sentence: &str) -> Result<String, SpeechError> {
    let words: String = sentence.chars().filter(|c| !matches!(c, '¿' | '¡')).collect();
    // The rules' author tested them on Spanish, not on everything a caller may be called.
    let read = catch_unwind(AssertUnwindSafe(|| phonemize_spanish(&words)))
        .map_err(|_| SpeechError::Failed("the rules of reading panicked".to_owned()))?;
    let read: String = read.iter().flat_map(|phoneme| phoneme.chars()).collect();
    let mut spelled = words.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    let read = read.split(' ').map(|word| glided(word, spelled.next().unwrap_or_default()));
    Ok(read.collect::<Vec<_>>().join(" ").replace(ROLLED_R, "r").replace(CH, "ʧ"))
}

/// A word's phonemes with its weak vowels before another as the glides they are (the rules write "bueno" as three
/// syllables), but for those that an accent keeps apart, as in "día".
fn glided(word: &str, spelled: &str) -> String {
    let apart = spelled.chars().any(|c| matches!(c, 'í' | 'ú' | 'Í' | 'Ú'));
    let signs: Vec<char> = word.chars().collect();
    let mut read = String::new();
    for (at, &sign) in signs.iter().enumerate() {
        let glide = match sign {
            'i' => Some('j'),
            'u' => Some('w'),
            _ => None,
        };
        let stressed = read.ends_with(STRESS);
        let before_a_vowel = matches!(signs.get(at + 1), Some('a' | 'e' | 'i' | 'o' | 'u'))
            || matches!((signs.get(at + 1), signs.get(at + 2)), (Some(&STRESS), Some('a' | 'e' | 'i' | 'o' | 'u')));
        let after_a_vowel = read.trim_end_matches(STRESS).ends_with(['a', 'e', 'i', 'o', 'u']);
        match glide.filter(|_| before_a_vowel && !after_a_vowel && !(stressed && apart)) {
            Some(glide) if stressed => {
                read.pop();
                read.extend([glide, STRESS]);
            }
            Some(glide) => read.push(glide),
            None => read.push(sign),
        }
    }
    read
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
            ("una revisión a las siete y cuarto", "una reβisjˈon a las sjˈete i kwˈaɾto"),
            ("¿mi día? farmacia, ruido, seis", "mi dˈia? faɾmˈasja, rwˈiðo, sˈeis"),
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
