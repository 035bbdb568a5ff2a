//! Correcting a name: recognisers misspell names, and callers say how they are spelled. Pure.
//!
//! Knows what a correction sounds like ("it's Maria, not Mario", "M-A-R-I-A", "Lopez with a z"); which words say it is
//! in the phrase books. A correction touches only the part of the name it is like.

use super::super::phrasing::Lexicon;
use super::super::phrasing::lexicon::plain_words;

/// Fewer letters in a row are no spelling: "with a z" has two.
const LETTERS_MIN: usize = 3;

/// A sentence longer than this is about something else, unless it says so ("… not …").
const BARE_WORDS_MAX: usize = 4;

/// Words of names that differ in more letters than this are different names.
const NEAR_MAX: usize = 2;

/// The letters a name may end in that are heard alike on the telephone.
const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// The longest name kept, in characters; names as long are rare, and a recogniser's nonsense is not.
const NAME_MAX: usize = 80;

/// A known name with a new one put in: one word takes the place of the word it is like, anything else the whole.
pub(in crate::dialogue) fn merged(known: &str, new: &str) -> String {
    let new: String = new.chars().take(NAME_MAX).collect();
    let is_one = new.split_whitespace().count() == 1 && known.split_whitespace().count() > 1;
    match place_of(known, &new).filter(|_| is_one) {
        Some(place) => replaced(known, place, &new),
        None => new,
    }
}

/// The name a sentence corrects another one to, if it corrects it. `introduced` is the name it gives, with its letters;
/// `was_spelled` says that a part of the known one was spelled back to them already.
pub(in crate::dialogue) fn corrected(
    lexicon: &Lexicon,
    known: &str,
    text: &str,
    introduced: Option<&str>,
    was_spelled: bool,
) -> Option<String> {
    if known.trim().is_empty() {
        return None;
    }
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    // Who says the whole name and spells a part of it has said which part.
    let whole = introduced.filter(|name| name.contains(' '));
    let letters = letters(lexicon, &words).or_else(|| whole.and_then(|_| run_together(&words)));
    let letters = letters.as_ref().map(|(start, run)| (*start, run.as_str()));
    let again = |(start, run)| refused_again(lexicon, known, &words, start, run, whole.is_some(), was_spelled);
    // The name it gives counts, unless that is the one which its letters say is another.
    let given = |new| whole.filter(|name| *name != known).map_or(new, str::to_owned);
    let new = letters
        .and_then(again)
        .or_else(|| letters.and_then(|(start, run)| spelled(known, &words, start, run)).map(given))
        .or_else(|| with_letter(lexicon, known, &words))
        .or_else(|| not_that(lexicon, known, &words))
        .or_else(|| bare(known, &words))?;
    let new: String = new.chars().take(NAME_MAX).collect();
    (new != known).then_some(new)
}

/// The part of a name that is another one now, the surname if all are: what is to be spelled back.
pub(in crate::dialogue) fn changed(known: &str, new: &str) -> Option<String> {
    let is_new = |part: &&str| !known.split_whitespace().any(|old| plain_words(old) == plain_words(part));
    new.split_whitespace().rfind(is_new).map(str::to_owned)
}

/// The letters of a sentence and where they begin, if it spells something.
fn letters(lexicon: &Lexicon, words: &[&str]) -> Option<(usize, String)> {
    let run = |start: usize| words[start..].iter().map_while(|word| letter(lexicon, word)).collect::<String>();
    (0..words.len()).map(|start| (start, run(start))).find(|(_, run)| run.chars().count() >= LETTERS_MIN)
}

/// "Ortiz, ORTIZ": letters that were written as one word, at the end.
fn run_together(words: &[&str]) -> Option<(usize, String)> {
    let (last, before) = words.split_last()?;
    let shouted = |word: &str| word.chars().all(char::is_uppercase);
    let spells = shouted(last) && last.chars().count() >= LETTERS_MIN && !before.iter().all(|word| shouted(word));
    spells.then(|| (before.len(), last.to_lowercase()))
}

