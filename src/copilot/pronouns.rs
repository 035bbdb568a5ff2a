//! "Him", "her notes", "that contact": read with a name in their place, which says afterwards who was meant.
//!
//! The grammar knows names, not pronouns. So each pronoun before the words of a message or note is replaced by a name that
//! stands in for it (data of the phrase book), the sentence is understood, and where that name turns up, whoever was spoken of
//! last is meant. Shortcuts ("delete Ana Silva") are written out in the same way.

use super::phrases::{Book, Shortcut};
use crate::crm::model::folded;

/// Words a name in a shortcut has at most.
const NAME_WORDS_MAX: usize = 4;

/// The sentence with a name in place of each pronoun before `end` (a place in bytes); none when there is no pronoun.
pub(super) fn with_names(book: &Book, text: &str, end: usize) -> Option<String> {
    let (head, tail) = text.split_at(end);
    let mut words: Vec<String> = head.split_whitespace().map(str::to_owned).collect();
    let mut changed = false;
    let mut at = 0;
    while at < words.len() {
        if let Some(length) = matched(&words[at..], &book.pronouns.owners)
            && let Some(owned) = words.get(at + length)
            && book.pronouns.owned.contains(&folded(owned))
        {
            let with_name = book.pronouns.owning.replace("{person}", &book.pronouns.stand_in).replace("{owned}", owned);
            words.splice(at..=at + length, [with_name]);
            changed = true;
        } else if let Some(length) = matched(&words[at..], &book.pronouns.persons) {
            let ending = trailing(&words[at + length - 1]);
            words.splice(at..at + length, [format!("{}{ending}", book.pronouns.stand_in)]);
            changed = true;
        }
        at += 1;
    }
    let space = if tail.is_empty() { "" } else { " " };
    changed.then(|| format!("{}{space}{tail}", words.join(" ")))
}

/// How many words at the beginning are one of these expressions.
fn matched(words: &[String], expressions: &[String]) -> Option<usize> {
    let of = |expression: &String| {
        let length = expression.split(' ').count();
        let said = words.get(..length)?;
        // A full stop or comma inside parts what would be one expression.
        let whole = said[..length - 1].iter().all(|word| trailing(word).is_empty());
        (whole && folded(&said.join(" ")) == *expression).then_some(length)
    };
    expressions.iter().filter_map(of).max()
}

/// The punctuation a word ends in.
fn trailing(word: &str) -> &str {
    let end = word.trim_end_matches(['.', ',', ':', ';', '?', '!']).len();
    &word[end..]
}

/// The sentence a shortcut stands for.
pub(super) fn written_out(book: &Book, text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    book.shortcuts.iter().find_map(|shortcut| expand(shortcut, &words))
}

fn expand(shortcut: &Shortcut, words: &[&str]) -> Option<String> {
    let (mut at, mut who, mut rest) = (0, String::new(), String::new());
    for part in shortcut.from.split(' ') {
        match part {
            "{who}" => {
                let named = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
                let length = words[at..].iter().take(NAME_WORDS_MAX).take_while(named).count();
                if length == 0 {
                    return None;
                }
                let name = words[at..at + length].join(" ");
                name.trim_end_matches(['.', ',', '?', '!']).clone_into(&mut who);
                at += length;
            }
            "{rest}" => {
                rest = words.get(at..)?.join(" ");
                at = words.len();
            }
            part => {
                if folded(words.get(at)?) != part {
                    return None;
                }
                at += 1;
            }
        }
    }
    (at == words.len()).then(|| shortcut.to.replace("{who}", &who).replace("{rest}", &rest))
}
