//! Slips of the fingers in command words: "appointmnet". One letter more, less, other, or two swapped is forgiven.
//!
//! Read next: [`super::super::read`], which says where it is not.

use super::{Book, Trait};
use crate::nlu::entity::service::one_slip;
use crate::nlu::lexicon::Vocabulary;

/// Shortest word in which a typing error is forgiven: in shorter ones a neighbour is too often another word.
const TYPO_LETTERS_MIN: usize = 5;

impl Book {
    /// Every way to lose one letter of a command word leads back to it; two words that meet leave the place empty.
    pub(super) fn index_typos(&mut self, vocabulary: &Vocabulary) {
        let mut words: Vec<(&str, u32)> = vocabulary
            .words()
            .filter(|(word, number)| {
                word.len() >= TYPO_LETTERS_MIN
                    && word.is_ascii()
                    && !self.by_word.get(*number as usize).is_none_or(Vec::is_empty)
                    && !self.has(*number, Trait::NeverTypo)
            })
            .collect();
        words.sort_unstable();
        for (word, number) in words {
            self.slips.insert(number, word.into());
            for skip in 0..word.len() {
                let short = format!("{}{}", &word[..skip], &word[skip + 1..]);
                self.typos
                    .entry(short.into())
                    .and_modify(|known| {
                        if *known != number {
                            *known = 0;
                        }
                    })
                    .or_insert(number);
            }
        }
    }

    /// The command word that a word with one slip of the fingers stands for.
    pub(crate) fn mistyped(&self, word: &str) -> Option<u32> {
        if word.len() < TYPO_LETTERS_MIN || !word.is_ascii() {
            return None;
        }
        // A letter too few: the word itself is a shortened form. One too many or a wrong one: shortening it meets one.
        let close = |number: &u32| {
            self.slips
                .get(number)
                .is_some_and(|right| right.as_bytes().first() == word.as_bytes().first() && one_slip(right, word))
        };
        let found = self.typos.get(word).copied().filter(close);
        found.or_else(|| {
            (0..word.len()).find_map(|skip| {
                let short = format!("{}{}", &word[..skip], &word[skip + 1..]);
                self.typos.get(short.as_str()).copied().filter(close)
            })
        })
    }
}
