//! The fields of an operation, read from the JSON Schema of its request.

use super::lookup::noun;
use crate::crm::operation::Definition;
use crate::crm::operation::definition::shape;
use serde_json::{Map, Value};

/// A field of a request.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::copilot) struct Field {
    /// Where it stands in the request.
    pub(in crate::copilot) path: Vec<String>,
    /// What the catalogue says of it, without the full stop.
    pub(in crate::copilot) about: String,
    pub(in crate::copilot) kind: Kind,
    /// Whether a request without it is none.
    pub(in crate::copilot) required: bool,
}

/// What a field's values are.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::copilot) enum Kind {
    Text,
    /// A number between these, whole or not.
    Number {
        whole: bool,
        least: Option<f64>,
        most: Option<f64>,
    },
    /// A sum, which the request has in the smallest unit.
    Money,
    YesNo,
    /// One of these.
    Choice(Vec<String>),
    Day,
    Moment,
    Phone,
    /// The id of a row of this noun.
    Id(String),
    /// Several of a kind.
    List(Box<Kind>),
    /// Several rows of these fields.
    Rows(Vec<Field>),
    /// Fields of its own, none of which must be there; they are listed beside it.
    Group,
    /// Whatever can be written as JSON.
    Json,
}

/// How many rows there are on a page, and where it begins: nobody is asked for that.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// Whatever is said there is what something is called from then on.
const NAMES: [&str; 6] = ["name", "title", "label", "first_name", "last_name", "tags"];

impl Field {
    /// Its place in one word.
    pub(in crate::copilot) fn label(&self) -> String {
        self.path.join(".")
    }

    /// What people call it: its own name without its unit, behind what it is part of where that is no mere group.
    pub(in crate::copilot) fn called(&self) -> String {
        let own = self.path.last().map(String::as_str).unwrap_or_default();
        own.strip_suffix("_minor").unwrap_or(own).replace('_', " ")
    }

    /// Whether something is called by it.
    pub(in crate::copilot) fn is_name(&self) -> bool {
        let one = if let Kind::List(of) = &self.kind { of } else { &self.kind };
        *one == Kind::Text && self.path.last().is_some_and(|name| NAMES.contains(&name.as_str()))
    }

    /// Whether it is about the page rather than about what is on it.
    pub(in crate::copilot) fn is_of_the_page(&self) -> bool {
        self.path.last().is_some_and(|name| PAGE.contains(&name.as_str()))
    }
}

/// The fields of a request: those that must be there first, in the order of its type.
pub(in crate::copilot) fn fields(definition: &Definition) -> Vec<Field> {
    let mut found = Vec::new();
    collect(definition, &shape(definition.request).0, &[], true, &mut found);
    found.sort_by_key(|field| !field.required);
    found
}

/// Whether a schema is of an object whose fields are known.
fn properties(schema: &Map<String, Value>) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|properties| !properties.is_empty())
}

/// The fields without which a request is none.
pub(super) fn must_have(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn collect(definition: &Definition, of: &Map<String, Value>, above: &[String], required: bool, into: &mut Vec<Field>) {
    let Some(all) = properties(of) else { return };
    let needed: Vec<&str> = must_have(of).collect();
    let others = all.keys().map(String::as_str).filter(|name| !needed.contains(name));
    for name in needed.iter().copied().chain(others) {
        let Some(schema) = all.get(name).and_then(Value::as_object) else {
            let path = [above, &[name.to_owned()]].concat();
            let required = required && needed.contains(&name);
            into.push(Field { path, about: String::new(), kind: Kind::Json, required });
            continue;
        };
        let path = [above, &[name.to_owned()]].concat();
        let about = said_of(schema);
        let required = required && needed.contains(&name);
        let schema = given(schema);
        if properties(schema).is_none() {
            let kind = kind(definition, &path, &about, schema);
            into.push(Field { path, about, kind, required });
            continue;
        }
        if must_have(schema).next().is_none() {
            into.push(Field { path: path.clone(), about, kind: Kind::Group, required });
        }
        collect(definition, schema, &path, required, into);
    }
}

fn said_of(schema: &Map<String, Value>) -> String {
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    about.trim_end_matches('.').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The schema of what is there when something is: without the null that stands for nothing.
fn given(schema: &Map<String, Value>) -> &Map<String, Value> {
    let Some(ways) = schema.get("anyOf").or_else(|| schema.get("allOf")).and_then(Value::as_array) else {
        return schema;
    };
    let mut ways = ways.iter().filter_map(Value::as_object).filter(|way| way.get("type") != Some(&Value::from("null")));
    match (ways.next(), ways.next()) {
        (Some(only), None) => given(only),
        _ => schema,
    }
}

fn kind(definition: &Definition, path: &[String], about: &str, schema: &Map<String, Value>) -> Kind {
    if let Some(choices) = choices(schema) {
        return Kind::Choice(choices);
    }
    let is = |name: &str| schema.get(name).and_then(Value::as_str);
    let name = path.last().map(String::as_str).unwrap_or_default();
    match type_of(schema) {
        Some("string") => match is("format") {
            Some("uuid") => Kind::Id(noun(definition, name, about)),
            Some("date-time") => Kind::Moment,
            Some("date") => Kind::Day,
            Some(_) | None if is("pattern").is_some_and(|pattern| pattern.starts_with(r"^\+")) => Kind::Phone,
            Some(_) | None => Kind::Text,
        },
        Some("integer") if name.ends_with("_minor") || about.contains("minor units") => Kind::Money,
        Some(number @ ("integer" | "number")) => {
            let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
            Kind::Number { whole: number == "integer", least: bound("minimum"), most: bound("maximum") }
        }
        Some("boolean") => Kind::YesNo,
        Some("array") => rows(definition, path, about, schema),
        Some(_) | None => Kind::Json,
    }
}

fn rows(definition: &Definition, path: &[String], about: &str, schema: &Map<String, Value>) -> Kind {
    let Some(item) = schema.get("items").and_then(Value::as_object).map(given) else { return Kind::Json };
    if properties(item).is_some() {
        let mut fields = Vec::new();
        collect(definition, item, &[], true, &mut fields);
        fields.retain(|field| field.required);
        return Kind::Rows(fields);
    }
    let one = kind(definition, path, about, item);
    if one == Kind::Json { Kind::Json } else { Kind::List(Box::new(one)) }
}

/// The first of its types that is something.
fn type_of(schema: &Map<String, Value>) -> Option<&str> {
    let types = schema.get("type")?;
    let several = types.as_array().map(|types| types.iter().filter_map(Value::as_str).find(|one| *one != "null"));
    several.unwrap_or_else(|| types.as_str())
}

/// What can be chosen, when nothing else can be.
fn choices(schema: &Map<String, Value>) -> Option<Vec<String>> {
    if let Some(only) = schema.get("enum").and_then(Value::as_array) {
        return only.iter().filter(|one| !one.is_null()).map(|one| one.as_str().map(str::to_owned)).collect();
    }
    let ways = schema.get("oneOf").and_then(Value::as_array)?;
    let ways = ways.iter().filter(|way| way["type"] != "null");
    ways.map(|way| way.get("const").and_then(Value::as_str).map(str::to_owned)).collect()
}
