//! Who comes in, and as whom.
//!
//! Programs send `Authorization: Bearer` with the token printed at start, an API key, or the token of a session. Browsers
//! bring a cookie: `?token=…` behind a page's address trades the token printed at start for one and leads on, so that it does
//! not stay in the address bar; signing in sets one too. Whoever it is becomes a [`Caller`] that goes with the request: every
//! route behind this door takes from it whose data it shows and what may be done.
//!
//! Invariant: tokens are compared in constant time or by their hash, and never logged.
//! Invariant: what a cookie opens, another site's page cannot use: the cookie is `SameSite=Strict`, and a request that
//! changes something and names another origin is refused.

use super::problem::Problem;
use super::{House, limits};
use crate::accounts::Caller;
use crate::crm::model::{Source, Who};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long it holds for whoever stays that they were known.
pub(super) const KNOWN_FOR: Duration = Duration::from_secs(30);
/// The most streams one caller follows at once: a page in each of many windows.
const STREAMS_MAX: usize = 50;
/// The cookie of whoever has the token printed at start.
const OWNER_COOKIE: &str = "ringly_access";
/// How long their browser stays signed in: a month.
const OWNER_SECONDS: u32 = 30 * 24 * 60 * 60;
/// The cookie of whoever signed in.
const SESSION_COOKIE: &str = "ringly_session";
/// How long a browser keeps it: as long as a session can last.
const SESSION_SECONDS: u32 = 90 * 24 * 60 * 60;
/// Where a proxy says for whom it asks.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What people open in a browser, and not programs.
const PAGES: [&str; 3] = ["/", "/mcp-copilot", "/api/docs"];
/// What a browser that is not let in is shown.
const LOCKED: &str = include_str!("locked.html");

/// The lock.
pub struct Access {
    token: String,
    /// What the owner's cookie holds: derived, so that a stolen cookie is not the token itself.
    cookie: String,
    /// Whether browsers reach us over TLS.
    secure: bool,
    /// Who follows a stream, once for each.
    guests: Arc<Mutex<Vec<Who>>>,
}

impl Access {
    /// A lock for this token.
    pub fn new(token: String, secure: bool) -> Self {
        // Base64 without padding holds only characters a cookie may.
        let cookie = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("ringly cookie {token}").as_bytes()));
        Self { token, cookie, secure, guests: Arc::default() }
    }

    /// The headers that sign a browser in with a session's token, and as nobody else.
    pub(super) fn session_cookies(&self, token: &str) -> [Option<HeaderValue>; 2] {
        [self.cookie(SESSION_COOKIE, token, SESSION_SECONDS), self.cookie(OWNER_COOKIE, "", 0)]
    }

    /// The headers that make a browser forget that it was let in.
    pub(super) fn no_cookies(&self) -> [Option<HeaderValue>; 2] {
        [OWNER_COOKIE, SESSION_COOKIE].map(|name| self.cookie(name, "", 0))
    }

    fn cookie(&self, name: &str, value: &str, seconds: u32) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&cookie).ok()
    }
}

/// Somebody who stays and is told things as they happen. Every so often they are asked again who they are, by what they
/// came with: keys are revoked, sessions end, people leave.
pub(super) struct Guest {
    /// Who came in, and who else is here: they leave when this is dropped.
    who: Who,
    here: Arc<Mutex<Vec<Who>>>,
    caller: Caller,
    headers: HeaderMap,
    /// When they were known last.
    known_at: Timestamp,
}

/// What became of a guest since they were asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    Same,
    /// They may something else than before.
    Changed,
    /// Nobody knows them, or nobody can say.
    Gone,
}

impl Guest {
    /// Somebody who was let in just now; refused while they follow too much already.
    pub(super) fn new(house: &House, caller: Caller, headers: HeaderMap) -> Result<Self, Problem> {
        let (who, here) = (caller.who(), house.access.guests.clone());
        let mut guests = here.lock().unwrap_or_else(PoisonError::into_inner);
        if guests.iter().filter(|one| **one == who).count() >= STREAMS_MAX {
            return Err(Problem::too_many("You follow too many streams at once: end one of them."));
        }
        guests.push(who);
        drop(guests);
        Ok(Self { who, here, caller, headers, known_at: house.clock.now() })
    }

