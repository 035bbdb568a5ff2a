//! An operation performed as a tool: arguments read, a person asked where that is due, the outcome in its envelope.
//!
//! Invariant: a dry run, a question and a refusal leave everything as it was.
//! Invariant: a write that has begun is seen through, whatever becomes of whoever asked for it.

use super::schema::{CONFIRM, DRY_RUN, IDEMPOTENCY_KEY, asks};
use super::title;
use crate::crm::error::Reason;
use crate::crm::model::Change;
use crate::crm::operation::definition::Effect;
use crate::crm::operation::{Definition, called};
use crate::crm::{Error, Outcome, Rehearsal, Request};
use crate::mcp::consent::{About, Consent};
use crate::mcp::error::{broken, refused};
use crate::mcp::server::asked_by;
use crate::mcp::{Server, Visitor};
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use uuid::Uuid;

/// The most changes a question names; of more it says how many.
const CHANGES_TOLD: usize = 8;
/// The longest value a question shows, in characters.
const SHOWN_MAX: usize = 500;
/// What is said of a question that could not be put.
const UNASKED: &str = "Nothing was done. This is what would come of it: show it to the user and, once they agreed, call \
                       again with the same arguments and confirm: true.";

/// What the tool was called with, beside what the operation takes.
struct Manner {
    idempotency_key: Option<String>,
    dry_run: bool,
    confirmed: bool,
}

impl Server {
    /// Performs an operation for a tool.
    pub(super) async fn operation(
        &self,
        visitor: &Visitor,
        context: &RequestContext<RoleServer>,
        called: &CallToolRequestParams,
        definition: &'static Definition,
        mut arguments: JsonObject,
    ) -> Result<CallToolResponse, ErrorData> {
        let manner = match Manner::take(&mut arguments) {
            Ok(manner) => manner,
            Err(error) => return Ok(refused(&error).into()),
        };
        let asked = arguments.clone();
        let operation = match (definition.read)(Value::Object(arguments)) {
            Ok(operation) => operation,
            Err(error) => return Ok(refused(&error).into()),
        };
        let mut request = asked_by(visitor, context, operation);
        if definition.about.effect == Effect::Read {
            return self.read(context, request).await;
        }
        request.idempotency_key = manner.idempotency_key;
        let about = About { visitor, request: called };
        let (mut consent, mut foreseen) = (None, None);
        if asks(definition) && !manner.dry_run {
            consent = self.inner.asking.reply(&about)?;
        }
        if manner.dry_run || asks(definition) && consent.is_none() {
            foreseen = match self.inner.parts.crm.rehearse(request.clone()).await {
                Ok(foreseen) => Some(foreseen),
                // This CRM cannot say; whoever asked is still asked, or told.
                Err(Error::Unsupported(_)) => None,
                Err(error) => return Ok(refused(&error).into()),
            };
        }
        if manner.dry_run {
            return not_performed("This was a dry run: nothing was done.", foreseen);
        }
        if asks(definition) && consent.is_none() {
            let question = question(definition, &asked, foreseen.as_ref());
            consent = Some(self.inner.asking.ask(context, &about, question).await?);
        }
        match consent {
            None => {}
            Some(Consent::Given(asked)) => {
                request.idempotency_key.get_or_insert_with(|| format!("consent {asked}"));
            }
            Some(Consent::Refused(why)) => return not_performed(why, None),
            Some(Consent::Asked(question)) => return Ok((*question).into()),
            Some(Consent::CannotAsk) if manner.confirmed => {}
            Some(Consent::CannotAsk) => return not_performed(UNASKED, foreseen),
        }
        if context.ct.is_cancelled() {
            return not_performed("The call was cancelled.", None);
        }
        match self.inner.parts.crm.perform(request).await {
            Ok(outcome) => {
                let outcome = self.seen_through(visitor, context, outcome).await;
                let mut answer = json!({ "performed": true });
                put(&mut answer, &outcome)?;
                Ok(CallToolResult::structured(answer).into())
            }
            Err(error) => Ok(refused(&error).into()),
        }
    }

