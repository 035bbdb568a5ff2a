//! The whole catalogue: every operation that has a door is reached in words, in both languages, by a command of its own or by
//! the general way, which asks for exactly what its type must have.

use super::world::{GRAMMAR, PHRASES, business, now};
use crate::copilot::command::{Way, way};
use crate::copilot::form::Form;
use crate::copilot::form::schema::{Field, Kind, fields};
use crate::copilot::state::{Asked, Choices, Want};
use crate::copilot::{Copilot, State, Step};
use crate::crm::operation::definition::shape;
use crate::crm::operation::search::words;
use crate::crm::operation::{By, CATALOGUE, Definition, Operation, Outcome};
use crate::nlu::{Intent, Language};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What nobody asks for in words: it is for conversations only, and no other door has it either.
const WITHOUT_WORDS: &[(&str, &str)] = &[
    ("log_step_in", "it is written by the house itself while somebody is in a live call"),
    ("save_contact", "the receptionist remembers a caller with it; people say `create contact` or `upsert contact`"),
];

/// What is said for a text; the next one when the one before is refused.
const TEXTS: [&str; 4] = ["loyalty_points", "https://example.com/loyalty", "ana@example.com", "Please rate us: {link}"];
/// More than a name, a note or an address takes, in characters, and not more than one message has.
const LONG: usize = 3_000;
/// Whom is named; the next one when the one before is refused.
const PEOPLE: [&str; 2] = ["Ana Silva", "John Smith"];

/// A conversation with somebody who answers whatever is asked.
struct Talk {
    copilot: Copilot,
    said: String,
    /// Each field that was asked for, and how often.
    asked: BTreeMap<String, usize>,
    confirmed: bool,
    /// The questions for a field, with what was said before them.
    questions: Vec<String>,
}

impl Talk {
    fn new(language: Language) -> Self {
        let business = Arc::new(business(language));
        let copilot = Copilot::new(business, GRAMMAR.clone(), PHRASES.clone(), By::owner(), State::default());
        Self { copilot, said: String::new(), asked: BTreeMap::new(), confirmed: false, questions: Vec::new() }
    }

    /// What comes of these words, with an answer to every question.
    fn request(&mut self, definition: &Definition, words: &str) -> Result<Operation, String> {
        let all = fields(definition);
        let mut step = self.hear(words);
        for _ in 0..40 {
            if let Some(operation) = step.operation.take() {
                return Ok(operation);
            }
            let answer = match self.copilot.state.asked.clone() {
                Some(Asked::Confirm(_)) => {
                    self.confirmed = true;
                    self.copilot.book().answers()[0].clone()
                }
                Some(Asked::Which(Choices::Things(_))) => {
                    let open = &self.copilot.state.task.as_ref().and_then(|task| task.form.as_ref());
                    let path = open.and_then(Form::wanted).unwrap_or_default();
                    *self.asked.entry(path).or_default() += 1;
                    "1".to_owned()
                }
                Some(Asked::Missing(Want::Whom)) => PEOPLE[0].to_owned(),
                Some(Asked::Missing(Want::Field(_))) => {
                    self.questions.push(self.said.clone());
                    let form = self.copilot.state.task.as_ref().and_then(|task| task.form.as_ref());
                    let label = form.and_then(|form| form.asking.clone()).unwrap_or_default();
                    let times = self.asked.entry(label.clone()).or_default();
                    *times += 1;
                    let field = all.iter().find(|field| field.label() == label).ok_or(format!("asked for {label}"))?;
                    answer(field, &all, *times - 1)
                        .ok_or_else(|| format!("no answer to {label} does: {}", self.said))?
                }
                other => return Err(format!("{other:?} after {}", self.said)),
            };
            step = self.hear(&answer);
        }
        Err(format!("no end: {}", self.said))
    }

    fn hear(&mut self, words: &str) -> Step {
        let mut step = self.copilot.hear(&now(), words);
        self.said.clone_from(&step.text);
        while let Some(look) = step.operation.as_ref().filter(|_| self.looks()) {
            let found = looked_up(look);
            step = self.copilot.performed(&now(), Ok(found));
            self.said.push_str(&step.text);
        }
        step
    }

    /// Whether the operation given out is only looked up.
    fn looks(&self) -> bool {
        use crate::copilot::state::Purpose;
        self.copilot.state.awaiting.as_ref().is_some_and(|awaiting| awaiting.purpose == Purpose::Look)
    }
}

