//! Names of people: "this is John Smith", "my name is Ana, that's A-N-A", a bare name when one was asked for.
//!
//! Names are never corrected: they stay as said, only given capitals when the recogniser left them out.
//! Read next: [`super::email`].

use crate::nlu::grammar::{Book, Mark, Trait};
use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::{Kind, Tokens, folded};

/// Most words of a name: "Maria del Carmen Garcia".
pub(crate) const WORDS_MAX: usize = 4;
/// Most letters of a spelled name.
const LETTERS_MAX: usize = 24;

/// So many letters in a row are spelled; fewer may be initials.
const LETTERS_MIN: usize = 3;
/// Words of a sentence below which all of it may be a name, in lower case.
const ANSWER_WORDS_MAX: usize = 5;

/// Small words inside names.
const JOINERS: &[&str] =
    &["de", "del", "la", "las", "los", "van", "von", "den", "der", "da", "do", "dos", "di", "y", "mc", "st"];
/// What is written short before a name, with a full stop that ends nothing.
const TITLES: &[&str] = &["dr", "dra", "mr", "mrs", "ms", "sr", "sra", "srta", "st"];
/// A recogniser's: see [`reach`].
const AND: &str = "and";
/// Letters whose names rhyme: a telephone does not tell them apart.
const RHYMES: [&str; 4] = ["bcdegptvz", "mn", "fsx", "ajk"];
/// "De los", "van der": never more of them in a row.
const JOINERS_MAX: usize = 2;

/// Whether the word at `i` can be part of a name whatever stands beside it.
pub(crate) fn can_be_name(lex: &Lexed<'_>, book: &Book, i: usize) -> bool {
    let Some(token) = lex.tokens.list.get(i) else { return false };
    if token.kind != Kind::Word || lex.tokens.folded(i).starts_with('\'') {
        return false;
    }
    let atom = lex.word(i);
    let dated = atom.weekday > 0
        || atom.shift.is_some()
        || atom.number.is_some()
        || atom.part.is_some()
        || atom.unit.is_some() && !token.capital;
    !(book.has(token.word, Trait::NotName) || dated)
}

/// Whether a word that also means something else ("Will", "Price", "Domingo") is a name where a name is given: a given
/// name that stands alone or before its surname, or a capital beside a name.
fn is_claimed_name(lex: &Lexed<'_>, book: &Book, i: usize, first: bool) -> bool {
    let tokens = lex.tokens;
    let Some(token) = tokens.list.get(i).filter(|token| token.kind == Kind::Word) else { return false };
    if token.end - token.start == 1 {
        return false;
    }
    let names = |at: usize| can_be_name(lex, book, at) && !book.has(tokens.list[at].word, Trait::State);
    if !first {
        let before = if tokens.is_sign(i - 1, '.') { i.saturating_sub(2) } else { i - 1 };
        return token.capital
            && (can_be_name(lex, book, before) || book.has(tokens.list[before].word, Trait::GivenName));
    }
    let surname = |at: usize| names(at) || tokens.list.get(at).is_some_and(|next| next.capital && token.capital);
    let alone = matches!(tokens.kind(i + 1), None | Some(Kind::Sign(_)));
    let given = book.has(token.word, Trait::GivenName);
    // A capital at the beginning of a sentence is no evidence by itself.
    let begins = i == 0 || matches!(tokens.kind(i - 1), Some(Kind::Sign('.' | '!' | '?')));
    given && (alone || surname(i + 1)) || token.capital && !begins && names(i + 1) && tokens.list[i + 1].capital
}

