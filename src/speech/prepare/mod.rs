//! The last look at a text before it is spoken: whatever is written in figures, signs or short forms becomes words.
//!
//! The dialogue writes for the ear already; this is for what slips through (a name from the CRM, a message read back, a
//! business's own phrase), so that no figure ever reaches the reader of words, which would misread it.
//!
//! Pure and total: any text gives words, in time linear in its length. Knows nothing of voices or phonemes.
//!
//! Invariant: the result holds letters, spaces and the punctuation that shapes speech (`. , ; : ! ? ' -`), nothing else.
//! Invariant: what is already words comes through unchanged.
//!
//! The order of the steps matters, from the most to the least specific shape; it stands in [`spoken`].

mod abbreviations;
mod addresses;
mod amounts;
mod language;
mod numbers;
#[cfg(test)]
mod tests;
mod when;

use language::{Language, language};
use regex::{Captures, Regex};

/// A pattern compiled once, on first use.
macro_rules! pattern {
    ($pattern:expr) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| regex::Regex::new($pattern).expect("a constant pattern, compiled by a test"));
        &*PATTERN
    }};
}
use pattern;

/// Words for the ear, from text for the eye. `code` is ISO 639-1; what has no tables is read by the English ones.
pub fn spoken(text: &str, code: &str) -> String {
    let language = language(code);
    let steps: [fn(&str, &Language) -> String; 17] = [
        plain_characters,
        abbreviations::shouting,
        addresses::emails,
        addresses::links,
        addresses::phones,
        when::iso_dates,
        abbreviations::fixed,
        when::halves_of_the_day,
        when::ranges,
        when::times,
        when::dates,
        amounts::money,
        amounts::measures,
        amounts::ordinals,
        abbreviations::short_forms,
        amounts::numbers,
        abbreviations::capitals,
    ];
    let words = steps.iter().fold(text.to_owned(), |text, step| step(&text, language));
    clean(&words, language)
}

/// Typographers' characters as a typewriter has them.
fn plain_characters(text: &str, _: &Language) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '’' | '‘' | '´' | '`' => plain.push('\''),
            '–' | '−' | '‐' | '‑' => plain.push('-'),
            '…' => plain.push('.'),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            c if c.is_whitespace() || c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// Keeps what can be spoken or shapes speech, names the signs that have names, and drops the rest.
fn clean(text: &str, language: &Language) -> String {
    let mut words = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next_is_letter = chars.peek().is_some_and(|c| c.is_alphabetic());
        match c {
            '\'' | '-' if next_is_letter && words.ends_with(char::is_alphabetic) => words.push(c),
            // An apostrophe that opens ("'em") or closes ("the Joneses'") is not heard.
            '\'' => {}
            '.' | ',' | ';' | ':' | '!' | '?' => punctuate(&mut words, c),
            '(' | ')' | '[' | ']' | '{' | '}' | '—' => punctuate(&mut words, ','),
            '-' if words.ends_with(' ') && chars.peek() == Some(&' ') => punctuate(&mut words, ','),
            '-' | '_' | '/' | '\\' | '|' | '<' | '>' => space(&mut words),
            c if c.is_alphabetic() => words.push(c),
            c => {
                space(&mut words);
                if let Some(name) = language.signs.get(&c) {
                    words.push_str(name);
                    words.push(' ');
                } else if let Some(digit) = c.to_digit(10) {
                    words.push_str(&language.digits(&digit.to_string()));
                    words.push(' ');
                }
            }
        }
    }
    words.trim_matches(|c: char| c == ' ' || c == ',').to_owned()
}

/// A mark goes onto the word before it; of several the last full one counts.
fn punctuate(words: &mut String, mark: char) {
    words.truncate(words.trim_end().len());
    match words.chars().last() {
        None => return,
        Some(',' | ';' | ':') => {
            words.pop();
        }
        Some('.' | '!' | '?') => {
            words.push(' ');
            return;
        }
        Some(_) => {}
    }
    words.push(mark);
    words.push(' ');
}

fn space(words: &mut String) {
    if !words.is_empty() && !words.ends_with(' ') {
        words.push(' ');
    }
}

/// Replaces each match by what `with` makes of it and of the text behind it; what it makes nothing of stays.
fn replace(text: &str, pattern: &Regex, mut with: impl FnMut(&Captures<'_>, &str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for captures in pattern.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push_str(&text[from..whole.start()]);
        match with(&captures, &text[whole.end()..]) {
            Some(words) => replaced.push_str(&words),
            None => replaced.push_str(whole.as_str()),
        }
        from = whole.end();
    }
    replaced.push_str(&text[from..]);
    replaced
}

/// A group of a match as text; empty when it took no part.
fn group<'a>(captures: &Captures<'a>, number: usize) -> &'a str {
    captures.get(number).map_or("", |group| group.as_str())
}
