//! The language data, compiled once: words, lists and rules of both languages.
//!
//! Embedded from `models/intents`: `words.<lang>.toml` says what single words mean to numbers and dates,
//! `<lang>.toml` holds the templates of every intent. An error names the file and the line.
//!
//! Invariant: a grammar that loads is complete: every list a template mentions exists, every intent is real.
//! Read next: [`super::template`] for how a template is written, [`super::rank`] for how rules compete.

use super::lexicon::{Atom, Lexicon, Vocabulary};
use super::opinion::Opinion;
use super::template::Template;
use super::token::{Tokens, folded, words_of};
use super::{Expecting, Field, Intent, Language};
use jiff::Zoned;
use std::collections::{BTreeMap, HashMap};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

mod slips;

const EN_WORDS: &str = include_str!("../../models/intents/words.en.toml");
const ES_WORDS: &str = include_str!("../../models/intents/words.es.toml");
const EN: &str = include_str!("../../models/intents/en.toml");
const EN_OPINION: &str = include_str!("../../models/intents/opinion.en.txt");
const ES_OPINION: &str = include_str!("../../models/intents/opinion.es.txt");
const ES: &str = include_str!("../../models/intents/es.toml");

/// Why language data did not load.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {problem}")]
pub struct GrammarError {
    /// The file, as in the repository.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in a sentence.
    pub problem: String,
}

/// The language data of every language, ready to use.
#[derive(Debug)]
pub struct Grammar {
    pub(crate) vocabulary: Vocabulary,
    english: Book,
    spanish: Book,
}

/// One rule: a name, what it means, and its templates.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: Box<str>,
    pub(crate) intent: Intent,
    /// Which of the templates of its name it is, and how it is written; for coverage.
    pub(crate) written: (usize, Box<str>),
    /// Higher wins whatever the score.
    pub(crate) rank: i32,
    /// Only while this is expected.
    pub(crate) field: Option<Field>,
    /// Not in a sentence with one of these.
    pub(crate) unless: Vec<Template>,
    pub(crate) template: Template,
}

macro_rules! traits {
    ($($name:ident $text:literal)*) => {
        /// What a rule-independent list says of a word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Trait { $($name,)* }
        impl Trait { fn named(name: &str) -> Option<Self> { match name { $($text => Some(Self::$name),)* _ => None } } }
    };
}

traits! { Filler "filler" NotName "not_name" NeverTypo "never_typo" StopSlot "stop_slot" Verb "verb" Person "plain_person"
Plain "plain" GivenName "given_name" Surname "common_surname" State "state" TopLevel "top_level" Messenger "messenger" }

macro_rules! marks {
    ($($name:ident $text:literal)*) => {
        /// Phrases that cut a sentence in two.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Mark { $($name,)* }
        impl Mark { fn named(name: &str) -> Option<Self> { match name { $($text => Some(Self::$name),)* _ => None } } }
    };
}

marks! { Body "body" Correction "correction" Then "then" EmailAt "email_at" EmailDot "email_dot" EmailDash "email_dash"
EmailUnderscore "email_underscore" NameIs "name_is" SpelledAs "spelled_as" Money "money" Worth "worth" Tag "tag" Extension "extension"
NotDate "not_date" NameMaybe "name_maybe" NameEnd "name_end" Opaque "opaque" PlusSign "plus_sign" FirstOption "option_word" LastOption "last_option" AsIn "as_in" NameAfter "name_after" NoteOn "note_on" IdAfter "id_after"
BodyMaybe "body_maybe" EmailIs "email_is" Polite "polite" Surname "surname" }

/// The data of one language.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) lexicon: Lexicon,
    pub(crate) rules: Vec<Rule>,
    by_word: Vec<Vec<u32>>,
    always: Vec<u32>,
    traits: Vec<u16>,
    marks: HashMap<u32, Vec<(Vec<u32>, Mark)>>,
    pub(crate) opinion: Opinion,
    /// How words end that say how one is ("running", "allergic") and not who.
    state_endings: Vec<Box<str>>,
    spelling: HashMap<Box<str>, Vec<u32>>,
    typos: HashMap<Box<str>, u32>,
    /// The command words themselves, to check a slip against.
    slips: HashMap<u32, Box<str>>,
}

