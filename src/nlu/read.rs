//! One sentence from words to meaning: the decision procedure.
//!
//! First the tokens, with typing errors in command words forgiven. Then spans are cut out: addresses, quotes, message
//! bodies. Times, numbers and services are found in what is left, and the templates compete over it. Captures and found
//! entities are gathered; what was asked for decides how a bare answer is read.
//!
//! Invariant: words inside a cut span never decide an intent. Read next: [`super::rank`], [`super::gather`].

use super::entity::{email, name, number, phone, service, when};
use super::grammar::{Book, Grammar, Mark, Trait};
use super::lexicon::{Lexed, Role};
use super::rank::{self, Candidate};
use super::template::{Slot, View};
use super::token::{Kind, TOKENS_MAX, Tokens};
use super::{Expecting, Field, Language};
use jiff::Zoned;

/// Most places where a sentence is tried as two wishes.
const JOINTS_MAX: usize = 3;
/// So many of a letter in a row are one, drawn out: no word of either language has three.
const DRAWN_OUT_MIN: usize = 3;
/// Most polite words and small joints before a word of command ("and, please, can you").
const POLITE_MAX: usize = 4;
/// The number of no word: what stands at a cut span, so that no template word matches there.
const CUT: u32 = u32::MAX;

/// A sentence with everything found in it.
#[derive(Debug)]
pub(crate) struct Sentence<'a> {
    pub(crate) book: &'a Book,
    pub(crate) expecting: &'a Expecting,
    pub(crate) lex: &'a Lexed<'a>,
    pub(crate) email: Option<email::Email>,
    pub(crate) phone: Option<phone::Phone>,
    pub(crate) service: Option<(String, (usize, usize))>,
    pub(crate) times: Vec<when::Found>,
    /// Who the speaker says they are, and the tokens of that.
    pub(crate) introduced: Option<(String, (usize, usize))>,
    /// The name that the whole of an answer is, when one was asked for.
    pub(crate) answered: Option<String>,
    /// The message body: tokens, without the words that lead to it.
    pub(crate) body: Option<(usize, usize)>,
    /// Where a correction begins ("no, Thursday").
    pub(crate) corrected_from: Option<usize>,
    pub(crate) reader: when::Reader<'a>,
    cut: Vec<bool>,
    /// Tokens that are words, as templates see them.
    items: Vec<usize>,
    words: Vec<u32>,
}

/// Gives every token the number of its word, forgiving slips in command words.
pub(crate) fn number_words(tokens: &mut Tokens<'_>, grammar: &Grammar, book: &Book, field: Field) {
    for i in 0..tokens.len().min(TOKENS_MAX) {
        if tokens.kind(i) != Some(Kind::Word) {
            continue;
        }
        let folded = tokens.folded(i);
        let known = grammar.vocabulary.number(folded);
        let word = match book.spelling(folded) {
            Some([word, ..]) => *word,
            _ if known != 0 => known,
            // A capital inside a sentence marks a name, and names are not corrected.
            _ if tokens.list[i].capital && i > 0 => 0,
            _ if field == Field::Name && name::is_left_alone(tokens, i) => 0,
            _ => drawn_out(folded, grammar).or_else(|| book.mistyped(folded)).unwrap_or(0),
        };
        tokens.list[i].word = word;
    }
}

/// The word that is drawn out in writing: "hellooo", "nooo", "siii".
fn drawn_out(folded: &str, grammar: &Grammar) -> Option<u32> {
    let bytes = folded.as_bytes();
    if !folded.is_ascii() || !bytes.windows(DRAWN_OUT_MIN).any(|run| run.iter().all(|byte| *byte == run[0])) {
        return None;
    }
    let mut short = String::with_capacity(folded.len());
    let mut run = 0;
    for (i, byte) in bytes.iter().enumerate() {
        run = if i > 0 && bytes[i - 1] == *byte { run + 1 } else { 1 };
        let length = bytes[i..].iter().take_while(|next| *next == byte).count() + run - 1;
        if run == 1 || length < DRAWN_OUT_MIN {
            short.push(char::from(*byte));
        }
    }
    Some(grammar.vocabulary.number(&short)).filter(|word| *word != 0)
}

