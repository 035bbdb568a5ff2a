//! `GET /api/calls` (newest first, `before` is the cursor) and `GET /api/calls/{id}` with its turns.

use super::business;
use crate::crm::model::{CallRecord, CallTurn, Recording};
use crate::http::House;
use crate::http::extract::{Ask, Named};
use crate::http::problem::Problem;
use crate::id::{BusinessId, CallId};
use crate::storage::Recordings;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::task::spawn_blocking;

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
    /// When it begins on the transcript's clock; none when the file does not say.
    began_ms: Option<u64>,
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
    let shelf = house.recordings.clone();
    let playable = spawn_blocking(move || {
        let kept = recordings.into_iter().filter(|recording| recording.deleted_at.is_none());
        kept.map(|recording| Playable::of(recording, &shelf)).collect()
    });
    let recordings = playable.await.map_err(|_| Problem::internal())?;
    Ok(Json(Whole { call, turns, recordings }))
}

impl Playable {
    /// Only a part after the first has to be asked when it begins.
    fn of(recording: Recording, shelf: &Recordings) -> Self {
        let Recording { part, length_ms, bytes, path, .. } = recording;
        let began_ms = if part == 1 { Some(0) } else { shelf.began_ms(&path).ok().flatten() };
        Self { part, began_ms, length_ms, bytes }
    }
}
