//! `ringlypro understand`: sentences in, one JSON object a line out.
//!
//! Reads plain lines, or with [`Options::jsonl`] objects in the form of the corpora, and answers each with what
//! [`crate::nlu::understand`] makes of it, in order and flushed. It knows no more than that; the format is a promise
//! that tests and the corpora rely on. Read next: [`crate::evaluate`].

use crate::nlu::{Expecting, Field, Grammar, Language, Term, Understanding, understand};
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

/// How to read what comes in.
#[derive(Clone, Debug)]
pub struct Options {
    /// The language of sentences that do not say theirs.
    pub language: Language,
    /// The reference time; its zone is the business's.
    pub now: Zoned,
    /// Country of numbers said without one, and of the order of day and month; empty means "US".
    pub region: String,
    /// What was asked for.
    pub field: Field,
    /// The services that can be named.
    pub services: Vec<String>,
    /// Lines are objects `{"id", "text", "lang"?, "reference"?, "locale"?, "region"?}`.
    pub jsonl: bool,
}

/// One line of `--jsonl`, the corpora's own fields.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Question {
    /// Repeated in the answer.
    #[serde(default)]
    pub id: Option<serde_json::Value>,
    /// The sentence.
    pub text: String,
    /// "en" or "es".
    #[serde(default)]
    pub lang: Option<Language>,
    /// Local "now".
    #[serde(default)]
    pub reference: Option<DateTime>,
    /// "en-GB": the language and the country whose customs hold.
    #[serde(default)]
    pub locale: Option<String>,
    /// The country of numbers said without one.
    #[serde(default)]
    pub region: Option<String>,
}

impl Question {
    /// What is understood of the sentence, with what the options say where the line says nothing.
    pub fn understood(&self, grammar: &Grammar, options: &Options) -> Understanding {
        let country = self.locale.as_deref().and_then(|locale| locale.split_once('-')).map(|(_, country)| country);
        let region = self.region.as_deref().or(country).unwrap_or(&options.region);
        let language = self.locale.as_deref().and_then(|locale| match locale.get(..2)? {
            "es" => Some(Language::Es),
            "en" => Some(Language::En),
            _ => None,
        });
        let expecting = Expecting {
            language: self.lang.or(language).unwrap_or(options.language),
            region: region.to_owned(),
            field: options.field,
            services: options.services.iter().map(|name| Term { name: name.clone(), aliases: Vec::new() }).collect(),
            ..Expecting::default()
        };
        let zone = options.now.time_zone().clone();
        // An hour that a night of changed clocks skips is read as the one after it; the sentence is still understood.
        let now = self.reference.and_then(|at| at.to_zoned(zone).ok()).unwrap_or_else(|| options.now.clone());
        understand(grammar, &expecting, &now, &self.text)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a serde_json::Value>,
    #[serde(flatten)]
    understanding: &'a Understanding,
}

/// What a line is answered that is not what was promised; the lines behind it are answered all the same.
#[derive(Serialize)]
struct Refusal {
    /// The line, from 1.
    line: usize,
    /// What is wrong with it.
    error: String,
}

/// Answers every line of `input` on `output`. An empty line is an utterance of no words; with `jsonl` it is skipped, and
/// a line that is no question is answered with an object that says so (`line`, `error`).
pub fn run(grammar: &Grammar, options: &Options, mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        let question = if options.jsonl {
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            serde_json::from_slice(&bytes)
        } else {
            Ok(Question { text: String::from_utf8_lossy(&bytes).into_owned(), ..Question::default() })
        };
        match question {
            Ok(question) => {
                let understanding = question.understood(grammar, options);
                serde_json::to_writer(
                    &mut output,
                    &Answer { id: question.id.as_ref(), understanding: &understanding },
                )?;
            }
            Err(error) => serde_json::to_writer(&mut output, &Refusal { line: number, error: error.to_string() })?,
        }
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

/// The reference time of the options: local `now` in `zone`, or the present given by whoever holds the clock.
pub fn reference(now: Option<DateTime>, zone: Option<&str>, present: &Zoned) -> Result<Zoned, jiff::Error> {
    let zone = match zone {
        Some(name) => TimeZone::get(name)?,
        None => present.time_zone().clone(),
    };
    match now {
        Some(at) => at.to_zoned(zone),
        None => Ok(present.with_time_zone(zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(jsonl: bool, text: &str) -> Vec<serde_json::Value> {
        let grammar = Grammar::embedded().expect("the embedded grammar loads");
        let now: Zoned = "2026-11-22T09:00[America/New_York]".parse().expect("a time");
        let options = Options {
            language: Language::En,
            now,
            region: String::new(),
            field: Field::Anything,
            services: Vec::new(),
            jsonl,
        };
        let mut output = Vec::new();
        run(&grammar, &options, text.as_bytes(), &mut output).expect("lines");
        String::from_utf8(output).expect("text").lines().map(|line| serde_json::from_str(line).expect("json")).collect()
    }

    #[test]
    fn each_line_has_one_answer_in_order() {
        let answers = answers(false, "hello\n\nbook me tomorrow at 2pm\n");
        assert_eq!(answers.len(), 3);
        assert_eq!(answers[0]["intent"], "greeting");
        assert_eq!(answers[1]["intent"], "unknown");
        assert_eq!(answers[2]["entities"]["when"]["kind"], "datetime");
        assert_eq!(answers[2]["entities"]["when"]["value"], "2026-11-23T14:00");
    }

    #[test]
    fn a_line_brings_its_own_language_reference_and_customs() {
        let line = r#"{"id":"x1","text":"book it for 11/04/23","lang":"en","locale":"en-GB","reference":"2022-03-15T09:00:00"}"#;
        let answer = &answers(true, line)[0];
        assert_eq!(answer["id"], "x1");
        assert_eq!(answer["entities"]["when"]["value"], "2023-04-11");
    }

    #[test]
    fn a_broken_line_is_answered_as_one_and_ends_nothing() {
        let answers = answers(true, "{\"text\":\"hi\"}\n{broken\n\n{\"id\":7}\n{\"id\":8,\"text\":\"goodbye\"}\n");
        assert_eq!(answers.len(), 4);
        assert_eq!(answers[1]["line"], 2);
        assert!(answers[1]["error"].as_str().is_some_and(|error| !error.is_empty()));
        assert_eq!(answers[2]["line"], 4);
        assert_eq!((&answers[3]["id"], &answers[3]["intent"]), (&8.into(), &"goodbye".into()));
    }

    #[test]
    fn bytes_that_are_no_text_end_nothing() {
        let grammar = Grammar::embedded().expect("the embedded grammar loads");
        let now: Zoned = "2026-11-22T09:00[UTC]".parse().expect("a time");
        let options = Options {
            language: Language::En,
            now,
            region: String::new(),
            field: Field::Anything,
            services: Vec::new(),
            jsonl: false,
        };
        let mut output = Vec::new();
        run(&grammar, &options, &b"hello \xff\xfe\nhello\n"[..], &mut output).expect("answers");
        assert_eq!(String::from_utf8(output).expect("text").lines().count(), 2);
    }
}
