//! Words with their places: the form every rule reads.
//!
//! Letters are folded (lower case, no accents), figures and letters are parted ("3pm" is `3` `pm`), English clitics
//! are words of their own ("what's" is `what` `'s`) and dotted "p. m." is `pm`. Nothing is lost: every token knows the
//! bytes it came from, and answers are cut from the sentence as it was said.
//!
//! Invariant: spans are ascending, do not overlap and lie on character boundaries of the text.
//! This module knows no language data. Read next: [`super::lexicon`].

use std::ops::Range;

/// Longest text read, in bytes; what lies behind is kept in the text but not understood. A spoken turn is below 500.
pub(crate) const TEXT_BYTES_MAX: usize = 2_000;
/// Most tokens read, so that every rule has a bounded amount of work.
pub(crate) const TOKENS_MAX: usize = 200;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters.
    Word,
    /// Figures.
    Figures,
    /// One other character.
    Sign(char),
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// First byte in the text.
    pub(crate) start: usize,
    /// The byte after the last.
    pub(crate) end: usize,
    /// What it is made of.
    pub(crate) kind: Kind,
    /// No white space before it.
    pub(crate) glued: bool,
    /// It starts with a capital letter.
    pub(crate) capital: bool,
    /// The value of figures (of at most 18), else 0.
    pub(crate) value: u64,
    /// The number of the word in the vocabulary; 0 is a word nobody knows.
    pub(crate) word: u32,
    folded: (u32, u32),
}

/// A text and its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'t> {
    /// The text as said.
    pub(crate) text: &'t str,
    /// The tokens, at most [`TOKENS_MAX`].
    pub(crate) list: Vec<Token>,
    folded: String,
}

impl<'t> Tokens<'t> {
    /// Cuts a text into tokens. Total: any text will do.
    pub(crate) fn of(text: &'t str) -> Self {
        let limit = floor_boundary(text, TEXT_BYTES_MAX);
        let mut cutter = Cutter { text: &text[..limit], at: 0, list: Vec::new(), folded: String::with_capacity(limit) };
        cutter.run();
        Self { text, list: cutter.list, folded: cutter.folded }
    }

    /// The folded letters or the figures of token `i`; empty past the end.
    pub(crate) fn folded(&self, i: usize) -> &str {
        self.list.get(i).map_or("", |token| &self.folded[token.folded.0 as usize..token.folded.1 as usize])
    }

    /// The sentence from token `from` up to token `to`, as said.
    pub(crate) fn said(&self, from: usize, to: usize) -> &'t str {
        let span = self.span(from, to);
        &self.text[span]
    }

    /// The bytes of the tokens `from..to`; empty when there are none.
    pub(crate) fn span(&self, from: usize, to: usize) -> Range<usize> {
        match (self.list.get(from), to.checked_sub(1).and_then(|last| self.list.get(last))) {
            (Some(first), Some(last)) if from < to => first.start..last.end,
            _ => 0..0,
        }
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether token `i` is this sign.
    pub(crate) fn is_sign(&self, i: usize, sign: char) -> bool {
        self.list.get(i).is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    /// The kind of token `i`.
    pub(crate) fn kind(&self, i: usize) -> Option<Kind> {
        self.list.get(i).map(|token| token.kind)
    }

    /// Whether no white space stands between token `i` and the one before it.
    pub(crate) fn glued(&self, i: usize) -> bool {
        self.list.get(i).is_some_and(|token| token.glued)
    }

    /// How many figures token `i` has, and their value.
    pub(crate) fn figures(&self, i: usize) -> Option<(usize, u64)> {
        let token = self.list.get(i)?;
        (token.kind == Kind::Figures).then(|| (token.end - token.start, token.value))
    }
}

/// The words of a phrase in the data, folded; there a clitic may stand alone ("what 's").
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let tokens = Tokens::of(text);
    let mut words = Vec::new();
    for i in 0..tokens.len() {
        let word = tokens.folded(i);
        if word.is_empty() {
            continue;
        }
        let clitic = i > 0 && tokens.is_sign(i - 1, '\'') && tokens.glued(i) && CLITICS.contains(&word);
        words.push(if clitic { format!("'{word}") } else { word.to_owned() });
    }
    words
}

/// The largest character boundary not above `limit`.
fn floor_boundary(text: &str, limit: usize) -> usize {
    let mut limit = limit.min(text.len());
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    limit
}

/// The plain form of one character: lower case, without accents.
pub(crate) fn fold(c: char, to: &mut String) {
    if c.is_ascii() {
        to.push(c.to_ascii_lowercase());
        return;
    }
    let plain = match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Å' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => 'u',
        'ñ' | 'Ñ' => 'n',
        'ç' | 'Ç' => 'c',
        _ => {
            to.extend(c.to_lowercase());
            return;
        }
    };
    to.push(plain);
}

/// A text folded as tokens are.
pub(crate) fn folded(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    text.chars().for_each(|c| fold(c, &mut to));
    to
}

struct Cutter<'t> {
    text: &'t str,
    at: usize,
    list: Vec<Token>,
    folded: String,
}

/// What may follow an apostrophe as a word of its own.
const CLITICS: &[&str] = &["s", "d", "ll", "re", "m", "ve"];

