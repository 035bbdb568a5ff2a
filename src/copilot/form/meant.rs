//! Which operation of the catalogue a sentence names, and what it says beside its name.
//!
//! The names are the catalogue's, in Spanish those of the phrase book; small words and other words for the same are data of
//! the phrase books.

use super::fill::field_words;
use crate::copilot::Copilot;
use crate::copilot::phrases::{Book, Cue};
use crate::crm::model::folded;
use crate::crm::operation::search::{Fit, Wanted, alike, words};
use crate::crm::operation::{CATALOGUE, Definition};
use crate::nlu::Language;
use std::cmp::Reverse;
use std::ops::Range;

/// So many are put up to choose from; what fits more says nothing.
const CHOICES_MAX: usize = 5;
/// The longest request that is taken for one though it has only a part of a name.
const PART_WORDS_MAX: usize = 4;
/// How many words may stand between those of a name.
const BETWEEN_MAX: usize = 3;

/// What a sentence means.
pub(in crate::copilot) enum Meant {
    /// No operation.
    Nothing,
    /// This one, with what was said beside its name.
    One(Found),
    /// One of these.
    Several(Vec<&'static Definition>),
}

/// An operation that was named.
#[derive(Clone)]
pub(in crate::copilot) struct Found {
    pub(in crate::copilot) definition: &'static Definition,
    /// What was said beside its name.
    pub(in crate::copilot) rest: String,
    /// Whether it begins with the name, in its own words and with nothing between them.
    pub(in crate::copilot) plainly: bool,
    /// Whether it begins with all of the name, with nothing between its words but what its fields are called.
    pub(in crate::copilot) whole: bool,
}

/// A word of a sentence and where it stands.
struct Word {
    folded: String,
    span: Range<usize>,
    small: bool,
}

/// How an operation was named: the more of its name the better, then the fewer other words for it, the more of its very
/// own, the fewer between them.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Rank(usize, Reverse<usize>, usize, Reverse<usize>);

/// The operations one can ask for in words: those that have a door.
pub(in crate::copilot) fn offered() -> impl Iterator<Item = &'static Definition> {
    CATALOGUE.iter().filter(|entry| entry.about.route.is_some())
}

/// The operation whose own name a sentence begins with: `delete_pipeline`.
pub(in crate::copilot) fn by_its_own_name(text: &str) -> Option<Found> {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = first.trim_end_matches([':', ',', '.', '?']);
    let definition = offered().find(|entry| name.contains('_') && entry.about.name.eq_ignore_ascii_case(name))?;
    Some(Found { definition, rest: rest.trim().to_owned(), plainly: true, whole: true })
}

impl Copilot {
    /// What a sentence means in the language spoken.
    pub(in crate::copilot) fn meant(&self, text: &str) -> Meant {
        let may = |definition: &&Definition| self.by.may.hold(definition.about.permission);
        match meant(self.book(), self.language(), text) {
            Meant::Several(all) => {
                // What they may not ask for is no choice, unless there is nothing else.
                let theirs: Vec<_> = all.iter().copied().filter(may).collect();
                match theirs.as_slice() {
                    [] => Meant::Several(all),
                    [definition] => Meant::One(Found {
                        definition,
                        rest: rest_of(self.book(), definition, text),
                        plainly: false,
                        whole: true,
                    }),
                    _ => Meant::Several(theirs),
                }
            }
            one @ (Meant::Nothing | Meant::One(_)) => one,
        }
    }
}

/// What is said beside an operation's name.
pub(in crate::copilot) fn rest_of(book: &Book, definition: &'static Definition, text: &str) -> String {
    let sentence = sentence(book, text);
    named(book, definition, &sentence, text).map(|(_, found)| found.rest).unwrap_or_default()
}

fn meant(book: &Book, language: Language, text: &str) -> Meant {
    if let Some(found) = by_its_own_name(text) {
        return Meant::One(found);
    }
    let sentence = sentence(book, text);
    let mut all: Vec<_> = offered().filter_map(|entry| named(book, entry, &sentence, text)).collect();
    if let Some(best) = all.iter().map(|(rank, _)| *rank).max() {
        all.retain(|(rank, _)| *rank == best);
        return match <[_; 1]>::try_from(all) {
            Ok([(_, found)]) => Meant::One(found),
            Err(all) if all.len() > CHOICES_MAX => Meant::Nothing,
            Err(all) => Meant::Several(all.into_iter().map(|(_, found)| found.definition).collect()),
        };
    }
    partly(book, language, &sentence)
}

