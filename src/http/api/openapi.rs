//! `GET /api/openapi.json`: what the REST door offers, as `OpenAPI` 3.1, made of the catalogue it is itself made of.

use super::catalogue::{BUSINESS, VERSION, takes_body};
use crate::crm::operation::definition::{Effect, Method, Route};
use crate::crm::operation::{CATALOGUE, Definition};
use axum::Json;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Where the document keeps what its parts share.
const SCHEMAS: &str = "/components/schemas";

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

pub(in crate::http) async fn show() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for entry in CATALOGUE {
        let Some(route) = entry.about.route else { continue };
        let path = paths.entry(format!("/api{}", route.path)).or_insert_with(|| json!({}));
        path[method(route.method)] = operation(entry, &route, &mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "RinglyPro",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the CRM can do. Errors are RFC 9457 problems.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "responses": { "Problem": {
                "description": "It did not happen, and why.",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
            "parameters": shared_parameters(),
        },
    })
}

fn shared_parameters() -> Value {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 200 });
    let harmless =
        "The same key performs once: a repeat gets the first outcome; the key for something else is refused.";
    let whose = "Whose data; the first business when none is named.";
    let read = "The ETag of what was read: refused when somebody changed it since.";
    json!({
        "Business": parameter("query", BUSINESS, whose, false, &json!({ "type": "string", "format": "uuid" })),
        "IdempotencyKey": parameter("header", "Idempotency-Key", harmless, false, &key),
        "IfMatch": parameter("header", "If-Match", read, false, &json!({ "type": "string" })),
    })
}

fn operation(entry: &Definition, route: &Route, generator: &mut SchemaGenerator) -> Value {
    let about = &entry.about;
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut request = (entry.request)(&mut inline.clone().into_generator()).to_value();
    let silent = (entry.outcome)(&mut inline.into_generator()).to_value()["type"] == "null";
    let writes = about.effect != Effect::Read;
    let required = |request: &Value, field: &str| {
        request["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field))
    };
    let mut parameters = Vec::new();
    let refer = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    for field in route.fields() {
        let schema = take(&mut request, field);
        parameters.push(described("path", field, true, schema));
    }
    let versioned = !take(&mut request, VERSION).is_null();
    if !takes_body(route.method) {
        for (field, schema) in request["properties"].as_object().into_iter().flatten() {
            parameters.push(described("query", field, required(&request, field), schema.clone()));
        }
    }
    parameters.push(refer("Business"));
    parameters.extend(writes.then(|| refer("IdempotencyKey")));
    parameters.extend(versioned.then(|| refer("IfMatch")));
    let mut operation = json!({
        "operationId": about.name,
        "summary": about.description,
        "parameters": parameters,
        "responses": responses(entry, route, silent, generator),
        "x-effect": about.effect,
        "x-permission": about.permission,
        "x-confirmation": about.confirmation,
    });
    if takes_body(route.method) && request["properties"].as_object().is_some_and(|fields| !fields.is_empty()) {
        let whole = request["required"].as_array().is_some_and(|all| !all.is_empty());
        operation["requestBody"] =
            json!({ "required": whole, "content": { "application/json": { "schema": request } } });
    }
    operation
}

fn responses(entry: &Definition, route: &Route, silent: bool, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, success) = if silent {
        ("204", json!({ "description": "It happened." }))
    } else {
        let schema = (entry.outcome)(generator).to_value();
        let content = json!({ "application/json": { "schema": schema } });
        (if route.creates { "201" } else { "200" }, json!({ "description": "What came of it.", "content": content }))
    };
    responses.insert(status.to_owned(), success);
    for status in ["4XX", "5XX"] {
        responses.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    Value::Object(responses)
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string", "description": "Names the kind, for machines." },
            "title": { "type": "string", "description": "Names the kind, for people." },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What happened here, and what to do." },
            "field": { "type": "string", "description": "What another contact has already." },
            "contact": { "type": "string", "format": "uuid", "description": "Which contact that is." },
        },
    })
}

/// Takes a field out of an object's schema; null when it is not there.
fn take(request: &mut Value, field: &str) -> Value {
    if let Some(Value::Array(required)) = request.get_mut("required") {
        required.retain(|one| one != field);
    }
    request["properties"].as_object_mut().and_then(|fields| fields.remove(field)).unwrap_or(Value::Null)
}

/// A parameter whose schema says what it is.
fn described(place: &str, name: &str, required: bool, mut schema: Value) -> Value {
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let description = description.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    parameter(place, name, &description, required, &schema)
}

fn parameter(place: &str, name: &str, description: &str, required: bool, schema: &Value) -> Value {
    json!({ "in": place, "name": name, "description": description, "required": required, "schema": schema })
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}
