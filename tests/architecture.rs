//! The tree polices itself: who may import whom, who owns what, and that every file says what it is.
//!
//! The rules are those of ARCHITECTURE.md; a rule changes there and here together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import from the crate (`crm` alone means all of it; `crm::model` only that part) and the words
/// its code never mentions. The longest matching prefix of a file's module path is its rule.
const RULES: &[(&str, &[&str], &[&str])] = &[
    ("id", &[], &["async fn", "tokio"]),
    ("clock", &[], &["async fn", "tokio"]),
    ("phone", &[], &["async fn", "tokio"]),
    ("pii", &[], &["async fn", "tokio"]),
    ("language", &[], &["async fn", "tokio"]),
    ("audio", &[], &["tokio", "serde"]),
    ("nlu", &["language", "phone"], &["tokio", "std::fs", "dialogue", "sqlx"]),
    ("crm::model", &["id", "language", "phone"], &["sqlx", "reqwest", "tokio"]),
    ("crm::operation", &["id", "phone", "crm::model"], &["sqlx", "reqwest", "tokio"]),
    ("crm::calendar", &["id", "phone", "crm::model", "crm::operation", "crm::error"], &["sqlx", "reqwest", "tokio"]),
    ("crm::error", &[], &["sqlx", "reqwest", "tokio"]),
    (
        "crm::local",
        &["crm", "id", "phone", "clock", "pii", "nlu"],
        &["dialogue", "axum", "ghl", "hubspot", "salesforce"],
    ),
    ("crm", &["crm", "id", "phone", "clock", "pii"], &["axum", "sqlx"]),
    (
        "dialogue",
        &[
            "nlu",
            "crm::model",
            "crm::operation",
            "crm::calendar",
            "crm::error",
            "crm::Error",
            "crm::Operation",
            "crm::Outcome",
            "phone",
            "id",
        ],
        &["tokio", "axum", "sqlx"],
    ),
    ("call", &["audio", "dialogue", "nlu", "crm", "id", "phone", "pii"], &["tokio", "Instant", "axum", "sqlx"]),
    ("speech", &["audio", "id"], &["axum", "sqlx"]),
    ("twilio", &["audio", "phone"], &["axum", "sqlx"]),
    ("browser", &["audio", "twilio"], &["axum", "sqlx", "tokio", "Instant"]),
    ("simulator", &["audio", "speech", "twilio", "id", "phone", "clock"], &["sqlx"]),
    (
        "switchboard",
        &[
            "audio",
            "call",
            "dialogue",
            "nlu",
            "speech",
            "crm",
            "twilio",
            "id",
            "phone",
            "clock",
            "pii",
            "telemetry",
            "storage",
        ],
        &["axum", "sqlx"],
    ),
    ("chat", &["dialogue", "nlu", "crm", "id", "clock", "phone", "pii"], &["axum", "sqlx", "speech"]),
    ("storage", &["id"], &["axum", "sqlx", "tokio"]),
    ("telemetry", &["config"], &["axum"]),
    ("models", &[], &["sqlx", "axum"]),
    ("evaluate", &["nlu", "phone", "understand"], &["sqlx", "axum"]),
    ("understand", &["nlu", "phone"], &["sqlx", "axum"]),
    ("secrets", &["config"], &["sqlx", "axum"]),
    ("config", &["phone"], &["sqlx", "axum"]),
    (
        "http",
        &[
            "switchboard",
            "browser",
            "chat",
            "crm",
            "twilio",
            "call",
            "id",
            "phone",
            "clock",
            "pii",
            "nlu",
            "dialogue",
            "storage",
        ],
        &["sqlx"],
    ),
];

/// Words with a single owner, and the files that own them.
const OWNERS: &[(&str, &[&str])] = &[
    ("std::env::var", &["config.rs"]),
    ("Timestamp::now(", &["clock.rs"]),
    ("Zoned::now(", &["clock.rs"]),
    ("SystemTime::now(", &["clock.rs"]),
    ("tokio::spawn(", &["app.rs", "switchboard"]),
    ("unbounded_channel", &[]),
    ("\"streamSid\"", &["twilio/media.rs"]),
    ("sqlx::", &["crm/local"]),
];

