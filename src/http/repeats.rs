//! `Idempotency-Key` where the catalogue's own does not reach: the answer to the first request is kept, sealed, for those who
//! send it again.
//!
//! Invariant: what was begun under a key is done to its end, although whoever asked has gone: they will ask again.

use super::House;
use super::api::catalogue::idempotency_key;
use super::extract::As;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::crm::backend::Begun;
use crate::crm::error::Reason;
use crate::crm::model::Who;
use crate::crm::{self, KEY_MAX, RepeatBook};
use crate::seal::Keyring;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The largest answer that is kept; those of the routes that keep any are far below.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What was answered under which key.
pub struct Repeats {
    book: Arc<dyn RepeatBook>,
    keyring: Arc<Keyring>,
    tasks: TaskTracker,
}

/// An answer as it is kept. What a browser is told to keep itself (cookies) is no part of it.
#[derive(Deserialize)]
struct Kept {
    status: u16,
    kind: Option<String>,
    body: String,
}

impl Repeats {
    /// Those in a book, sealed with these keys; what was begun is among these tasks until it is done.
    pub fn new(book: Arc<dyn RepeatBook>, keyring: Arc<Keyring>, tasks: TaskTracker) -> Self {
        Self { book, keyring, tasks }
    }

    /// Keeps an answer, or that nothing was done; gives the answer on.
    async fn keep(&self, (who, key): (Who, &str), response: Response) -> Result<Response, Problem> {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|error| broken(&error))?;
        // Who is refused, and who comes when it is not to be had, may come again with the same key.
        let entered = if Problem::nothing_done(parts.status) {
            self.book.nothing_done(who, key).await
        } else {
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kept = json!({ "status": parts.status.as_u16(), "kind": kind, "body": String::from_utf8_lossy(&body) });
            match self.keyring.seal(&kept.to_string(), &place(who, key)) {
                Ok(sealed) => self.book.answered(who, key, &sealed).await,
                Err(error) => Err(crm::Error::Unavailable(error.to_string())),
            }
        };
        if let Err(error) = entered {
            tracing::error!(%error, "an answer is not kept for who asks once more: they will be told to look");
        }
        Ok(Response::from_parts(parts, body.into()))
    }

    /// The answer that was kept; none when it does not open: its key is gone.
    fn kept(&self, sealed: &str, place: &str) -> Option<Response> {
        let kept: Kept = serde_json::from_str(&self.keyring.open(sealed, place).ok()?).ok()?;
        let status = StatusCode::from_u16(kept.status).ok()?;
        let kind = kept.kind.and_then(|kind| HeaderValue::from_str(&kind).ok());
        let mut response = (status, Body::from(kept.body)).into_response();
        response.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        Some(response)
    }
}

/// Performs what is asked for under a key once.
pub(super) async fn once(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(key) = idempotency_key(request.headers())? else { return Ok(next.run(request).await) };
    if key.is_empty() || key.len() > KEY_MAX {
        return Err(crm::Error::Invalid(Reason::KeyLength { most: KEY_MAX }).into());
    }
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await?;
    let asked = [parts.uri.to_string().as_bytes(), b"\n", &body].concat();
    let fingerprint = STANDARD_NO_PAD.encode(Sha256::digest(asked));
    let who = caller.who();
    match house.repeats.book.begin(who, &key, &fingerprint).await? {
        Begun::First => {}
        Begun::Again(sealed) => return house.repeats.kept(&sealed, &place(who, &key)).ok_or_else(Problem::underway),
        Begun::Underway => return Err(Problem::underway()),
    }
    let tasks = house.repeats.tasks.clone();
    let performed = async move {
        let response = next.run(Request::from_parts(parts, body.into())).await;
        house.repeats.keep((who, &key), response).await
    };
    tasks.spawn(performed.in_current_span()).await.map_err(|error| broken(&error))?
}

/// Where an answer is kept, as it is sealed for.
fn place(who: Who, key: &str) -> String {
    format!("repeats {who:?} {key}")
}

fn broken(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a request under an Idempotency-Key broke off");
    Problem::internal()
}
