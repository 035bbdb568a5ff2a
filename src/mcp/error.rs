//! Why something did not happen, in words a model can act on: the one place where an error becomes a tool's answer.

use crate::crm::Error;
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};

/// The answer of a tool that did not do it: what is wrong and what to do.
pub(super) fn refused(error: &Error) -> CallToolResult {
    said(in_words(error))
}

/// The same, in given words.
pub(super) fn said(words: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(words)])
}

/// What is not there, or not for this visitor: a protocol error, for what is no tool.
pub(super) fn no_resource(uri: &str) -> ErrorData {
    ErrorData::resource_not_found("there is no such resource", Some(serde_json::json!({ "uri": uri })))
}

/// Something broke on our side; the log has it.
pub(super) fn broken() -> ErrorData {
    ErrorData::internal_error("something broke on our side; it is in the log", None)
}

/// An error where the protocol has no answer of a tool: a resource or a prompt that cannot be read.
pub(super) fn unreadable(error: &Error, uri: &str) -> ErrorData {
    match error {
        Error::NotFound(_) | Error::Forbidden(_) | Error::Invalid(_) => no_resource(uri),
        Error::SlotTaken
        | Error::NotBookable(_)
        | Error::Duplicate { .. }
        | Error::Stale(_)
        | Error::KeyReused
        | Error::NotSent(_)
        | Error::Unsupported(_)
        | Error::Unavailable(_)
        | Error::Unknown(_) => ErrorData::internal_error("the CRM is not answering: try again", None),
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::SlotTaken => {
            "That time is no longer free. Ask find_slots for free times and take another one.".to_owned()
        }
        Error::NotBookable(why) => {
            format!("That time cannot be booked: {why}. Ask find_slots for the times that can.")
        }
        Error::NotFound(what) => {
            format!("{what} not found in this business. Search or list first, and use an id that was answered.")
        }
        Error::Invalid(why) => format!("The arguments are wrong: {why}. Compare them with the tool's input schema."),
        Error::Forbidden(what) => {
            format!("This key does not allow {what}. Ask the business's owner for a key that does.")
        }
        Error::Duplicate { field, contact } => {
            format!("Another contact has this {field}: {contact}. Update that one, or give another {field}.")
        }
        Error::Stale(what) => {
            format!("The {what} was changed since it was read. Read it again and repeat this with its present version.")
        }
        Error::KeyReused => {
            "This idempotency_key was used with other arguments. Give a new key for something new.".to_owned()
        }
        Error::NotSent(why) => format!("It was not sent: {why}. It stands in the timeline as failed."),
        Error::Unsupported(what) => format!("This business's CRM cannot do that: {what}."),
        Error::Unavailable(_) => "The CRM is not answering. Nothing was changed; try again.".to_owned(),
        Error::Unknown(_) => {
            "It is not known whether this happened. Read what is there before you try again.".to_owned()
        }
    }
}