/// "Hughes, A-T-U-G-H-E-A", of "Atuchea": letters that give nearly what was refused were misheard again. If they were misheard
/// differently, the word before them, which is quite another, is what they say; if alike, see [`misheard_alike`].
/// Who gives the whole name again refuses too: a "no" is easily heard as "so".
fn refused_again(
    lexicon: &Lexicon,
    known: &str,
    words: &[&str],
    start: usize,
    run: &str,
    again: bool,
    was_spelled: bool,
) -> Option<String> {
    let place = place_of(known, run)?;
    let refused = plain_words(known.split_whitespace().nth(place)?);
    if plain_words(run) == refused {
        let begins =
            |with: &[String]| words.first().is_some_and(|word| with.contains(&plain_words(word).trim().into()));
        let said = words[..start].last();
        let differs = said.is_some_and(|word| plain_words(word).trim() != refused.trim());
        let declined = begins(&lexicon.names.refuses) || again && differs && !begins(&lexicon.names.agrees);
        let new = declined.then(|| misheard_alike(lexicon, run, said))??;
        return Some(replaced(known, place, &capitalised(&new)));
    }
    let said = words[start.checked_sub(1)?];
    let is_name = said.chars().count() >= LETTERS_MIN && said.chars().next().is_some_and(char::is_uppercase);
    let is_another = distance(refused.trim(), plain_words(said).trim()) > NEAR_MAX && place_of(known, said).is_none();
    (was_spelled && is_name && is_another).then(|| replaced(known, place, said))
}

/// "Ortiz, O-R-T-I-C", of "Ortic": what was refused cannot be the name. The word said before the letters is, if it is nearly
/// that; else the last letter whose name sounds like another's was that other.
fn misheard_alike(lexicon: &Lexicon, run: &str, said: Option<&&str>) -> Option<String> {
    let near = |word: &&&str| (1..=NEAR_MAX).contains(&distance(plain_words(word).trim(), run));
    let other = |letter: char| {
        let mut pairs = lexicon.names.names_alike.iter().flat_map(|(one, two)| [(*one, *two), (*two, *one)]);
        pairs.find(|(one, _)| *one == letter).map(|(_, two)| two)
    };
    let swapped = || {
        let mut letters: Vec<char> = run.chars().collect();
        let (at, new) = letters.iter().enumerate().rev().find_map(|(at, letter)| Some((at, other(*letter)?)))?;
        letters[at] = new;
        Some(letters.into_iter().collect())
    };
    said.filter(near).map(|word| (*word).to_owned()).or_else(swapped)
}

/// "M-A-R-I-A": the word it is like, or else the word that begins alike, or else the only one.
fn spelled(known: &str, words: &[&str], start: usize, run: &str) -> Option<String> {
    let new = capitalised(run);
    let parts: Vec<&str> = known.split_whitespace().collect();
    // "Lopez, L-O-P-E-Z" says which part it is.
    let named = start.checked_sub(1).and_then(|before| place_of(known, words[before]));
    let begins = |part: &str| plain_words(part).chars().nth(1) == run.chars().next();
    let place = place_of(known, &new)
        .or(named)
        .or_else(|| parts.iter().position(|part| begins(part)))
        .or((parts.len() == 1).then_some(0))?;
    Some(replaced(known, place, &new))
}

/// "Lopez with a z", "Anna with two n's", "Sarah with an h".
fn with_letter(lexicon: &Lexicon, known: &str, words: &[&str]) -> Option<String> {
    let plain: Vec<String> = words.iter().map(|word| plain_words(word).trim().to_owned()).collect();
    let ends_with = |end: usize, phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        end >= phrase.len() && plain[end - phrase.len()..end].iter().zip(&phrase).all(|(word, wanted)| word == wanted)
    };
    for at in 1..words.len() {
        let Some(letter) = letter(lexicon, words[at].trim_end_matches("'s")) else { continue };
        let length = |phrases: &[String]| {
            phrases.iter().filter(|phrase| ends_with(at, phrase)).map(|phrase| phrase.split(' ').count()).max()
        };
        let (doubled, count) = match (length(&lexicon.names.with_two), length(&lexicon.names.with)) {
            (Some(count), _) => (true, count),
            (None, Some(count)) => (false, count),
            (None, None) => continue,
        };
        let said = (at - count).checked_sub(1).map(|before| words[before])?;
        // "It ends in an A" is said of the given name.
        let Some(place) = place_of(known, said).or_else(|| is_pronoun(lexicon, said).then_some(0)) else { continue };
        let part = known.split_whitespace().nth(place)?;
        // "Maria Lopez with an A" is as it was.
        if VOWELS.contains(&letter)
            && !ends_in(part, letter)
            && known.split_whitespace().any(|part| ends_in(part, letter))
        {
            continue;
        }
        let said = if place_of(known, said).is_some() { said } else { part };
        let Some(new) = (if doubled { double(part, letter) } else { with(lexicon, part, said, letter) }) else {
            continue;
        };
        return Some(replaced(known, place, &capitalised(&new)));
    }
    None
}

