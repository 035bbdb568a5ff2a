//! `ringlypro understand` and `ringlypro evaluate`: the language engine by itself.

use crate::cli::Failure;
use crate::clock::{Clock, SystemClock};
use crate::language::Language;
use crate::nlu::{Field, Grammar};
use crate::{evaluate, understand};
use clap::Args;
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::io::{self, BufReader};
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::cli) struct Understand {
    /// Lines are objects `{"id", "text", "lang"?, "reference"?, "locale"?, "region"?}`.
    #[arg(long)]
    jsonl: bool,
    /// The language of sentences that do not say theirs: en or es.
    #[arg(long, visible_alias = "language", default_value = "en", value_parser = language_of)]
    lang: Language,
    /// What the sentences answer: `anything`, `yes_no`, `service`, `day`, `time`, `name`, `phone`, `email`, `choice` or `words`.
    #[arg(long, default_value = "anything", value_parser = field_of)]
    field: Field,
    /// A service that can be named; may be given several times.
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// The sentences; none: lines of standard input.
    sentences: Vec<String>,
}

#[derive(Args)]
pub(in crate::cli) struct Evaluate {
    /// The folder with `commands`, `dates`, `entities` and `intents`.
    folder: PathBuf,
    /// Print each wrong line.
    #[arg(long)]
    failures: bool,
    /// Instead of scoring, learn the second opinion from the folder's sentences and write it here (`models/intents`).
    #[arg(long, value_name = "FOLDER")]
    train: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// When and where sentences are said.
#[derive(Args)]
struct Place {
    /// The reference time, as 2026-11-24T10:00; the present unless given.
    #[arg(long, visible_alias = "now", value_name = "LOCAL TIME")]
    reference: Option<DateTime>,
    /// The zone that is in.
    #[arg(long, default_value = "America/New_York")]
    zone: String,
    /// The country of numbers said without one.
    #[arg(long, default_value = "US")]
    region: String,
}

pub(in crate::cli) fn understand(asked: Understand) -> Result<(), Failure> {
    let options = understand::Options {
        language: asked.lang,
        now: asked.place.now()?,
        region: asked.place.region,
        field: asked.field,
        services: asked.services,
        jsonl: asked.jsonl,
    };
    let grammar = grammar()?;
    let output = io::stdout().lock();
    let done = if asked.sentences.is_empty() {
        understand::run(&grammar, &options, BufReader::new(io::stdin()), output)
    } else {
        understand::run(&grammar, &options, asked.sentences.join("\n").as_bytes(), output)
    };
    done.map_err(|error| Failure::Said(error.to_string()))
}

pub(in crate::cli) fn evaluate(asked: Evaluate) -> Result<(), Failure> {
    let options = evaluate::Options { now: asked.place.now()?, folder: asked.folder, failures: asked.failures };
    let output = io::stdout().lock();
    let done = match asked.train {
        Some(folder) => evaluate::train(&mut grammar()?, &options, &folder, output),
        None => evaluate::run(&grammar()?, &options, output).map(|_| ()),
    };
    done.map_err(|error| Failure::Said(error.to_string()))
}

impl Place {
    fn now(&self) -> Result<Zoned, Failure> {
        let zone = TimeZone::get(&self.zone).map_err(|error| Failure::Said(error.to_string()))?;
        match self.reference {
            Some(local) => local.to_zoned(zone).map_err(|error| Failure::Said(error.to_string())),
            None => Ok(SystemClock.now().to_zoned(zone)),
        }
    }
}

fn grammar() -> Result<Grammar, Failure> {
    Grammar::embedded().map_err(|error| Failure::Said(error.to_string()))
}

fn language_of(text: &str) -> Result<Language, String> {
    match text {
        "en" => Ok(Language::En),
        "es" => Ok(Language::Es),
        _ => Err("en or es".to_owned()),
    }
}

fn field_of(text: &str) -> Result<Field, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| "no such question".to_owned())
}
