//! What can be read by its address: a contact, today's agenda, a pipeline, what was said in a call.
//!
//! | address | what |
//! |---|---|
//! | `ringly://contacts/{id}` | a contact with its newest notes, as JSON |
//! | `ringly://agenda/today` | today's appointments, as JSON; the business's zone decides what today is |
//! | `ringly://pipelines/{id}` | a pipeline with what is open in it and what that is worth, as JSON |
//! | `ringly://calls/{id}/transcript` | what was said in a call, as text; of one that is on the line, so far |

use super::error::{broken, no_resource, unreadable};
use super::server::Parts;
use super::{Visitor, prompts};
use crate::crm::model::{Business, CallRecord, CallTurn, OpportunityStatus, Pipeline, Source};
use crate::crm::operation::{
    GetContact, GetForecast, ListNotes, ListOpportunities, ListPipelines, Operation, OpportunitySort, Permission,
    SearchContacts,
};
use crate::crm::{Error, Outcome, Request};
use crate::id::{CallId, ContactId, PipelineId};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rmcp::ErrorData;
use rmcp::model::{
    CompleteRequestParams, CompletionInfo, ReadResourceResult, Reference, Resource, ResourceContents, ResourceTemplate,
};
use serde_json::{Value, json};

/// Today's appointments.
pub(super) const AGENDA: &str = "ringly://agenda/today";
/// Where contacts are.
const CONTACTS: &str = "ringly://contacts/";
/// Where pipelines are.
const PIPELINES: &str = "ringly://pipelines/";
/// Where calls are.
const CALLS: &str = "ringly://calls/";
/// What of a call can be read.
const TRANSCRIPT: &str = "/transcript";
/// Notes shown with a contact.
const NOTES: usize = 20;
/// Opportunities shown with a pipeline, those worth the most.
const OPPORTUNITIES: usize = 50;
/// Past calls that complete what is being typed.
const CALLS_COMPLETED: usize = 50;
/// Contacts that complete what is being typed.
const CONTACTS_COMPLETED: usize = 20;
const JSON: &str = "application/json";

/// What an address names.
pub(super) enum Named {
    Contact(ContactId),
    Agenda,
    Pipeline(PipelineId),
    Transcript(CallId),
}

impl Named {
    pub(super) fn of(uri: &str) -> Option<Self> {
        if uri == AGENDA {
            return Some(Self::Agenda);
        }
        if let Some(id) = uri.strip_prefix(CONTACTS) {
            return id.parse().ok().map(Self::Contact);
        }
        if let Some(id) = uri.strip_prefix(PIPELINES) {
            return id.parse().ok().map(Self::Pipeline);
        }
        uri.strip_prefix(CALLS)?.strip_suffix(TRANSCRIPT)?.parse().ok().map(Self::Transcript)
    }
}

/// The address of what was said in a call.
pub(super) fn transcript_uri(call: CallId) -> String {
    format!("{CALLS}{call}{TRANSCRIPT}")
}

/// The address of a contact.
pub(super) fn contact_uri(contact: ContactId) -> String {
    format!("{CONTACTS}{contact}")
}

/// The address of a pipeline.
pub(super) fn pipeline_uri(pipeline: PipelineId) -> String {
    format!("{PIPELINES}{pipeline}")
}

/// What is there without being looked for: the agenda, and the calls on the line.
pub(super) fn list(parts: &Parts, visitor: &Visitor) -> Vec<Resource> {
    let may = |permission| visitor.by.may.hold(permission);
    let mut listed = Vec::new();
    if may(Permission::Reception) {
        listed.push(
            Resource::new(AGENDA, "agenda")
                .with_title("Today's agenda")
                .with_description("The appointments of today, in order, that are not cancelled.")
                .with_mime_type(JSON),
        );
    }
    if may(Permission::ReadCalls)
        && let Some(switchboard) = &parts.switchboard
    {
        let mut calls = switchboard.watch().0;
        calls.retain(|live| live.call.business == visitor.business);
        calls.sort_by_key(|live| live.call.id);
        listed.extend(calls.into_iter().map(|live| {
            Resource::new(transcript_uri(live.call.id), format!("transcript-{}", live.call.id))
                .with_title("A call on the line")
                .with_description(format!("What was said so far in the call that began at {}.", live.call.started_at))
                .with_mime_type("text/plain")
        }));
    }
    listed
}

/// What can be read once an id is known.
pub(super) fn templates(visitor: &Visitor) -> Vec<ResourceTemplate> {
    let may = |permission| visitor.by.may.hold(permission);
    let contact = may(Permission::ReadContacts).then(|| {
        ResourceTemplate::new(format!("{CONTACTS}{{id}}"), "contact")
            .with_title("A contact")
            .with_description("Somebody the business knows, with their newest notes.")
            .with_mime_type(JSON)
    });
    let transcript = may(Permission::ReadCalls).then(|| {
        ResourceTemplate::new(format!("{CALLS}{{id}}{TRANSCRIPT}"), "transcript")
            .with_title("What was said in a call")
            .with_description("The turns of a call, live or past.")
            .with_mime_type("text/plain")
    });
    let pipeline = may(Permission::ReadRecords).then(|| {
        ResourceTemplate::new(format!("{PIPELINES}{{id}}"), "pipeline")
            .with_title("A pipeline")
            .with_description("Its stages, what is open in it, and what that is worth.")
            .with_mime_type(JSON)
    });
    [contact, transcript, pipeline].into_iter().flatten().collect()
}

