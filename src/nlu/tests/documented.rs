//! The sentences beside the templates: each is understood, nearly every template has one, and what sounds like an intent
//! and is not is none (`[not]`).

use super::*;
use std::collections::BTreeSet;

/// Of a hundred templates so many have a sentence; the rest are printed.
const COVERED_PERCENT_MIN: usize = 95;

struct File {
    language: Language,
    name: &'static str,
    text: &'static str,
}

const FILES: [File; 2] = [
    File { language: Language::En, name: "en.tests.toml", text: include_str!("../../../models/intents/en.tests.toml") },
    File { language: Language::Es, name: "es.tests.toml", text: include_str!("../../../models/intents/es.tests.toml") },
];

impl File {
    fn table(&self) -> toml::Table {
        self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The sentences of every intent, and with `not` those that are not its own.
    fn sentences(&self, not: bool) -> Vec<(String, Intent)> {
        let mut table = self.table();
        let negatives = table.remove("not").and_then(|value| value.as_table().cloned()).unwrap_or_default();
        let table = if not { negatives } else { table };
        let each = |(intent, sentences): (String, toml::Value)| {
            let intent = Intent::named(&intent).unwrap_or_else(|| panic!("{}: no intent {intent}", self.name));
            let sentences = sentences.as_array().cloned().unwrap_or_default();
            sentences.into_iter().filter_map(move |text| Some((text.as_str()?.to_owned(), intent)))
        };
        table.into_iter().flat_map(each).collect()
    }

    fn expecting(&self, field: Field) -> Expecting {
        let mut expecting = Expecting { language: self.language, ..dental(field) };
        if self.language == Language::Es {
            let names = ["limpieza", "revisión", "consulta", "blanqueamiento"];
            expecting.services = names.map(|name| Term { name: name.into(), aliases: Vec::new() }).into();
        }
        expecting
    }

    fn read(&self, text: &str) -> Understanding {
        understand(grammar(), &self.expecting(Field::Anything), &now(), text)
    }
}

#[test]
fn every_documented_sentence_is_understood_and_every_intent_is_documented() {
    for file in &FILES {
        let sentences = file.sentences(false);
        let wrong: Vec<String> = sentences
            .iter()
            .filter_map(|(text, intent)| {
                let got = file.read(text);
                (got.intent != *intent).then(|| format!("{text}: {} by {:?}", got.intent.name(), got.why))
            })
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", file.name);
        let missing: Vec<_> =
            Intent::ALL.iter().filter(|intent| !sentences.iter().any(|(_, found)| found == *intent)).collect();
        assert!(missing.is_empty(), "{}: no sentence for {missing:?}", file.name);
    }
}

#[test]
fn what_only_sounds_like_an_intent_is_not_it() {
    for file in &FILES {
        let sentences = file.sentences(true);
        let wrong: Vec<String> = sentences
            .iter()
            .filter(|(text, intent)| {
                let got = file.read(text);
                got.intent == *intent || got.also.iter().any(|(also, _)| also == intent)
            })
            .map(|(text, intent)| format!("{text}: {} by {:?}", intent.name(), file.read(text).why))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", file.name);
        assert!(sentences.len() >= 15, "{}: {} negatives", file.name, sentences.len());
    }
}

#[test]
fn nearly_every_template_matches_a_documented_sentence_of_its_intent() {
    let mut bare = Vec::new();
    for file in &FILES {
        let mut covered = BTreeSet::new();
        for (text, intent) in file.sentences(false) {
            for field in [Field::Anything, Field::YesNo] {
                let found = grammar().matching(&file.expecting(field), &now(), &text);
                let own = format!("{}.", intent.name());
                covered.extend(found.into_iter().filter(|(name, _)| name.starts_with(&own)));
            }
        }
        let all: Vec<_> = grammar().templates(file.language).collect();
        let missing: Vec<_> =
            all.iter().filter(|(name, place, _)| !covered.contains(&((*name).to_owned(), *place))).collect();
        println!("{}: {} of {} templates have a sentence", file.name, all.len() - missing.len(), all.len());
        for (name, place, written) in &missing {
            println!("  {name}[{place}] {written}");
        }
        if missing.len() * 100 > all.len() * (100 - COVERED_PERCENT_MIN) {
            bare.push(file.name);
        }
    }
    assert!(bare.is_empty(), "too few sentences in {bare:?}; the templates without one are printed above");
}
