//! E-mail addresses, links and telephone numbers: spelled so that they can be written down.

use super::language::Language;
use super::{group, pattern, replace};

/// "maria.lopez@gmail.com" → "maria dot lopez, at gmail dot com".
pub(super) fn emails(text: &str, language: &Language) -> String {
    let pattern = pattern!(r"(?i)\b[a-z0-9][a-z0-9._%+\-]*@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}\b");
    replace(text, pattern, |found, _| {
        // A breath before the "at": the name is what is misheard.
        let (name, domain) = group(found, 0).split_once('@')?;
        Some(format!("{}, {} {}", spelled(name, language), language.spelled[&'@'], spelled(domain, language)))
    })
}

/// `https://www.oakdental.com/book` → "oakdental dot com slash book".
pub(super) fn links(text: &str, language: &Language) -> String {
    let pattern = pattern!(concat!(
        r"(?i)\b(?:https?://)?(?:www\.)?((?:[a-z0-9][a-z0-9\-]*\.)+",
        r"(?:com|org|net|edu|gov|io|info|biz|app|dev|health|dental|us|es|mx)\b(?::\d+)?(?:/[a-z0-9._~%&=?#+/\-]*)?)"
    ));
    replace(text, pattern, |found, _| {
        let address = group(found, 1);
        let kept = address.trim_end_matches(['.', '?', '/', '-']);
        let after = address[kept.len()..].trim_matches(['/', '-']);
        Some(format!("{}{after}", spelled(kept, language)))
    })
}

/// "(305) 555-0142" → "three zero five, five five five, zero one four two".
pub(super) fn phones(text: &str, language: &Language) -> String {
    let pattern = pattern!(concat!(
        r"(?i)(?:\+\d{1,3}[\s.\-]?)?(?:\(\d{2,4}\)\s?|\b\d{3}[\s.\-])\d{3}[\s.\-]\d{3,4}\b",
        r"|\+\d{1,3}(?:[\s.\-]\d{2,4}){2,5}\b",
        r"|\+\d{8,15}\b",
        r"|\b\d{3}[.\-]\d{4}\b",
        r"|\b\d{10,11}\b",
        r"|\b(?:\d{3}\s){2}\d{3,4}\b",
        r"|\b(?:x|ext\.?|extension)\s?(\d{1,6})\b",
    ));
    replace(text, pattern, |found, _| {
        if let Some(extension) = found.get(1) {
            return Some(format!("{} {}", language.joins.extension, language.digits(extension.as_str())));
        }
        Some(grouped(group(found, 0)).iter().map(|part| language.digits(part)).collect::<Vec<_>>().join(", "))
    })
}

/// The groups a number is read in: as written, else by threes with four at the end. A North American "+1" goes unsaid.
fn grouped(number: &str) -> Vec<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.strip_prefix('1') {
        Some(national) if number.starts_with('+') && national.len() == 10 => national,
        _ => digits.as_str(),
    };
    let written: Vec<&str> = number.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    if written.len() > 1 && written.iter().all(|part| part.len() <= 4) && written.concat() == digits {
        return written.into_iter().map(str::to_owned).collect();
    }
    let mut groups = Vec::new();
    let mut rest = digits;
    if rest.len() == 11 {
        let (trunk, national) = rest.split_at(1);
        groups.push(trunk.to_owned());
        rest = national;
    }
    while rest.len() > 4 {
        let (part, after) = rest.split_at(3);
        groups.push(part.to_owned());
        rest = after;
    }
    groups.push(rest.to_owned());
    groups
}

/// An address part by part: words as words, what cannot be one letter by letter, figures one by one, signs by name.
fn spelled(address: &str, language: &Language) -> String {
    let mut words: Vec<String> = Vec::new();
    for part in pattern!(r"[A-Za-z]+|\d+|.").find_iter(address) {
        let part = part.as_str();
        if part.starts_with(|c: char| c.is_ascii_digit()) {
            words.push(language.digits(part));
        } else if part.starts_with(|c: char| c.is_ascii_alphabetic()) {
            words.push(if is_word(part) { part.to_lowercase() } else { language.spell(part) });
        } else if let Some(name) = part.chars().next().and_then(|sign| language.spelled.get(&sign)) {
            words.push(name.clone());
        }
    }
    words.join(" ")
}

/// Whether letters can be said as a word: more than two, with a vowel among them.
fn is_word(letters: &str) -> bool {
    letters.len() > 2 && letters.chars().any(|c| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
}