/// Reads what an address names.
pub(super) async fn read(parts: &Parts, visitor: &Visitor, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let contents = contents(parts, visitor, uri).await?;
    Ok(ReadResourceResult::new(vec![contents]))
}

/// The same, to be put into a prompt.
pub(super) async fn contents(parts: &Parts, visitor: &Visitor, uri: &str) -> Result<ResourceContents, ErrorData> {
    let named = Named::of(uri).ok_or_else(|| no_resource(uri))?;
    let failed = |error: Error| unreadable(&error, uri);
    let (text, kind) = match named {
        Named::Contact(contact) => (contact_of(parts, visitor, contact).await.map_err(failed)?.to_string(), JSON),
        Named::Agenda => (agenda_of(parts, visitor).await.map_err(failed)?.to_string(), JSON),
        Named::Pipeline(pipeline) => (pipeline_of(parts, visitor, pipeline).await.map_err(failed)?.to_string(), JSON),
        Named::Transcript(call) => {
            let (call, turns, live) = call_of(parts, visitor, call).await.map_err(failed)?;
            (transcript_of(&call, &turns, live), "text/plain")
        }
    };
    Ok(ResourceContents::text(text, uri).with_mime_type(kind))
}

async fn contact_of(parts: &Parts, visitor: &Visitor, contact: ContactId) -> Result<Value, Error> {
    let known = ask(parts, visitor, GetContact { contact }).await?;
    let notes = ask(parts, visitor, ListNotes { contact, limit: Some(NOTES), cursor: None }).await?;
    Ok(json!({ "contact": known, "notes": notes["items"] }))
}

async fn pipeline_of(parts: &Parts, visitor: &Visitor, pipeline: PipelineId) -> Result<Value, Error> {
    let all = pipelines(parts, visitor).await?;
    let known = all.into_iter().find(|one| one.id == pipeline).ok_or(Error::NotFound("pipeline"))?;
    let forecast = ask(parts, visitor, GetForecast { pipeline: Some(pipeline) }).await?;
    let open = ListOpportunities {
        pipeline: Some(pipeline),
        status: Some(OpportunityStatus::Open),
        sort: OpportunitySort::Value,
        descending: true,
        limit: Some(OPPORTUNITIES),
        ..ListOpportunities::default()
    };
    let open = ask(parts, visitor, open).await?;
    Ok(json!({ "pipeline": known, "forecast": forecast, "open": open["items"], "more": !open["next"].is_null() }))
}

/// A business's pipelines.
pub(super) async fn pipelines(parts: &Parts, visitor: &Visitor) -> Result<Vec<Pipeline>, Error> {
    let asked = Request::new(visitor.business, Source::Mcp, visitor.by, ListPipelines {});
    let outcome = parts.crm.perform(asked).await?;
    Ok(if let Outcome::Pipelines(pipelines) = outcome { pipelines } else { Vec::new() })
}

/// Asks the CRM something; what came of it.
async fn ask(parts: &Parts, visitor: &Visitor, operation: impl Into<Operation>) -> Result<Value, Error> {
    let outcome = parts.crm.perform(Request::new(visitor.business, Source::Mcp, visitor.by, operation)).await?;
    outcome.to_value().map_err(|_| Error::Unavailable("an outcome cannot be shown".to_owned()))
}

async fn agenda_of(parts: &Parts, visitor: &Visitor) -> Result<Value, Error> {
    allowed(visitor, Permission::Reception, "the agenda")?;
    let business = business_of(parts, visitor).await?;
    let (from, to) = today(&business, parts.clock.now());
    let appointments = parts.book.agenda(business.id, from, to).await?;
    Ok(
        json!({ "business": business.name, "zone": business.zone, "from": from, "to": to, "appointments": appointments }),
    )
}

/// Whose data it is.
pub(super) async fn business_of(parts: &Parts, visitor: &Visitor) -> Result<Business, Error> {
    parts.directory.business(visitor.business).await?.ok_or(Error::NotFound("business"))
}

