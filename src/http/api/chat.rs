//! `POST /api/mcp/chat {"sessionId"?, "message"}`: the same dialogue in text.

use super::business;
use crate::chat::{ChatError, ChatReply, Sender};
use crate::crm::model::Source;
use crate::http::House;
use crate::http::extract::Body;
use crate::http::problem::Problem;
use crate::id::{BusinessId, ChatId};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Said {
    session_id: Option<ChatId>,
    business_id: Option<BusinessId>,
    message: String,
}

pub(in crate::http) async fn message(
    State(house): State<Arc<House>>,
    Body(said): Body<Said>,
) -> Result<Json<ChatReply>, Problem> {
    let business = Arc::new(business(&house, said.business_id).await?);
    let sender = Sender { business, source: Source::Web, phone: None, contact: None };
    Ok(Json(house.chats.message(&sender, said.session_id, &said.message).await?))
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
