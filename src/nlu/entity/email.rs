//! E-mail addresses, written or spoken: "john dot doe at gmail dot com", "juan arroba gmail punto com".
//!
//! Spoken addresses are read backwards from the "at": what stands before it is one run of letters, figures and named
//! signs. Read next: [`super::name`] for spelling.

use crate::nlu::grammar::{Book, Mark, Trait};
use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::Kind;

/// Longest address by RFC 5321.
const ADDRESS_BYTES_MAX: usize = 254;
/// Most pieces of the local part said one by one (a spelled name).
const PIECES_MAX: usize = 24;

/// Words of a local part said without their joints ("mary jane watson at …").
const LOCAL_WORDS_MAX: usize = 3;
/// Letters of the end of an address in a country.
const COUNTRY_LETTERS: usize = 2;

/// An address and its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) address: String,
    pub(crate) tokens: (usize, usize),
}

/// The first address of a sentence. `asked`: one was asked for, so that what stands before the "at" is all its name.
pub(crate) fn find(lex: &Lexed<'_>, book: &Book, asked: bool) -> Option<Email> {
    written(lex).or_else(|| spoken(lex, book, asked))
}

/// "john.doe@example.com".
fn written(lex: &Lexed<'_>) -> Option<Email> {
    let tokens = lex.tokens;
    (1..tokens.len()).filter(|i| tokens.is_sign(*i, '@')).find_map(|at| {
        let part = |i: usize| match tokens.kind(i) {
            Some(Kind::Word | Kind::Figures) => true,
            Some(Kind::Sign(sign)) => matches!(sign, '.' | '_' | '-' | '+' | '%'),
            None => false,
        };
        let mut start = at;
        while start > 0 && tokens.glued(start) && part(start - 1) {
            start -= 1;
        }
        let mut end = at + 1;
        while end < tokens.len() && (tokens.glued(end)) && part(end) {
            end += 1;
        }
        while end > at + 1 && matches!(tokens.kind(end - 1), Some(Kind::Sign(_))) {
            end -= 1;
        }
        let address = tokens.said(start, end).to_lowercase();
        let domain = address.split_once('@')?.1;
        let (_, top) = domain.rsplit_once('.')?;
        let good = start < at
            && top.len() >= 2
            && top.bytes().all(|b| b.is_ascii_alphabetic())
            && !domain.contains('_')
            && !domain.starts_with('.')
            && !domain.contains("..");
        (good && address.len() <= ADDRESS_BYTES_MAX && address.matches('@').count() == 1)
            .then_some(Email { address, tokens: (start, end) })
    })
}

/// "john dot doe at gmail dot com".
fn spoken(lex: &Lexed<'_>, book: &Book, asked: bool) -> Option<Email> {
    let tokens = lex.tokens;
    (1..tokens.len()).find_map(|at| {
        let domain_at = if tokens.is_sign(at, '@') { at + 1 } else { book.is_mark(tokens, at, Mark::EmailAt)? };
        let (domain, end) = domain(lex, book, domain_at)?;
        // "At some point next week": a word that is also a plain "at" needs an end that no sentence has.
        let top = end.checked_sub(1).map_or(0, |last| tokens.list[last].word);
        let country = domain.rsplit_once('.').is_some_and(|(_, top)| top.len() == COUNTRY_LETTERS);
        let plain_at = lex.role(at, Role::At).is_some();
        if !(book.has(top, Trait::TopLevel) || country && !plain_at) {
            return None;
        }
        let free = if asked { Some(0) } else { led(lex, book, at) };
        let (local, start) = local(lex, book, at, free)?;
        let address = format!("{local}@{domain}");
        (address.len() <= ADDRESS_BYTES_MAX).then_some(Email { address, tokens: (start, end) })
    })
}