/// A call with its turns, and whether it is on the line.
pub(super) async fn call_of(
    parts: &Parts,
    visitor: &Visitor,
    call: CallId,
) -> Result<(CallRecord, Vec<CallTurn>, bool), Error> {
    allowed(visitor, Permission::ReadCalls, "the transcript")?;
    let live = parts.switchboard.iter().flat_map(|switchboard| switchboard.watch().0);
    let mut live = live.filter(|live| live.call.id == call && live.call.business == visitor.business);
    let on_the_line = live.next();
    // The book has every turn of a long call, the switchboard has the last ones sooner.
    let kept = parts.book.call(visitor.business, call).await?;
    match (on_the_line, kept) {
        (Some(live), Some((_, mut turns))) => {
            let last = turns.last().map(|turn| turn.number);
            turns.extend(live.turns.into_iter().filter(|turn| last.is_none_or(|last| turn.number > last)));
            Ok((live.call, turns, true))
        }
        (Some(live), None) => Ok((live.call, live.turns, true)),
        (None, Some((call, turns))) => Ok((call, turns, false)),
        (None, None) => Err(Error::NotFound("call")),
    }
}

/// A call as one reads it: a line a turn.
fn transcript_of(call: &CallRecord, turns: &[CallTurn], live: bool) -> String {
    let state = if live { "on the line now" } else { "over" };
    let head = format!("Call {}, begun {}, {state}.", call.id, call.started_at);
    let lines = turns.iter().map(|turn| {
        let seconds = turn.began_ms / 1_000;
        let cut = if turn.cut_off { " (cut off)" } else { "" };
        format!("[{}:{:02}] {}: {}{cut}", seconds / 60, seconds % 60, turn.who, turn.text)
    });
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

/// The day it is where the business is.
fn today(business: &Business, now: Timestamp) -> (Timestamp, Timestamp) {
    let zone = TimeZone::get(&business.zone).unwrap_or(TimeZone::UTC);
    let morning = now.to_zoned(zone).start_of_day();
    let from = morning.as_ref().map_or(now, jiff::Zoned::timestamp);
    let to = morning.and_then(|morning| morning.checked_add(1.day())).map_or(now, |next| next.timestamp());
    (from, to)
}

fn allowed(visitor: &Visitor, permission: Permission, what: &'static str) -> Result<(), Error> {
    if visitor.by.may.hold(permission) { Ok(()) } else { Err(Error::Forbidden(what)) }
}

/// What may be meant by what was typed so far.
pub(super) async fn complete(
    parts: &Parts,
    visitor: &Visitor,
    request: &CompleteRequestParams,
) -> Result<CompletionInfo, ErrorData> {
    let typed = request.argument.value.trim();
    let (named, argument) = (&request.r#ref, request.argument.name.as_str());
    let under =
        |place: &str| matches!(named, Reference::Resource(named) if named.uri.starts_with(place)) && argument == "id";
    let calls =
        under(CALLS) || matches!(named, Reference::Prompt(prompt) if prompts::takes_call(&prompt.name, argument));
    let found = if calls {
        calls_like(parts, visitor, typed).await
    } else if under(CONTACTS) {
        contacts_like(parts, visitor, typed).await
    } else if under(PIPELINES) || is_pipeline_of_prompt(named, argument) {
        pipelines_like(parts, visitor, typed).await
    } else {
        Ok(Vec::new())
    };
    // Whoever may not see them has nothing completed.
    let values = match found {
        Ok(values) => values,
        Err(Error::Forbidden(_)) => Vec::new(),
        Err(error) => return Err(unreadable(&error, "completion")),
    };
    CompletionInfo::with_all_values(values).map_err(|error| {
        tracing::error!(error, "too much to complete");
        broken()
    })
}

/// Calls whose id begins so, those on the line first.
async fn calls_like(parts: &Parts, visitor: &Visitor, typed: &str) -> Result<Vec<String>, Error> {
    allowed(visitor, Permission::ReadCalls, "calls")?;
    let calls = parts.book.calls(visitor.business, None, (Some(CALLS_COMPLETED), None)).await?.items;
    Ok(calls.into_iter().map(|call| call.id.to_string()).filter(|id| id.starts_with(typed)).collect())
}

fn is_pipeline_of_prompt(named: &Reference, argument: &str) -> bool {
    matches!(named, Reference::Prompt(prompt) if prompts::takes_pipeline(&prompt.name, argument))
}

/// Pipelines whose name or id begins so.
async fn pipelines_like(parts: &Parts, visitor: &Visitor, typed: &str) -> Result<Vec<String>, Error> {
    let typed = typed.to_lowercase();
    let begins = |pipeline: &Pipeline| {
        pipeline.name.to_lowercase().starts_with(&typed) || pipeline.id.to_string().starts_with(&typed)
    };
    let found = pipelines(parts, visitor).await?.into_iter().filter(begins).take(CompletionInfo::MAX_VALUES);
    Ok(found.map(|pipeline| pipeline.id.to_string()).collect())
}

/// Contacts found by name, number or address, as one types.
async fn contacts_like(parts: &Parts, visitor: &Visitor, typed: &str) -> Result<Vec<String>, Error> {
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let search = SearchContacts { query: typed.to_owned(), limit: Some(CONTACTS_COMPLETED) };
    let outcome = parts.crm.perform(Request::new(visitor.business, Source::Mcp, visitor.by, search)).await?;
    let found = if let Outcome::ContactsFound(found) = outcome { found } else { Vec::new() };
    Ok(found.into_iter().map(|contact| contact.id.to_string()).collect())
}
