//! What differs between languages when figures are made words: the tables of `models/spoken`, and the few rules that no
//! table holds.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Which language's rules apply where tables do not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    English,
    Spanish,
}

/// A language's tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Language {
    #[serde(skip, default = "english_rules")]
    pub rules: Rules,
    pub numbers: Numbers,
    pub dates: Dates,
    pub joins: Joins,
    pub letters: HashMap<char, String>,
    pub spelled: HashMap<char, String>,
    pub signs: HashMap<char, String>,
    pub currencies: HashMap<char, [String; 4]>,
    pub units: HashMap<String, [String; 2]>,
    pub titles: HashMap<String, String>,
    pub endings: HashMap<String, String>,
    pub abbreviations: HashMap<String, String>,
    pub capitals: HashMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Numbers {
    pub small: Vec<String>,
    pub tens: Vec<String>,
    pub hundreds: Vec<String>,
    pub tens_join: String,
    pub thousand: String,
    pub million: [String; 2],
    pub billion: [String; 2],
    pub point: String,
    pub minus: String,
    pub ordinals: HashMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dates {
    pub months: Vec<String>,
    pub short_months: Vec<String>,
    pub weekdays: Vec<String>,
    pub short_weekdays: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Joins {
    pub to: String,
    pub through: String,
    pub and: String,
    pub over: String,
    pub extension: String,
    pub number: String,
}

fn english_rules() -> Rules {
    Rules::English
}

/// The tables of a language; English for one we have none of.
pub(super) fn language(code: &str) -> &'static Language {
    static ENGLISH: LazyLock<Language> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../models/spoken/en.toml")).expect("the file is checked by a test")
    });
    static SPANISH: LazyLock<Language> = LazyLock::new(|| {
        let tables: Language =
            toml::from_str(include_str!("../../../models/spoken/es.toml")).expect("the file is checked by a test");
        Language { rules: Rules::Spanish, ..tables }
    });
    if code == "es" { &SPANISH } else { &ENGLISH }
}

impl Language {
    /// The month of this name or short name, 1 to 12.
    pub(super) fn month(&self, name: &str) -> Option<usize> {
        place(&self.dates.months, &self.dates.short_months, name).map(|at| at + 1)
    }

    /// The full name of a weekday given by its name or short name.
    pub(super) fn weekday(&self, name: &str) -> Option<&str> {
        let dates = &self.dates;
        let full = dates.weekdays.iter().position(|day| day.eq_ignore_ascii_case(name));
        // Beyond seven, short names are further spellings: their first three letters decide.
        let short = || dates.short_weekdays.iter().take(7).position(|day| starts_with(name, day));
        full.or_else(short).and_then(|at| dates.weekdays.get(at)).map(String::as_str)
    }

    /// A word or sign of an address, letter by letter where it cannot be a word.
    pub(super) fn spell(&self, letters: &str) -> String {
        let names: Vec<&str> =
            letters.chars().filter_map(|c| self.letters.get(&lower(c))).map(String::as_str).collect();
        names.join(" ")
    }
}

fn place(full: &[String], short: &[String], name: &str) -> Option<usize> {
    full.iter()
        .position(|month| month.eq_ignore_ascii_case(name))
        .or_else(|| short.iter().take(full.len()).position(|month| starts_with(name, month)))
}

fn starts_with(name: &str, short: &str) -> bool {
    name.to_lowercase().starts_with(&short.to_lowercase())
}

/// The one lower-case letter of a letter; those with more are rare and keep their case.
pub(super) fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_whole_tables() {
        for code in ["en", "es"] {
            let language = language(code);
            assert!(language.numbers.small.len() >= 20, "{code}");
            assert_eq!(language.numbers.tens.len(), 10, "{code}");
            assert_eq!(language.dates.months.len(), 12, "{code}");
            assert_eq!(language.dates.weekdays.len(), 7, "{code}");
            assert!(('a'..='z').all(|letter| language.letters.contains_key(&letter)), "{code}");
        }
    }
}