impl Grammar {
    /// Compiles the data this program carries.
    pub fn embedded() -> Result<Self, GrammarError> {
        let mut vocabulary = Vocabulary::default();
        let english = Book::read(
            &Source { file: "models/intents/words.en.toml", text: EN_WORDS },
            &Source { file: "models/intents/en.toml", text: EN },
            &mut vocabulary,
        )?;
        let spanish = Book::read(
            &Source { file: "models/intents/words.es.toml", text: ES_WORDS },
            &Source { file: "models/intents/es.toml", text: ES },
            &mut vocabulary,
        )?;
        let mut grammar = Self { vocabulary, english, spanish };
        grammar.set_opinion(Language::En, "models/intents/opinion.en.txt", EN_OPINION)?;
        grammar.set_opinion(Language::Es, "models/intents/opinion.es.txt", ES_OPINION)?;
        Ok(grammar)
    }

    /// Replaces the second opinion of a language by the table in `text`; an empty one leaves the rules alone.
    pub fn set_opinion(&mut self, language: Language, file: &str, text: &str) -> Result<(), GrammarError> {
        let opinion = Opinion::read(file, text)?;
        match language {
            Language::En => self.english.opinion = opinion,
            Language::Es => self.spanish.opinion = opinion,
        }
        Ok(())
    }

    pub(crate) fn book(&self, language: Language) -> &Book {
        match language {
            Language::En => &self.english,
            Language::Es => &self.spanish,
        }
    }

    /// How many rules there are in a language.
    pub fn rules(&self, language: Language) -> usize {
        self.book(language).rules.len()
    }

    /// The templates of a language: the rule's name, which of its templates, and how it is written.
    pub fn templates(&self, language: Language) -> impl Iterator<Item = (&str, usize, &str)> {
        self.book(language).rules.iter().map(|rule| (&*rule.name, rule.written.0, &*rule.written.1))
    }

    /// The templates that match a sentence, by the rule's name and place: what a sentence of a test covers.
    pub fn matching(&self, expecting: &Expecting, now: &Zoned, text: &str) -> Vec<(String, usize)> {
        super::with_sentence(self, expecting, now, text, |sentence| {
            let candidates = sentence.candidates();
            candidates.iter().map(|found| (found.rule.name.to_string(), found.rule.written.0)).collect()
        })
    }
}

struct Source<'s> {
    file: &'s str,
    text: &'s str,
}

impl Source<'_> {
    fn error(&self, at: usize, problem: impl Into<String>) -> GrammarError {
        let line = 1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        GrammarError { file: self.file.to_owned(), line, problem: problem.into() }
    }

    fn table(&self) -> Result<DeTable<'_>, GrammarError> {
        DeTable::parse(self.text)
            .map(Spanned::into_inner)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), error.message()))
    }

    fn as_table<'v, 'd>(&self, value: &'v Spanned<DeValue<'d>>) -> Result<&'v DeTable<'d>, GrammarError> {
        value.get_ref().as_table().ok_or_else(|| self.error(value.span().start, "a table was expected"))
    }

    fn as_str<'v>(&self, value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, GrammarError> {
        value.get_ref().as_str().ok_or_else(|| self.error(value.span().start, "a text was expected"))
    }

    /// A text, or a list of texts, each with its place.
    fn texts<'v>(&self, value: &'v Spanned<DeValue<'_>>) -> Result<Vec<(usize, &'v str)>, GrammarError> {
        match value.get_ref().as_array() {
            Some(list) => list.iter().map(|item| Ok((item.span().start, self.as_str(item)?))).collect(),
            None => Ok(vec![(value.span().start, self.as_str(value)?)]),
        }
    }
}

/// The numbers of the words of a phrase, read as a sentence is.
fn phrase(text: &str, vocabulary: &mut Vocabulary) -> Vec<u32> {
    words_of(text).iter().map(|word| vocabulary.intern(word)).collect()
}

impl Book {
    fn read(words: &Source<'_>, rules: &Source<'_>, vocabulary: &mut Vocabulary) -> Result<Self, GrammarError> {
        let mut book = Self::default();
        book.read_words(words, vocabulary)?;
        book.read_rules(rules, vocabulary)?;
        book.index(vocabulary);
        Ok(book)
    }

    fn read_words(&mut self, source: &Source<'_>, vocabulary: &mut Vocabulary) -> Result<(), GrammarError> {
        for (section, table) in &source.table()? {
            for (key, value) in source.as_table(table)? {
                let atom = Atom::of(section.get_ref(), key.get_ref()).ok_or_else(|| {
                    source.error(
                        key.span().start,
                        format!(
                            "nothing is called `{section}.{key}`",
                            section = section.get_ref(),
                            key = key.get_ref()
                        ),
                    )
                })?;
                for text in source.as_str(value)?.split('|') {
                    let phrase = phrase(text, vocabulary);
                    if phrase.is_empty() {
                        return Err(source.error(value.span().start, "an empty phrase"));
                    }
                    self.lexicon.add(&phrase, atom);
                }
            }
        }
        Ok(())
    }

