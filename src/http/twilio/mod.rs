//! Twilio's doors: webhooks it calls and the stream it opens. Each proves itself by its signature first.

pub(super) mod after;
mod signed;
pub(super) mod sms;
pub(super) mod status;
pub(super) mod stream;
pub(super) mod voice;

use crate::twilio::twiml::{CONTENT_TYPE, Document};
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Where Twilio asks what follows a stream or a transfer.
const AFTER_PATH: &str = "/webhook/twilio/after";

/// A document as it is sent.
fn twiml(document: Document<'_>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], document.render()).into_response()
}
