//! `GET /api/openapi.json`: what the doors below `/api` offer, as `OpenAPI` 3.1, made of what they are themselves made of: the
//! catalogue, and what is said of the routes written by hand.

use super::catalogue::{BUSINESS, CREATED, Part, VERSION, takes_body};
use super::described::{Answer, Described, Taken};
use crate::crm::KEY_MAX;
use crate::crm::operation::Definition;
use crate::crm::operation::definition::{Effect, Method, Route};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the document keeps what its parts share.
const SCHEMAS: &str = "/components/schemas";
/// What takes a time or gives a contact a number or an address, which somebody else may have.
const FOR_ONE: &[&str] = &[
    "book_appointment",
    "create_contact",
    "hold_slots",
    "merge_contacts",
    "reschedule_appointment",
    "undo_action",
    "update_contact",
    "upsert_contact",
];
/// What is refused when something was changed meanwhile, without being told which version was read.
const AS_IT_WAS_LEFT: &[&str] = &["undo_action"];

/// The document of these parts of the catalogue and these routes.
pub(in crate::http) fn document(parts: &[&Part], described: &[(&'static str, Described)]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    let mut put = |path: String, how: Method, operation: Value| {
        paths.entry(path).or_insert_with(|| json!({}))[method(how)] = operation;
    };
    for part in parts {
        for (entry, route) in part.routes() {
            let path = format!("{}{}", part.below, route.path);
            let mut operation = operation(entry, &route, &mut generator);
            operation["operationId"] = json!(format!("{}{}", part.prefix, entry.about.name));
            operation["tags"] = json!([tag(&path)]);
            put(path, route.method, operation);
        }
    }
    for (path, route) in described {
        put((*path).to_owned(), route.method, written_by_hand(path, route, &mut generator));
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "RinglyPro",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Sign in, or make a key, and send it as `Authorization: Bearer`. Errors are RFC 9457 problems: 400 \
                            is what cannot be read, 401 nobody known, 403 not allowed, 404 not there or not yours, 409 \
                            taken, 412 changed meanwhile, 422 what does not fit, 429 too often.",
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

/// What a path is about: its first word below `/api`.
fn tag(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or_default()
}

/// A route that is not the catalogue's.
fn written_by_hand(path: &str, route: &Described, generator: &mut SchemaGenerator) -> Value {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let id = json!({ "type": "string", "format": "uuid" });
    let named = path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let mut parameters: Vec<_> = named.map(|(name, _)| parameter("path", name, "Which.", true, &id)).collect();
    let mut statuses: BTreeSet<u16> = route.refuses.iter().copied().chain([400]).collect();
    statuses.extend((!route.open).then_some([401, 403, 429]).into_iter().flatten());
    statuses.extend(route.keeps_answers().then_some([409, 422]).into_iter().flatten());
    statuses.extend((!parameters.is_empty()).then_some(404));
    if let Some(query) = route.query {
        let query = query(&mut inline.into_generator()).to_value();
        let required = |field: &str| query["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field));
        let fields = query["properties"].as_object().map_or(0, Map::len);
        statuses.extend((!query["properties"][BUSINESS].is_null()).then_some(404));
        statuses.extend((fields > 1).then_some(422));
        for (field, schema) in query["properties"].as_object().into_iter().flatten() {
            parameters.push(described("query", field, required(field), schema.clone()));
        }
    }
    statuses.extend(route.body.map(|_| [413, 422]).into_iter().flatten());
    statuses.extend(matches!(route.body, Some(Taken::Json(_))).then_some(415));
    statuses.extend(matches!(route.answer, Answer::File(_)).then_some(416));
    let text = json!({ "type": "string" });
    parameters.extend(route.keeps_answers().then(|| refer("IdempotencyKey")));
    parameters.extend(route.headers.iter().map(|(name, says)| parameter("header", name, says, false, &text)));
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(path)],
        "parameters": parameters,
        "responses": answers(route.answer, statuses, generator),
    });
    if let Some(body) = route.body {
        let (kind, schema) = match body {
            Taken::Json(shape) => ("application/json", shape(generator).to_value()),
            Taken::File(kind) => (kind, text),
        };
        operation["requestBody"] = json!({ "required": true, "content": { (kind): { "schema": schema } } });
    }
    if let Some(needs) = route.needs {
        operation["x-permission"] = json!(needs);
    }
    if route.open {
        operation["security"] = json!([]);
    }
    operation
}

fn answers(answer: Answer, statuses: BTreeSet<u16>, generator: &mut SchemaGenerator) -> Value {
    let what = |description: &str, kind: &str, schema: Value| json!({ "description": description, "content": { (kind): { "schema": schema } } });
    let mut answers = Map::new();
    match answer {
        Answer::Json(status, shape) => {
            let schema = shape(generator).to_value();
            answers.insert(status.to_string(), what("What came of it.", "application/json", schema));
        }
        Answer::Silent => {
            answers.insert("204".to_owned(), json!({ "description": "It happened." }));
        }
        Answer::Other(kind) => {
            answers.insert("200".to_owned(), what("What there is.", kind, json!({ "type": "string" })));
        }
        Answer::Table(shape) => {
            let mut table = what("What there is.", "text/csv", json!({ "type": "string" }));
            table["content"]["application/json"] = json!({ "schema": shape(generator).to_value() });
            answers.insert("200".to_owned(), table);
        }
        Answer::File(kind) => {
            answers.insert("200".to_owned(), what("The whole.", kind, json!({})));
            answers.insert("206".to_owned(), what("The range asked for.", kind, json!({})));
        }
        Answer::Socket => {
            answers.insert("101".to_owned(), json!({ "description": "It goes on as a WebSocket." }));
        }
    }
    refusals(&mut answers, statuses);
    Value::Object(answers)
}

/// How it may be refused; and anything may break.
fn refusals(responses: &mut Map<String, Value>, statuses: BTreeSet<u16>) {
    for status in statuses.into_iter().map(|status| status.to_string()).chain(["5XX".to_owned()]) {
        responses.insert(status, json!({ "$ref": "#/components/responses/Problem" }));
    }
}

/// How an operation may be refused: `asks` is whether it is told more than which row.
fn refused(entry: &Definition, route: &Route, asks: bool, versioned: bool) -> BTreeSet<u16> {
    let (name, writes) = (entry.about.name, entry.about.effect != Effect::Read);
    let mut statuses = BTreeSet::from([400, 401, 403, 404, 429]);
    statuses.extend(FOR_ONE.contains(&name).then_some(409));
    statuses.extend((versioned || AS_IT_WAS_LEFT.contains(&name)).then_some(412));
    statuses.extend(takes_body(route.method).then_some([413, 415]).into_iter().flatten());
    statuses.extend((writes || asks).then_some(422));
    statuses
}

/// A parameter that many take.
fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// What an `Idempotency-Key` does.
const HARMLESS: &str =
    "The same key performs once: a repeat gets the first outcome; the key for something else is refused.";

fn shared_parameters() -> Value {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": KEY_MAX });
    let whose = "Whose data; the business that was added first when none is named.";
    let read = "The ETag of what was read: refused when somebody changed it since.";
    json!({
        "Business": parameter("query", BUSINESS, whose, false, &json!({ "type": "string", "format": "uuid" })),
        "IdempotencyKey": parameter("header", "Idempotency-Key", HARMLESS, false, &key),
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
    let asks = request["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    let mut answers = responses(entry, route, silent, generator);
    refusals(&mut answers, refused(entry, route, asks, versioned));
    let mut operation = json!({
        "summary": about.description,
        "parameters": parameters,
        "responses": answers,
        "x-effect": about.effect,
        "x-permission": about.permission,
        "x-confirmation": about.confirmation,
    });
    if takes_body(route.method) && asks {
        let whole = request["required"].as_array().is_some_and(|all| !all.is_empty());
        operation["requestBody"] =
            json!({ "required": whole, "content": { "application/json": { "schema": request } } });
    }
    operation
}

fn responses(entry: &Definition, route: &Route, silent: bool, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut responses = Map::new();
    if silent {
        responses.insert("204".to_owned(), json!({ "description": "It happened." }));
    } else {
        let schema = (entry.outcome)(generator).to_value();
        let content = json!({ "application/json": { "schema": schema } });
        if tells_whether_it_made(entry) {
            let made = json!({ "description": "It was not there, and is now.", "content": content });
            responses.insert("201".to_owned(), made);
        }
        let status = if route.creates { "201" } else { "200" };
        responses.insert(status.to_owned(), json!({ "description": "What came of it.", "content": content }));
    }
    responses
}

/// Whether an outcome says if it made something.
fn tells_whether_it_made(entry: &Definition) -> bool {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    (entry.outcome)(&mut inline.into_generator()).to_value()["properties"][CREATED]["type"] == "boolean"
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
            "retry_after": { "type": "integer", "description": "Seconds to wait before trying again." },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::operation::CATALOGUE;

    #[test]
    fn what_is_said_of_operations_by_name_is_said_of_some() {
        for name in FOR_ONE.iter().chain(AS_IT_WAS_LEFT) {
            assert!(CATALOGUE.iter().any(|entry| entry.about.name == *name), "{name}");
        }
    }

    #[test]
    fn how_many_were_created_is_not_whether_something_was() {
        let telling = CATALOGUE.iter().filter(|entry| tells_whether_it_made(entry)).map(|entry| entry.about.name);
        assert_eq!(telling.collect::<Vec<_>>(), ["upsert_contact"]);
    }
}