impl<'a> Sentence<'a> {
    /// Finds all there is to find.
    pub(crate) fn of(lex: &'a Lexed<'a>, book: &'a Book, expecting: &'a Expecting, now: &'a Zoned) -> Self {
        let region = if expecting.region.is_empty() { "US" } else { &expecting.region };
        let mut cut = vec![false; lex.tokens.len()];
        let mut mask = |span: (usize, usize)| cut[span.0..span.1].iter_mut().for_each(|cut| *cut = true);
        let email = email::find(lex, book, expecting.field == Field::Email);
        if let Some(email) = &email {
            mask(email.tokens);
        }
        quotes(lex).into_iter().for_each(&mut mask);
        let body = body(lex, book);
        if let Some(body) = body {
            mask(body);
        }
        let asked = expecting.field == Field::Name;
        let introduced = name::introduced(lex, book, asked);
        let answered = if asked && introduced.is_none() { name::answered(lex, book) } else { None };
        // "Katie Price", "Domingo Pérez": what is a name is no question and no day.
        if let Some((_, (start, end))) = introduced.as_ref().or(answered.as_ref()).filter(|_| asked)
            && name::is_written_as_one(lex, book, *start, *end)
        {
            (*start..*end).filter(|i| lex.tokens.list[*i].capital).for_each(|i| cut[i] = true);
        }
        let phone = phone::find(lex, book, region, expecting.field == Field::Phone, &|i| !cut[i]);
        if let Some(phone) = &phone {
            cut[phone.tokens.0..phone.tokens.1].iter_mut().for_each(|cut| *cut = true);
        }
        let reader = reader(lex, expecting, now, region);
        // "Good morning" and "one moment" are no times; "in one second" is.
        let mut undated = cut.clone();
        for i in (0..lex.tokens.len()).filter(|i| *i == 0 || lex.role(i - 1, Role::In).is_none()) {
            if let Some(next) = book.is_mark(lex.tokens, i, Mark::NotDate) {
                undated[i..next].fill(true);
            }
        }
        // Nor is "now" where a name is spelled.
        if let Some((_, (_, end))) = introduced.as_ref().or(answered.as_ref())
            && let Some((from, to)) = name::misheard_letters(lex, *end)
        {
            undated[from..to].fill(true);
        }
        let times = reader.all(&|i| !undated[i]);
        let service = service::find(lex, &expecting.services);
        // "This is Ann Lee, …": who they are, said before what they want, decides nothing.
        let aside = introduced.as_ref().map(|(_, span)| span.0..span.1).filter(|span| {
            matches!(lex.tokens.kind(span.end), Some(Kind::Sign(',' | '.' | ';' | '!')))
                && span.end + 1 < lex.tokens.len()
        });
        let aside = aside.unwrap_or_default();
        cut[aside.clone()].fill(true);
        let items: Vec<usize> = (0..lex.tokens.len())
            .filter(|i| !aside.contains(i) && !matches!(lex.tokens.kind(*i), Some(Kind::Sign(_))))
            .collect();
        let words = items.iter().map(|i| if cut[*i] { CUT } else { lex.tokens.list[*i].word }).collect();
        let corrected_from =
            (0..lex.tokens.len()).filter_map(|i| book.is_mark(lex.tokens, i, Mark::Correction)).next_back();
        Self {
            book,
            expecting,
            lex,
            email,
            phone,
            service,
            times,
            introduced,
            answered: answered.map(|(name, _)| name),
            body,
            corrected_from,
            reader,
            cut,
            items,
            words,
        }
    }