/// The end of the name that starts at `i`: as many words as can belong to it. `given` says that a name is being given,
/// so that names win over the words they look like.
pub(crate) fn reach(lex: &Lexed<'_>, book: &Book, i: usize, given: bool) -> usize {
    let tokens = lex.tokens;
    let mut end = i;
    // What is between the words of a name: "de la", the stop of an initial, a dash.
    let mut between = 0;
    // "Rosa Martinez M-A-R-T-…": the letters are no initials.
    let spells = |at: usize| spelled(lex, book, at).is_some_and(|(letters, _)| letters.chars().count() >= LETTERS_MIN);
    while end < i + WORDS_MAX + between
        && (end == i || !spells(end))
        && (can_be_name(lex, book, end) || given && is_claimed_name(lex, book, end, end == i))
    {
        // "de la", "del", "van der" join two parts; nothing else small does.
        end += 1;
        let joins = |at: &usize| JOINERS.contains(&tokens.folded(*at));
        let joined = end + (end..end + JOINERS_MAX).take_while(joins).count();
        if joined > end
            && tokens.list.get(joined).is_some_and(|next| next.capital)
            && tokens.list.get(i).is_some_and(|first| first.capital)
        {
            between = (between + joined - end).min(JOINERS_MAX);
            end = joined;
        }
        // "Dr. Smith", "J. R. Smith".
        if tokens.is_sign(end, '.')
            && tokens.glued(end)
            && (can_be_name(lex, book, end + 1) || given)
            && (tokens.list[end - 1].end - tokens.list[end - 1].start == 1 || TITLES.contains(&tokens.folded(end - 1)))
            && tokens.list.get(end + 1).is_some_and(|next| next.capital)
        {
            between = (between + 1).min(JOINERS_MAX);
            end += 1;
        }
        // "Rose and Martinez": a recogniser's "Rosa Martinez", for nobody's name has an "and" in it.
        let surname = |at: usize| {
            tokens.list.get(at).is_some_and(|next| next.capital && book.has(next.word, Trait::Surname))
                && matches!(tokens.kind(at + 1), None | Some(Kind::Sign(_)))
        };
        if given && end == i + 1 && tokens.folded(end) == AND && surname(end + 1) {
            between = 1;
            end += 2;
        }
        // "Jean-Luc", "O'Brien".
        if tokens.is_sign(end, '-') && tokens.glued(end) && tokens.glued(end + 1) && can_be_name(lex, book, end + 1) {
            end += 1;
        }
    }
    end.min(tokens.len())
}

/// Whether a word that looks mistyped is left as it is where a name was asked for: a capital, or any word of an answer
/// that holds little more than a name.
pub(crate) fn is_left_alone(tokens: &Tokens<'_>, i: usize) -> bool {
    let words = tokens.list.iter().filter(|token| token.kind == Kind::Word).count();
    tokens.list[i].capital || words <= ANSWER_WORDS_MAX
}

/// Whether a word in lower case behind "I'm" or "it's" may be a name: one people have, or, where a name was asked for and
/// nothing is written with capitals, one that does not say how somebody is.
fn is_plausible(lex: &Lexed<'_>, book: &Book, i: usize, asked: bool) -> bool {
    let tokens = lex.tokens;
    let Some(token) = tokens.list.get(i) else { return false };
    if book.has(token.word, Trait::GivenName) {
        return asked || !book.has(token.word, Trait::State);
    }
    let dressed = tokens.list.first().is_some_and(|first| first.capital);
    asked && !dressed && !book.is_state(token.word, tokens.folded(i))
}

/// Whether a name is written so that it can be nothing else: two words or more with capitals at its end, or a given name.
/// "Undo." alone is still a command.
pub(crate) fn is_written_as_one(lex: &Lexed<'_>, book: &Book, start: usize, end: usize) -> bool {
    let tokens = lex.tokens;
    let written = (start..end).rev().filter(|i| tokens.kind(*i) == Some(Kind::Word));
    let written = written.take_while(|i| tokens.list[*i].capital).count();
    written >= 2 || written == 1 && (start..end).any(|i| book.has(tokens.list[i].word, Trait::GivenName))
}

/// The name behind a surname that was said first: "Bond, James Bond".
fn in_full(lex: &Lexed<'_>, book: &Book, end: usize) -> Option<(usize, usize)> {
    let tokens = lex.tokens;
    let start = matches!(tokens.kind(end), Some(Kind::Sign(',' | '.'))).then_some(end + 1)?;
    let last = reach(lex, book, start, true);
    let whole = last > start + 1 && tokens.folded(last - 1) == tokens.folded(end - 1);
    whole.then_some((start, last))
}

