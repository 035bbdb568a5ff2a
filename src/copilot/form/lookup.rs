//! What an id is the id of, and which operation of the catalogue lists those there are.

use super::schema::must_have;
use crate::crm::operation::definition::{Effect, shape};
use crate::crm::operation::{CATALOGUE, Definition, Operation, Outcome};
use crate::id::ContactId;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// What people are, among nouns: they are searched for, not listed.
pub(in crate::copilot) const CONTACT: &str = "contact";
/// Rows looked through at once.
const ROWS: usize = 20;
/// How far ahead one looks for what has a time.
const AHEAD: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Where rows of a noun are listed.
#[derive(Clone, Copy)]
pub(in crate::copilot) struct Lookup {
    definition: &'static Definition,
    /// Whether they stand within the rows of something else, under their noun in the plural.
    within: bool,
    /// Whether they are listed only for somebody whose they are.
    pub(in crate::copilot) somebodys: bool,
}

/// What a field is the id of.
pub(super) fn noun(definition: &Definition, field: &str, about: &str) -> String {
    let own = singular(field);
    let place = format!("{{{field}}}");
    let path = definition.about.route.map(|route| route.path).unwrap_or_default();
    let before = path.split('/').zip(path.split('/').skip(1)).find(|(_, part)| *part == place);
    if own == CONTACT || before.is_some_and(|(above, _)| above == "contacts") {
        return CONTACT.to_owned();
    }
    let is_known = listing(&own).is_some() || containing(&own).is_some();
    let says = |word: &str| about.split(|c: char| !c.is_alphanumeric()).any(|one| singular(one) == word);
    if !is_known && says(CONTACT) { CONTACT.to_owned() } else { own }
}

/// Where rows of a noun are listed, if that needs nothing but the noun and perhaps whose they are.
pub(in crate::copilot) fn lookup(noun: &str) -> Option<Lookup> {
    let at = |within, somebodys| move |definition| Lookup { definition, within, somebodys };
    let of_somebody = || listing_for(noun, Some(ContactId::from_u128(0)));
    listing(noun)
        .map(at(false, false))
        .or_else(|| containing(noun).map(at(true, false)))
        .or_else(|| of_somebody().map(at(false, true)))
}

/// The operation that lists a noun: of several the one with the shortest name.
fn listing(noun: &str) -> Option<&'static Definition> {
    listing_for(noun, None)
}

fn listing_for(noun: &str, contact: Option<ContactId>) -> Option<&'static Definition> {
    let plural = format!("_{}", plural(noun));
    let lists = |entry: &&Definition| {
        let name = entry.about.name;
        entry.about.effect == Effect::Read && name.starts_with("list_") && name.ends_with(&plural)
    };
    CATALOGUE
        .iter()
        .filter(lists)
        .filter(|entry| request(entry, Timestamp::UNIX_EPOCH, contact).is_some())
        .min_by_key(|entry| entry.about.name.len())
}

/// The first operation that takes nothing and answers with rows in which those of a noun stand.
fn containing(noun: &str) -> Option<&'static Definition> {
    /// What reads without being told anything, and the schema of what it answers.
    static ANSWERS: LazyLock<Vec<(&Definition, Value)>> = LazyLock::new(|| {
        let reads = CATALOGUE.iter().filter(|entry| entry.about.effect == Effect::Read);
        let takes_nothing = |entry: &&Definition| must_have(&shape(entry.request).0).next().is_none();
        reads.filter(takes_nothing).map(|entry| (entry, Value::Object(shape(entry.outcome).0))).collect()
    });
    let plural = plural(noun);
    ANSWERS.iter().find(|(_, answer)| has_property(answer, &plural)).map(|(definition, _)| *definition)
}

fn has_property(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(parts) => {
            let own = parts.get("properties").is_some_and(|properties| properties[name]["type"] == "array");
            own || parts.values().any(|part| has_property(part, name))
        }
        Value::Array(parts) => parts.iter().any(|part| has_property(part, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A request that lists all there is; none when it takes more than a page, a stretch of time and whose they are.
fn request(definition: &Definition, now: Timestamp, contact: Option<ContactId>) -> Option<Map<String, Value>> {
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let (schema, _) = shape(definition.request);
    let mut request = Map::new();
    for name in must_have(&schema) {
        let value = match name {
            "limit" => continue,
            "from" => now.to_string(),
            "to" => until.to_string(),
            CONTACT => contact?.to_string(),
            _ => return None,
        };
        request.insert(name.to_owned(), Value::from(value));
    }
    if schema.get("properties").is_some_and(|all| all.get("limit").is_some()) {
        request.insert("limit".to_owned(), Value::from(ROWS));
    }
    Some(request)
}

impl Lookup {
    /// The operation that lists them, all or somebody's.
    pub(in crate::copilot) fn operation(self, now: &Zoned, contact: Option<ContactId>) -> Option<Operation> {
        let request = request(self.definition, now.timestamp(), contact)?;
        (self.definition.read)(Value::Object(request)).ok()
    }

    /// The rows of a noun in what it answered.
    pub(in crate::copilot) fn rows(self, noun: &str, outcome: &Outcome) -> Vec<Value> {
        let answer = outcome.to_value().unwrap_or(Value::Null);
        let mut rows = Vec::new();
        if self.within {
            gather(&answer, &plural(noun), &mut rows);
        } else {
            rows = listed(&answer).to_vec();
        }
        rows
    }
}

/// The rows of a list or of a page of one.
pub(in crate::copilot) fn listed(answer: &Value) -> &[Value] {
    answer.as_array().or_else(|| answer["items"].as_array()).map_or(&[], Vec::as_slice)
}

fn gather(answer: &Value, name: &str, into: &mut Vec<Value>) {
    match answer {
        Value::Object(parts) => {
            for (key, part) in parts {
                match part.as_array() {
                    Some(rows) if key == name => into.extend(rows.iter().cloned()),
                    Some(_) | None => gather(part, name, into),
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| gather(part, name, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn plural(noun: &str) -> String {
    noun.strip_suffix('y').map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"))
}

fn singular(noun: &str) -> String {
    let stem = noun.strip_suffix("ies").map(|stem| format!("{stem}y"));
    stem.unwrap_or_else(|| noun.strip_suffix('s').unwrap_or(noun).to_owned())
}