fn with(lexicon: &Lexicon, part: &str, said: &str, letter: char) -> Option<String> {
    let has = |word: &str| word.to_lowercase().contains(letter);
    if has(said) && plain_words(said) != plain_words(part) {
        return Some(said.to_owned());
    }
    // "Maria with an A" is heard as "Mario with an A": the vowel meant is the one it ends in.
    let vowel = |letter: char| VOWELS.contains(&letter);
    if let Some(last) =
        part.to_lowercase().chars().last().filter(|last| vowel(*last) && vowel(letter) && *last != letter)
    {
        return Some(format!("{}{letter}", &part[..part.len().saturating_sub(last.len_utf8())]));
    }
    if let Some(spelling) = known_spelling(lexicon, part, letter) {
        return Some(spelling);
    }
    let group =
        lexicon.names.letters_alike.iter().find(|group| {
            group.contains(letter) && part.to_lowercase().chars().any(|c| c != letter && group.contains(c))
        });
    match group {
        Some(group) => {
            let lower = part.to_lowercase();
            let at = lower.char_indices().rfind(|(_, c)| group.contains(*c))?.0;
            let end = at + lower[at..].chars().next()?.len_utf8();
            Some(format!("{}{letter}{}", &lower[..at], &lower[end..]))
        }
        // "Sara with an h": a silent letter stands at the end.
        None if !has(part) => Some(format!("{part}{letter}")),
        None => None,
    }
}

/// The usual name that this one becomes with the letter put in somewhere: "Jon with an h" is John.
fn known_spelling(lexicon: &Lexicon, part: &str, letter: char) -> Option<String> {
    let lower = part.to_lowercase();
    let places = lower.char_indices().map(|(at, _)| at).chain([lower.len()]);
    places
        .map(|at| format!("{}{letter}{}", &lower[..at], &lower[at..]))
        .find(|spelling| lexicon.names.given_names.contains(spelling))
}

fn ends_in(part: &str, letter: char) -> bool {
    plain_words(part).trim().ends_with(letter)
}

/// Whether a word stands for the name: "it", "that".
fn is_pronoun(lexicon: &Lexicon, word: &str) -> bool {
    lexicon.names.pronouns.iter().any(|pronoun| plain_words(word).trim() == pronoun)
}

fn double(part: &str, letter: char) -> Option<String> {
    let lower = part.to_lowercase();
    let twice: String = [letter, letter].iter().collect();
    if lower.contains(&twice) {
        return None;
    }
    let at = lower.find(letter)?;
    Some(format!("{}{letter}{}", &lower[..at], &lower[at..]))
}

/// "Maria, not Mario", "not Mario, Maria".
fn not_that(lexicon: &Lexicon, known: &str, words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| plain_words(word).trim() == lexicon.names.not)?;
    let wrong = *words.get(at + 1)?;
    let parts: Vec<&str> = known.split_whitespace().collect();
    let place = parts.iter().position(|part| plain_words(part) == plain_words(wrong));
    let (place, right) = if let Some(place) = place {
        let beside = words[at.saturating_sub(BARE_WORDS_MAX)..at].iter().rev().chain(words.get(at + 2));
        let far = |word: &&&str| distance(&plain_words(word), &plain_words(wrong));
        (place, *beside.min_by_key(far).filter(|word| far(word) <= NEAR_MAX)?)
    } else {
        // The wrong one was heard as something else: the right one must be like a part.
        let right = words[at.checked_sub(1)?];
        (place_of(known, right)?, right)
    };
    Some(replaced(known, place, &capitalised(right)))
}

