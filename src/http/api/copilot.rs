//! Sessions with the copilot: `POST /api/mcp/copilot/sessions/initialize`, `POST /api/mcp/copilot/chat`, and their end.

use super::described::Described;
use super::place;
use crate::accounts::Caller;
use crate::chat::copilot::CopilotError;
use crate::chat::{ChatReply, MESSAGE_MAX};
use crate::http::House;
use crate::http::extract::{As, Body, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, ChatId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The CRM of our own: the one there is now.
const EMBEDDED: &str = "embedded";

pub(in crate::http) const OPEN: Described =
    Described::post("open_copilot", "Opens a session with the copilot, for a business of one's own.")
        .takes::<CopilotOpening>()
        .makes::<CopilotOpened>()
        .refused_with(&[404]);

pub(in crate::http) const MESSAGE: Described =
    Described::post("ask_copilot", "A message to the copilot, and the answer.")
        .takes::<CopilotMessage>()
        .gives::<ChatReply>()
        .refused_with(&[404, 429]);

pub(in crate::http) const CLOSE: Described =
    Described::delete("close_copilot", "Ends a session of one's own with the copilot.");

/// What a session is opened with.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::http) struct CopilotOpening {
    /// Which CRM: `embedded`.
    crm_type: String,
    /// The CRM's key; the embedded one takes none.
    #[serde(default)]
    api_key: Option<String>,
    /// The business; the first of one's own when none is named.
    #[serde(default)]
    location_id: Option<String>,
}

/// A session that was opened.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct CopilotOpened {
    /// Its id, to be sent along with each message. It is forgotten after 30 minutes without one.
    session_id: ChatId,
}

/// A message.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct CopilotMessage {
    /// The session.
    session_id: ChatId,
    /// The words.
    #[schemars(length(max = MESSAGE_MAX))]
    message: String,
}

pub(in crate::http) async fn open(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(opening): Body<CopilotOpening>,
) -> Result<(StatusCode, Json<CopilotOpened>), Problem> {
    if opening.crm_type != EMBEDDED {
        let detail = format!("`crmType` {:?} is not there yet: it takes \"{EMBEDDED}\".", opening.crm_type);
        return Err(Problem::invalid(detail));
    }
    if opening.api_key.is_some_and(|key| !key.is_empty()) {
        return Err(Problem::invalid("The embedded CRM takes no `apiKey`: leave it out."));
    }
    let wanted = opening.location_id.filter(|id| !id.is_empty()).map(|id| id.parse::<BusinessId>()).transpose();
    let wanted = wanted.map_err(|_| Problem::invalid("`locationId` takes a business's id."))?;
    let (business, by) = place(&house, &caller, wanted).await?;
    let session_id = house.copilots.open(by, business.id).await?;
    Ok((StatusCode::CREATED, Json(CopilotOpened { session_id })))
}

pub(in crate::http) async fn message(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(said): Body<CopilotMessage>,
) -> Result<Json<ChatReply>, Problem> {
    let may = |business| caller.at(business);
    Ok(Json(house.copilots.message(caller.who(), &may, said.session_id, &said.message).await?))
}

pub(in crate::http) async fn close(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(id): Named<ChatId>,
) -> Result<StatusCode, Problem> {
    house.copilots.close(caller.who(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<CopilotError> for Problem {
    fn from(error: CopilotError) -> Self {
        match error {
            CopilotError::Empty | CopilotError::TooLong => Self::invalid(error.to_string()),
            CopilotError::Unknown => Self::session_over(),
            CopilotError::Busy(seconds) => Self::too_many("The message before is still being answered.").retry(seconds),
            CopilotError::TooMany(seconds) => {
                Self::too_many("Too many messages in this session; wait a little.").retry(seconds)
            }
            CopilotError::Store(error) => error.into(),
        }
    }
}
