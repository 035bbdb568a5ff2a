//! Understanding: words in, intent and entities out. Total, deterministic, explainable.
//!
//! [`understand`] never fails and never guesses silently: what it cannot place is [`Intent::Unknown`], and `why` names
//! the rules that fired. Entity spans are cut out before keywords are matched, so a message body or a name never decides
//! the intent. It knows nothing of dialogue, CRM or IO; the reference time and the language data are arguments.
//!
//! Read next: [`intent`] for the names, [`entity`] for what can be mentioned.

pub mod entity;
mod gather;
mod grammar;
pub mod intent;
mod lexicon;
mod operator;
mod opinion;
mod rank;
mod read;
mod template;
mod token;

pub use crate::language::Language;
pub use entity::{Bound, Entities, When, WhenValue};
pub use grammar::{Grammar, GrammarError};
pub use intent::Intent;

use jiff::Zoned;
use jiff::civil::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What the dialogue has just asked for: it decides how a bare "three" or "no" is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Nothing in particular.
    #[default]
    Anything,
    /// A yes or a no.
    YesNo,
    /// One of the services.
    Service,
    /// A day (a time with it is welcome).
    Day,
    /// A time of day.
    Time,
    /// The speaker's name.
    Name,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// One of the options just read out.
    Choice,
    /// Free words to keep as they are, such as a message.
    Words,
}

/// A name with the other ways people say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The name as we write it.
    pub name: String,
    /// Other spellings, singulars, abbreviations.
    pub aliases: Vec<String>,
}

/// The context a sentence is understood in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expecting {
    /// What was asked for.
    pub field: Field,
    /// The language spoken.
    pub language: Language,
    /// Country of numbers said without one (ISO 3166); empty means "US".
    pub region: String,
    /// Services that can be named.
    pub services: Vec<Term>,
    /// The options just read out, in order.
    pub options: Vec<Term>,
    /// The hours in which a bare "three" is meant (opening, closing).
    pub hours: Option<(Time, Time)>,
}

/// What a sentence was taken to mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Understanding {
    /// The sentence as heard.
    pub text: String,
    /// The language it was read in.
    pub lang: Language,
    /// What is wanted.
    pub intent: Intent,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// What was mentioned.
    pub entities: Entities,
    /// The rules that decided, in order.
    pub why: Vec<String>,
    /// Further wishes in the same breath, in the order said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(Intent, Entities)>,
}

/// Reads a sentence. Total: every text has an answer, and the same arguments have the same answer.
///
/// `now` is the reference time in the zone of the business. With a [`Field`] other than `Anything` a bare answer is
/// read as one: its entities are filled, and the intent stays [`Intent::Unknown`] when nothing but the answer was said.
pub fn understand(grammar: &Grammar, expecting: &Expecting, now: &Zoned, text: &str) -> Understanding {
    let (mut first, mut joints) = one(grammar, expecting, now, text);
    let mut also: Vec<(Intent, Entities)> = Vec::new();
    let mut from = 0;
    let read = |stretch: Range<usize>| {
        let (mut wish, mut joints) = one(grammar, expecting, now, &text[stretch.clone()]);
        wish.entities.shift(stretch.start);
        for (left, right) in &mut joints {
            (*left, *right) = (*left + stretch.start, *right + stretch.start);
        }
        (wish, joints)
    };
    // "Book me Tuesday at three and text me the details": each side alone must be a command.
    while also.len() < ALSO_MAX
        && let Some((before, right, (second, further))) = joints.iter().find_map(|&(left, right)| {
            let after = read(right..text.len());
            let before = is_command(after.0.intent).then(|| read(from..left).0)?;
            // "Write and send an email", "A whitening, please?": what only an opinion makes a wish of is none beside another.
            let ruled = |wish: &Understanding| !wish.why.iter().any(|why| why.starts_with(opinion::EVIDENCE));
            let both = is_command(before.intent) && before.intent != after.0.intent;
            (both && ruled(&before) && ruled(&after.0)).then_some((before, right, after))
        })
    {
        match also.last_mut() {
            // What was taken for the last wish held two.
            Some(last) => *last = (before.intent, before.entities),
            None => first = Understanding { text: first.text, ..before },
        }
        also.push((second.intent, second.entities));
        (from, joints) = (right, further);
    }
    Understanding { also, ..first }
}

/// Further wishes read out of one sentence.
const ALSO_MAX: usize = 3;

/// Whether an intent asks for something to be done, so that it can stand beside another.
fn is_command(intent: Intent) -> bool {
    intent < Intent::AskHours || intent == Intent::LeaveMessage
}

