//! `/mcp`: the door for models. Who comes in is found out here; what they are answered is [`crate::mcp`]'s.
//!
//! Programs come in with a bearer token only: a cookie would let a page act in its visitor's name.

use super::access::bearer;
use super::api::described::Described;
use super::api::place;
use super::extract::Ask;
use super::health::database_answers;
use super::problem::Problem;
use super::{House, limits};
use crate::accounts::Caller;
use crate::id::BusinessId;
use crate::mcp::Visitor;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The header by which a client of the older era names its session.
const SESSION: &str = "mcp-session-id";

/// The header that names the revision of the protocol.
const REVISION: &str = "mcp-protocol-version";
/// The header that names what is asked.
const ASKED: &str = "mcp-method";
/// The first revision without sessions.
const WITHOUT_SESSIONS: &str = "2026-07-28";

/// Whose data it is about.
#[derive(Deserialize)]
pub(super) struct Wanted {
    business: Option<BusinessId>,
}

/// Lets in whoever has a token, and says who that is.
pub(super) async fn admit(
    State(house): State<Arc<House>>,
    Ask(wanted): Ask<Wanted>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !addressed(&request).is_some_and(|host| house.mcp.hosts.are(host)) {
        tracing::warn!("a request for models was addressed to a name that is not ours; if it is, set PUBLIC_URL");
        return Err(Problem::not_addressed(house.mcp.hosts.any_address));
    }
    let caller = bearer(&house, request.headers()).await?;
    let left = match house.limits.anybody(caller.as_ref().map(Caller::who), &request, house.clock.now()) {
        Ok(left) => left,
        Err(room) => return Ok(limits::refused(room)),
    };
    Ok(limits::told(left, visit(&house, wanted, caller, request, next).await.into_response()))
}

/// Lets a caller in as a visitor.
async fn visit(
    house: &House,
    wanted: Wanted,
    caller: Option<Caller>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = caller.ok_or_else(Problem::unauthorised)?;
    if may_open_session(&request) && house.mcp.is_full().await {
        return Err(Problem::unavailable("There are too many sessions: end some, or wait until idle ones end."));
    }
    let (business, by) = place(house, &caller, wanted.business).await?;
    request.extensions_mut().insert(Visitor { business: business.id, by });
    Ok(next.run(request).await)
}

/// To whom a request is addressed.
fn addressed(request: &Request) -> Option<&str> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// Whether a request may open a session. The newer era has none; what opens one is the older era's `initialize`, whichever
/// revision it names, and [`crate::mcp`] refuses one that calls itself something else in the header.
fn may_open_session(request: &Request) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let newer = text(REVISION).is_some_and(|revision| revision >= WITHOUT_SESSIONS);
    let asks_something = text(ASKED).is_some_and(|asked| asked != "initialize");
    request.method() == Method::POST && !request.headers().contains_key(SESSION) && !(newer && asks_something)
}

pub(super) const HEALTH: Described =
    Described::get("mcp_health", "How the door for models is: for monitors.").gives::<Health>().for_anybody();

/// How the door for models is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "McpHealth")]
pub(super) struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// Of this program.
    version: &'static str,
    /// Revisions of the protocol that are spoken, the newest last.
    protocols: Vec<String>,
    /// Operations that can be asked for.
    operations: usize,
}

/// `GET /api/mcp/health`: for monitors, without a token.
pub(super) async fn health(State(house): State<Arc<House>>) -> (StatusCode, Json<Health>) {
    let answers = database_answers(&house).await;
    let health = Health {
        status: if answers { "healthy" } else { "unhealthy" },
        version: env!("CARGO_PKG_VERSION"),
        protocols: crate::mcp::protocols(),
        operations: crate::mcp::operations(),
    };
    (super::health::status_of(answers), Json(health))
}
