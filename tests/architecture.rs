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
    ("throttle", &[], &["async fn", "tokio"]),
    (
        "accounts",
        &["crm::model", "crm::operation", "crm::error", "crm::Error", "id", "clock", "throttle", "seal"],
        &["sqlx", "axum"],
    ),
    ("audio", &[], &["tokio", "serde"]),
    ("nlu", &["language", "phone"], &["tokio", "std::fs", "dialogue", "sqlx"]),
    ("crm::model", &["id", "language", "phone", "crm::error"], NOUNS_NEVER),
    ("crm::operation", &["id", "language", "phone", "crm::model", "crm::error"], NOUNS_NEVER),
    ("crm::calendar", &["id", "phone", "crm::model", "crm::operation", "crm::error"], NOUNS_NEVER),
    ("crm::sheet", &["id", "phone", "crm::model", "crm::operation", "crm::error"], NOUNS_NEVER),
    ("crm::error", &["id"], NOUNS_NEVER),
    (
        "crm::local",
        &["crm", "accounts", "id", "phone", "clock", "pii", "nlu"],
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
    (
        "copilot",
        &[
            "nlu",
            "crm::model",
            "crm::operation",
            "crm::error",
            "crm::Error",
            "crm::Operation",
            "crm::Outcome",
            "phone",
            "id",
            "language",
        ],
        &["tokio", "axum", "sqlx", "async fn"],
    ),
    (
        "call",
        &[
            "audio",
            "dialogue",
            "nlu",
            "crm::model",
            "crm::operation",
            "crm::Error",
            "crm::Operation",
            "crm::Outcome",
            "id",
            "phone",
            "pii",
        ],
        &["tokio", "Instant", "axum", "sqlx"],
    ),
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
    ("demo", &["crm", "id", "clock", "phone"], &["axum", "sqlx"]),
    ("chat", &["copilot", "dialogue", "nlu", "crm", "id", "clock", "phone", "pii"], &["axum", "sqlx", "speech"]),
    (
        "messaging",
        &["crm::model", "crm::error", "twilio", "id", "phone"],
        &["axum", "sqlx", "dialogue", "call::", "operation"],
    ),
    ("storage", &["id"], &["axum", "sqlx", "tokio"]),
    ("telemetry", &["config"], &["axum"]),
    ("models", &[], &["sqlx", "axum"]),
    ("evaluate", &["nlu", "phone", "understand"], &["sqlx", "axum"]),
    ("understand", &["nlu", "phone"], &["sqlx", "axum"]),
    ("seal", &[], &["sqlx", "axum"]),
    ("secrets", &["config", "seal"], &["sqlx", "axum"]),
    ("config", &["phone", "seal"], &["sqlx", "axum"]),
    (
        "http",
        &[
            "accounts",
            "language",
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
            "mcp",
            "messaging",
            "telemetry",
            "seal",
            "throttle",
        ],
        &["sqlx"],
    ),
    ("mcp", &["switchboard", "crm", "id", "phone", "clock", "pii"], &["axum", "sqlx"]),
];

/// What the CRM's nouns and rules never mention: a store, a wire, a vendor.
const NOUNS_NEVER: &[&str] =
    &["sqlx", "reqwest", "tokio", "ghl", "leadconnector", "hubspot", "salesforce", "pipedrive", "zoho", "vagaro"];