    /// The rules that match, best first.
    pub(crate) fn candidates(&self) -> Vec<Candidate<'a>> {
        let reach = |slot: Slot, word: usize| self.reach(slot, word);
        let mut present =
            vec![0u64; self.words.iter().filter(|word| **word != CUT).max().map_or(0, |most| *most as usize / 64 + 1)];
        for word in self.words.iter().filter(|word| **word != CUT && **word != 0) {
            present[*word as usize / 64] |= 1 << (word % 64);
        }
        let view = View { words: &self.words, present: &present, borders: self.borders(), reach: &reach };
        rank::candidates(self.book, self.expecting.field, &view)
    }

    /// The first word of the sentence proper and the one after the last: without "um", "please", "thanks".
    fn borders(&self) -> (usize, usize) {
        let filler = |word: &u32| self.book.has(*word, Trait::Filler);
        let start = self.words.iter().take_while(|word| filler(word)).count();
        let end = self.words.len() - self.words.iter().rev().take_while(|word| filler(word)).count();
        if start >= end { (0, self.words.len()) } else { (start, end) }
    }

    /// How many words can be captured for `slot` from word `at` on.
    fn reach(&self, slot: Slot, at: usize) -> (usize, usize) {
        let Some(&token) = self.items.get(at) else { return (1, 0) };
        match slot {
            Slot::When => {
                self.exactly(at, self.times.iter().find(|found| found.start == token).map(|found| found.expression.end))
            }
            Slot::Phone => self.exactly(
                at,
                self.phone
                    .as_ref()
                    .filter(|phone| phone.tokens.0 <= token && token < phone.tokens.1)
                    .map(|phone| phone.tokens.1),
            ),
            Slot::Email => self
                .exactly(at, self.email.as_ref().filter(|email| email.tokens.0 == token).map(|email| email.tokens.1)),
            Slot::Service => {
                self.exactly(at, self.service.as_ref().filter(|(_, span)| span.0 == token).map(|(_, span)| span.1))
            }
            Slot::Number => self.exactly(at, number::small(self.lex, token).map(|(_, next)| next)),
            Slot::Name => (1, self.run(at, name::WORDS_MAX, |token| name::can_be_name(self.lex, self.book, token))),
            // "hot, lead and vip": tags are a list.
            Slot::Tag => {
                let list = |token: usize| {
                    let word = self.lex.tokens.list[token].word;
                    !self.book.has(word, Trait::StopSlot)
                        || self.book.is_mark(self.lex.tokens, token, Mark::Then).is_some()
                };
                (1, self.run_to(at, 6, &['?', '!', ';', ':'], list))
            }
            Slot::Stage => {
                (1, self.run(at, 3, |token| !self.book.has(self.lex.tokens.list[token].word, Trait::StopSlot)))
            }
            Slot::Campaign | Slot::Subject => {
                (1, self.run(at, 8, |token| !self.book.has(self.lex.tokens.list[token].word, Trait::StopSlot)))
            }
            Slot::Id => (1, 1),
            Slot::Missing => (1, 2),
            Slot::Query => (1, self.run(at, 8, |_| true)),
            Slot::Added | Slot::Title | Slot::Any => (1, self.run(at, 12, |_| true)),
            Slot::Body => (1, self.words.len() - at),
        }
    }

    /// A capture that ends at exactly that token, in words.
    fn exactly(&self, at: usize, end: Option<usize>) -> (usize, usize) {
        let Some(end) = end else { return (1, 0) };
        let length = self.items[at..].iter().take_while(|item| **item < end).count();
        (length.max(1), length)
    }

    /// How many words in a row are free and fit; a comma or a stop between them ends the row.
    fn run(&self, at: usize, most: usize, fits: impl Fn(usize) -> bool) -> usize {
        self.run_to(at, most, &[',', '?', '!', ';', ':', '"'], fits)
    }

    /// How many words in a row are free and fit, up to one of these signs.
    fn run_to(&self, at: usize, most: usize, ends: &[char], fits: impl Fn(usize) -> bool) -> usize {
        let mut length = 0;
        while length < most {
            let Some(&item) = self.items.get(at + length) else { break };
            let broken = length > 0
                && (self.items[at + length - 1] + 1..item)
                    .any(|i| matches!(self.lex.tokens.kind(i), Some(Kind::Sign(sign)) if ends.contains(&sign)));
            if broken || self.cut[item] || !fits(item) {
                break;
            }
            length += 1;
        }
        length
    }

    /// The words of a capture, as said.
    pub(crate) fn said(&self, span: (usize, usize)) -> &'a str {
        let (Some(first), Some(last)) =
            (self.items.get(span.0), span.1.checked_sub(1).and_then(|last| self.items.get(last)))
        else {
            return "";
        };
        self.lex.tokens.said(*first, last + 1)
    }

    /// The tokens of a capture.
    pub(crate) fn tokens_of(&self, span: (usize, usize)) -> (usize, usize) {
        match (self.items.get(span.0), span.1.checked_sub(1).and_then(|last| self.items.get(last))) {
            (Some(first), Some(last)) => (*first, last + 1),
            _ => (0, 0),
        }
    }

    /// Whether any word stands outside of the times found: "at 3" alone asks for nothing.
    pub(crate) fn says_more_than_a_time(&self) -> bool {
        let timed = |token: usize| self.times.iter().any(|found| found.start <= token && token < found.expression.end);
        self.items.iter().any(|token| !timed(*token) && self.lex.tokens.kind(*token) == Some(Kind::Word))
    }

    /// The folded words outside of cut spans, with figures as one sign, for the second opinion.
    pub(crate) fn plain_words(&self) -> Vec<&'a str> {
        let named = |i: usize| self.service.as_ref().is_some_and(|(_, span)| span.0 <= i && i < span.1);
        plain_words(self.lex.tokens, &|i| self.is_cut(i) || named(i))
    }

    /// Where "and" or the end of a sentence stands before a word of command, polite words between them, outside of cut
    /// spans and of what the rules of the winning intent need.
    pub(crate) fn joints(&self, candidates: &[Candidate<'_>]) -> Vec<(usize, usize)> {
        let tokens = self.lex.tokens;
        let Some(winner) = candidates.first() else { return Vec::new() };
        let spans: Vec<(usize, usize)> = candidates
            .iter()
            .filter(|candidate| candidate.rule.intent == winner.rule.intent)
            .map(|candidate| self.tokens_of((candidate.found.start, candidate.found.end)))
            .collect();
        let needed = |i: usize| spans.iter().any(|(start, end)| *start < i && i + 1 < *end);
        let stops = |i: usize| matches!(tokens.kind(i), Some(Kind::Sign('.' | '!' | '?' | ';'))).then_some(i + 1);
        (1..tokens.len())
            .filter(|i| !self.cut[*i] && !needed(*i))
            .filter_map(|i| {
                let mut next = self.book.is_mark(tokens, i, Mark::Then).or_else(|| stops(i))?;
                for _ in 0..POLITE_MAX {
                    let Some(after) = self.polite(next) else { break };
                    next = after;
                }
                let verb = tokens.list.get(next).is_some_and(|token| self.book.has(token.word, Trait::Verb));
                (verb && !self.cut[next]).then(|| (tokens.list[i].start, tokens.list[next].start))
            })
            .take(JOINTS_MAX)
            .collect()
    }

    /// Past "can you", "please", "then", a comma.
    fn polite(&self, i: usize) -> Option<usize> {
        if self.lex.tokens.is_sign(i, ',') {
            return Some(i + 1);
        }
        let mark = |mark| self.book.is_mark(self.lex.tokens, i, mark);
        mark(Mark::Polite).or_else(|| mark(Mark::Then))
    }

    /// How many words there are for templates.
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// Whether a token lies in a cut span.
    pub(crate) fn is_cut(&self, token: usize) -> bool {
        self.cut.get(token).copied().unwrap_or(false)
    }
}

