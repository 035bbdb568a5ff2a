//! The copilot's phrase books: what it says and the small words it listens for, in every language.
//!
//! Language is data: `models/phrases/copilot.{en,es}.toml`. A phrase has one to three variants, taken in turn; `{name}` is
//! filled in. Invariant: every [`Meaning`] has a phrase in every language, mentioning only the values that meaning has.

pub(super) use super::meaning::Meaning;
use crate::crm::error::Reason;
use crate::crm::model::folded;
use crate::nlu::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Variants a phrase may have.
const VARIANTS_MAX: usize = 3;
/// The longest expression that is a yes, or stands beside one.
pub(super) const YES_WORDS_MAX: usize = 4;

/// A placeholder and its value.
pub type Fill = (&'static str, String);

/// The books of all languages.
#[derive(Clone, Debug)]
pub struct Phrases {
    english: Book,
    spanish: Book,
}

/// What is wrong with a book.
#[derive(Debug, thiserror::Error)]
pub enum PhrasesError {
    /// Not the expected form; the text names the line.
    #[error("{file}: {source}")]
    Form {
        /// The file.
        file: &'static str,
        /// What, and on which line.
        source: Box<toml::de::Error>,
    },
    /// Something is missing or too much.
    #[error("{file}: {what}")]
    Content {
        /// The file.
        file: &'static str,
        /// What.
        what: String,
    },
}

impl Phrases {
    /// The books that come with the program.
    pub fn embedded() -> Result<Self, PhrasesError> {
        let english = include_str!("../../models/phrases/copilot.en.toml");
        let spanish = include_str!("../../models/phrases/copilot.es.toml");
        Ok(Self {
            english: Book::load("models/phrases/copilot.en.toml", english)?,
            spanish: Book::load("models/phrases/copilot.es.toml", spanish)?,
        })
    }

    /// The book of a language.
    pub(super) fn book(&self, language: Language) -> &Book {
        match language {
            Language::En => &self.english,
            Language::Es => &self.spanish,
        }
    }
}

/// Small words that are no intents of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    /// Why was that done? The whole sentence.
    Why,
    /// The next page, please. The whole sentence.
    More,
    /// What a correction begins with.
    Opener,
    /// Yes.
    Yes,
    /// What may stand beside a yes and asks for nothing: "please".
    Politeness,
    /// A telephone number is spoken of.
    PhoneField,
    /// An e-mail address is spoken of.
    EmailField,
    /// A name is spoken of.
    NameField,
    /// What stands before a new value: "to".
    Into,
    /// What parts a list: "and".
    And,
    /// Less than a sum.
    Under,
    /// An opportunity that was won.
    Won,
    /// One that was lost.
    Lost,
    /// What stands before what is to be done: "remind me to".
    TaskOpener,
    /// What stands before a time: "on".
    BeforeTime,
    /// A call that came in.
    Inbound,
    /// A social network is named.
    Network,
    /// It is for later.
    Later,
    /// What something is done to, in a word.
    It,
    /// Words that name nothing: "the", "of", "I want to".
    Small,
    /// What stands before words of what is meant: "about".
    About,
    /// The newest of several.
    Latest,
}

/// One language's book.
#[derive(Clone, Debug)]
pub(super) struct Book {
    say: Vec<Vec<String>>,
    cues: BTreeMap<Cue, Vec<String>>,
    pub(super) pronouns: Pronouns,
    pub(super) shortcuts: Vec<Shortcut>,
    pub(super) dates: Dates,
    answers: Vec<String>,
    examples: Vec<String>,
    /// What the program calls something, and what people do.
    terms: BTreeMap<String, String>,
    /// What people say for a word of the catalogue's names.
    synonyms: BTreeMap<String, Vec<String>>,
    /// What the program calls a field, and what people do.
    fields: BTreeMap<String, String>,
    /// Why something is refused, by its code; English has the program's own words.
    reasons: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    answers: Vec<String>,
    examples: Vec<String>,
    say: BTreeMap<String, Vec<String>>,
    cues: BTreeMap<Cue, Vec<String>>,
    pronouns: Pronouns,
    shortcuts: Vec<Shortcut>,
    dates: Dates,
    #[serde(default)]
    terms: BTreeMap<String, String>,
    synonyms: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default)]
    reasons: BTreeMap<String, String>,
}

/// How somebody spoken of before is referred to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pronouns {
    /// A name the grammar knows as one; it stands in for the pronoun while a sentence is read.
    pub(super) stand_in: String,
    /// "him", "that contact".
    pub(super) persons: Vec<String>,
    /// "his", "her".
    pub(super) owners: Vec<String>,
    /// What somebody can have; only before one of these is an owner one.
    pub(super) owned: Vec<String>,
    /// How an owner and what they have are written with a name: "{person}'s {owned}".
    pub(super) owning: String,
}

