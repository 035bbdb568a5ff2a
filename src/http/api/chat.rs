//! `POST /api/mcp/chat {"sessionId"?, "message"}`: the same dialogue in text; in a session of the copilot, the copilot,
//! and once that is over nobody: its words are not the receptionist's.

use super::business;
use super::described::Described;
use crate::accounts::Caller;
use crate::chat::{ChatError, ChatReply, MESSAGE_MAX, Sender};
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Body};
use crate::http::problem::Problem;
use crate::id::{BusinessId, ChatId};
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub(in crate::http) const MESSAGE: Described =
    Described::post("chat", "A message to the receptionist, and the answer.")
        .takes::<ChatMessage>()
        .gives::<ChatReply>()
        .refused_with(&[404, 429])
        .needs(Permission::Reception);

/// A message.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ChatMessage {
    /// The conversation it belongs to: `sessionId` of the answer before; none begins one.
    session_id: Option<ChatId>,
    /// The business written to; the first of one's own when none is named.
    business_id: Option<BusinessId>,
    /// The words.
    #[schemars(length(min = 1, max = MESSAGE_MAX))]
    message: String,
}

pub(in crate::http) async fn message(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(said): Body<ChatMessage>,
) -> Result<Json<ChatReply>, Problem> {
    if let Some(session) = said.session_id
        && session.is_of_copilot()
    {
        let may = |business| caller.at(business);
        return Ok(Json(house.copilots.message(caller.who(), &may, session, &said.message).await?));
    }
    let business = Arc::new(business(&house, &caller, said.business_id, Permission::Reception).await?);
    let id = business.id;
    let sender = Sender { business, source: Source::Web, phone: None, contact: None };
    let reply = house.chats.message(&sender, said.session_id, &said.message).await?;
    if let Some(exchange) = &reply.exchange
        && let Err(error) = house.messages.chatted(id, exchange.contact, &exchange.lines).await
    {
        tracing::error!(%error, "what was said in a chat is in no timeline");
    }
    Ok(Json(reply))
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Empty | ChatError::TooLong => Self::invalid(error.to_string()),
            ChatError::Busy => Self::too_many("Earlier messages of this conversation are still being answered."),
            ChatError::Full => Self::unavailable("Too many conversations at once; try again in a minute."),
            ChatError::Zone => {
                tracing::error!(%error, "a business cannot be written to");
                Self::internal()
            }
        }
    }
}