    async fn read(
        &self,
        context: &RequestContext<RoleServer>,
        request: Request,
    ) -> Result<CallToolResponse, ErrorData> {
        let performed = tokio::select! {
            performed = self.inner.parts.crm.perform(request) => performed,
            () = context.ct.cancelled() => Err(Error::Unavailable("the call was cancelled".to_owned())),
        };
        match performed {
            Ok(outcome) => {
                let outcome = outcome.to_value().map_err(unwritable)?;
                // Moved, not copied: a page may be long.
                let answer = JsonObject::from_iter([("outcome".to_owned(), outcome)]);
                Ok(CallToolResult::structured(Value::Object(answer)).into())
            }
            Err(error) => Ok(refused(&error).into()),
        }
    }
}

impl Manner {
    /// Takes this door's own arguments out of those of the operation.
    fn take(arguments: &mut JsonObject) -> Result<Self, Error> {
        let idempotency_key = match arguments.remove(IDEMPOTENCY_KEY) {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) => Some(key),
            Some(_) => return Err(Error::Invalid(Reason::TextWanted { field: IDEMPOTENCY_KEY.to_owned() })),
        };
        let mut flag = |name: &str| match arguments.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Error::Invalid(Reason::YesOrNoWanted { field: name.to_owned() })),
        };
        Ok(Self { idempotency_key, dry_run: flag(DRY_RUN)?, confirmed: flag(CONFIRM)? })
    }
}

/// The answer of a tool that did nothing, and what would come of it where that is known.
pub(super) fn not_performed(note: &str, foreseen: Option<Rehearsal>) -> Result<CallToolResponse, ErrorData> {
    let mut answer = json!({ "performed": false, "note": note });
    if let Some(foreseen) = foreseen {
        put(&mut answer, &foreseen.outcome)?;
    }
    Ok(CallToolResult::structured(answer).into())
}

/// Puts an outcome into an answer, unless it is only that it happened.
fn put(answer: &mut Value, outcome: &Outcome) -> Result<(), ErrorData> {
    let outcome = outcome.to_value().map_err(unwritable)?;
    if !outcome.is_null() {
        answer["outcome"] = outcome;
    }
    Ok(())
}

/// What a person is asked: what would be done, to what, and with which words.
fn question(definition: &Definition, arguments: &JsonObject, foreseen: Option<&Rehearsal>) -> String {
    let mut lines = vec![format!("{}? {}", title(definition.about.name), definition.about.description)];
    let changes = foreseen.map_or(&[][..], |foreseen| &foreseen.changes);
    lines.extend(changes.iter().filter_map(told).take(CHANGES_TOLD));
    if let Some(more @ 1..) = changes.len().checked_sub(CHANGES_TOLD) {
        lines.push(format!("- and {more} more"));
    }
    let outcome = foreseen.and_then(|foreseen| foreseen.outcome.to_value().ok());
    lines.extend(outcome.and_then(|sent| Some(format!("- to {}", sent["to"].as_str()?))));
    // Of what is named by an id the changes have said more.
    let says = |value: &Value| lines.len() == 1 || value.as_str().is_none_or(|text| text.parse::<Uuid>().is_err());
    let given = arguments.iter().filter(|(_, value)| !value.is_null() && says(value));
    let given: Vec<_> = given.map(|(name, value)| format!("- {name}: {}", shown(value))).collect();
    lines.extend(given);
    lines.join("\n")
}

/// A value as a person reads it, cut where it is long.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A change, as a person reads it: "- contact Ana Silva is removed". None where it has no name for people.
fn told(change: &Change) -> Option<String> {
    let noun = change.kind.noun();
    let (before, after) = (change.before.as_ref().and_then(name_of), change.after.as_ref().and_then(name_of));
    Some(match (&change.before, before, after) {
        (_, Some(before), Some(after)) if before != after => format!("- {noun} {before} becomes {noun} {after}"),
        (_, Some(before), Some(_)) => format!("- {noun} {before} is changed"),
        (_, Some(before), None) => format!("- {noun} {before} is removed"),
        (None, None, Some(after)) => format!("- {noun} {after} is added"),
        (Some(_), None, Some(after)) => format!("- {noun} {after} is changed"),
        (_, None, None) => return None,
    })
}

/// What a row is called, if it has a name; an appointment with when it is.
fn name_of(row: &Value) -> Option<String> {
    let name = called(row)?;
    Some(match row["slot"]["start"].as_str() {
        Some(start) => format!("of {name} on {start}"),
        None => shown(&name.into()),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is the shape `map_err` wants")]
fn unwritable(error: serde_json::Error) -> ErrorData {
    tracing::error!(%error, "an outcome cannot be shown");
    broken()
}