/// A sentence that commands give short, and the one it stands for. `{who}` is a name, `{rest}` what follows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shortcut {
    pub(super) from: String,
    pub(super) to: String,
}

/// How days and times are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dates {
    /// Monday first.
    pub(super) weekdays: Vec<String>,
    pub(super) months: Vec<String>,
    /// With `{weekday}`, `{day}` and `{month}`.
    pub(super) date: String,
    /// With `{date}` and `{time}`.
    pub(super) moment: String,
    /// Whether clocks have twelve hours.
    pub(super) twelve_hours: bool,
    /// With `{weekday}` and `{hours}`.
    pub(super) open: String,
    /// With `{from}` and `{to}`.
    pub(super) hours: String,
}

impl Book {
    fn load(file: &'static str, text: &str) -> Result<Self, PhrasesError> {
        let content = |what: String| PhrasesError::Content { file, what };
        let mut parsed: File =
            toml::from_str(text).map_err(|source| PhrasesError::Form { file, source: Box::new(source) })?;
        let mut say = Vec::with_capacity(Meaning::ALL.len());
        for &meaning in Meaning::ALL {
            let key = meaning.key();
            let variants = parsed.say.remove(key).ok_or_else(|| content(format!("no phrase {key}")))?;
            if !(1..=VARIANTS_MAX).contains(&variants.len()) {
                return Err(content(format!("phrase {key} wants 1 to {VARIANTS_MAX} variants")));
            }
            let stray =
                variants.iter().flat_map(|text| placeholders(text)).find(|name| !meaning.slots().contains(name));
            if let Some(name) = stray {
                return Err(content(format!("phrase {key} mentions {{{name}}}, which it is never given")));
            }
            say.push(variants);
        }
        if let Some(key) = parsed.say.keys().next() {
            return Err(content(format!("phrase {key} means nothing to the program")));
        }
        refuse_reasons(&parsed).map_err(content)?;
        if parsed.dates.weekdays.len() != 7 || parsed.dates.months.len() != 12 {
            return Err(content("dates want 7 weekdays, Monday first, and 12 months".to_owned()));
        }
        let File {
            answers,
            examples,
            mut cues,
            mut pronouns,
            shortcuts,
            dates,
            terms,
            mut synonyms,
            fields,
            reasons,
            ..
        } = parsed;
        let Pronouns { persons, owners, owned, .. } = &mut pronouns;
        for words in cues.values_mut().chain(synonyms.values_mut()).chain([persons, owners, owned]).flatten() {
            *words = folded(words);
        }
        Ok(Self { say, cues, pronouns, shortcuts, dates, answers, examples, terms, synonyms, fields, reasons })
    }

    /// What conveys a meaning.
    pub(super) fn text(&self, meaning: Meaning, turn: u32, fills: &[Fill]) -> String {
        let variants = &self.say[meaning as usize];
        let choice = usize::try_from(turn).unwrap_or(0) % variants.len();
        filled(&variants[choice], fills)
    }

    /// What people call an operation, a kind of row or a reason; in English it is called so already.
    pub(super) fn term(&self, name: &str) -> String {
        // What is said in several words is written as it is meant.
        let plain = if name.contains(' ') { name.to_owned() } else { name.replace('_', " ") };
        self.terms.get(&plain).cloned().unwrap_or(plain)
    }

    /// What people call a field of a request or a row: `amount_minor` is the amount.
    pub(super) fn field(&self, name: &str) -> String {
        let plain = name.strip_suffix("_minor").unwrap_or(name).replace('_', " ");
        self.fields.get(&plain).cloned().unwrap_or_else(|| self.term(&plain))
    }

    /// What is said in this language where the program says that; in English it says it so already.
    pub(super) fn told(&self, text: &str) -> Option<String> {
        if self.terms.is_empty() { Some(text.to_owned()) } else { self.terms.get(text).cloned() }
    }

    /// Why something is refused or did not go out.
    pub(super) fn reason(&self, why: &Reason) -> String {
        let Some(told) = self.reasons.get(&why.code()) else { return why.to_string() };
        let called = |name: &str| {
            let plain = name.replace('_', " ");
            self.fields.get(&plain).or_else(|| self.terms.get(&plain)).cloned()
        };
        let fills = why.gaps().into_iter().map(|(gap, value)| match gap {
            "what" | "medium" => (gap, called(&value).unwrap_or(value)),
            gap => (gap, value),
        });
        filled(told, &fills.collect::<Vec<_>>())
    }

