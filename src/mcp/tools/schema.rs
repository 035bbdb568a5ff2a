//! The schemas of a tool, made of the types of its operation (JSON Schema 2020-12).
//!
//! What an operation takes are the tool's arguments, with a few of this door's own beside them; what comes of it stands
//! in an envelope, so that every tool answers an object and one that was not performed can say so.

use crate::crm::operation::Definition;
use crate::crm::operation::definition::{Confirmation, Effect, shape};
use rmcp::model::JsonObject;
use serde_json::{Value, json};

/// The argument that makes a repeat harmless.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that asks what would happen.
pub(super) const DRY_RUN: &str = "dry_run";
/// The argument by which a client that cannot ask its user says that the user agreed.
pub(super) const CONFIRM: &str = "confirm";

/// Whether a person is asked before it is performed.
pub(super) fn asks(definition: &Definition) -> bool {
    definition.about.confirmation == Confirmation::Asked
}

/// What the tool takes.
pub(super) fn arguments(definition: &Definition) -> JsonObject {
    let (mut schema, definitions) = shape(definition.request);
    for said_by_the_tool in ["title", "description", "$schema"] {
        schema.remove(said_by_the_tool);
    }
    schema.insert("type".to_owned(), json!("object"));
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if definition.about.effect != Effect::Read
        && let Value::Object(properties) = properties
    {
        properties.insert(
            IDEMPOTENCY_KEY.to_owned(),
            json!({
                "type": "string", "minLength": 1, "maxLength": 200,
                "description": "The same key performs once: a repeat is answered with the first outcome.",
            }),
        );
        properties.insert(
            DRY_RUN.to_owned(),
            json!({
                "type": "boolean", "default": false,
                "description": "Answers what would come of it and changes nothing.",
            }),
        );
        if asks(definition) {
            properties.insert(
                CONFIRM.to_owned(),
                json!({
                    "type": "boolean", "default": false,
                    "description": "Set it once the user agreed to exactly this, where the client cannot ask them itself.",
                }),
            );
        }
    }
    within(schema, definitions)
}

/// What the tool answers.
pub(super) fn answer(definition: &Definition) -> JsonObject {
    let (mut outcome, definitions) = shape(definition.outcome);
    outcome.remove("$schema");
    let silent = outcome.get("type") == Some(&json!("null"));
    let schema = if definition.about.effect == Effect::Read {
        json!({ "type": "object", "properties": { "outcome": outcome }, "required": ["outcome"] })
    } else {
        let mut properties = json!({
            "performed": { "type": "boolean", "description": "Whether it happened." },
            "note": { "type": "string", "description": "Why it did not, and what to do." },
        });
        if !silent {
            properties["outcome"] = Value::Object(outcome);
        }
        json!({ "type": "object", "properties": properties, "required": ["performed"] })
    };
    match schema {
        Value::Object(schema) => within(schema, definitions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => JsonObject::new(),
    }
}

fn within(mut schema: JsonObject, definitions: JsonObject) -> JsonObject {
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}