    fn read_rules(&mut self, source: &Source<'_>, vocabulary: &mut Vocabulary) -> Result<(), GrammarError> {
        let file = source.table()?;
        let mut lists = BTreeMap::new();
        for (section, table) in &file {
            let entries = source.as_table(table)?;
            match section.get_ref().as_ref() {
                "lists" => {
                    for (name, value) in entries {
                        lists.insert(name.get_ref().to_string(), source.as_str(value)?.to_owned());
                    }
                }
                "endings" => {
                    for (_, value) in entries {
                        let endings = source.as_str(value)?.split_whitespace();
                        self.state_endings.extend(endings.map(|ending| Box::from(folded(ending))));
                    }
                }
                "traits" => self.read_traits(source, entries, vocabulary)?,
                "marks" => self.read_marks(source, entries, vocabulary)?,
                "spelling" => {
                    for (wrong, right) in entries {
                        let right = phrase(source.as_str(right)?, vocabulary);
                        self.spelling.insert(folded(wrong.get_ref()).into(), right);
                    }
                }
                "intent" => {}
                other => return Err(source.error(section.span().start, format!("no section is called `{other}`"))),
            }
        }
        let intents = file.iter().find(|(section, _)| section.get_ref() == "intent");
        let Some((_, intents)) = intents else { return Err(source.error(0, "no intents")) };
        for (name, table) in source.as_table(intents)? {
            let intent = Intent::named(name.get_ref())
                .ok_or_else(|| source.error(name.span().start, format!("no intent is called `{}`", name.get_ref())))?;
            self.read_intent(source, intent, source.as_table(table)?, &lists, vocabulary)?;
        }
        Ok(())
    }

    fn read_traits(
        &mut self,
        source: &Source<'_>,
        entries: &DeTable<'_>,
        vocabulary: &mut Vocabulary,
    ) -> Result<(), GrammarError> {
        for (name, value) in entries {
            let bit = Trait::named(name.get_ref())
                .ok_or_else(|| source.error(name.span().start, format!("no trait is called `{}`", name.get_ref())))?;
            for text in source.as_str(value)?.split_whitespace() {
                for word in phrase(text, vocabulary) {
                    let at = word as usize;
                    if self.traits.len() <= at {
                        self.traits.resize(at + 1, 0);
                    }
                    self.traits[at] |= 1 << (bit as u16);
                }
            }
        }
        Ok(())
    }

    fn read_marks(
        &mut self,
        source: &Source<'_>,
        entries: &DeTable<'_>,
        vocabulary: &mut Vocabulary,
    ) -> Result<(), GrammarError> {
        for (name, value) in entries {
            let mark = Mark::named(name.get_ref())
                .ok_or_else(|| source.error(name.span().start, format!("no mark is called `{}`", name.get_ref())))?;
            for text in source.as_str(value)?.split('|') {
                let words = phrase(text, vocabulary);
                let Some((first, rest)) = words.split_first() else {
                    return Err(source.error(value.span().start, "an empty phrase"));
                };
                let list = self.marks.entry(*first).or_default();
                list.push((rest.to_vec(), mark));
                list.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
            }
        }
        Ok(())
    }

