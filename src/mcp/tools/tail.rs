//! The long tail: operations that are not listed are found by their words and performed by their name.

use super::schema::{CONFIRM, DRY_RUN, IDEMPOTENCY_KEY};
use super::{Tools, fields, title};
use crate::crm::operation::search::{Fit, Wanted, words};
use crate::crm::operation::{Definition, Permissions};
use crate::mcp::error::said;
use rmcp::model::{CallToolResult, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::sync::Arc;

/// Operations found at once, unless another number is asked for: each brings its schemas.
const FOUND: usize = 5;
/// The most that can be asked for.
const FOUND_MAX: usize = 20;

/// Finds operations.
pub(super) fn search_tool() -> Tool {
    let takes = json!({
        "type": "object",
        "properties": {
            "query": { "type": "string", "description": "What you want to do, in a few words: \"delete pipeline\"." },
            "limit": { "type": "integer", "minimum": 1, "maximum": FOUND_MAX, "default": FOUND },
        },
        "required": ["query"],
        "additionalProperties": false,
    });
    let answers = json!({
        "type": "object",
        "properties": { "operations": { "type": "array", "items": {
            "type": "object",
            "properties": {
                "operation": { "type": "string", "description": "Its name, for perform_operation." },
                "description": { "type": "string" },
                "effect": { "type": "string" },
                "confirmation": { "type": "string" },
                "arguments": { "type": "object", "description": "The JSON Schema of what it takes." },
            },
            "required": ["operation", "description", "effect", "confirmation", "arguments"],
        } } },
        "required": ["operations"],
    });
    let description = "Finds what else the CRM can do: operations that are not listed as tools, with what they take. \
                       Perform them with perform_operation.";
    Tool::new("search_catalogue", description, Arc::new(fields(takes)))
        .with_title(title("search_catalogue"))
        .with_raw_output_schema(Arc::new(fields(answers)))
        .with_annotations(ToolAnnotations::from_raw(None, Some(true), Some(false), Some(true), Some(false)))
}

/// Performs an operation by its name.
pub(super) fn perform_tool() -> Tool {
    let takes = json!({
        "type": "object",
        "properties": {
            "operation": { "type": "string", "description": "The name search_catalogue answered." },
            "arguments": { "type": "object", "description": "What it takes, by the schema search_catalogue answered." },
            IDEMPOTENCY_KEY: { "type": "string", "minLength": 1, "maxLength": 200 },
            DRY_RUN: { "type": "boolean", "default": false },
            CONFIRM: { "type": "boolean", "default": false },
        },
        "required": ["operation"],
        "additionalProperties": false,
    });
    let answers = json!({
        "type": "object",
        "properties": {
            "performed": { "type": "boolean" },
            "note": { "type": "string" },
            "outcome": { "description": "What came of it." },
        },
    });
    let description = "Performs an operation found with search_catalogue. What destroys, sends or costs is confirmed \
                       by the user first.";
    Tool::new("perform_operation", description, Arc::new(fields(takes)))
        .with_title(title("perform_operation"))
        .with_raw_output_schema(Arc::new(fields(answers)))
        .with_annotations(ToolAnnotations::from_raw(None, Some(false), Some(true), Some(false), Some(true)))
}

/// What a visitor may ask for, the best fit first.
pub(super) fn search(tools: &Tools, may: Permissions, arguments: &JsonObject) -> CallToolResult {
    let Some(query) = arguments.get("query").and_then(Value::as_str) else {
        return said("Say in `query` what you want to do, in a few words.");
    };
    let limit = arguments.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let wanted: Vec<Wanted> = words(query).into_iter().map(|word| vec![word]).collect();
    let mut found: Vec<_> = tools
        .operations(may)
        .map(|(definition, tool)| {
            let about = &definition.about;
            (Fit::of(&words(about.name), about.description, &wanted).score(wanted.len()), definition, tool)
        })
        .filter(|(fit, ..)| *fit > 0)
        .collect();
    // A stable sort: equals stay in the order of the catalogue.
    found.sort_by_key(|(fit, ..)| Reverse(*fit));
    let shown = found.into_iter().take(limit.unwrap_or(FOUND).clamp(1, FOUND_MAX));
    let operations: Vec<_> = shown
        .map(|(_, definition, tool)| {
            json!({
                "operation": definition.about.name,
                "description": definition.about.description,
                "effect": definition.about.effect,
                "confirmation": definition.about.confirmation,
                "arguments": *tool.input_schema,
            })
        })
        .collect();
    CallToolResult::structured(json!({ "operations": operations }))
}

/// The operation named, and its arguments with this door's own among them; or what is wrong.
pub(super) fn named(
    tools: &Tools,
    may: Permissions,
    mut arguments: JsonObject,
) -> Result<(&'static Definition, JsonObject), String> {
    let Some(Value::String(name)) = arguments.remove("operation") else {
        return Err("Say in `operation` which one: search_catalogue answers their names.".to_owned());
    };
    let mut given = match arguments.remove("arguments") {
        None | Some(Value::Null) => JsonObject::new(),
        Some(Value::Object(given)) => given,
        Some(_) => return Err("`arguments` takes an object, by the schema search_catalogue answered.".to_owned()),
    };
    for own in [IDEMPOTENCY_KEY, DRY_RUN, CONFIRM] {
        if let Some(value) = arguments.remove(own) {
            given.insert(own.to_owned(), value);
        }
    }
    if let Some((stray, _)) = arguments.into_iter().next() {
        return Err(format!("`{stray}` belongs into `arguments`."));
    }
    let found = tools.operations(may).find(|(definition, _)| definition.about.name == name);
    let Some((definition, _)) = found else {
        return Err(format!("There is no operation {name} for you: search_catalogue finds those there are."));
    };
    Ok((definition, given))
}