/// A plausible value of a field, in words.
fn answer(field: &Field, all: &[Field], times: usize) -> Option<String> {
    let text = match &field.kind {
        Kind::Text => TEXTS.get(times)?,
        Kind::Number { .. } => "1",
        Kind::Money => "25.50",
        Kind::YesNo => "true",
        Kind::Choice(choices) => choices.first()?,
        Kind::Day => "2026-11-27",
        Kind::Moment if field.path.last().is_some_and(|name| name == "to") => "2026-11-28T10:00",
        Kind::Moment => "2026-11-27T10:00",
        Kind::Phone => "+13055550142",
        Kind::Id(noun) if noun == "contact" => PEOPLE.get(times)?,
        Kind::Id(_) => "019a0000-0000-7000-8000-000000000001",
        Kind::List(of) => return answer(&Field { kind: (**of).clone(), ..field.clone() }, all, times),
        Kind::Rows(fields) => {
            let words = fields.iter().map(|field| answer(field, all, 0)).collect::<Option<Vec<_>>>()?;
            return Some(words.join(" "));
        }
        Kind::Group => {
            let within = all.iter().filter(|one| one.path.starts_with(&field.path) && one.kind == Kind::Text);
            return within.skip(times).map(|one| format!("{}: vip", one.called())).next();
        }
        Kind::Json => "{\"a\": 1}",
    };
    Some(text.to_owned())
}

/// What a look-up finds: one row of whatever is listed, and whoever is searched for.
fn looked_up(operation: &Operation) -> Outcome {
    let definition = CATALOGUE.iter().find(|entry| entry.about.name == operation.name()).expect("an entry");
    let (schema, definitions) = shape(definition.outcome);
    let mut answer = sample(&Value::Object(schema), &definitions, "");
    let mut variant = operation.name().trim_start_matches("list_").to_owned();
    if let Operation::SearchContacts(search) = operation {
        let Some(place) = PEOPLE.iter().position(|name| *name == search.query) else {
            return Outcome::ContactsFound(Vec::new());
        };
        let (first, last) = search.query.split_once(' ').expect("two names");
        answer[0]["id"] = json!(format!("019a0000-0000-7000-8000-00000000010{place}"));
        (answer[0]["first_name"], answer[0]["last_name"]) = (json!(first), json!(last));
        "contacts_found".clone_into(&mut variant);
    } else if let Operation::GetBusiness(_) = operation {
        "business_got".clone_into(&mut variant);
    } else if let Operation::GetContact(_) = operation {
        "contact_got".clone_into(&mut variant);
    }
    let outcome = json!({ variant.as_str(): answer });
    serde_json::from_value(outcome).unwrap_or_else(|error| panic!("{variant}: {error}: {answer}"))
}

/// A value that fits a schema.
fn sample(schema: &Value, definitions: &Map<String, Value>, name: &str) -> Value {
    if let Some(to) = schema["$ref"].as_str() {
        return sample(&definitions[to.rsplit('/').next().expect("a name")], definitions, name);
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(one) = schema["enum"].as_array() {
        return one[0].clone();
    }
    for ways in ["anyOf", "oneOf", "allOf"] {
        if let Some(ways) = schema[ways].as_array() {
            return sample(&ways[0], definitions, name);
        }
    }
    let first = schema["type"].as_array().map_or(&schema["type"], |types| &types[0]);
    match first.as_str() {
        Some("object") => {
            let all = schema["properties"].as_object().into_iter().flatten();
            Value::Object(all.map(|(name, of)| (name.clone(), sample(of, definitions, name))).collect())
        }
        Some("array") => match schema.get("prefixItems").and_then(Value::as_array) {
            Some(items) => items.iter().map(|item| sample(item, definitions, name)).collect(),
            None if schema["minItems"].as_u64().is_some_and(|least| least > 1) => {
                (0..schema["minItems"].as_u64().unwrap_or(0))
                    .map(|_| sample(&schema["items"], definitions, name))
                    .collect()
            }
            None => json!([sample(&schema["items"], definitions, name)]),
        },
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => match schema["format"].as_str() {
            Some("uuid") => json!("019a0000-0000-7000-8000-000000000002"),
            Some("date-time") => json!("2026-11-27T15:00:00Z"),
            Some("date") => json!("2026-11-27"),
            Some("time" | "partial-time") => json!("09:00:00"),
            _ if schema.get("pattern").is_some() => json!("+13055550142"),
            _ if name == "currency" => json!("USD"),
            _ => json!("Sales"),
        },
    }
}

/// What a request must have, by the schema of its type alone.
fn needed(schema: &Map<String, Value>, above: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let of = &schema["properties"][name];
        let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        match of.as_object().filter(|of| of.get("type") == Some(&json!("object")) && of.contains_key("required")) {
            Some(inner) => found.extend(needed(inner, &path)),
            None => found.extend(Some(path).filter(|path| path != "limit")),
        }
    }
    found
}

fn own_commands() -> BTreeSet<&'static str> {
    let does = |intent: &Intent| match way(*intent) {
        Way::Command(command) => command.does,
        Way::Talk(_) | Way::Refusal(_) => &[],
    };
    Intent::ALL.iter().flat_map(does).copied().collect()
}

