//! Ways to begin: what a person picks from a menu, with what a model needs to do it.

use super::Visitor;
use super::error::{broken, unreadable};
use super::resources::{AGENDA, business_of, call_of, contact_uri, contents, pipeline_uri, pipelines, transcript_uri};
use super::server::Parts;
use crate::crm::operation::Permission;
use crate::id::CallId;
use jiff::tz::TimeZone;
use rmcp::ErrorData;
use rmcp::model::{
    ContentBlock, GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Resource, Role,
};
use serde_json::Value;

/// What the day brings.
const DAILY_BRIEF: &str = "daily_brief";
/// What is to be done after a call.
const CALL_FOLLOW_UP: &str = "call_follow_up";
/// How sales stand.
const PIPELINE_REVIEW: &str = "pipeline_review";
/// The argument that names a call.
const CALL: &str = "call";
/// The argument that names a pipeline.
const PIPELINE: &str = "pipeline";

/// The prompts a visitor can use.
pub(super) fn list(visitor: &Visitor) -> Vec<Prompt> {
    let may = |permission| visitor.by.may.hold(permission);
    let mut prompts = Vec::new();
    if may(Permission::Reception) {
        prompts.push(
            Prompt::new(DAILY_BRIEF, Some("What the day brings: appointments, gaps, what wants preparing."), None)
                .with_title("Daily brief"),
        );
    }
    if may(Permission::ReadCalls) {
        let call = PromptArgument::new(CALL).with_description("The call's id.").with_required(true);
        prompts.push(
            Prompt::new(
                CALL_FOLLOW_UP,
                Some("What was agreed in a call, and what is to be done after it."),
                Some(vec![call]),
            )
            .with_title("Call follow-up"),
        );
    }
    if may(Permission::ReadRecords) {
        let pipeline = PromptArgument::new(PIPELINE).with_description("The pipeline's id; none is the first one.");
        prompts.push(
            Prompt::new(
                PIPELINE_REVIEW,
                Some("How a pipeline stands: what is worth most, what is stuck, what to do next."),
                Some(vec![pipeline.with_required(false)]),
            )
            .with_title("Pipeline review"),
        );
    }
    prompts
}

/// Whether a prompt's argument names a pipeline.
pub(super) fn takes_pipeline(prompt: &str, argument: &str) -> bool {
    prompt == PIPELINE_REVIEW && argument == PIPELINE
}

/// Whether a prompt's argument names a call.
pub(super) fn takes_call(prompt: &str, argument: &str) -> bool {
    prompt == CALL_FOLLOW_UP && argument == CALL
}

/// A prompt, filled in.
pub(super) async fn get(
    parts: &Parts,
    visitor: &Visitor,
    request: &GetPromptRequestParams,
) -> Result<GetPromptResult, ErrorData> {
    if !list(visitor).iter().any(|prompt| prompt.name == request.name) {
        return Err(ErrorData::invalid_params("there is no such prompt for you: list the prompts there are", None));
    }
    match request.name.as_str() {
        DAILY_BRIEF => daily_brief(parts, visitor).await,
        CALL_FOLLOW_UP => {
            let call = request.arguments.as_ref().and_then(|given| given.get(CALL)).and_then(Value::as_str);
            let call = call
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| ErrorData::invalid_params("`call` takes a call's id", None))?;
            call_follow_up(parts, visitor, call).await
        }
        PIPELINE_REVIEW => {
            let given = request.arguments.as_ref().and_then(|given| given.get(PIPELINE)).and_then(Value::as_str);
            pipeline_review(parts, visitor, given.filter(|given| !given.is_empty())).await
        }
        _ => Err(broken()),
    }
}

async fn daily_brief(parts: &Parts, visitor: &Visitor) -> Result<GetPromptResult, ErrorData> {
    let business = business_of(parts, visitor).await.map_err(|error| unreadable(&error, AGENDA))?;
    let zone = TimeZone::get(&business.zone).unwrap_or(TimeZone::UTC);
    let now = parts.clock.now().to_zoned(zone);
    let words = format!(
        "Write the brief of the day for {}. It is {} there ({}).\n\
         Say in a few lines: how many appointments there are and when the first begins; gaps longer than an hour; \
         people who come for the first time (look them up with search_contacts); anything in notes that wants preparing. \
         Use the business's zone for every time. Change nothing. The agenda follows.",
        business.name,
        now.strftime("%A, %-d %B %Y, %H:%M"),
        business.zone,
    );
    let agenda = contents(parts, visitor, AGENDA).await?;
    Ok(GetPromptResult::new(vec![
        PromptMessage::new_text(Role::User, words),
        PromptMessage::new(Role::User, ContentBlock::resource(agenda)),
    ])
    .with_description("What the day brings"))
}

async fn call_follow_up(parts: &Parts, visitor: &Visitor, call: CallId) -> Result<GetPromptResult, ErrorData> {
    let uri = transcript_uri(call);
    let (record, ..) = call_of(parts, visitor, call).await.map_err(|error| unreadable(&error, &uri))?;
    let words = "Read the transcript of this call. Say in three lines what the caller wanted, what was agreed and what is \
                 open. Then propose what is to be done: a note on the contact, an appointment to book or move, a message \
                 to send, with its words. Ask before you write, book or send anything; nothing that the transcript does \
                 not say is to be claimed. The transcript follows.";
    let mut messages = vec![
        PromptMessage::new_text(Role::User, words),
        PromptMessage::new(Role::User, ContentBlock::resource(contents(parts, visitor, &uri).await?)),
    ];
    if let Some(contact) = record.contact {
        let link = Resource::new(contact_uri(contact), "contact").with_title("Who called");
        messages.push(PromptMessage::new(Role::User, ContentBlock::resource_link(link)));
    }
    Ok(GetPromptResult::new(messages).with_description("What is to be done after a call"))
}

async fn pipeline_review(parts: &Parts, visitor: &Visitor, given: Option<&str>) -> Result<GetPromptResult, ErrorData> {
    let no_pipeline = || ErrorData::invalid_params("`pipeline` takes the id of a pipeline there is", None);
    let all = pipelines(parts, visitor).await.map_err(|error| unreadable(&error, "pipelines"))?;
    let pipeline = match given {
        Some(id) => all.into_iter().find(|pipeline| pipeline.id.to_string() == id),
        None => all.into_iter().next(),
    };
    let pipeline = pipeline.ok_or_else(no_pipeline)?;
    let words = format!(
        "Review the pipeline {}. Amounts are integers in minor units of the currency. Say in a few lines: what is open and \
         worth in all, plain and weighed by probability; the five opportunities worth most and what would move each of \
         them; those not changed for two weeks, or expected on a day that has passed. Then propose tasks, with dates. \
         Ask before you create or change anything. The pipeline follows.",
        pipeline.name
    );
    Ok(GetPromptResult::new(vec![
        PromptMessage::new_text(Role::User, words),
        PromptMessage::new(
            Role::User,
            ContentBlock::resource(contents(parts, visitor, &pipeline_uri(pipeline.id)).await?),
        ),
    ])
    .with_description("How a pipeline stands"))
}
