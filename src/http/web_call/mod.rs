//! The browser phone: `POST /api/phone` takes a line, `GET /api/phone` (a WebSocket) is the call.
//!
//! The first answers with a ticket for one call, good for some seconds; the socket's first message brings it. So a line
//! is refused in words before a microphone is opened for nothing, no secret stands in an address, and a page of another
//! origin, which cannot read the first answer, cannot use the cookie for the second. From there on it is a phone call
//! like any other: the socket is translated ([`wire`]) and handed to the switchboard.

mod wire;

use super::House;
use super::announce::incoming;
use super::api::business;
use super::api::described::{Answer, Described};
use super::extract::{As, Body};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::browser::{LastWord, MESSAGE_BYTES_MAX};
use crate::call::action::Ending;
use crate::crm::operation::Permission;
use crate::id::{BusinessId, CallId};
use crate::phone::E164;
use crate::switchboard::{Fate, Incoming, Refusal, TurnedAway};
use axum::Json;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::BrowserWire;

/// What names of calls from browsers begin with, where Twilio's begin with `CA`.
const CALL_PREFIX: &str = "browser-";

pub(super) const RING: Described =
    Described::post("call_from_browser", "Takes a line for a browser's call; what it answers opens the call's socket.")
        .takes::<BrowserCall>()
        .gives::<Ticket>()
        .refused_with(&[404])
        .needs(Permission::Reception);
pub(super) const OPEN: Described =
    Described::get("open_browser_call", "The socket of a browser's call. Its first message brings the ticket.")
        .answers(Answer::Socket);

/// Whom to call, and as whom.
#[derive(Deserialize, JsonSchema)]
pub(super) struct BrowserCall {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// The number to call as; none withholds it.
    from: Option<String>,
}

/// A line that was taken.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ticket {
    /// The call's name.
    call: String,
    /// What opens it, once.
    ticket: String,
}

/// Takes a line for a browser.
pub(super) async fn ring(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(wanted): Body<BrowserCall>,
) -> Result<Json<Ticket>, Problem> {
    let business = business(&house, &caller, wanted.business, Permission::Reception).await?;
    let from = wanted.from.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let from = from.map(|text| E164::parse(text, &business.region)).transpose();
    let from = from.map_err(|error| Problem::invalid(format!("The number to call as is {error}.")))?;
    let call = format!("{CALL_PREFIX}{}", CallId::fresh());
    let to = business.phone.clone();
    let incoming = Incoming { returns: false, ..incoming(&house, &call, from, to, business).await };
    if !incoming.business.voice_enabled {
        house.switchboard.refuse(&incoming, TurnedAway::AgentDisabled).await;
        return Err(Problem::unavailable("The agent is switched off: calls are not answered."));
    }
    match house.switchboard.admit(incoming.clone()).await {
        Ok(ticket) => Ok(Json(Ticket { call, ticket })),
        Err(refusal @ (Refusal::Busy | Refusal::Stopping)) => {
            tracing::warn!("a call from a browser was turned away");
            house.switchboard.refuse(&incoming, TurnedAway::NoLine).await;
            Err(Problem::unavailable(match refusal {
                Refusal::Stopping => "The service is stopping. Call again in a minute.",
                Refusal::Busy | Refusal::Record(_) => "All lines are busy. Call again in a minute.",
            }))
        }
        Err(Refusal::Record(error)) => Err(error.into()),
    }
}

/// Opens a call's socket.
pub(super) async fn open(
    State(house): State<Arc<House>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|refusal| Problem::unreadable(refusal.status(), refusal.body_text()))?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        let own = house.clone();
        let last_word = move |call: Option<&str>| last_word(call.map(|call| own.switchboard.fate(call)));
        house.switchboard.serve(BrowserWire::new(socket, Box::new(last_word))).await;
    }))
}

/// What the page is told of how a call ended.
fn last_word(fate: Option<Fate>) -> LastWord {
    match fate {
        Some(Fate::Ended(Ending::HungUp)) => LastWord::HungUp,
        Some(Fate::Ended(Ending::CallerLeft)) => LastWord::CallerLeft,
        Some(Fate::Ended(Ending::Transferred(to))) => LastWord::Transferred { to: to.to_string() },
        Some(Fate::Broke) => LastWord::Failed,
        // A socket that closes before its call is over never had it: it belongs to another, or to nobody.
        None | Some(Fate::Unknown | Fate::Open) => LastWord::Refused,
    }
}