/// Words with a single owner, and the files that own them.
const OWNERS: &[(&str, &[&str])] = &[
    ("std::env::var", &["config.rs"]),
    ("Timestamp::now(", &["clock.rs"]),
    ("Zoned::now(", &["clock.rs"]),
    ("SystemTime::now(", &["clock.rs"]),
    ("tokio::spawn(", &["app.rs", "switchboard"]),
    ("unbounded_channel", &[]),
    // Tokens, ids, what a seal is used once with, and the seeded callers of the simulator.
    ("SysRng", &["secrets.rs"]),
    ("rand::", &["secrets.rs", "seal.rs", "simulator"]),
    ("now_v7(", &["id.rs", "simulator"]),
    // An error becomes a status in one place; a locked page and a sick house are no problem documents, and Twilio's
    // statuses are read where they come in.
    ("StatusCode::UNAUTHORIZED", &["http/problem.rs", "http/access.rs", "twilio/rest.rs"]),
    ("StatusCode::SERVICE_UNAVAILABLE", &["http/problem.rs", "http/health.rs"]),
    ("StatusCode::BAD_", &["http/problem.rs"]),
    ("StatusCode::FORBIDDEN", &["http/problem.rs"]),
    ("StatusCode::NOT_", &["http/problem.rs", "twilio/rest.rs"]),
    ("StatusCode::CONFLICT", &["http/problem.rs"]),
    ("StatusCode::UNPROCESSABLE_ENTITY", &["http/problem.rs"]),
    ("StatusCode::TOO_MANY_REQUESTS", &["http/problem.rs", "twilio/rest.rs"]),
    ("StatusCode::INTERNAL_SERVER_ERROR", &["http/problem.rs"]),
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
        for import in imports(&module, &code) {
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
fn which_store_it_is_only_the_composition_root_knows() {
    let knows = |module: &str| within(module, "app") || within(module, "crm::local");
    let broken: Vec<_> = sources()
        .iter()
        .map(|file| (module_of(file), code_of(file)))
        .filter(|(module, code)| !knows(module) && imports(module, code).iter().any(|one| within(one, "crm::local")))
        .map(|(module, _)| module)
        .collect();
    assert!(broken.is_empty(), "{broken:?} import crm::local");
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
fn no_file_is_longer_than_500_lines() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = ["src", "tests", "benches"].iter().flat_map(|folder| rust_files(&package.join(folder)));
    let lines = |file: &PathBuf| fs::read_to_string(file).expect("readable").lines().count();
    let long: Vec<_> = all.map(|file| (lines(&file), file)).filter(|(lines, _)| *lines > 500).collect();
    assert!(long.is_empty(), "part these along their seams: {long:#?}");
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
    let found: Vec<_> = imports("a::b", code).into_iter().collect();
    assert_eq!(
        found,
        ["clock::Clock", "crm::Error", "crm::model::Busy", "crm::model::Slot", "id", "phone::E164::parse"]
    );
}

#[test]
fn climbing_is_importing() {
    let found = |module: &str, code: &str| imports(module, code).into_iter().collect::<Vec<_>>();
    assert_eq!(
        found("call::turn", "use super::super::speech::{Vad, cache::Clip};"),
        ["speech::Vad", "speech::cache::Clip"]
    );
    assert_eq!(found("crm::calendar", "use super::local::Embedded;"), ["crm::local::Embedded"]);
    assert_eq!(found("call::turn", "pub(super) fn f() { super::timing::ms(1) }"), ["call::timing::ms"]);
    assert_eq!(found("a::b::c", "use super::super::super::id::CallId;"), ["id::CallId"]);
}

#[test]
fn only_tests_are_left_out_of_a_files_code() {
    let text = "use crate::a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) mod testing;\nuse crate::b; // why\n\
                #[cfg(test)]\nmod inner {\n    use crate::c;\n}\n// use crate::d;\nuse crate::e;\n";
    let code = without_tests(text);
    let found: Vec<_> = imports("x", &code).into_iter().collect();
    assert_eq!(found, ["a", "b", "e"], "{code}");
    assert!(!code.contains("mod "), "{code}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The library's own sources; test modules have no rules.
fn sources() -> Vec<PathBuf> {
    let is_test = |file: &PathBuf| {
        let path = file.strip_prefix(root()).expect("inside");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        matches!(&*name, "tests.rs" | "testing.rs" | "simulation.rs")
            || name.ends_with("_tests.rs")
            || path.iter().any(|part| part == "tests")
    };
    rust_files(&root()).into_iter().filter(|file| !is_test(file)).collect()
}

/// Every source below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
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

/// A file's code: without comments and tests.
fn code_of(file: &Path) -> String {
    without_tests(&fs::read_to_string(file).expect("readable"))
}

/// Without comments, test modules (to the brace that closes them) and declarations of test modules elsewhere.
fn without_tests(text: &str) -> String {
    let mut code = Vec::new();
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//")).peekable();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            code.push(line.split(" // ").next().unwrap_or(line));
            continue;
        }
        while lines.next_if(|next| next.starts_with("#[")).is_some() {}
        // What a test configuration adds, be it one line or a block.
        if let Some(first) = lines.next()
            && !first.ends_with([';', '}'])
        {
            lines.by_ref().take_while(|line| *line != "}").for_each(drop);
        }
    }
    code.join("\n")
}

/// Every path of the crate's that `code` of `module` mentions, with groups written out and `super::` climbed.
fn imports(module: &str, code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        expand(&code[at + "crate::".len()..], "", &mut found);
    }
    let parts: Vec<_> = module.split("::").collect();
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("::") {
            continue;
        }
        let (mut rest, mut left) = (&code[at..], parts.len());
        while let Some(deeper) = rest.strip_prefix("super::") {
            (rest, left) = (deeper, left.saturating_sub(1));
        }
        expand(rest, &parts[..left].join("::"), &mut found);
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