#[test]
fn modules_import_only_what_they_are_allowed_to() {
    let mut broken = Vec::new();
    for file in sources() {
        let module = module_of(&file);
        let code = code_of(&file);
        let Some((rule, allowed, banned)) =
            RULES.iter().filter(|(rule, ..)| within(&module, rule)).max_by_key(|(rule, ..)| rule.len())
        else {
            assert!(is_root(&module), "{module} has no rule: add one here and in ARCHITECTURE.md");
            continue;
        };
        for import in imports(&code) {
            let own = within(&import, rule)
                || within(&import, module.split("::").next().unwrap_or(rule)) && rule.split("::").count() == 1;
            if !own && !allowed.iter().any(|allowed| within(&import, allowed)) {
                broken.push(format!("{module} imports {import}"));
            }
        }
        broken
            .extend(banned.iter().filter(|word| code.contains(**word)).map(|word| format!("{module} mentions {word}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_has_one_owner_is_mentioned_only_there() {
    let mut broken = Vec::new();
    for file in sources() {
        let path = file.strip_prefix(root()).expect("inside").to_string_lossy().into_owned();
        let code = code_of(&file);
        for (word, owners) in OWNERS {
            if code.contains(word) && !owners.iter().any(|owner| path.starts_with(owner)) {
                broken.push(format!("{path} mentions {word}, which belongs to {owners:?}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|file| !fs::read_to_string(file).expect("readable").starts_with("//! "))
        .map(|file| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no module docs in:\n{}", silent.join("\n"));
}

#[test]
fn no_module_is_called_after_nothing() {
    let vague = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];
    let found: Vec<_> = sources()
        .iter()
        .map(|file| module_of(file))
        .filter(|m| m.split("::").any(|part| vague.contains(&part)))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let code = "use crate::crm::{Error, model::{Slot, Busy}};\nfn f() { crate::phone::E164::parse(x) }\nuse crate::{id, clock::Clock};";
    let found: Vec<_> = imports(code).into_iter().collect();
    assert_eq!(
        found,
        ["clock::Clock", "crm::Error", "crm::model::Busy", "crm::model::Slot", "id", "phone::E164::parse"]
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The library's own sources; test modules have no rules.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "tests" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !matches!(name.as_str(), "tests.rs" | "testing.rs" | "simulation.rs")
                && !name.ends_with("_tests.rs")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn module_of(file: &Path) -> String {
    let path = file.strip_prefix(root()).expect("inside").with_extension("");
    let parts: Vec<_> =
        path.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "mod").collect();
    parts.join("::")
}

/// The composition root and the doors of the binary may import everything.
fn is_root(module: &str) -> bool {
    matches!(module, "lib" | "main" | "app" | "cli") || module.starts_with("cli::") || module.starts_with("app::")
}

fn within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A file's code: without comments, and without its test module (which stands last).
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("readable");
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Every path under `crate::`, with groups written out.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        expand(&code[at + "crate::".len()..], "", &mut found);
    }
    found
}

/// Reads one path or group at the start of `rest`; returns how much of it was read.
fn expand(rest: &str, prefix: &str, found: &mut BTreeSet<String>) -> usize {
    let join = |part: &str| if prefix.is_empty() { part.to_owned() } else { format!("{prefix}::{part}") };
    if let Some(group) = rest.strip_prefix('{') {
        let mut at = 0;
        loop {
            at += group[at..].len() - group[at..].trim_start_matches([' ', '\n', ',']).len();
            if at >= group.len() || group[at..].starts_with('}') {
                return at + 2;
            }
            let read = expand(&group[at..], prefix, found);
            if read == 0 {
                return at;
            }
            at += read;
        }
    }
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return 0;
    }
    let after = &rest[name.len()..];
    match after.strip_prefix("::") {
        Some(deeper) if deeper.starts_with(|c: char| c == '{' || c.is_alphabetic()) => {
            name.len() + 2 + expand(deeper, &join(&name), found)
        }
        _ => {
            found.insert(join(&name));
            name.len()
        }
    }
}