/// A text as words, with everything found in it.
pub(crate) fn with_sentence<T>(
    grammar: &Grammar,
    expecting: &Expecting,
    now: &Zoned,
    text: &str,
    ask: impl FnOnce(&read::Sentence<'_>) -> T,
) -> T {
    let book = grammar.book(expecting.language);
    let mut tokens = token::Tokens::of(text);
    read::number_words(&mut tokens, grammar, book, expecting.field);
    let lex = lexicon::Lexed::of(&tokens, &book.lexicon);
    ask(&read::Sentence::of(&lex, book, expecting, now))
}

/// One wish, and where the sentence could part in two: the end of the first and the start of the second, in bytes.
fn one(grammar: &Grammar, expecting: &Expecting, now: &Zoned, text: &str) -> (Understanding, Vec<(usize, usize)>) {
    with_sentence(grammar, expecting, now, text, |sentence| wish(sentence, text))
}

fn wish(sentence: &read::Sentence<'_>, text: &str) -> (Understanding, Vec<(usize, usize)>) {
    let (book, expecting) = (sentence.book, sentence.expecting);
    let candidates = sentence.candidates();
    let winner = candidates.first();
    let mut why: Vec<String> = winner.iter().map(|winner| winner.rule.name.to_string()).collect();
    let mut entities = gather::entities(sentence, winner, &mut why);
    let mut intent = winner.map_or(Intent::Unknown, |winner| winner.rule.intent);
    let mut confidence = confidence(sentence, &candidates);
    if let Some(answer) = gather::answer(sentence, &mut entities, intent, &mut why) {
        intent = answer;
        confidence = confidence.max(ANSWER_CONFIDENCE);
    } else if expecting.field == Field::Anything
        && winner.is_none_or(|winner| is_small_talk_beside_more(sentence, winner))
        && sentence.says_more_than_a_time()
        && let Some(verdict) = book.opinion.on(&sentence.plain_words())
        && (winner.is_none() || verdict.margin >= OVERRULE_MARGIN)
    {
        // What the greeting mentioned goes with it.
        why.clear();
        entities = gather::entities(sentence, None, &mut why);
        intent = verdict.intent;
        confidence = verdict.confidence;
        why.extend(verdict.evidence);
    }
    let joints = sentence.joints(&candidates);
    let lang = expecting.language;
    (Understanding { text: text.to_owned(), lang, intent, confidence, entities, why, also: Vec::new() }, joints)
}

/// How far the second opinion must be from its own second before it speaks over small talk.
const OVERRULE_MARGIN: f32 = 1.0;
/// Words beside a small-talk phrase from which on the sentence is about something else.
const WORDS_BESIDE_MIN: usize = 4;
/// "Hello, could you look at my calendar": the greeting matched, but it is not what the sentence is about.
fn is_small_talk_beside_more(sentence: &read::Sentence<'_>, winner: &rank::Candidate<'_>) -> bool {
    let beside = sentence.words().saturating_sub(winner.found.end - winner.found.start);
    matches!(winner.rule.intent, Intent::Greeting | Intent::Thanks) && beside >= WORDS_BESIDE_MIN
}

/// How sure an answer to a question is that fits the question.
const ANSWER_CONFIDENCE: f32 = 0.8;

/// Makes the table of the second opinion from sentences with their intents; see [`opinion`].
pub fn train_opinion(sentences: &[(String, Intent)]) -> String {
    let sentences: Vec<_> = sentences
        .iter()
        .map(|(text, intent)| {
            let tokens = token::Tokens::of(text);
            (read::plain_words(&tokens, &|_| false).into_iter().map(str::to_owned).collect(), *intent)
        })
        .collect();
    opinion::train(&sentences)
}

/// A text in lower case and without accents, as rules compare words.
pub fn plain(text: &str) -> String {
    token::folded(text)
}

/// How much of the sentence the winning rule explains, and whether another intent came close.
fn confidence(sentence: &read::Sentence<'_>, candidates: &[rank::Candidate<'_>]) -> f32 {
    let Some(winner) = candidates.first() else { return 0.0 };
    let covered = (winner.found.end - winner.found.start) as f32 / sentence.words().max(1) as f32;
    let rival = candidates.iter().any(|other| {
        other.rule.intent != winner.rule.intent
            && other.rule.rank == winner.rule.rank
            && other.found.score == winner.found.score
    });
    (0.6 + 0.4 * covered.min(1.0)) * if rival { 0.7 } else { 1.0 }
}

#[cfg(test)]
mod tests;
