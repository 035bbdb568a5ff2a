//! The doors: every route on this page.
//!
//! A door reads a request, asks the house, and renders the answer; it adds no rule of its own. Errors become
//! `application/problem+json` in [`problem`], and only there. Webhooks prove themselves by signature ([`twilio`]), the
//! page and the API by who they are ([`access`]), health needs nothing.
//!
//! Invariant: bodies are bounded, and every route but health and signing in is authenticated.

pub mod access;
mod announce;
mod api;
mod extract;
mod headers;
mod health;
pub mod limits;
mod live;
mod mcp;
mod metrics;
mod page;
pub mod problem;
pub mod repeats;
mod twilio;
mod web_call;

use crate::accounts::{Accounts, Vault};
use crate::chat::Chats;
use crate::chat::copilot::Copilots;
use crate::chat::texts::Texts;
use crate::clock::Clock;
use crate::crm::operation::PreviewImport;
use crate::crm::{Backend, CallBook, Directory, History, MessageBook, RecordingBook};
use crate::mcp::{OverHttp, Server};
use crate::storage::Recordings;
use crate::switchboard::Switchboard;
use access::Access;
use api::described::Doors;
use api::{
    appointments, auth, businesses, calls, catalogue, chat, copilot, credentials, docs, events, export, house, imports,
    keys, mobile, openapi, recordings, users,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use limits::Limits;
use problem::Problem;
use repeats::Repeats;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// The largest body any route takes: a webhook form is two kilobytes, a chat message less.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest body of a route that takes a file: the largest file, and what escaping it in JSON may add.
const FILE_BYTES_MAX: usize = PreviewImport::BYTES_MAX * 3 / 2;

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
    /// What was done.
    pub history: Arc<dyn History>,
    /// Messages that came in and that went out.
    pub messages: Arc<dyn MessageBook>,
    /// Text conversations.
    pub chats: Arc<Chats>,
    /// What answers texts that come in.
    pub texts: Arc<Texts>,
    /// What models are answered.
    pub mcp: OverHttp,
    /// What answers them.
    pub models: Server,
    /// Sessions with the copilot.
    pub copilots: Arc<Copilots>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Users, sessions and keys.
    pub accounts: Accounts,
    /// The accounts of their own that businesses have.
    pub vault: Arc<Vault>,
    /// The lock.
    pub access: Access,
    /// How often one may ask.
    pub limits: Limits,
    /// What was answered under which `Idempotency-Key`.
    pub repeats: Repeats,
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
    let (written_by_hand, mut described) = Doors::of(&house)
        .open("/api/auth/logout", auth::LOGOUT, auth::logout)
        .open("/api/auth/me", auth::ME, auth::me)
        .open("/api/users", users::LIST, users::list)
        .open("/api/users", users::ADD, users::add)
        .open("/api/users/{user}/businesses/{business}", users::SET_MEMBER, users::set_member)
        .open("/api/users/{user}/businesses/{business}", users::REMOVE_MEMBER, users::remove_member)
        .open("/api/keys", keys::LIST, keys::list)
        .open("/api/keys", keys::CREATE, keys::create)
        .open("/api/keys/{key}", keys::REVOKE, keys::revoke)
        .open("/api/credentials", credentials::LIST, credentials::list)
        .open("/api/credentials/twilio", credentials::SET_TWILIO, credentials::set_twilio)
        .open("/api/credentials/twilio", credentials::REMOVE_TWILIO, credentials::remove_twilio)
        .open("/api/credentials/mail", credentials::SET_MAIL, credentials::set_mail)
        .open("/api/credentials/mail", credentials::REMOVE_MAIL, credentials::remove_mail)
        .open("/api/businesses", businesses::LIST, businesses::list)
        .open("/api/businesses", businesses::ADD, businesses::add)
        .open("/api/house/actions", house::ACTIONS, house::actions)
        .open("/api/calls", calls::LIST, calls::list)
        .open("/api/calls/{id}", calls::ONE, calls::one)
        .open("/api/calls/{id}/recording", recordings::PLAY, recordings::play)
        .open("/api/appointments", appointments::LIST, appointments::list)
        .open("/api/live", live::FOLLOW, live::follow)
        .open("/api/events", events::FOLLOW, events::follow)
        .open("/api/contacts/export", export::CONTACTS, export::contacts)
        .open("/api/imports/file", imports::HAND_IN, imports::hand_in.layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .open("/api/imports/{import}/errors", imports::ERRORS, imports::errors)
        .open("/api/mcp/chat", chat::MESSAGE, chat::message)
        .open("/api/mcp/copilot/sessions/initialize", copilot::OPEN, copilot::open)
        .open("/api/mcp/copilot/sessions/{id}", copilot::CLOSE, copilot::close)
        .open("/api/mcp/copilot/chat", copilot::MESSAGE, copilot::message)
        .open("/api/phone", web_call::OPEN, web_call::open)
        .open("/api/phone", web_call::RING, web_call::ring)
        .open("/api/mobile/sign-out", mobile::SIGN_OUT, mobile::sign_out)
        .open("/api/mobile/device", mobile::SET_DEVICE, mobile::set_device)
        .open("/api/mobile/device", mobile::REMOVE_DEVICE, mobile::remove_device)
        .open("/api/mobile/devices", mobile::DEVICES, mobile::devices)
        .open("/api/mobile/devices/{device}", mobile::FORGET_DEVICE, mobile::forget_device)
        .open("/api/mobile/today", mobile::TODAY, mobile::today)
        .open("/api/mobile/calls", calls::LIST.called("mobile_list_calls"), calls::list)
        .open("/api/mobile/calls/{id}", calls::ONE.called("mobile_get_call"), calls::one)
        .open("/api/mobile/calls/{id}/recording", recordings::PLAY.called("mobile_play_recording"), recordings::play)
        .open("/api/mobile/appointments", appointments::LIST.called("mobile_list_agenda"), appointments::list)
        .finish();
    let (for_anybody, open) = Doors::of(&house)
        .open("/api/auth/login", auth::LOGIN, auth::login)
        .open("/api/mobile/sign-in", mobile::SIGN_IN, mobile::sign_in)
        .finish();
    let for_anybody = for_anybody.layer(from_fn_with_state(house.clone(), limits::for_anybody));
    // Monitors ask as often as they like.
    let (for_monitors, watched) = Doors::of(&house).open("/api/mcp/health", mcp::HEALTH, mcp::health).finish();
    described.extend(open.into_iter().chain(watched));
    let private = Router::new()
        .route("/", get(page::index))
        .route("/mcp-copilot", get(page::copilot))
        .route("/metrics", get(metrics::show))
        .merge(docs::routes(openapi::document(&[&catalogue::REST, &catalogue::MOBILE], &described)))
        .merge(written_by_hand)
        .merge(catalogue::routes(&catalogue::REST))
        .merge(catalogue::routes(&catalogue::MOBILE))
        .fallback(page::asset)
        .layer(from_fn_with_state(house.clone(), access::required));
    let models = Router::new()
        .route_service("/mcp", house.mcp.service.clone())
        .layer(from_fn_with_state(house.clone(), mcp::admit));
    Router::new()
        .route("/health", get(health::health))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/sign-in.js", get(page::sign_in))
        .merge(for_anybody)
        .merge(for_monitors)
        .route("/webhook/twilio/voice", post(twilio::voice::answer))
        .route("/webhook/twilio/after", post(twilio::after::answer))
        .route("/webhook/twilio/status", post(twilio::status::note))
        .route("/webhook/twilio/sms", post(twilio::sms::receive))
        .route("/webhook/twilio/sms/status", post(twilio::sms::status))
        .route("/webhook/twilio/stream", get(twilio::stream::open))
        .route("/webhook/twilio/stream/{business}", get(twilio::stream::open_own))
        .merge(private)
        .merge(models)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(extract::address))
        .layer(from_fn(headers::secure))
        .with_state(house)
}