/// Who reads the times of a sentence, in its circumstances.
fn reader<'a>(lex: &'a Lexed<'a>, expecting: &Expecting, now: &'a Zoned, region: &str) -> when::Reader<'a> {
    let spanish = expecting.language == Language::Es;
    when::Reader {
        lex,
        now: now.datetime(),
        instant: now,
        spanish,
        month_first: !spanish && matches!(region, "US" | "PH"),
        hours: expecting.hours,
        expects_day: expecting.field == Field::Day,
        expects_time: expecting.field == Field::Time,
        unit_may_stand_alone: false,
        after_clock: false,
        in_range: false,
        moves: false,
    }
}

/// Text between quotation marks, at most a few.
fn quotes(lex: &Lexed<'_>) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut open = None;
    for i in 0..lex.tokens.len() {
        if lex.tokens.is_sign(i, '"') {
            match open.take() {
                Some(start) => spans.push((start, i + 1)),
                None => open = Some(i),
            }
        }
    }
    spans
}

/// The words behind "saying", "that says", a colon: to the end of the sentence.
fn body(lex: &Lexed<'_>, book: &Book) -> Option<(usize, usize)> {
    let tokens = lex.tokens;
    let end = tokens.len();
    for i in 1..end {
        // "Date: Wednesday" labels what follows; a body has somebody it is for.
        let colon = i >= 2
            && tokens.is_sign(i, ':')
            && !tokens.glued(i + 1)
            && tokens.figures(i + 1).is_none_or(|_| tokens.figures(i - 1).is_none());
        let start = if colon { Some(i + 1) } else { book.is_mark(tokens, i, Mark::Body) };
        // "Calling to ask how much it is" asks; only "text her to ask …" leaves it to be asked.
        let written = |i: usize| book.has(tokens.list[i].word, Trait::Messenger);
        let start = start.or_else(|| book.is_mark(tokens, i, Mark::BodyMaybe).filter(|_| (0..i).any(written)));
        let Some(mut start) = start else { continue };
        while tokens.is_sign(start, ':') || tokens.is_sign(start, ',') {
            start += 1;
        }
        if start < end {
            return Some((start, end));
        }
    }
    None
}

/// The folded words of a sentence; figures are one word, and what is cut is left out.
pub(crate) fn plain_words<'t>(tokens: &'t Tokens<'_>, cut: &dyn Fn(usize) -> bool) -> Vec<&'t str> {
    (0..tokens.len())
        .filter(|i| !cut(*i))
        .filter_map(|i| match tokens.kind(i)? {
            Kind::Word => Some(tokens.folded(i)),
            Kind::Figures => Some("0"),
            Kind::Sign(_) => None,
        })
        .collect()
}
