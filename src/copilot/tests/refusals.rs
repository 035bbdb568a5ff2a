//! Why something is refused is said in the language spoken, whatever the engine and what sends for it may answer.

use super::english;
use super::world::{PHRASES, World};
use crate::crm::Error;
use crate::crm::calendar::NotBookable;
use crate::crm::error::Reason;
use crate::crm::operation::CATALOGUE;
use crate::nlu::Language;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Errors that name what they are about: the source has the names where they are made.
const NAMING: [&str; 4] = ["NotFound", "Stale", "Unsupported", "Forbidden"];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

/// The first text in quotes behind each place where one of these words stands.
fn quoted_behind<'t>(text: &'t str, words: &str) -> impl Iterator<Item = &'t str> {
    text.split(words).skip(1).filter_map(|behind| behind.trim_start().strip_prefix('"')?.split('"').next())
}

#[test]
fn whatever_an_error_of_the_engine_names_has_a_spanish_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["crm", "app", "messaging"] {
        sources(&root.join(folder), &mut files);
    }
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        for error in NAMING {
            names.extend(quoted_behind(&text, &format!("Error::{error}(")).map(str::to_owned));
        }
        if file.ends_with("crm/model/history.rs") {
            // What rows are called: some errors name whichever it is.
            let (_, nouns) = text.split_once("pub fn noun").expect("the nouns");
            let (nouns, _) = nouns.split_once("\n    }\n").expect("their end");
            names.extend(quoted_behind(nouns, "=>").map(str::to_owned));
        }
    }
    let reasons = [
        NotBookable::Past,
        NotBookable::TooSoon,
        NotBookable::TooFar,
        NotBookable::Closed,
        NotBookable::EndsAfterClosing,
        NotBookable::OffGrid,
    ];
    names.extend(reasons.map(|reason| reason.reason().to_owned()));
    names.extend(CATALOGUE.iter().map(|entry| entry.about.name.to_owned()));
    assert!(names.len() > 150, "{names:?}");
    let (english, spanish) = (PHRASES.book(Language::En), PHRASES.book(Language::Es));
    let missing: Vec<_> = names.iter().filter(|name| spanish.term(name) == english.term(name)).collect();
    assert!(missing.is_empty(), "models/phrases/copilot.es.toml calls these by no name: {missing:?}");
}

#[test]
fn a_reason_is_said_in_the_language_spoken_with_what_it_is_about() {
    let (english, spanish) = (PHRASES.book(Language::En), PHRASES.book(Language::Es));
    let long = Reason::TooLong { what: "note".to_owned(), most: 2_000 };
    assert_eq!(english.reason(&long), "the note may have at most 2000 characters");
    assert_eq!(spanish.reason(&long), "nota: caben como máximo 2000 caracteres");
    let never = Reason::NeverUndone { what: "send_sms".to_owned() };
    assert_eq!(spanish.reason(&never), "lo que hace \"enviar un SMS\" no se puede deshacer");
    // What people called something themselves is called so in every language.
    let field = Reason::NoSuchField { field: "name".to_owned() };
    assert_eq!(spanish.reason(&field), "no hay ningún campo `name`");
    let link = Reason::ReviewLink { place: "{link}".to_owned() };
    assert_eq!(spanish.reason(&link), "escriba {link} en el texto, donde va la dirección");
}

#[test]
fn what_was_refused_is_said_and_nothing_is_claimed() {
    for (mut world, note, said) in [
        (english(), "note on Ana Silva: hello", "That doesn't work: the note has no words. Nothing was changed."),
        (
            World::new(Language::Es).with("Ana Silva", "+13055550142", "ana@example.com"),
            "nota para Ana Silva: hola",
            "Así no funciona: nota: no dice nada. No se cambió nada.",
        ),
    ] {
        world.fail = Some(Error::Invalid(Reason::NoWords { what: "note".to_owned() }));
        world.script(&[(note, said)]);
        assert!(!world.said.contains('✅'), "{}", world.said);
    }
}
