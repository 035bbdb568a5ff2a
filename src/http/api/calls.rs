//! `GET /api/calls` (newest first, `before` is the cursor) and `GET /api/calls/{id}` with its turns.

use super::business;
use crate::crm::model::{CallRecord, CallTurn, Recording};
use crate::http::House;
use crate::http::extract::{Ask, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, CallId};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Calls of a page, unless another number is asked for.
const PAGE: u32 = 50;
/// The most calls of a page.
const PAGE_MAX: u32 = 200;

#[derive(Deserialize)]
pub(in crate::http) struct Wanted {
    business: Option<BusinessId>,
    before: Option<Timestamp>,
    limit: Option<u32>,
}

#[derive(Serialize)]
pub(in crate::http) struct Page {
    calls: Vec<CallRecord>,
    /// The cursor of the next page; none on the last one.
    next: Option<Timestamp>,
}

#[derive(Serialize)]
pub(in crate::http) struct Whole {
    call: CallRecord,
    turns: Vec<CallTurn>,
    /// What can be played of it.
    recordings: Vec<Playable>,
}

/// A recording, as it is shown.
#[derive(Serialize)]
struct Playable {
    part: u32,
    length_ms: u64,
    bytes: u64,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Page>, Problem> {
    let business = business(&house, wanted.business).await?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let calls = house.book.calls(business.id, wanted.before, limit).await?;
    let full = calls.len() >= limit as usize;
    let next = calls.last().filter(|_| full).map(|call| call.started_at);
    Ok(Json(Page { calls, next }))
}

pub(in crate::http) async fn one(
    State(house): State<Arc<House>>,
    Named(id): Named<CallId>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Whole>, Problem> {
    let business = business(&house, wanted.business).await?;
    let (call, turns) = house.book.call(business.id, id).await?.ok_or_else(|| Problem::not_found("call"))?;
    let recordings = house.recording_book.recordings(business.id, id).await?;
    let recordings =
        recordings.into_iter().filter(|recording| recording.deleted_at.is_none()).map(Playable::from).collect();
    Ok(Json(Whole { call, turns, recordings }))
}

impl From<Recording> for Playable {
    fn from(recording: Recording) -> Self {
        let Recording { part, length_ms, bytes, .. } = recording;
        Self { part, length_ms, bytes }
    }
}