#[test]
fn every_operation_is_reached_in_words_and_asked_for_what_its_type_must_have() {
    let own = own_commands();
    let mut wrong = Vec::new();
    for definition in CATALOGUE {
        let name = definition.about.name;
        if definition.about.route.is_none() {
            assert!(
                WITHOUT_WORDS.iter().any(|(one, _)| *one == name),
                "{name} is reached by nobody, and nobody says why"
            );
            continue;
        }
        for language in Language::ALL {
            let mut talk = Talk::new(language);
            let human = talk.copilot.phrases.book(language).term(name);
            // What has a command is heard by it; the general way has it by its own name.
            let words = if own.contains(name) { name.to_owned() } else { human };
            let operation = match talk.request(definition, &words) {
                Ok(operation) => operation,
                Err(why) => {
                    wrong.push(format!("{language:?} {words:?}: {why}"));
                    continue;
                }
            };
            if operation.name() != name {
                wrong.push(format!("{language:?} {words:?} came to {}", operation.name()));
            }
            if talk.confirmed != crate::copilot::outcome::must_be_confirmed(&operation) {
                wrong.push(format!("{language:?} {words:?}: confirmed {}", talk.confirmed));
            }
            let needed = needed(&shape(definition.request).0, "");
            let asked: BTreeSet<String> = talk.asked.keys().cloned().collect();
            // What no field must have may be refused when it has none at all.
            let bare = (definition.read)(json!({})).and_then(|mut operation| operation.within_limits());
            if needed != asked && !(needed.is_empty() && bare.is_err()) {
                wrong.push(format!("{language:?} {words:?} asked for {asked:?}, not for {needed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_has_a_command_and_what_has_no_words_is_of_the_catalogue() {
    let names: BTreeSet<_> = CATALOGUE.iter().map(|entry| entry.about.name).collect();
    let without = WITHOUT_WORDS.iter().map(|(name, _)| *name);
    let strays: Vec<_> = own_commands().into_iter().chain(without).filter(|name| !names.contains(name)).collect();
    assert!(strays.is_empty(), "{strays:?}");
    for entry in CATALOGUE {
        let is_without = WITHOUT_WORDS.iter().any(|(name, _)| *name == entry.about.name);
        assert_eq!(is_without, entry.about.route.is_none(), "{}", entry.about.name);
    }
}

#[test]
fn whatever_is_asked_for_has_a_spanish_name() {
    let book = PHRASES.book(Language::Es);
    let mut missing = BTreeSet::new();
    for definition in CATALOGUE.iter().filter(|entry| entry.about.route.is_some()) {
        for field in fields(definition) {
            let name = field.called();
            if book.field(&name) == name && !matches!(name.as_str(), "id" | "webhook" | "total") {
                missing.insert(name);
            }
            if field.required && !field.is_of_the_page() && book.told(&field.about).is_none() {
                missing.insert(field.about);
            }
            let Kind::Choice(choices) = field.kind else { continue };
            missing.extend(choices.into_iter().filter(|choice| book.told(&choice.replace('_', " ")).is_none()));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn questions_and_refusals_are_in_spanish() {
    let book = PHRASES.book(Language::Es);
    let routed = || CATALOGUE.iter().filter(|entry| entry.about.route.is_some());
    let called: BTreeSet<String> = routed().flat_map(fields).map(|field| field.called()).collect();
    let spanish: BTreeSet<String> = called.iter().flat_map(|name| words(&book.field(name))).collect();
    let english: BTreeSet<String> = called.iter().flat_map(|name| words(name)).collect();
    // These are words of both languages, or written so in both.
    let both = ["a", "no", "id", "sms", "email", "total", "link"];
    let english: BTreeSet<&String> =
        english.iter().filter(|word| !spanish.contains(*word) && !both.contains(&word.as_str())).collect();
    let mut wrong = BTreeSet::new();
    for definition in routed() {
        // As it is asked for field by field, and with more in each than it takes.
        let too_long = fields(definition).into_iter().filter(|field| field.kind == Kind::Text).map(|field| {
            let long = Value::from("a".repeat(LONG));
            field.path.iter().rev().fold(long, |within, name| json!({ name.as_str(): within })).to_string()
        });
        for given in std::iter::once(String::new()).chain(too_long) {
            let mut talk = Talk::new(Language::Es);
            let came = talk.request(definition, &format!("{} {given}", definition.about.name));
            assert!(came.is_ok() || !given.is_empty(), "{came:?}");
            let last = came.is_err().then_some(&talk.said);
            for said in talk.questions.iter().chain(last) {
                // What is to be written as it is stands between such marks.
                let said: String = said.split('`').step_by(2).collect();
                let said: String = said.chars().filter(|c| !c.is_ascii_digit()).take(500).collect();
                let strays: Vec<_> = words(&said).into_iter().filter(|word| english.contains(word)).collect();
                if !strays.is_empty() || said.contains("(en inglés)") {
                    wrong.insert(format!("{strays:?} in {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}
