//! Signing in and out: `POST /api/auth/login`, `POST /api/auth/logout`, `GET /api/auth/me`.

use super::described::Described;
use crate::accounts::{Caller, Credentials, SignedIn, User};
use crate::crm::model::Source;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::access::{end_sessions, place};
use crate::http::extract::{As, Body};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

pub(in crate::http) const LOGIN: Described =
    Described::post("sign_in", "Signs somebody in, by e-mail address and password. Browsers get a cookie too.")
        .takes::<Credentials>()
        .gives::<Welcome>()
        .refused_with(&[401, 429])
        .for_anybody();
pub(in crate::http) const LOGOUT: Described =
    Described::post("sign_out", "Ends the session one came with, and has browsers forget it.");
pub(in crate::http) const ME: Described =
    Described::get("who_am_i", "Who one is here, and what one may do in which business.").gives::<Me>();

/// Somebody who has just signed in.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Welcome {
    /// Send it as `Authorization: Bearer`. Browsers have it as a cookie already.
    token: String,
    /// Who.
    user: User,
}

/// Who one is here.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Me {
    /// Whether every business is theirs, and the house itself.
    runs_the_house: bool,
    /// The user; none when it is the house's own token, or a key.
    user: Option<User>,
    /// The businesses that are theirs.
    businesses: Vec<Place>,
}

/// What somebody may do in a business.
#[derive(Serialize, JsonSchema)]
struct Place {
    /// Which.
    id: BusinessId,
    /// Its name.
    name: String,
    /// What they may do there.
    may: BTreeSet<Permission>,
}

impl From<SignedIn> for Welcome {
    fn from(SignedIn { user, token }: SignedIn) -> Self {
        Self { token, user }
    }
}

pub(in crate::http) async fn login(
    State(house): State<Arc<House>>,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Response, Problem> {
    let signed_in = house.accounts.sign_in(credentials, place(&connection, &headers)).await?;
    let cookies = house.access.session_cookies(&signed_in.token);
    Ok(with_cookies(Json(Welcome::from(signed_in)).into_response(), cookies))
}

pub(in crate::http) async fn logout(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    house.accounts.sign_out(&caller, Source::Api).await?;
    // Who came as somebody else may have a session all the same: the cookie is forgotten, so it must end.
    end_sessions(&house, &headers).await?;
    Ok(with_cookies(StatusCode::NO_CONTENT.into_response(), house.access.no_cookies()))
}

fn with_cookies(mut response: Response, cookies: [Option<HeaderValue>; 2]) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

pub(in crate::http) async fn me(State(house): State<Arc<House>>, As(caller): As<Caller>) -> Result<Json<Me>, Problem> {
    let user = match caller.signed_in() {
        Some(user) => Some(house.accounts.user(user).await?),
        None => None,
    };
    let all = house.directory.businesses().await?;
    let theirs = all.into_iter().filter_map(|business| {
        let may = caller.at(business.id)?.may;
        Some(Place { id: business.id, name: business.name, may: may.iter().collect() })
    });
    Ok(Json(Me { runs_the_house: caller.runs_the_house(), user, businesses: theirs.collect() }))
}
