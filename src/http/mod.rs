//! The doors: every route on this page.
//!
//! A door reads a request, asks the house, and renders the answer; it adds no rule of its own. Errors become
//! `application/problem+json` in [`problem`], and only there. Webhooks prove themselves by signature ([`twilio`]), the
//! page and the API by a token ([`access`]), health needs nothing.
//!
//! Invariant: bodies are bounded, and every route but health is authenticated.

pub mod access;
mod announce;
mod api;
mod extract;
mod headers;
mod health;
mod live;
mod mcp;
mod page;
pub mod problem;
mod twilio;
mod web_call;

use crate::chat::Chats;
use crate::clock::Clock;
use crate::crm::{Backend, CallBook, Directory, RecordingBook};
use crate::mcp::OverHttp;
use crate::storage::Recordings;
use crate::switchboard::Switchboard;
use access::Access;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use problem::Problem;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// The largest body any route takes: a webhook form is two kilobytes, a chat message less.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What the doors open to.
pub struct House {
    /// Live calls.
    pub switchboard: Switchboard,
    /// What the CRM can do.
    pub crm: Arc<dyn Backend>,
    /// Businesses.
    pub directory: Arc<dyn Directory>,
    /// Past calls and the calendar.
    pub book: Arc<dyn CallBook>,
    /// Recordings of past calls.
    pub recordings: Recordings,
    /// Which there are.
    pub recording_book: Arc<dyn RecordingBook>,
    /// Text conversations.
    pub chats: Arc<Chats>,
    /// What models are answered.
    pub mcp: OverHttp,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who may look.
    pub access: Access,
    /// Signs webhooks.
    pub twilio_auth_token: String,
    /// The address we are reached by, when it is known.
    pub public_url: Option<String>,
    /// `development` or `production`.
    pub environment: &'static str,
    /// When the process began to serve.
    pub started: Instant,
    /// Says that streams to watchers must end.
    pub closing: CancellationToken,
}

/// Every route.
pub fn router(house: Arc<House>) -> Router {
    let private = Router::new()
        .route("/", get(page::index))
        .route("/api/businesses", get(api::businesses::list))
        .route("/api/calls", get(api::calls::list))
        .route("/api/calls/{id}", get(api::calls::one))
        .route("/api/calls/{id}/recording", get(api::recordings::play))
        .route("/api/appointments", get(api::appointments::list))
        .route("/api/live", get(live::follow))
        .route("/api/openapi.json", get(api::openapi::show))
        .route("/api/mcp/chat", post(api::chat::message))
        .route("/api/phone", get(web_call::open).post(web_call::ring))
        .merge(api::catalogue::routes())
        .fallback(page::asset)
        .layer(from_fn_with_state(house.clone(), access::required));
    let models = Router::new()
        .route_service("/mcp", house.mcp.service.clone())
        .layer(from_fn_with_state(house.clone(), mcp::admit));
    Router::new()
        .route("/health", get(health::health))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/mcp/health", get(mcp::health))
        .route("/webhook/twilio/voice", post(twilio::voice::answer))
        .route("/webhook/twilio/after", post(twilio::after::answer))
        .route("/webhook/twilio/status", post(twilio::status::note))
        .route("/webhook/twilio/stream", get(twilio::stream::open))
        .merge(private)
        .merge(models)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(headers::secure))
        .with_state(house)
}