/// "No, Maria.": a few words, one of them written as a name and like a part of it.
fn bare(known: &str, words: &[&str]) -> Option<String> {
    if words.len() > BARE_WORDS_MAX {
        return None;
    }
    let is_name = |word: &&&str| word.chars().count() > 2 && word.chars().next().is_some_and(char::is_uppercase);
    let (word, place) =
        words.iter().rev().filter(is_name).find_map(|word| place_of(known, word).map(|place| (*word, place)))?;
    let part = known.split_whitespace().nth(place)?;
    (plain_words(part) != plain_words(word)).then(|| replaced(known, place, word))
}

/// The part of a name a word is like: not the same, but close; the same counts too.
fn place_of(known: &str, word: &str) -> Option<usize> {
    let word = plain_words(word);
    let distances = known.split_whitespace().map(|part| distance(plain_words(part).trim(), word.trim()));
    let (place, nearest) = distances.enumerate().min_by_key(|(_, distance)| *distance)?;
    let near_max = if word.trim().chars().count() >= 4 { NEAR_MAX } else { 1 };
    (nearest <= near_max).then_some(place)
}

fn replaced(known: &str, place: usize, new: &str) -> String {
    let parts: Vec<&str> =
        known.split_whitespace().enumerate().map(|(at, part)| if at == place { new } else { part }).collect();
    parts.join(" ")
}