impl Cutter<'_> {
    fn run(&mut self) {
        let mut glued = false;
        while let Some(c) = self.text[self.at..].chars().next() {
            if self.list.len() >= TOKENS_MAX {
                return;
            }
            if c.is_whitespace() || is_combining(c) {
                self.at += c.len_utf8();
                glued = false;
                continue;
            }
            if c.is_ascii_digit() {
                self.figures(glued);
            } else if c.is_alphabetic() {
                self.word(glued);
            } else {
                let start = self.at;
                self.at += c.len_utf8();
                let sign = match c {
                    '–' | '—' | '−' | '‑' => '-',
                    '“' | '”' | '«' | '»' => '"',
                    '’' | '‘' => '\'',
                    other => other,
                };
                self.push(start, Kind::Sign(sign), glued, false, 0, |_| {});
            }
            glued = true;
        }
    }

    fn push(&mut self, start: usize, kind: Kind, glued: bool, capital: bool, value: u64, add: impl Fn(&mut String)) {
        let from = self.folded.len();
        add(&mut self.folded);
        let folded = (narrow(from), narrow(self.folded.len()));
        self.list.push(Token { start, end: self.at, kind, glued, capital, value, word: 0, folded });
    }

    fn figures(&mut self, glued: bool) {
        let start = self.at;
        let length = self.text[start..].bytes().take_while(u8::is_ascii_digit).count();
        self.at += length;
        let figures = &self.text[start..self.at];
        let value = if length <= 18 { figures.parse().unwrap_or(0) } else { 0 };
        self.push(start, Kind::Figures, glued, false, value, |to| to.push_str(figures));
    }

    fn word(&mut self, glued: bool) {
        let start = self.at;
        let rest = &self.text[start..];
        if let Some((length, word)) = dotted_half_day(rest) {
            self.at += length;
            self.push(start, Kind::Word, glued, false, 0, |to| to.push_str(word));
            return;
        }
        let length = rest.find(|c: char| !c.is_alphabetic() && !is_combining(c)).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(length);
        let capital = letters.chars().next().is_some_and(char::is_uppercase);
        let clitic = apostrophe(after);
        match clitic {
            // "o'clock", "don't": one word without the apostrophe.
            Some((skip, tail)) if !CLITICS.contains(&folded(tail).as_str()) => {
                self.at += length + skip + tail.len();
                self.push(start, Kind::Word, glued, capital, 0, |to| {
                    letters.chars().chain(tail.chars()).for_each(|c| fold(c, to));
                });
            }
            Some((skip, tail)) => {
                self.at += length;
                self.push(start, Kind::Word, glued, capital, 0, |to| letters.chars().for_each(|c| fold(c, to)));
                let from = self.at;
                self.at += skip + tail.len();
                self.push(from, Kind::Word, true, false, 0, |to| {
                    to.push('\'');
                    tail.chars().for_each(|c| fold(c, to));
                });
            }
            None => {
                self.at += length;
                self.push(start, Kind::Word, glued, capital, 0, |to| {
                    letters.chars().filter(|c| !is_combining(*c)).for_each(|c| fold(c, to));
                });
            }
        }
    }
}

/// The combining accents some keyboards send apart from their letter.
fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// The letters after an apostrophe, and how long the apostrophe is.
fn apostrophe(after: &str) -> Option<(usize, &str)> {
    let mark = after.chars().next().filter(|c| matches!(c, '\'' | '’'))?;
    let tail = &after[mark.len_utf8()..];
    let length = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
    (length > 0).then(|| (mark.len_utf8(), &tail[..length]))
}

/// "p.m.", "p. m", "a . m ." as one word; plain "am" is an ordinary word.
fn dotted_half_day(rest: &str) -> Option<(usize, &'static str)> {
    let bytes = rest.as_bytes();
    let word = match bytes.first()? {
        b'a' | b'A' => "am",
        b'p' | b'P' => "pm",
        _ => return None,
    };
    let space = |mut at: usize| {
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    };
    let dot = space(1);
    let letter = if bytes.get(dot) == Some(&b'.') { space(dot + 1) } else { dot };
    // Without a dot only "p m" counts, and only when nothing clings to it: "a m" may be anything else.
    let dotted = letter > dot;
    if letter == 1 || !matches!(bytes.get(letter), Some(b'm' | b'M')) {
        return None;
    }
    let last = space(letter + 1);
    if bytes.get(last) == Some(&b'.') && dotted {
        return Some((last + 1, word));
    }
    rest[letter + 1..].chars().next().is_none_or(|c| !c.is_alphabetic()).then_some((letter + 1, word))
}

/// Positions are below [`TEXT_BYTES_MAX`] times the growth of folding, far inside 32 bits.
fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = Tokens::of(text);
        (0..tokens.len())
            .map(|i| if let Some(Kind::Sign(c)) = tokens.kind(i) { c.to_string() } else { tokens.folded(i).to_owned() })
            .collect()
    }

    #[test]
    fn words_are_folded_and_parted() {
        assert_eq!(words("What's Mañana at 3PM?"), ["what", "'s", "manana", "at", "3", "pm", "?"]);
        assert_eq!(words("don't 5 o'clock"), ["dont", "5", "oclock"]);
        assert_eq!(words("at 8 p. m. sharp"), ["at", "8", "pm", "sharp"]);
        assert_eq!(words("3 p . m ."), ["3", "pm"]);
        assert_eq!(words("a man"), ["a", "man"]);
    }

    proptest::proptest! {
        #[test]
        fn spans_ascend_inside_the_text(text in ".*") {
            let tokens = Tokens::of(&text);
            let mut at = 0;
            for token in &tokens.list {
                proptest::prop_assert!(token.start >= at && token.end > token.start);
                proptest::prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
                at = token.end;
            }
            proptest::prop_assert!(at <= text.len());
        }
    }
}