/// How an operation is named in a sentence, if all its name is.
fn named(book: &Book, definition: &'static Definition, sentence: &[Word], text: &str) -> Option<(Rank, Found)> {
    let name = name(book, definition);
    let fit = Fit::of(&name, "", &wanted(book, sentence));
    if !fit.is_whole() {
        return None;
    }
    let mut places: Vec<usize> = fit.named.iter().copied().flatten().collect();
    let otherwise = name.iter().zip(&places).filter(|(word, place)| !alike(word, &sentence[**place].folded)).count();
    let very = name.iter().zip(&places).filter(|(word, place)| **word == sentence[**place].folded).count();
    places.sort_unstable();
    places.dedup();
    let (first, last) = (*places.first()?, *places.last()?);
    let begins = sentence[..first].iter().all(|word| word.small);
    let between = |place: &usize| !places.contains(place) && !sentence[*place].small;
    let apart = (first..=last).filter(between).count();
    if !begins || apart > BETWEEN_MAX || places.len() < name.len().min(2) {
        return None;
    }
    // "Change the name of the business": what is changed of it may stand between.
    let whole = apart == 0 || {
        let of_it = field_words(book, definition);
        (first..=last).filter(between).all(|place| of_it.contains(&sentence[place].folded))
    };
    let rest: Vec<&str> = (first..sentence.len())
        .filter(|place| !(places.contains(place) || *place < last && sentence[*place].small))
        .map(|place| &sentence[place])
        .scan(0, |end, word| {
            let new = word.span.start >= *end;
            *end = word.span.end;
            Some(new.then(|| &text[word.span.clone()]))
        })
        .flatten()
        .collect();
    let rest = rest.join(" ");
    let rank = Rank(places.len(), Reverse(otherwise), very, Reverse(apart));
    Some((rank, Found { definition, rest, plainly: apart == 0 && otherwise == 0, whole }))
}

/// Few words that all have to do with an operation: its noun, what is said of it.
fn partly(book: &Book, language: Language, sentence: &[Word]) -> Meant {
    let said: Vec<&Word> = sentence.iter().filter(|word| !word.small).collect();
    if said.is_empty() || said.len() > PART_WORDS_MAX {
        return Meant::Nothing;
    }
    let wanted: Vec<Wanted> = said.iter().map(|word| others(book, &word.folded)).collect();
    let mut best: Vec<(usize, &'static Definition)> = Vec::new();
    for definition in offered() {
        let about = match language {
            Language::En => definition.about.description,
            Language::Es => "",
        };
        let fit = Fit::of(&name(book, definition), about, &wanted);
        // A verb alone fits too much to mean anything.
        let has_noun = fit.named.iter().skip(1).any(Option::is_some);
        let whole = (0..wanted.len()).all(|place| fit.names(place) || fit.said[place]);
        if has_noun && whole {
            best.push((fit.score(wanted.len()), definition));
        }
    }
    let most = best.iter().map(|(score, _)| *score).max().unwrap_or(0);
    best.retain(|(score, _)| *score == most);
    let best: Vec<_> = best.into_iter().map(|(_, definition)| definition).collect();
    match best.as_slice() {
        [] => Meant::Nothing,
        [definition] => Meant::One(Found { definition, rest: String::new(), plainly: false, whole: false }),
        several if several.len() > CHOICES_MAX => Meant::Nothing,
        _ => Meant::Several(best),
    }
}

/// The words an operation is called by, without the small ones.
fn name(book: &Book, definition: &Definition) -> Vec<String> {
    let mut name = words(&book.term(definition.about.name));
    name.retain(|word| !is_small(book, word));
    name
}

fn is_small(book: &Book, word: &str) -> bool {
    [Cue::Small, Cue::Politeness].into_iter().any(|cue| book.words(cue).iter().any(|one| one == word))
}

fn sentence(book: &Book, text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut from = 0;
    for token in text.split_whitespace() {
        let start = from + text[from..].find(token).unwrap_or(0);
        from = start + token.len();
        let parts = folded(token);
        let parts = parts.split(' ').filter(|part| !part.is_empty());
        found.extend(parts.map(|part| Word {
            folded: part.to_owned(),
            span: start..from,
            small: is_small(book, part),
        }));
    }
    found
}

fn wanted(book: &Book, sentence: &[Word]) -> Vec<Wanted> {
    sentence.iter().map(|word| if word.small { Vec::new() } else { others(book, &word.folded) }).collect()
}

/// A word, and those of the catalogue that people mean by it.
fn others(book: &Book, word: &str) -> Wanted {
    let meant = book.meant_by(word).map(str::to_owned);
    std::iter::once(word.to_owned()).chain(meant).collect()
}
