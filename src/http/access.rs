//! Who may see the page and use the API: whoever has the token printed at start.
//!
//! `/?token=…` trades the token for a cookie and leads on, so that it does not stay in the address bar; programs send
//! `Authorization: Bearer`. Invariant: tokens are compared in constant time, and never logged.

use super::House;
use super::problem::Problem;
use crate::crm::By;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The cookie's name.
const COOKIE: &str = "ringly_access";
/// How long a browser stays signed in: a month.
const COOKIE_SECONDS: u32 = 30 * 24 * 60 * 60;
/// What a browser without a token is shown.
const LOCKED: &str = include_str!("locked.html");

/// The lock.
pub struct Access {
    token: String,
    /// What the cookie holds: derived, so that a stolen cookie is not the token itself.
    cookie: String,
    /// Whether browsers reach us over TLS.
    secure: bool,
}

impl Access {
    /// A lock for this token.
    pub fn new(token: String, secure: bool) -> Self {
        // Base64 without padding holds only characters a cookie may.
        let cookie = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("ringly cookie {token}").as_bytes()));
        Self { token, cookie, secure }
    }

    /// Who brings their token in the header made for it, and what they may.
    pub(super) fn bearer(&self, headers: &HeaderMap) -> Option<By> {
        bearer_of(headers).filter(|token| same(token, &self.token)).map(|_| By::owner())
    }

    fn opens(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        self.bearer(headers).is_some() || cookies.any(|(name, value)| name == COOKIE && same(value, &self.cookie))
    }

    fn cookie(&self) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}{secure}", self.cookie)
    }
}

/// What the address printed at start brings.
#[derive(Deserialize)]
struct Introduction {
    token: Option<String>,
}

/// Lets those in who have the token.
pub(super) async fn required(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path() == "/"
        && request.method() == Method::GET
        && let Some(token) = token_of(uri)
    {
        if !same(&token, &house.access.token) {
            return (StatusCode::UNAUTHORIZED, Html(LOCKED)).into_response();
        }
        let mut response = Redirect::to("/").into_response();
        if let Ok(cookie) = HeaderValue::from_str(&house.access.cookie()) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        return response;
    }
    if house.access.opens(request.headers()) {
        return next.run(request).await;
    }
    if uri.path() == "/" {
        (StatusCode::UNAUTHORIZED, Html(LOCKED)).into_response()
    } else {
        Problem::unauthorised().into_response()
    }
}

fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    bearer.and_then(|value| value.strip_prefix("Bearer "))
}

/// The token in an address, which is written there with what an address cannot hold escaped.
fn token_of(uri: &Uri) -> Option<String> {
    Query::<Introduction>::try_from_uri(uri).ok()?.0.token
}

/// Compares without telling by its time how much was right.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
