//! The layers a configuration is merged from: the text of a file, the variables of the environment, what is misspelt in
//! either.
//!
//! It knows texts and keys, not what a key means and not where a text comes from: [`super`] reads and checks.
//! Invariant: an unknown key is an error that names the nearest known one.

use super::{ConfigError, DOTENV, OTHER_VARIABLES, OUR_PREFIX, VARIABLES};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// A file's text as keys and values.
pub(super) fn parse(path: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>()
        .map_err(|error| ConfigError::Malformed { path: path.into(), message: error.to_string().trim_end().to_owned() })
}

/// The variables of a `.env` file: `NAME=value` lines, quotes around a value and comments allowed.
pub(super) fn dotenv(text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut variables = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.trim_start_matches("export ").split_once('=') else {
            let message = format!("line {}: not of the form NAME=value", number + 1);
            return Err(ConfigError::Malformed { path: DOTENV.into(), message });
        };
        let value = value.trim();
        let bare = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        variables.insert(name.trim().to_owned(), bare.unwrap_or(value).to_owned());
    }
    Ok(variables)
}

/// A variable that is set to nothing counts as not set.
pub(super) fn set(value: Option<&String>) -> Option<&String> {
    value.filter(|text| !text.trim().is_empty())
}

/// Refuses variables that are surely meant for us and that we do not have.
pub(super) fn check_names(environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    let known = || VARIABLES.iter().flat_map(|(_, names)| names.iter().copied()).chain(OTHER_VARIABLES.iter().copied());
    match environment.keys().find(|name| name.starts_with(OUR_PREFIX) && !known().any(|one| one == name.as_str())) {
        Some(name) => Err(unknown(name, "the environment", known().filter(|one| one.starts_with(OUR_PREFIX)))),
        None => Ok(()),
    }
}

/// The error for a key we do not have.
pub(super) fn unknown<'a>(key: &str, place: &str, known: impl Iterator<Item = &'a str>) -> ConfigError {
    let nearest = known.min_by_key(|one| distance(key, one)).unwrap_or_default().to_owned();
    ConfigError::UnknownKey { key: key.to_owned(), place: place.to_owned(), nearest }
}

/// Reads a variable's text as the type its default has.
pub(super) fn coerce(key: &'static str, text: &str, default: Option<&Value>) -> Result<Value, ConfigError> {
    match default {
        Some(Value::Integer(_)) => text
            .trim()
            .parse()
            .map(Value::Integer)
            .map_err(|_| ConfigError::BadValue { key, problem: format!("no whole number: {text:?}") }),
        Some(Value::Boolean(_)) => text
            .trim()
            .parse()
            .map(Value::Boolean)
            .map_err(|_| ConfigError::BadValue { key, problem: format!("neither true nor false: {text:?}") }),
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// A value as it is written, the password of an address in it masked.
pub(super) fn without_password(written: &str) -> String {
    if written.contains("password=") {
        return "\"•••\"".to_owned();
    }
    let parts = written.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    match parts.and_then(|(scheme, (who, place))| Some((scheme, who.split_once(':')?.0, place))) {
        Some((scheme, user, place)) => format!("{scheme}://{user}:•••@{place}"),
        None => written.to_owned(),
    }
}

/// Edit distance (Levenshtein), to find what was meant.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let cost = if a == *b { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[other.len()]
}
