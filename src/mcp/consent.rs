//! Asking the person behind a client before something is done that destroys, sends or costs.
//!
//! Up to 2025-11-25 the server asks and waits (`elicitation/create`); from 2026-07-28 on it answers what it needs to know
//! and is asked again with the reply, under a state it has sealed. A client that cannot ask says so, and is told what would
//! happen instead (see [`super::tools`]).
//!
//! Invariant: a reply counts for exactly what was asked: who, for which business, which tool, which arguments.
//! Invariant: what was agreed to once is performed once: the question's number is the idempotency key of what is done.

use super::Visitor;
use super::error::broken;
use crate::id::ConsentId;
use rmcp::model::{
    BooleanSchema, CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequests, InputRequiredResult, ProtocolVersion, RequestStateCodec,
    SealOptions,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a person may think about it.
const THINKING_MAX: Duration = Duration::from_mins(5);
/// The name of the question, and of the field that answers it.
const CONFIRM: &str = "confirm";

/// What came of asking.
pub(super) enum Consent {
    /// They agreed; the number of the question.
    Given(ConsentId),
    /// They did not, in words.
    Refused(&'static str),
    /// The question is on its way: this is the tool's answer until it comes back.
    Asked(Box<InputRequiredResult>),
    /// This client cannot ask anybody.
    CannotAsk,
}

/// What a question is about.
pub(super) struct About<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) request: &'a CallToolRequestParams,
}

/// Seals questions, so that what comes back is what was asked.
pub(super) struct Asking {
    codec: RequestStateCodec,
}

impl Asking {
    /// With a secret of this installation.
    pub(super) fn new(secret: &str) -> Self {
        let key = Sha256::digest(format!("ringly mcp consent {secret}"));
        Self { codec: RequestStateCodec::new_unchecked(key.to_vec()) }
    }

    /// Whether the client can put a question to a person.
    pub(super) fn can_ask(context: &RequestContext<RoleServer>) -> bool {
        let elicitation = context.client_capabilities().and_then(|can| can.elicitation);
        // Before modes had names there was the form only.
        elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none())
    }

    /// The reply that came with a call to what was asked before; none when nothing was, or it cannot be read.
    pub(super) fn reply(&self, about: &About<'_>) -> Result<Option<Consent>, ErrorData> {
        let reply = about.request.input_responses.as_ref().and_then(|replies| replies.get(CONFIRM));
        let (Some(reply), Some(state)) = (reply, about.request.request_state.as_deref()) else { return Ok(None) };
        let opened = self.codec.open_with(state, &seal_of(about)).map_err(|_| {
            ErrorData::invalid_params("requestState is not the one of this question, or too old: call anew", None)
        })?;
        let asked = std::str::from_utf8(&opened).ok().and_then(|text| text.parse().ok()).ok_or_else(broken)?;
        Ok(serde_json::from_value(reply.clone()).ok().map(|reply| read(&reply, asked)))
    }

    /// Asks.
    pub(super) async fn ask(
        &self,
        context: &RequestContext<RoleServer>,
        about: &About<'_>,
        question: String,
    ) -> Result<Consent, ErrorData> {
        if !Self::can_ask(context) {
            return Ok(Consent::CannotAsk);
        }
        let stateless = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        if stateless { self.ask_by_answer(about, question) } else { Self::ask_and_wait(context, question).await }
    }

    async fn ask_and_wait(context: &RequestContext<RoleServer>, question: String) -> Result<Consent, ErrorData> {
        let asked = context.peer.create_elicitation_with_timeout(form(question)?, Some(THINKING_MAX));
        tokio::select! {
            reply = asked => match reply {
                Ok(reply) => Ok(read(&reply, ConsentId::fresh())),
                Err(error) => {
                    tracing::debug!(%error, "a question to a person was not answered");
                    Ok(Consent::Refused("The user was asked and did not answer."))
                }
            },
            () = context.ct.cancelled() => Ok(Consent::Refused("The call was cancelled.")),
        }
    }

    fn ask_by_answer(&self, about: &About<'_>, question: String) -> Result<Consent, ErrorData> {
        let request = InputRequest::Elicitation(ElicitRequest::new(form(question)?));
        let seal = seal_of(about);
        let sealing = SealOptions::new().associated_data(&seal).ttl(THINKING_MAX);
        let state = self.codec.seal_with(ConsentId::fresh().to_string().as_bytes(), &sealing);
        let requests = InputRequests::from([(CONFIRM.to_owned(), request)]);
        Ok(Consent::Asked(Box::new(InputRequiredResult::new(Some(requests), Some(state)))))
    }
}

/// What a reply must belong to.
fn seal_of(about: &About<'_>) -> Vec<u8> {
    let Visitor { business, by } = about.visitor;
    let arguments = Value::from(about.request.arguments.clone().unwrap_or_default());
    let said = format!("{business}\n{:?}\n{}\n{arguments}", by.who, about.request.name);
    Sha256::digest(said).to_vec()
}

fn form(message: String) -> Result<ElicitRequestParams, ErrorData> {
    let yes = |field: BooleanSchema| field.title("Yes, do this").description("Nothing is done unless this is set.");
    let requested_schema = ElicitationSchema::builder().required_bool_property(CONFIRM, yes).build();
    let requested_schema = requested_schema.map_err(|error| {
        tracing::error!(%error, "a question cannot be put into a form");
        broken()
    })?;
    Ok(ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema })
}

fn read(reply: &ElicitResult, asked: ConsentId) -> Consent {
    let agreed = reply.content.as_ref().is_some_and(|content| content[CONFIRM] == Value::Bool(true));
    match reply.action {
        ElicitationAction::Accept if agreed => Consent::Given(asked),
        ElicitationAction::Accept | ElicitationAction::Decline => Consent::Refused("The user declined."),
        // What a later protocol may add is no consent either.
        ElicitationAction::Cancel | _ => Consent::Refused("The user closed the question without an answer."),
    }
}
