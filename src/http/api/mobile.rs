//! What a telephone's app needs beside its part of the catalogue: signing in, where to be notified, and the day at a glance.

use super::auth::Welcome;
use super::described::Described;
use super::{page_of, place};
use crate::accounts::{Caller, Credentials, Device, OwnDevice};
use crate::crm::model::{Appointment, CallRecord, Source};
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::access;
use crate::http::extract::{As, Ask, Body, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, SessionId};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// The most calls of a day that are shown at a glance.
const CALLS_MAX: usize = 200;

pub(in crate::http) const SIGN_IN: Described =
    Described::post("mobile_sign_in", "Signs somebody in, by e-mail address and password.")
        .takes::<Credentials>()
        .gives::<Welcome>()
        .refused_with(&[401, 429])
        .for_anybody();
pub(in crate::http) const SIGN_OUT: Described =
    Described::post("mobile_sign_out", "Ends the session; its telephone is notified no more.");
pub(in crate::http) const SET_DEVICE: Described =
    Described::put("mobile_set_device", "Says where the telephone of this session is notified.").takes::<Device>();
pub(in crate::http) const REMOVE_DEVICE: Described =
    Described::delete("mobile_remove_device", "The telephone of this session is notified no more.");
pub(in crate::http) const DEVICES: Described =
    Described::get("mobile_list_devices", "Lists the telephones of one's own sessions, the newest first.")
        .asks::<Wanted>()
        .gives::<Devices>();
pub(in crate::http) const FORGET_DEVICE: Described =
    Described::delete("mobile_forget_device", "A telephone of one's own, lost or sold, is notified no more.");
pub(in crate::http) const TODAY: Described =
    Described::get("mobile_today", "The day at a glance: its appointments, and the calls so far.")
        .asks::<Whose>()
        .gives::<Today>()
        .needs(Permission::ReadContacts);

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Telephones, the newest first.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Devices {
    devices: Vec<OwnDevice>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
}

/// Whose day.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Whose {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// A day.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Today {
    /// Which, where the business is.
    date: Date,
    /// The IANA zone it is in.
    zone: String,
    /// The appointments of the day, by time.
    appointments: Vec<Appointment>,
    /// Its calls, the newest first; none for whoever may not read calls.
    calls: Option<Vec<CallRecord>>,
}

pub(in crate::http) async fn sign_in(
    State(house): State<Arc<House>>,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Json<Welcome>, Problem> {
    let signed_in = house.accounts.sign_in(credentials, access::place(&connection, &headers)).await?;
    Ok(Json(signed_in.into()))
}

pub(in crate::http) async fn sign_out(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
) -> Result<StatusCode, Problem> {
    house.accounts.sign_out(&caller, Source::Mobile).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn set_device(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Body(device): Body<Device>,
) -> Result<StatusCode, Problem> {
    house.accounts.set_device(&caller, Source::Mobile, device).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn remove_device(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
) -> Result<StatusCode, Problem> {
    house.accounts.remove_device(&caller, Source::Mobile).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn devices(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Devices>, Problem> {
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.accounts.devices(&caller, way).await?;
    Ok(Json(Devices { devices: page.items, next: page.next }))
}

pub(in crate::http) async fn forget_device(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Named(device): Named<SessionId>,
) -> Result<StatusCode, Problem> {
    house.accounts.forget_device(&caller, Source::Mobile, device).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn today(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(whose): Ask<Whose>,
) -> Result<Json<Today>, Problem> {
    let (business, by) = place(&house, &caller, whose.business).await?;
    if !by.may.hold(Permission::ReadContacts) {
        return Err(Problem::forbidden(Permission::ReadContacts));
    }
    let zone = TimeZone::get(&business.zone).map_err(|error| {
        tracing::error!(%error, "a business has no valid time zone");
        Problem::internal()
    })?;
    let now = house.clock.now().to_zoned(zone);
    let day = now.start_of_day().and_then(|from| Ok((from.timestamp(), now.tomorrow()?.start_of_day()?.timestamp())));
    let (from, to) = day.map_err(|_| Problem::internal())?;
    let calls = if by.may.hold(Permission::ReadCalls) {
        let mut calls = house.book.calls(business.id, None, (Some(CALLS_MAX), None)).await?.items;
        calls.retain(|call| call.started_at >= from);
        Some(calls)
    } else {
        None
    };
    let appointments = house.book.agenda(business.id, from, to).await?;
    Ok(Json(Today { date: now.date(), zone: business.zone, appointments, calls }))
}