/// "… and my last name is Olsen" behind a given name.
fn with_surname(lex: &Lexed<'_>, book: &Book, name: String, end: usize) -> String {
    let behind = (end..lex.tokens.len()).find_map(|i| book.is_mark(lex.tokens, i, Mark::Surname));
    let Some(start) = behind.filter(|_| !name.contains(' ')) else { return name };
    let last = reach(lex, book, start, true);
    if last > start { format!("{name} {}", dressed(lex, start, last)) } else { name }
}

/// A name the speaker gives as their own; the tokens it was found in, "this is" and the like included.
pub(crate) fn introduced(lex: &Lexed<'_>, book: &Book, asked: bool) -> Option<(String, (usize, usize))> {
    let tokens = lex.tokens;
    let lower = !tokens.list.iter().skip(1).any(|token| token.capital && token.end - token.start > 1);
    let mut best: Option<(usize, usize, usize)> = None;
    for i in 0..tokens.len() {
        let (next, strong) = match book.mark(tokens, i) {
            Some((Mark::NameIs, next)) => (next, true),
            Some((Mark::NameMaybe, next)) => (next, false),
            _ => continue,
        };
        let mut next = if tokens.is_sign(next, ',') || tokens.is_sign(next, ':') { next + 1 } else { next };
        while tokens.list.get(next).is_some_and(|token| book.has(token.word, Trait::Filler))
            || tokens.is_sign(next, ',')
        {
            next += 1;
        }
        let mut end = reach(lex, book, next, true);
        // A doubtful opening ("this is", "I'm") introduces only what is written as a name, or closes the sentence.
        let joins = |i: usize| JOINERS.contains(&tokens.folded(i)) || tokens.folded(i) == AND;
        let written = |i: &usize| tokens.list[*i].capital || tokens.kind(*i) != Some(Kind::Word) || joins(*i);
        let written = (next..end).take_while(written).count();
        let capitals = (1..=written).rev().find(|count| !joins(next + count - 1)).unwrap_or(0);
        if !strong && capitals == 0 && !is_plausible(lex, book, next, asked) {
            continue;
        }
        if !strong && !asked {
            if lower {
                end = end.min(next + 2);
            } else {
                end = next + capitals;
            }
            let closes = matches!(tokens.kind(end), None | Some(Kind::Sign(_)))
                || book.is_mark(tokens, end, Mark::NameEnd).is_some();
            if lower && !closes {
                continue;
            }
        } else if capitals > 0 && !lower {
            end = next + capitals;
        }
        if end > next && best.is_none() {
            best = Some((i, next, end));
        }
    }
    let (opening, start, end) = best?;
    let (start, end) = in_full(lex, book, end).unwrap_or((start, end));
    let (name, (_, end)) = with_spelling(lex, book, start, end);
    Some((with_surname(lex, book, name, end), (opening, end)))
}