    /// Who they are, as far as is known.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What became of them: to be asked before they are told something, and at least every [`KNOWN_FOR`].
    pub(super) async fn standing(&mut self, house: &House) -> Standing {
        let now = house.clock.now();
        if now.duration_since(self.known_at).unsigned_abs() < KNOWN_FOR {
            return Standing::Same;
        }
        let Ok(Some(caller)) = caller(house, &Method::GET, &self.headers).await else { return Standing::Gone };
        self.known_at = now;
        if caller == self.caller {
            return Standing::Same;
        }
        self.caller = caller;
        Standing::Changed
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = guests.iter().position(|one| *one == self.who) {
            guests.swap_remove(place);
        }
    }
}

/// What the address printed at start brings.
#[derive(Deserialize)]
struct Introduction {
    token: Option<String>,
}

/// Lets those in who are known, as whom they are.
pub(super) async fn required(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    let page = PAGES.into_iter().find(|page| *page == request.uri().path() && request.method() == Method::GET);
    let introduction = page.zip(token_of(request.uri()));
    let known = match introduction {
        Some(_) => Ok(None),
        None => caller(&house, request.method(), request.headers()).await,
    };
    let who = known.as_ref().ok().and_then(Option::as_ref).map(Caller::who);
    let left = match house.limits.anybody(who, &request, house.clock.now()) {
        Ok(left) => left,
        Err(room) => return limits::refused(room),
    };
    let response = match (known, introduction) {
        (_, Some((page, token))) => introduced(&house.access, &token, page),
        (Ok(Some(caller)), None) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        (Ok(None), None) if page.is_some() => (StatusCode::UNAUTHORIZED, Html(LOCKED)).into_response(),
        (Ok(None), None) => Problem::unauthorised().into_response(),
        (Err(problem), None) => problem.into_response(),
    };
    limits::told(left, response)
}

/// Trades the token in the address of a page for a cookie.
fn introduced(access: &Access, token: &str, page: &'static str) -> Response {
    if !same(token, &access.token) {
        return (StatusCode::UNAUTHORIZED, Html(LOCKED)).into_response();
    }
    let mut response = Redirect::to(page).into_response();
    if let Some(cookie) = access.cookie(OWNER_COOKIE, &access.cookie, OWNER_SECONDS) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Whoever asks; none: nobody we know. What stands in `Authorization` counts alone.
async fn caller(house: &House, method: &Method, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    if headers.contains_key(header::AUTHORIZATION) {
        return bearer(house, headers).await;
    }
    let Some(caller) = browser(house, headers).await? else { return Ok(None) };
    if !method.is_safe() && !from_our_own_page(house, headers) {
        return Err(Problem::foreign_origin());
    }
    Ok(Some(caller))
}

/// Whoever brings their token in the header made for it.
pub(super) async fn bearer(house: &House, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let Some(token) = bearer_of(headers) else { return Ok(None) };
    if same(token, &house.access.token) {
        return Ok(Some(Caller::owner()));
    }
    Ok(house.accounts.authenticate(token).await?)
}

/// Whoever's browser this is, by its cookies.
async fn browser(house: &House, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    if cookies(headers, OWNER_COOKIE).any(|value| same(value, &house.access.cookie)) {
        return Ok(Some(Caller::owner()));
    }
    for token in cookies(headers, SESSION_COOKIE) {
        if let Some(caller) = house.accounts.authenticate(token).await? {
            return Ok(Some(caller));
        }
    }
    Ok(None)
}

/// Ends the sessions that a browser's cookies are of.
pub(super) async fn end_sessions(house: &House, headers: &HeaderMap) -> Result<(), Problem> {
    for token in cookies(headers, SESSION_COOKIE) {
        if let Some(caller) = house.accounts.authenticate(token).await? {
            house.accounts.sign_out(&caller, Source::Web).await?;
        }
    }
    Ok(())
}

/// The values of the cookies of this name.
fn cookies<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(its, _)| *its == name).map(|(_, value)| value)
}

/// Whether a browser's request comes from a page of ours. Browsers name the origin of whatever is not a plain reading.
fn from_our_own_page(house: &House, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return true };
    let ours = house.public_url.as_deref().is_some_and(|url| url == origin || url.starts_with(&format!("{origin}/")));
    ours || origin.split_once("://").is_some_and(|(_, host)| text(header::HOST) == Some(host))
}

/// Where a request comes from. A proxy on this machine is believed for whom it asks, nobody else is.
pub(super) fn place(connection: &ConnectInfo<SocketAddr>, headers: &HeaderMap) -> IpAddr {
    let peer = connection.0.ip().to_canonical();
    let forwarded = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
    let nearest = forwarded.and_then(|all| all.rsplit(',').next()?.trim().parse().ok());
    nearest.filter(|_| peer.is_loopback()).unwrap_or(peer)
}

/// The token in the header made for it.
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