/// "gmail dot com", "gmail.com", "a o l punto com", "co dot uk".
fn domain(lex: &Lexed<'_>, book: &Book, i: usize) -> Option<(String, usize)> {
    let tokens = lex.tokens;
    let mut domain = String::new();
    let mut at = i;
    let mut end = i;
    let mut dotted = false;
    let mut label = 0;
    for _ in 0..PIECES_MAX {
        // "x.net" clings together, "gmail. com" was heard with a pause; any other stop ends a sentence.
        let sign = tokens.is_sign(at, '.')
            && tokens.kind(at + 1) == Some(Kind::Word)
            && (tokens.glued(at + 1) || book.has(tokens.list[at + 1].word, Trait::TopLevel));
        let dot = if sign { Some(at + 1) } else { book.is_mark(tokens, at, Mark::EmailDot) };
        if let Some(next) = dot.filter(|_| label > 0) {
            domain.push('.');
            dotted = true;
            label = 0;
            at = next;
            continue;
        }
        if let Some(next) = book.is_mark(tokens, at, Mark::EmailDash).filter(|_| label > 0) {
            domain.push('-');
            at = next;
            continue;
        }
        match tokens.kind(at) {
            Some(Kind::Word | Kind::Figures) => {}
            // "a. o. l." spelled with dots.
            Some(Kind::Sign('.' | '-')) if label == 1 || tokens.glued(at) && !dotted => {
                at += 1;
                continue;
            }
            _ => break,
        }
        let word = tokens.folded(at);
        // The top level is one word; what follows it is the sentence again. Before the dot words run together.
        if dotted && label > 0 && !(word.len() == 1 && label == 1) {
            break;
        }
        domain.push_str(word);
        label += word.len();
        at += 1;
        if label > 0 && dotted {
            end = at;
        }
    }
    let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
    (dotted && top.len() >= 2).then(|| (domain.trim_end_matches('.').to_owned(), end))
}

/// Where "my email is" ends before the "at".
fn led(lex: &Lexed<'_>, book: &Book, at: usize) -> Option<usize> {
    (0..at).rev().find_map(|i| book.is_mark(lex.tokens, i, Mark::EmailIs).filter(|next| *next < at))
}

/// What stands before the "at": back over letters, figures, "dot", "underscore", "dash" and short spelled pieces.
///
/// From token `free` on, plain words run together too.
fn local(lex: &Lexed<'_>, book: &Book, at: usize, free: Option<usize>) -> Option<(String, usize)> {
    let tokens = lex.tokens;
    let mut pieces: Vec<String> = Vec::new();
    let mut i = at;
    let mut joined = true;
    while i > 0 && pieces.len() < PIECES_MAX {
        let before = i - 1;
        let sign = [(Mark::EmailDot, '.'), (Mark::EmailDash, '-'), (Mark::EmailUnderscore, '_')]
            .into_iter()
            .flat_map(|(mark, sign)| [2, 1].map(|words| (mark, sign, i.saturating_sub(words))))
            .filter(|(mark, _, start)| book.is_mark(tokens, *start, *mark) == Some(i))
            .min_by_key(|(_, _, start)| *start);
        if let Some((_, sign, start)) = sign.filter(|_| !pieces.is_empty()) {
            pieces.push(sign.to_string());
            joined = true;
            i = start;
            continue;
        }
        match tokens.kind(before) {
            Some(Kind::Sign(sign @ ('.' | '_' | '-' | '+')))
                if tokens.glued(before) && tokens.glued(i) && !pieces.is_empty() =>
            {
                let spelled = tokens.folded(i).len() == 1 && before > 0 && tokens.folded(before - 1).len() == 1;
                if !(spelled && sign == '-') {
                    pieces.push(sign.to_string());
                }
                joined = true;
                i = before;
                continue;
            }
            Some(Kind::Word | Kind::Figures) => {}
            _ => break,
        }
        let digit = lex.word(before).number.filter(|value| *value < 10 && tokens.kind(before) == Some(Kind::Word));
        let word = digit.map_or_else(|| tokens.folded(before).to_owned(), |value| value.to_string());
        let spelled = word.len() == 1 && pieces.last().is_some_and(|last| last.len() == 1);
        let figures = word.bytes().all(|b| b.is_ascii_digit())
            || pieces.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let beside =
            |word: u32| book.has(word, Trait::NotName) || book.has(word, Trait::Filler) || book.has(word, Trait::Plain);
        let runs = free.is_some_and(|from| before >= from && pieces.len() < LOCAL_WORDS_MAX)
            && !beside(tokens.list[before].word);
        // Unjoined words are the sentence ("send it to john"), unless spelled or figures, or the answer is all address.
        if !joined && !spelled && !figures && !runs || book.has(tokens.list[before].word, Trait::StopSlot) && !joined {
            break;
        }
        pieces.push(word);
        joined = false;
        i = before;
    }
    while pieces.last().is_some_and(|last| matches!(last.as_str(), "." | "-" | "_")) {
        pieces.pop();
    }
    // "Maria Conde, maria conde at yahoo": the name again, now as the address.
    if pieces.len() == 1 && i >= 3 {
        let word = |at: usize| (tokens.kind(at) == Some(Kind::Word)).then(|| tokens.folded(at));
        if word(i).is_some() && word(i) == word(i - 2) && word(i - 1).is_some() && word(i - 1) == word(i - 3) {
            i -= 1;
            pieces.push(tokens.folded(i).to_owned());
        }
    }
    pieces.reverse();
    let local = pieces.concat();
    (!local.is_empty()).then_some((local, i))
}