/// The letter a word is, written or by its name.
fn letter(lexicon: &Lexicon, word: &str) -> Option<char> {
    let plain = plain_words(word);
    let mut letters = plain.trim().chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_alphabetic() => Some(letter),
        _ => lexicon.names.letter_names.iter().find(|(name, _)| name == plain.trim()).map(|(_, letter)| *letter),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// How many letters have to be put in, left out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(NAME_MAX).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(NAME_MAX).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::super::super::Phrases;
    use super::*;
    use crate::nlu::Language;
    use proptest::prelude::*;

    fn correct(language: Language, known: &str, text: &str) -> Option<String> {
        let phrases = Phrases::embedded().expect("good phrase books");
        corrected(phrases.book(language).lexicon(), known, text, None, true)
    }

    #[test]
    fn a_name_is_corrected_in_the_part_that_is_meant() {
        for (known, text, name) in [
            ("Mario Lopez", "It's Maria, not Mario.", Some("Maria Lopez")),
            ("Mario Lopez", "its maria not mario", Some("Maria Lopez")),
            ("Mario Lopez", "not Mario, Maria", Some("Maria Lopez")),
            ("Mario Lopez", "No, Maria.", Some("Maria Lopez")),
            ("Mario", "M-A-R-I-A", Some("Maria")),
            ("Jon Smith", "J-O-H-N.", Some("John Smith")),
            ("Jon Smyth", "Smith, s m i t h", Some("Jon Smith")),
            ("Maria Lopes", "Lopez with a z", Some("Maria Lopez")),
            ("Maria Lopes", "Lopes with a zee", Some("Maria Lopez")),
            ("Sara Bell", "Sara with an H", Some("Sarah Bell")),
            ("Jon Smith", "Jon with an H", Some("John Smith")),
            ("Mario Lopez", "No, it's Maria, with an A.", Some("Maria Lopez")),
            ("Mario Lopez", "No, it's Mario with an A.", Some("Maria Lopez")),
            ("Mario Lopez", "it ends in an A", Some("Maria Lopez")),
            ("Mario", "that's Maria not Mario", Some("Maria")),
            ("Mario Lopez", "Maria. M-A-R-I-A.", Some("Maria Lopez")),
            ("Maria Lopez", "Maria Lopez with an A", None),
            ("Ana Silva", "Ana with two n's", Some("Anna Silva")),
            ("Ana Silva", "My name is Anna Silva, not Ana.", Some("Anna Silva")),
            ("Juan", "no, Juan de la Crus con s", None),
            ("Grace Atuchea", "No, my name is Grace Hughes, a T U G H E A.", Some("Grace Hughes")),
            ("Samuel Ortic", "No, my name is Samuel Worders, O-R-T-I-C.", Some("Samuel Ortiz")),
            ("Samuel Ortic", "No, it's Ortiz, O-R-T-I-C.", Some("Samuel Ortiz")),
            ("Samuel Ortic", "Yes, O-R-T-I-C.", None),
            ("Grace Euth", "My name is Grace Hughes, H U G H E S.", None),
            ("Jon Smyth", "Smith, S-M-Y-T-H-E", Some("Jon Smythe")),
            ("Rose Smith", "Rose, S-M-Y-T-H", Some("Rose Smyth")),
            ("Ana Silva", "Yes please.", None),
            ("Ana Silva", "No, Thursday.", None),
            ("Ana Silva", "make it four with a cleaning", None),
            ("Ana Silva", "That's right, Ana Silva.", None),
        ] {
            assert_eq!(correct(Language::En, known, text).as_deref(), name, "{known}: {text}");
        }
        for (known, text, name) in [
            ("Mario López", "Es María, no Mario.", Some("María López")),
            ("Juan Peres", "Pérez con zeta", Some("Juan Pérez")),
        ] {
            assert_eq!(correct(Language::Es, known, text).as_deref(), name, "{known}: {text}");
        }
    }

    #[test]
    fn who_gives_the_whole_name_again_refuses_what_was_read_back_unless_it_is_the_same() {
        let phrases = Phrases::embedded().expect("good phrase books");
        let lexicon = phrases.book(Language::En).lexicon();
        // The name it gives is the one of its letters.
        for (known, text, name) in [
            ("Samuel Ortic", "So my name is Samuel Ortiz, O-R-T-I-C.", Some("Samuel Ortiz")),
            ("Samuel Ortic", "Though my name is Samuel Worders, O-R-T-I-C.", Some("Samuel Ortiz")),
            ("Samuel Ortiz", "So my name is Samuel Ortiz, O-R-T-I-Z.", None),
            ("Samuel Ortic", "Yes, my name is Samuel Ortiz, O-R-T-I-C.", None),
        ] {
            assert_eq!(corrected(lexicon, known, text, Some(known), true).as_deref(), name, "{known}: {text}");
        }
    }

    #[test]
    fn letters_near_a_name_that_was_only_heard_are_believed_also_written_as_one_word() {
        let phrases = Phrases::embedded().expect("good phrase books");
        let corrected = |text: &str, given: &str| {
            corrected(phrases.book(Language::En).lexicon(), "Samuel Ordis", text, Some(given), false)
        };
        for (text, given, name) in [
            ("Though, my name is Samuel Ordis, ORTIC.", "Samuel Ordis", Some("Samuel Ortic")),
            ("Though my name is Samuel Worders, O-R-T-I-C.", "Samuel Ortic", Some("Samuel Ortic")),
            ("My name is Samuel Ordis.", "Samuel Ordis", None),
        ] {
            assert_eq!(corrected(text, given).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn a_new_name_takes_the_place_of_what_it_is_like() {
        assert_eq!(merged("Mario Lopez", "Maria"), "Maria Lopez");
        assert_eq!(merged("Mario Lopez", "Ana Silva"), "Ana Silva");
        assert_eq!(merged("Mario Lopez", "Bob"), "Bob");
        assert_eq!(merged("", "Bob"), "Bob");
    }

    #[test]
    fn what_is_spelled_back_is_the_part_that_changed() {
        assert_eq!(changed("Mario Lopez", "Maria Lopez").as_deref(), Some("Maria"));
        assert_eq!(changed("Rose Martinec", "Rosa Martinez").as_deref(), Some("Martinez"));
        assert_eq!(changed("Ana Silva", "Ana Silva"), None);
    }

    proptest! {
        #[test]
        fn any_words_may_be_said_of_any_name(known in ".{0,30}", text in ".{0,60}") {
            if let Some(name) = correct(Language::En, &known, &text) {
                prop_assert!(!name.trim().is_empty());
            }
        }
    }
}
