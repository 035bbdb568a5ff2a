//! Services of the business, as people name them: plurals, aliases and slips of the recogniser forgiven. What is named
//! only to be ruled out ("not a cleaning", "instead of a cleaning") is not named.
//!
//! Read next: [`super::super::read`].

use crate::nlu::Term;
use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::{Kind, Tokens, words_of};

/// Most words of a service's name looked at.
const WORDS_MAX: usize = 6;
/// The longest "instead of the" before what is ruled out.
const RULED_OUT_TOKENS_MAX: usize = 4;
/// Most services and aliases compared, so that a long price list costs no time in a call.
const SPELLINGS_MAX: usize = 400;

/// Longest letter in bytes, by UTF-8.
const LETTER_BYTES_MAX: usize = 4;

/// The service named in a sentence and its tokens. A longer spelling hides those within it; then its own name wins over
/// an alias ("my teeth checked, a consultation" is a consultation), the longer over the shorter, the earlier in the list.
pub(crate) fn find(lex: &Lexed<'_>, services: &[Term]) -> Option<(String, (usize, usize))> {
    best(lex, services).map(|(index, span)| (services[index].name.clone(), span))
}

/// The place in `terms` of the one named in a sentence.
pub(crate) fn best(lex: &Lexed<'_>, terms: &[Term]) -> Option<(usize, (usize, usize))> {
    let tokens = lex.tokens;
    let spellings = terms.iter().enumerate().flat_map(|(index, term)| {
        let aliases = term.aliases.iter().map(move |alias| (index, false, alias));
        std::iter::once((index, true, &term.name)).chain(aliases)
    });
    let mut named: Vec<(usize, bool, usize, (usize, usize))> = Vec::new();
    for (index, own, spelling) in spellings.take(SPELLINGS_MAX) {
        let wanted = stems(spelling);
        if wanted.is_empty() || wanted.len() > WORDS_MAX {
            continue;
        }
        let joined = if wanted.len() == 2 { wanted.concat() } else { String::new() };
        let places =
            (0..tokens.len()).filter_map(|i| matches_at(tokens, i, &wanted, &joined).filter(|_| !ruled_out(lex, i)));
        named.extend(places.map(|span| (wanted.len(), own, index, span)));
    }
    let hidden = |length: usize, (from, to): (usize, usize)| {
        named.iter().any(|(other, _, _, (start, end))| *other > length && from < *end && *start < to)
    };
    let seen = named.iter().filter(|(length, _, _, span)| !hidden(*length, *span));
    let best = seen.min_by_key(|(length, own, ..)| (!own, std::cmp::Reverse(*length)))?;
    Some((best.2, best.3))
}

/// Whether what is named at `start` is ruled out: "not a …", "instead of the …".
fn ruled_out(lex: &Lexed<'_>, start: usize) -> bool {
    let from = start.saturating_sub(RULED_OUT_TOKENS_MAX);
    (from..start).any(|i| lex.role(i, Role::Not).is_some_and(|next| lex.skip(next, &[Role::A, Role::The]) == start))
}

fn stems(text: &str) -> Vec<String> {
    words_of(text)
}

/// Where a spelling ends that begins at `i`; `joined` is one of two words written as one.
fn matches_at(tokens: &Tokens<'_>, i: usize, wanted: &[String], joined: &str) -> Option<(usize, usize)> {
    let mut at = i;
    for (place, word) in wanted.iter().enumerate() {
        while place > 0 && matches!(tokens.kind(at), Some(Kind::Sign('-' | '\'' | ':' | '.'))) {
            at += 1;
        }
        // "checkup" for "check-up".
        if place == 0 && !joined.is_empty() && alike(tokens.folded(at), joined) {
            return Some((i, at + 1));
        }
        if matches!(tokens.kind(at), Some(Kind::Sign(_)) | None) || !alike(tokens.folded(at), word) {
            return None;
        }
        at += 1;
    }
    Some((i, at))
}

/// The same word, in the plural, or with one slip when it is long enough to be sure.
fn alike(said: &str, wanted: &str) -> bool {
    let (a, b) = (stem(said), stem(wanted));
    a == b || a.len().min(b.len()) >= 5 && a.as_bytes().first() == b.as_bytes().first() && one_slip(a, b)
}

fn stem(word: &str) -> &str {
    let short =
        word.strip_suffix("es").filter(|stem| stem.ends_with("sh") || stem.ends_with("ch") || stem.ends_with("on"));
    short.or_else(|| word.strip_suffix('s').filter(|stem| stem.len() > 2)).unwrap_or(word)
}

/// At most one letter more, less, other, or two neighbours swapped.
pub(crate) fn one_slip(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > LETTER_BYTES_MAX {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long.iter()).take_while(|(x, y)| x == y).count();
    if short.len() < long.len() {
        return short[same..] == long[same + 1..];
    }
    let rest = |from: usize| short.get(from..).unwrap_or_default() == long.get(from..).unwrap_or_default();
    let swapped =
        same + 1 < short.len() && short[same] == long[same + 1] && short[same + 1] == long[same] && rest(same + 2);
    same == short.len() || rest(same + 1) || swapped
}