    fn read_intent(
        &mut self,
        source: &Source<'_>,
        intent: Intent,
        table: &DeTable<'_>,
        lists: &BTreeMap<String, String>,
        vocabulary: &mut Vocabulary,
    ) -> Result<(), GrammarError> {
        for (name, value) in table {
            let mut rank = 0;
            let mut field = None;
            let mut unless = Vec::new();
            let mut say = value;
            if let Some(options) = value.get_ref().as_table() {
                let get = |key: &str| options.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value);
                say = get("say").ok_or_else(|| source.error(value.span().start, "a rule needs `say`"))?;
                if let Some(value) = get("rank") {
                    let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
                    rank = number.ok_or_else(|| source.error(value.span().start, "`rank` is a whole number"))?;
                }
                if let Some(value) = get("field") {
                    field = Some(
                        field_named(source.as_str(value)?)
                            .ok_or_else(|| source.error(value.span().start, "no such field"))?,
                    );
                }
                if let Some(value) = get("unless") {
                    for (at, text) in source.texts(value)? {
                        unless.push(text_template(source, at, text, lists, vocabulary)?);
                    }
                }
            }
            let texts = source.texts(say)?;
            for (i, (at, text)) in texts.iter().enumerate() {
                let template = text_template(source, *at, text, lists, vocabulary)?;
                let mut excluded = Vec::new();
                if i + 1 == texts.len() {
                    excluded.append(&mut unless);
                } else if let Some(value) = value
                    .get_ref()
                    .as_table()
                    .and_then(|table| table.iter().find(|(name, _)| name.get_ref() == "unless").map(|(_, value)| value))
                {
                    for (at, text) in source.texts(value)? {
                        excluded.push(text_template(source, at, text, lists, vocabulary)?);
                    }
                }
                let name = format!("{}.{}", intent.name(), name.get_ref());
                let written = (i, (*text).into());
                self.rules.push(Rule { name: name.into(), intent, written, rank, field, unless: excluded, template });
            }
        }
        Ok(())
    }

    fn index(&mut self, vocabulary: &Vocabulary) {
        self.by_word = vec![Vec::new(); vocabulary.size()];
        self.traits.resize(vocabulary.size(), 0);
        for (i, rule) in self.rules.iter().enumerate() {
            let i = u32::try_from(i).unwrap_or(u32::MAX);
            if rule.template.keys.is_empty() {
                self.always.push(i);
            }
            for word in &rule.template.keys {
                let list = &mut self.by_word[*word as usize];
                if list.last() != Some(&i) {
                    list.push(i);
                }
            }
        }
        self.index_typos(vocabulary);
    }

    /// Whether a list says this of a word.
    pub(crate) fn has(&self, word: u32, wanted: Trait) -> bool {
        self.traits.get(word as usize).is_some_and(|bits| bits & (1 << (wanted as u16)) != 0)
    }

    /// Whether a word says how somebody is: "urgent", "running", "alérgico".
    pub(crate) fn is_state(&self, word: u32, folded: &str) -> bool {
        let ends = |ending: &str| folded.len() > ending.len() + 1 && folded.ends_with(ending);
        self.has(word, Trait::State) || self.state_endings.iter().any(|ending| ends(ending))
    }

    /// Rules that need one of these words, and those that need none; ascending, without repetition.
    pub(crate) fn candidates(&self, words: &[u32], into: &mut Vec<u32>) {
        into.clear();
        into.extend_from_slice(&self.always);
        for word in words {
            if let Some(list) = self.by_word.get(*word as usize) {
                into.extend_from_slice(list);
            }
        }
        into.sort_unstable();
        into.dedup();
    }

    /// The longest mark at token `at`, and the token after it.
    pub(crate) fn mark(&self, tokens: &Tokens<'_>, at: usize) -> Option<(Mark, usize)> {
        self.marks_at(tokens, at).next()
    }

    /// Whether `mark` stands at token `at`; the token after it.
    pub(crate) fn is_mark(&self, tokens: &Tokens<'_>, at: usize, mark: Mark) -> Option<usize> {
        self.marks_at(tokens, at).find(|(found, _)| *found == mark).map(|(_, next)| next)
    }

    fn marks_at<'m>(&'m self, tokens: &'m Tokens<'_>, at: usize) -> impl Iterator<Item = (Mark, usize)> + 'm {
        let first = tokens.list.get(at).map_or(0, |token| token.word);
        let list = self.marks.get(&first).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(move |(rest, mark)| {
            let found = rest
                .iter()
                .enumerate()
                .all(|(i, word)| tokens.list.get(at + 1 + i).is_some_and(|token| token.word == *word));
            found.then_some((*mark, at + 1 + rest.len()))
        })
    }

    /// The words a spelling stands for ("wanna" is "want to").
    pub(crate) fn spelling(&self, word: &str) -> Option<&[u32]> {
        self.spelling.get(word).map(Vec::as_slice)
    }
}

fn text_template(
    source: &Source<'_>,
    at: usize,
    text: &str,
    lists: &BTreeMap<String, String>,
    vocabulary: &mut Vocabulary,
) -> Result<Template, GrammarError> {
    Template::new(text, lists, vocabulary).map_err(|problem| source.error(at, problem))
}

fn field_named(name: &str) -> Option<Field> {
    Some(match name {
        "anything" => Field::Anything,
        "yes_no" => Field::YesNo,
        "service" => Field::Service,
        "day" => Field::Day,
        "time" => Field::Time,
        "name" => Field::Name,
        "phone" => Field::Phone,
        "email" => Field::Email,
        "choice" => Field::Choice,
        "words" => Field::Words,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