    /// The words of the catalogue's names that a word stands for.
    pub(super) fn meant_by<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let meant = self.synonyms.iter().filter(move |(_, others)| others.iter().any(|other| other == word));
        meant.map(|(name, _)| name.as_str())
    }

    /// Whether a sentence has one of a cue's words.
    pub(super) fn has(&self, cue: Cue, text: &str) -> bool {
        let sentence = format!(" {} ", folded(text));
        self.words(cue).iter().any(|words| sentence.contains(&format!(" {words} ")))
    }

    /// Whether a sentence is one of a cue's words and nothing else.
    pub(super) fn is(&self, cue: Cue, text: &str) -> bool {
        self.words(cue).contains(&folded(text))
    }

    /// The words of a cue, folded.
    pub(super) fn words(&self, cue: Cue) -> &[String] {
        self.cues.get(&cue).map_or(&[], Vec::as_slice)
    }

    /// Whether a sentence says yes and nothing else: "OK, go ahead, please". A question never does.
    pub(super) fn is_yes(&self, text: &str) -> bool {
        let said = folded(text);
        let words: Vec<_> = said.split(' ').collect();
        let (mut rest, mut agreed) = (words.as_slice(), false);
        while !rest.is_empty() {
            let begins = |cue| {
                let lengths = 1..=rest.len().min(YES_WORDS_MAX);
                lengths.rev().find(|length| self.words(cue).contains(&rest[..*length].join(" ")))
            };
            let yes = begins(Cue::Yes);
            agreed |= yes.is_some();
            let Some(length) = yes.or_else(|| begins(Cue::Politeness)) else { return false };
            rest = &rest[length..];
        }
        agreed && !text.contains(['?', '¿'])
    }

    /// Whether a name is the one that stands in for "him" and "her".
    pub(super) fn is_them(&self, name: &str) -> bool {
        folded(name) == folded(&self.pronouns.stand_in)
    }

    /// What stands behind the first "to": "update note 2 to called again".
    pub(super) fn behind_into(&self, text: &str) -> Option<String> {
        let words: Vec<_> = text.split_whitespace().collect();
        let into = words.iter().position(|word| self.words(Cue::Into).contains(&folded(word)))?;
        let body = words[into + 1..].join(" ");
        (!body.is_empty()).then_some(body)
    }

    /// What is to be done in "remind me to call Ana on Friday": "call Ana".
    pub(super) fn title(&self, text: &str, when: Option<&str>) -> Option<String> {
        let text = when.map_or_else(|| text.to_owned(), |when| text.replacen(when, " ", 1));
        let words: Vec<_> = text.split_whitespace().collect();
        let begins = |length: &usize| self.words(Cue::TaskOpener).contains(&folded(&words[..*length].join(" ")));
        let from = (1..=words.len()).rev().find(begins).unwrap_or(0);
        let mut words = &words[from..];
        while let Some((last, rest)) = words.split_last()
            && self.words(Cue::BeforeTime).contains(&folded(last))
        {
            words = rest;
        }
        let title = words.join(" ");
        let title = title.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':' | '?' | '!'));
        (!title.is_empty()).then(|| title.to_owned())
    }

    /// "Yes" and "no", as one answers.
    pub(super) fn answers(&self) -> Vec<String> {
        self.answers.clone()
    }

    /// What one could ask for.
    pub(super) fn examples(&self) -> Vec<String> {
        self.examples.clone()
    }

    /// The name in "change Ana's last name to Souza": what stands behind the last "to".
    pub(super) fn new_name(&self, text: &str) -> Option<String> {
        if !self.has(Cue::NameField, text) {
            return None;
        }
        let words: Vec<_> = text.split_whitespace().collect();
        let into = words.iter().rposition(|word| self.words(Cue::Into).contains(&folded(word)))?;
        let name = words[into + 1..].join(" ");
        let name = name.trim_matches(|c: char| !c.is_alphanumeric());
        (!name.is_empty() && !name.contains('@')).then(|| name.to_owned())
    }
}

/// A pattern with its placeholders filled in.
pub(super) fn filled(pattern: &str, fills: &[Fill]) -> String {
    let mut text = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some((head, (name, tail))) =
        rest.split_once('{').and_then(|(head, tail)| Some((head, tail.split_once('}')?)))
    {
        text.push_str(head);
        let value = fills.iter().find(|(slot, _)| *slot == name).map(|(_, value)| value.as_str());
        #[cfg(test)]
        assert!(value.is_some(), "{pattern:?} was given no {name}");
        text.push_str(value.unwrap_or_default());
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
}

/// Refuses a book that has its own words for some reasons and not for all, or for what is no reason.
fn refuse_reasons(parsed: &File) -> Result<(), String> {
    if parsed.terms.is_empty() && parsed.reasons.is_empty() {
        return Ok(());
    }
    for (code, gaps) in Reason::codes() {
        let told = parsed.reasons.get(&code).ok_or_else(|| format!("no words for the reason {code}"))?;
        if let Some(name) = placeholders(told).find(|name| !gaps.contains(name)) {
            return Err(format!("the reason {code} mentions {{{name}}}, which it is never given"));
        }
    }
    match parsed.reasons.keys().find(|key| Reason::codes().all(|(code, _)| code != **key)) {
        Some(key) => Err(format!("the reason {key} means nothing to the program")),
        None => Ok(()),
    }
}