/// The whole answer as a name, when one was asked for: "John Smith", "Uh, John.", "Smith, S-M-I-T-H".
pub(crate) fn answered(lex: &Lexed<'_>, book: &Book) -> Option<(String, (usize, usize))> {
    let tokens = lex.tokens;
    let mut start = 0;
    let beside = |word: u32| book.has(word, Trait::Filler) || book.has(word, Trait::Plain);
    while start < tokens.len()
        && (matches!(tokens.kind(start), Some(Kind::Sign(_)))
            || tokens.list.get(start).is_some_and(|token| beside(token.word)))
    {
        start += 1;
    }
    // "J. R. Smith" is not spelled.
    let initials = |end: usize| {
        tokens.is_sign(end, '.')
            && tokens.list.get(end + 1).is_some_and(|next| next.capital && next.end - next.start > 1)
    };
    if let Some((name, end)) = spelled(lex, book, start).filter(|(name, end)| name.len() >= 2 && !initials(*end)) {
        return Some((name, (start, end)));
    }
    let mut end = reach(lex, book, start, true);
    // "It's just a checkup" names a thing.
    let thing = start > 0 && lex.role(start - 1, Role::A).is_some();
    if end == start || thing || !tokens.list[start].capital && !is_plausible(lex, book, start, true) {
        return None;
    }
    if let Some((start, end)) = in_full(lex, book, end) {
        return Some(with_spelling(lex, book, start, end));
    }
    // "James, James Bond"; a short name said twice, which recognisers also hear in one said once: "Ann Lee. Ann Lee."
    let mut rest = end;
    let (half, again) =
        (start + (end - start) / 2, (end..tokens.len()).find(|i| !matches!(tokens.kind(*i), Some(Kind::Sign(_)))));
    if let Some(again) = again.filter(|again| *again > end && tokens.folded(*again) == tokens.folded(start)) {
        start = again;
        end = reach(lex, book, start, true);
    } else if (end - start).is_multiple_of(2)
        && (start..half).all(|i| tokens.folded(i) == tokens.folded(i + half - start))
    {
        rest = end;
        end = half;
    }
    // Whatever else is said must be no sentence: a name, then at most a closing word.
    rest = rest.max(end);
    while matches!(tokens.kind(rest), Some(Kind::Sign(_)))
        || tokens.list.get(rest).is_some_and(|token| book.has(token.word, Trait::Filler))
    {
        rest += 1;
    }
    let closes = rest >= tokens.len()
        || book.is_mark(tokens, rest, Mark::NameEnd).is_some()
        || spelling_at(lex, book, rest).is_some()
        || run_together(lex, start, end).is_some();
    closes.then(|| with_spelling(lex, book, start, end))
}

/// A name, corrected by the letters the speaker gives for its last word.
fn with_spelling(lex: &Lexed<'_>, book: &Book, start: usize, end: usize) -> (String, (usize, usize)) {
    if let Some((end, after)) = run_together(lex, start, end) {
        return (dressed(lex, start, end), (start, after));
    }
    let mut at = end;
    while lex.tokens.is_sign(at, ',') || lex.tokens.is_sign(at, '.') || lex.tokens.is_sign(at, '-') {
        at += 1;
    }
    let said = dressed(lex, start, end);
    let Some((letters, after)) = spelling_at(lex, book, at) else { return (said, (start, end)) };
    let words: Vec<&str> = said.split(' ').collect();
    // The letters belong to the word that begins alike, the last one when both do. When none does the surname was
    // misheard, or not said: behind a given name.
    let first = letters.chars().next().map(|c| c.to_ascii_lowercase());
    let surname =
        words.len() - usize::from(words.len() > 1 && !book.has(lex.tokens.list[end - 1].word, Trait::GivenName));
    let place =
        words.iter().rposition(|word| word.chars().next().map(|c| c.to_ascii_lowercase()) == first).unwrap_or(surname);
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    if place < words.len() {
        if !is_meant(lex, book, (start, end), &words[place], &letters) {
            words[place] = letters;
        }
    } else {
        words.push(letters);
    }
    (words.join(" "), (start, after))
}

/// "Hughes, H-Ughes": the word before once more, its letters written together. Where the name ends, and where they do.
fn run_together(lex: &Lexed<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let tokens = lex.tokens;
    let is_word = |i: &usize| tokens.kind(*i) == Some(Kind::Word);
    (start + 1..end + 2).filter(is_word).find_map(|first| {
        let name = (start..first).rev().find(is_word)?;
        let mut letters = tokens.folded(first).to_owned();
        let mut last = first;
        while letters.len() < LETTERS_MAX && tokens.is_sign(last + 1, '-') && is_word(&(last + 2)) {
            last += 2;
            letters.push_str(tokens.folded(last));
        }
        (tokens.folded(first).chars().count() == 1 && letters == tokens.folded(name)).then_some((name + 1, last + 1))
    })
}

