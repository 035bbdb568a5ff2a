//! `GET /api/openapi.json`, and `GET /api/docs` to read it: a page made of the document, without a script, asking nobody for
//! anything but its own style sheet.

use crate::http::House;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE: &str = include_str!("docs.html");
const STYLE: &str = include_str!("docs.css");
/// Where the document keeps what its parts share.
const SCHEMAS: &str = "#/components/schemas/";

/// The document and its page.
pub(in crate::http) fn routes(document: Value) -> Router<Arc<House>> {
    let page = page(&document);
    let style = ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE);
    let document: &'static Value = Box::leak(Box::new(document));
    Router::new()
        .route("/api/openapi.json", get(async move || Json(document)))
        .route("/api/docs", get(async move || page.clone()))
        .route("/api/docs.css", get(async move || style.into_response()))
}

/// The page. The template is ours and tested: where it fails, the page says so.
fn page(document: &Value) -> Html<String> {
    let mut groups: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            let group = operation["tags"][0].as_str().unwrap_or_default();
            groups.entry(group).or_default().push(Operation::of(document, method, path, operation));
        }
    }
    let types: Vec<_> =
        entries(&document["components"]["schemas"]).map(|(name, schema)| Type::of(name, schema)).collect();
    let values = context! {
        info => Serde(&document["info"]),
        groups => Serde(&groups),
        types => Serde(&types),
    };
    let made = Environment::new().render_named_str("docs.html", PAGE, values);
    Html(made.unwrap_or_else(|error| {
        tracing::error!(%error, "the page of the API's document cannot be made");
        "This page cannot be made. Read /api/openapi.json.".to_owned()
    }))
}

/// A route, as the page shows it.
#[derive(Serialize)]
struct Operation {
    method: String,
    path: String,
    name: String,
    summary: String,
    needs: Option<String>,
    parameters: Vec<Field>,
    /// Of which type the body is.
    sent: Option<String>,
    body: Option<Kind>,
    fields: Vec<Field>,
    answers: Vec<Reply>,
}

/// A value with its name.
#[derive(Serialize)]
struct Field {
    name: String,
    /// Where it stands: `path`, `query`, `header`; nothing in a body.
    place: String,
    kind: Kind,
    required: bool,
    description: String,
}

/// What may come of a route.
#[derive(Serialize)]
struct Reply {
    status: String,
    description: String,
    kind: Option<Kind>,
}

/// A noun that several routes share.
#[derive(Serialize)]
struct Type {
    name: String,
    description: String,
    kind: Kind,
    fields: Vec<Field>,
}

/// What a value is, in words, and the noun to look up, when there is one.
#[derive(Serialize)]
struct Kind {
    words: String,
    noun: Option<String>,
}

impl Operation {
    fn of(document: &Value, method: &str, path: &str, operation: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shared = |one: &Value| match one["$ref"].as_str().and_then(|there| document.pointer(&there[1..])) {
            Some(shared) => shared.clone(),
            None => one.clone(),
        };
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(shared);
        let (sent, body) = match entries(&operation["requestBody"]["content"]).next() {
            Some((kind, content)) => (Some(kind.to_owned()), &content["schema"]),
            None => (None, &Value::Null),
        };
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            name: text(&operation["operationId"]),
            summary: text(&operation["summary"]),
            needs: operation["x-permission"].as_str().map(str::to_owned),
            parameters: parameters
                .map(|one| Field {
                    name: text(&one["name"]),
                    place: text(&one["in"]),
                    kind: Kind::of(&one["schema"]),
                    required: one["required"] == true,
                    description: text(&one["description"]),
                })
                .collect(),
            sent,
            body: (!body.is_null()).then(|| Kind::of(body)),
            fields: fields(body),
            answers: entries(&operation["responses"]).map(|(status, one)| Reply::of(status, &shared(one))).collect(),
        }
    }
}

impl Reply {
    fn of(status: &str, answer: &Value) -> Self {
        let kinds: Vec<_> = entries(&answer["content"])
            .map(|(kind, content)| match kind {
                "application/json" | "application/problem+json" => Kind::of(&content["schema"]),
                other => Kind { words: other.to_owned(), noun: None },
            })
            .collect();
        Self {
            status: status.to_owned(),
            description: answer["description"].as_str().unwrap_or_default().to_owned(),
            kind: (!kinds.is_empty()).then(|| Kind::one_of(&kinds)),
        }
    }
}

impl Type {
    fn of(name: &str, schema: &Value) -> Self {
        let description = schema["description"].as_str().unwrap_or_default().to_owned();
        Self { name: name.to_owned(), description, kind: Kind::of(schema), fields: fields(schema) }
    }
}

impl Kind {
    fn one_of(kinds: &[Self]) -> Self {
        let words: Vec<_> = kinds.iter().map(|kind| kind.words.as_str()).collect();
        Self { words: words.join(" or "), noun: kinds.iter().find_map(|kind| kind.noun.clone()) }
    }

    fn of(schema: &Value) -> Self {
        if let Some(noun) = schema["$ref"].as_str().and_then(|there| there.strip_prefix(SCHEMAS)) {
            return Self { words: noun.to_owned(), noun: Some(noun.to_owned()) };
        }
        if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|of| schema[of].as_array()) {
            return Self::one_of(&choices.iter().map(Self::of).collect::<Vec<_>>());
        }
        if let Some(names) = schema["enum"].as_array() {
            let names: Vec<_> =
                names.iter().map(|name| name.as_str().map_or(name.to_string(), str::to_owned)).collect();
            return Self { words: names.join(" | "), noun: None };
        }
        if let Some(name) = schema["const"].as_str() {
            return Self { words: name.to_owned(), noun: None };
        }
        let several = schema["type"].as_array().into_iter().flatten();
        let names: Vec<_> = several.chain([&schema["type"]]).filter_map(Value::as_str).collect();
        if names.contains(&"array") && schema["items"].is_object() {
            let items = Self::of(&schema["items"]);
            return Self { words: format!("list of {}", items.words), ..items };
        }
        let words = if names.is_empty() { "anything".to_owned() } else { names.join(" or ") };
        let format = schema["format"].as_str().map(|format| format!(" ({format})"));
        Self { words: words + format.as_deref().unwrap_or_default(), noun: None }
    }
}

fn fields(schema: &Value) -> Vec<Field> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let field = |(name, schema): (&str, &Value)| Field {
        name: name.to_owned(),
        place: String::new(),
        kind: Kind::of(schema),
        required: required(name),
        description: schema["description"].as_str().unwrap_or_default().to_owned(),
    };
    entries(&schema["properties"]).map(field).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_value_is_is_said_in_words() {
        for (schema, words, noun) in [
            (json!({ "type": "string", "format": "uuid" }), "string (uuid)", None),
            (json!({ "type": ["integer", "null"] }), "integer or null", None),
            (
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/Note" } }),
                "list of Note",
                Some("Note"),
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/components/schemas/Note" }, { "type": "null" }] }),
                "Note or null",
                Some("Note"),
            ),
            (json!({ "type": "string", "enum": ["en", "es"] }), "en | es", None),
            (json!({}), "anything", None),
        ] {
            let kind = Kind::of(&schema);
            assert_eq!((kind.words.as_str(), kind.noun.as_deref()), (words, noun), "{schema}");
        }
    }
}
