//! How often one may ask: so many times in a quarter of an hour for each address from which nobody known asks, and for each user,
//! key and so on otherwise. Every answer says what is left (`RateLimit-Limit`, `-Remaining`, `-Reset`, as in
//! draft-ietf-httpapi-ratelimit-headers-03), and 429 says when to come back.
//!
//! Invariant: nobody uses up what is somebody else's: who is known is counted as who they are, wherever they ask from.

use super::House;
use super::access::place;
use super::problem::Problem;
use crate::crm::model::Who;
use crate::throttle::{Room, Throttle, network};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What is counted in.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// How often one may ask.
pub struct Limits {
    unknown: Option<Throttle<IpAddr>>,
    known: Option<Throttle<Who>>,
}

/// What is left after a request; none where nothing is counted.
pub(super) type Left = Option<Room>;

impl Limits {
    /// So often for each address, and for whoever is known; 0: as often as they like.
    pub fn new(unknown: u32, known: u32) -> Self {
        Self {
            unknown: (unknown > 0).then(|| Throttle::new(unknown, WINDOW)),
            known: (known > 0).then(|| Throttle::new(known, WINDOW)),
        }
    }

    /// Counts a request of somebody who is known.
    pub(super) fn known(&self, who: Who, now: Timestamp) -> Result<Left, Room> {
        self.known.as_ref().map(|known| known.admit(&who, now)).transpose()
    }

    /// Counts a request of nobody who is known.
    pub(super) fn unknown(&self, request: &Request, now: Timestamp) -> Result<Left, Room> {
        let Some(connection) = request.extensions().get::<ConnectInfo<SocketAddr>>() else { return Ok(None) };
        let from = network(place(connection, request.headers()));
        self.unknown.as_ref().map(|unknown| unknown.admit(&from, now)).transpose()
    }

    /// Counts a request of whoever it is.
    pub(super) fn anybody(&self, who: Option<Who>, request: &Request, now: Timestamp) -> Result<Left, Room> {
        who.map_or_else(|| self.unknown(request, now), |who| self.known(who, now))
    }
}

/// Counts what anybody may ask for.
pub(super) async fn for_anybody(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    match house.limits.unknown(&request, house.clock.now()) {
        Ok(left) => told(left, next.run(request).await),
        Err(room) => refused(room),
    }
}

/// An answer with what is left.
pub(super) fn told(left: Left, mut response: Response) -> Response {
    if let Some(Room { most, left, resets }) = left {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(most));
        headers.insert(REMAINING, HeaderValue::from(left));
        headers.insert(RESET, HeaderValue::from(seconds(resets)));
    }
    response
}

/// What whoever asks too often is answered.
pub(super) fn refused(room: Room) -> Response {
    let problem = Problem::too_many("Too many requests. Wait before the next one.").retry(seconds(room.resets));
    told(Some(room), problem.into_response())
}

/// Whole seconds, rounded up: who comes back then is let in.
fn seconds(wait: SignedDuration) -> u64 {
    u64::try_from(wait.as_secs() + i64::from(wait.subsec_nanos() > 0)).unwrap_or(0)
}