/// "Noback, now, V-A-K": a "now" with nothing but letters behind it, all behind a name, was two letters.
pub(crate) fn misheard_letters(lex: &Lexed<'_>, name_end: usize) -> Option<(usize, usize)> {
    let tokens = lex.tokens;
    let (at, next) = (name_end..tokens.len()).find_map(|i| Some((i, lex.role(i, Role::Now)?)))?;
    let mut rest = (next..tokens.len()).filter(|i| !matches!(tokens.kind(*i), Some(Kind::Sign(_)))).peekable();
    let is_letters = |i: usize| {
        let said = &tokens.text[tokens.span(i, i + 1)];
        tokens.kind(i) == Some(Kind::Word) && (said.chars().count() == 1 || !said.chars().any(char::is_lowercase))
    };
    (rest.peek().is_some() && rest.all(is_letters)).then_some((at, next))
}

/// Whether a word of a name stands although its letters were heard as others: it is one many people have, and the letters
/// differ only where their names rhyme ("Martinez", "M-A-R-T-I-M-E-C").
fn is_meant(lex: &Lexed<'_>, book: &Book, (start, end): (usize, usize), said: &str, letters: &str) -> bool {
    let (said, letters) = (folded(said), folded(letters));
    let rhyme = |one: char, other: char| {
        one == other || RHYMES.iter().any(|group| group.contains(one) && group.contains(other))
    };
    let common = |word: u32| book.has(word, Trait::Surname) || book.has(word, Trait::GivenName);
    (start..end).any(|i| lex.tokens.folded(i) == said && common(lex.tokens.list[i].word))
        && said.chars().count() == letters.chars().count()
        && said.chars().zip(letters.chars()).all(|(one, other)| rhyme(one, other))
}

/// "that's S-M-I-T-H", "spelled S M I T H", or the letters alone.
fn spelling_at(lex: &Lexed<'_>, book: &Book, i: usize) -> Option<(String, usize)> {
    let at = book.is_mark(lex.tokens, i, Mark::SpelledAs).unwrap_or(i);
    let at = if lex.tokens.is_sign(at, ',') || lex.tokens.is_sign(at, ':') { at + 1 } else { at };
    spelled(lex, book, at).filter(|(letters, _)| letters.chars().count() >= 2)
}

/// Letters in a row: "S-M-I-T-H", "s m i t h", "D as in David", "double t".
fn spelled(lex: &Lexed<'_>, book: &Book, i: usize) -> Option<(String, usize)> {
    let tokens = lex.tokens;
    let mut letters = String::new();
    let mut at = i;
    let mut end = i;
    while letters.chars().count() < LETTERS_MAX {
        let mut next = at;
        while !letters.is_empty() && matches!(tokens.kind(next), Some(Kind::Sign('-' | '.' | ','))) {
            next += 1;
        }
        let double = lex.role(next, Role::Double).unwrap_or(next);
        let word = tokens.folded(double);
        if tokens.kind(double) != Some(Kind::Word) || word.chars().count() != 1 {
            break;
        }
        letters.push_str(word);
        if double > next {
            letters.push_str(word);
        }
        at = double + 1;
        if let Some(after) = book.is_mark(tokens, at, Mark::AsIn) {
            at = after + 1;
        }
        end = at;
    }
    let mut chars = letters.chars();
    let name: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect())?;
    Some((name, end.min(tokens.len())))
}

/// The words of a name as said, with capitals where all were left out, and without an "and".
pub(crate) fn dressed(lex: &Lexed<'_>, start: usize, end: usize) -> String {
    let said = lex.tokens.said(start, end).trim_matches(|c: char| matches!(c, ',' | '.' | ' '));
    if said.chars().any(char::is_uppercase) {
        return said.split(' ').filter(|word| *word != AND).collect::<Vec<_>>().join(" ");
    }
    let mut name = String::with_capacity(said.len());
    let mut fresh = true;
    for c in said.chars() {
        if fresh {
            name.extend(c.to_uppercase());
        } else {
            name.push(c);
        }
        fresh = matches!(c, ' ' | '-');
    }
    name
}
